import { readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { root } from './constants.mjs';

/** The licences of what is bundled, as they ask for. */
export function thirdPartyLicences(inputs) {
  const packages = new Set(inputs.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []));
  return [...packages].sort().map((folder) => {
    const { name, version, license } = JSON.parse(
      readFileSync(resolve(root, folder, 'package.json'), 'utf8'),
    );
    const file = readdirSync(resolve(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const text =
      file === undefined ? `Licence: ${license}` : readFileSync(resolve(root, folder, file), 'utf8').trim();
    return `${name} ${version}\n\n${text}\n`;
  });
}
