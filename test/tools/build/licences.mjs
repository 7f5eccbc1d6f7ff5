import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from './constants.mjs';

/** Packages without a licence file: where their terms stand, and from which words on. */
const ELSEWHERE = {
  seedrandom: { file: 'README.md', from: /^LICENSE \(MIT\)/m },
  'javascript-natural-sort': {
    file: 'naturalSort.js',
    from: /Natural Sort algorithm.*MIT license/,
    lines: 2,
  },
};

/** Licences by the folder of each package that bundled files come from. */
export const packagesOf = (inputs) =>
  [...new Set(inputs.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []))].sort();

/** The licences of what is bundled, as they ask for. @throws Error for a package whose terms are nowhere */
export function thirdPartyLicences(inputs) {
  return packagesOf(inputs).map((folder) => {
    const { name, version, license } = JSON.parse(
      readFileSync(resolve(root, folder, 'package.json'), 'utf8'),
    );
    return `${name} ${version}\n\n${termsOf(resolve(root, folder), name, license)}\n`;
  });
}

function termsOf(folder, name, license) {
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  if (file !== undefined) return readFileSync(join(folder, file), 'utf8').trim();
  const place = ELSEWHERE[name];
  const text = place && readFileSync(join(folder, place.file), 'utf8');
  const at = place ? text.search(place.from) : -1;
  if (at === -1) {
    throw new Error(
      `${name} (${license}) has no licence file: say in ${import.meta.url} where its terms are`,
    );
  }
  const terms = text.slice(at).split('\n').slice(0, place.lines).join('\n').trim();
  return `Licence: ${license}\n\n${terms}`;
}
