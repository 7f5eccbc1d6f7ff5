// Runs a TypeScript program, which Node 20 cannot: node test/tools/run.mjs FILE.ts [argument...]
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { define } from './build/constants.mjs';

const [file, ...args] = process.argv.slice(2);
mkdirSync('temp', { recursive: true });
const folder = mkdtempSync(resolve('temp', 'run-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const outfile = resolve(folder, 'program.mjs');
/** Keeps import.meta.url of each file what it is without a bundle. */
const ownUrl = {
  name: 'own-url',
  setup({ onLoad }) {
    onLoad({ filter: /\.(?:ts|mjs)$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replaceAll(
        'import.meta.url',
        JSON.stringify(pathToFileURL(path).href),
      ),
    }));
  },
};
await build({
  entryPoints: [file],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  define,
  plugins: [ownUrl],
  logLevel: 'warning',
});
process.argv = [process.argv[0], resolve(file), ...args];
await import(pathToFileURL(outfile).href);
