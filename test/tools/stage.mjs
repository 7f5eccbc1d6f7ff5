// Lays the package out as it is published: `node test/tools/stage.mjs FOLDER`, then `npm publish FOLDER`.
//
// Its manifest has no scripts and no development dependencies, so that nothing runs where it is installed; that of the
// repository keeps `prepare`, by which `npm ci` and installations from git build it.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = resolve(import.meta.dirname, '../..');
/** What npm adds to `files` by itself. */
const ALWAYS = ['README.md', 'LICENSE'];

/** What the manifest of the repository has for those who work on it. */
const OF_THE_REPOSITORY = ['scripts', 'devDependencies', 'allowScripts'];

export function stage(folder) {
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const manifest = Object.fromEntries(
    Object.entries(own).filter(([key]) => !OF_THE_REPOSITORY.includes(key)),
  );
  for (const name of [...manifest.files, ...ALWAYS]) {
    const from = join(root, name);
    if (!existsSync(from)) throw new Error(`there is no ${name} (fix: npm run build)`);
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    cpSync(from, join(folder, name), { recursive: true });
  }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [, , folder] = process.argv;
  if (folder === undefined) throw new Error('name a folder: node test/tools/stage.mjs FOLDER');
  stage(resolve(folder));
}
