// Bundles the package: `node esbuild.config.mjs` writes dist/cli.cjs (and its lazily imported chunks) and dist/index.js.
//
// The command line must start fast. What was measured (whole process, interleaved runs, against `node -e 0`):
//   1.05  an empty ES module                     1.19  this bundle, exiting at its first statement
//   1.89  one command parsed by yargs as it is   1.46  with string-width replaced: it builds an Intl.Segmenter and
//                                                      compiles \p{RGI_Emoji} while loading
//   1.33  and one `$0 <model>` yargs per command: after a *named* command yargs lays out its whole help text,
//         so src/cli picks the command by its first argument and gives yargs only that one
//   -0.09 for the entry as CommonJS, for which Node need not start its loader of ES modules
//   +0.07 for each further 100 kB of minified code: what `analyze` does not need is behind import()
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { parse, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));
const { version } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8'));

/** Compile-time constants, of which vitest.config.ts gives the same to the tests. */
export const define = { CSP_PROFILE_VERSION: JSON.stringify(version) };

const common = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'node20.19',
  metafile: true,
  logLevel: 'warning',
  legalComments: 'none',
  define,
};

/**
 * yargs' translations: in a bundle they would be looked for in a `locales` folder three levels above dist/cli.cjs,
 * which belongs to somebody else. Its built-in text is English, so only the substitution of %s and %d is left.
 */
const englishYargs = {
  name: 'english-yargs',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^y18n$/ }, () => ({ path: 'y18n', namespace: 'english-yargs' }));
    onLoad({ filter: /.*/, namespace: 'english-yargs' }, () => ({
      resolveDir: root,
      contents: `
        import { format } from 'node:util';
        const __n = (one, many, count, ...rest) => {
          const text = count === 1 ? one : many;
          return text.includes('%d') ? format(text, count, ...rest) : format(text, ...rest);
        };
        export default () => ({ __: format, __n, getLocale: () => 'en', setLocale() {}, updateLocale() {} });`,
    }));
  },
};

/** The worked cases of operators are read by tests only; esbuild keeps those that call a function or multiply. */
const withoutCases = {
  name: 'without-cases',
  setup({ onLoad }) {
    onLoad({ filter: /src\/ops\/\w+\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replace(/^export const cases\b[^]*?^\];$/m, ''),
    }));
  },
};

/**
 * Code that the entry shares with a lazily imported module would move into chunks which the entry then has to load
 * at start. Here each lazily imported module of ours is made to import the entry as well: all that the entry needs
 * is then shared by the same set of chunks, lands in one of them, and that one becomes the entry.
 */
const oneFileEntry = (entry) => ({
  name: 'one-file-entry',
  setup({ onResolve, onLoad, resolve: resolvePath }) {
    onResolve({ filter: /^\./ }, async ({ path, kind, importer, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const found = await resolvePath(path, { kind: 'import-statement', importer, resolveDir });
      return found.errors.length > 0 ? found : { path: found.path, namespace: 'lazy' };
    });
    onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => ({
      resolveDir: root,
      contents: `import ${JSON.stringify(resolve(root, entry))}; export * from ${JSON.stringify(path)};`,
    }));
    onResolve({ filter: /.*/, namespace: 'lazy' }, ({ path }) => ({ path, sideEffects: true }));
  },
});

/** Makes a CommonJS file of the one chunk that `stub` imports: Node starts those sooner than ES modules. */
async function writeEntry(outputs, stub, target) {
  const chunks = staticImports(outputs[stub]);
  const [chunk] = chunks;
  if (chunks.length !== 1 || staticImports(outputs[chunk]).length > 0)
    throw new Error(`${stub} is not one file`);
  const { code } = await transform(readFileSync(resolve(root, chunk), 'utf8'), {
    format: 'cjs',
    platform: 'node',
    target: common.target,
    minify: true,
    define: { 'import.meta.url': 'bundleUrl' },
    banner: '"use strict";const bundleUrl=require("node:url").pathToFileURL(__filename).href;',
  });
  const name = ({ base }) => JSON.stringify(`./${base}`);
  for (const file of Object.keys(outputs)) {
    if (file === stub || file === chunk) continue;
    const text = readFileSync(resolve(root, file), 'utf8');
    writeFileSync(resolve(root, file), text.replaceAll(name(parse(chunk)), name(parse(target))));
  }
  writeFileSync(resolve(root, target), `#!/usr/bin/env node\n${code}`, { mode: 0o755 });
  for (const file of [stub, chunk]) rmSync(resolve(root, file));
}

const staticImports = (output) =>
  output.imports
    .filter(({ kind, external }) => kind === 'import-statement' && !external)
    .map(({ path }) => path);

/** Packages too heavy to load at every start. */
const heavy = /node_modules\/(vega|vega-lite|vega-interpreter|mathjs|yaml|onnxruntime-\w+|csv-stringify)\//;

/** Throws where `entry` loads a heavy package without an import() between. */
function assertLight(outputs, entry) {
  const loaded = [entry];
  for (const file of loaded)
    loaded.push(...staticImports(outputs[file]).filter((next) => !loaded.includes(next)));
  for (const file of loaded) {
    const input = Object.keys(outputs[file].inputs).find((path) => heavy.test(path));
    if (input !== undefined)
      throw new Error(`${entry} loads ${input} at start (fix: put its user behind import())`);
  }
}

/** The licences of what is bundled, as they ask for. */
function thirdPartyLicences(inputs) {
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

async function bundle() {
  const library = await build({
    ...common,
    entryPoints: { index: 'src/index.ts' },
    platform: 'neutral',
    plugins: [withoutCases],
    mainFields: ['module', 'main'],
    chunkNames: 'index-[name]-[hash]',
  });

  assertLight(library.metafile.outputs, 'dist/index.js');

  const cliEntry = 'src/cli/bin.ts';
  const cli = await build({
    ...common,
    entryPoints: { cli: cliEntry },
    platform: 'node',
    minify: true,
    chunkNames: 'cli-[name]-[hash]',
    alias: { 'string-width': 'fast-string-width' },
    external: ['onnxruntime-node'],
    plugins: [withoutCases, englishYargs, oneFileEntry(cliEntry)],
    // An entry that waits would never be ready for the lazily imported modules, which import it.
    supported: { 'top-level-await': false },
  });
  assertLight(cli.metafile.outputs, 'dist/cli.js');
  await writeEntry(cli.metafile.outputs, 'dist/cli.js', 'dist/cli.cjs');

  const built = new Set([library, cli].flatMap(({ metafile }) => Object.keys(metafile.outputs)));
  for (const file of readdirSync(resolve(root, 'dist')))
    if (file.endsWith('.js') && !built.has(`dist/${file}`)) rmSync(resolve(root, 'dist', file));

  const inputs = [library, cli].flatMap(({ metafile }) => Object.keys(metafile.inputs));
  writeFileSync(resolve(root, 'dist/THIRD-PARTY-LICENCES.txt'), thirdPartyLicences(inputs).join('\n---\n\n'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle();
