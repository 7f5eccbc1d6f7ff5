// Bundles the package: `node esbuild.config.mjs` writes dist/cli.cjs (and its lazily imported chunks) and dist/index.js.
//
// The command line must start fast. What was measured (whole process, interleaved runs, against `node -e 0`):
//   1.05  an empty ES module                     1.19  this bundle, exiting at its first statement
//   1.89  one command parsed by yargs as it is   1.46  with string-width replaced: it builds an Intl.Segmenter and
//                                                      compiles \p{RGI_Emoji} while loading
//   1.33  and one `$0 <model>` yargs per command: after a *named* command yargs lays out its whole help text,
//         so src/cli picks the command by its first argument and gives yargs only that one
//   -0.2  for compiled code kept from the build: src/cli/entry.cjs
//   -0.09 for CommonJS, for which Node need not start its loader of ES modules
//   +0.07 for each further 100 kB of minified code: what `analyze` does not need is behind import()
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { parse, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));
const { version } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8'));

/** Compile-time constants, of which vitest.config.ts gives the same to the tests. */
export const define = {
  CSP_PROFILE_VERSION: JSON.stringify(version),
  CSP_PROFILE_REPORT_PAGE: '"./report.html"',
};

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
 * What yargs loads and does not need here. Its translations would be looked for in a `locales` folder three levels
 * above dist/cli.cjs, which belongs to somebody else: its built-in text is English, so only the substitution of %s and
 * %d is left. Node's assert takes 1 ms to load; yargs asks it for two comparisons.
 */
const leanYargs = {
  name: 'lean-yargs',
  setup({ onResolve, onLoad }) {
    const modules = {
      y18n: `
        import { format } from 'node:util';
        const __n = (one, many, count, ...rest) => {
          const text = count === 1 ? one : many;
          return text.includes('%d') ? format(text, count, ...rest) : format(text, ...rest);
        };
        export default () => ({ __: format, __n, getLocale: () => 'en', setLocale() {}, updateLocale() {} });`,
      assert: `
        const check = (holds, message) => {
          if (!holds) throw new TypeError(message);
        };
        export const strictEqual = (a, b, message) => check(Object.is(a, b), message);
        export const notStrictEqual = (a, b, message) => check(!Object.is(a, b), message);`,
    };
    onResolve({ filter: /^(y18n|assert)$/ }, ({ path }) => ({ path, namespace: 'lean-yargs' }));
    onLoad({ filter: /.*/, namespace: 'lean-yargs' }, ({ path }) => ({
      resolveDir: root,
      contents: modules[path],
    }));
  },
};

/**
 * Code that the entry shares with a lazily imported module would move into chunks which the entry then has to load
 * at start. Here each lazily imported module is made to import the entry as well: all that the entry needs
 * is then shared by the same set of chunks, lands in one of them, and that one becomes the entry.
 */
const oneFileEntry = (entry) => ({
  name: 'one-file-entry',
  setup({ onResolve, onLoad, resolve: resolvePath }) {
    onResolve({ filter: /.*/ }, async ({ path, kind, importer, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const found = await resolvePath(path, { kind: 'import-statement', importer, resolveDir });
      return found.errors.length > 0 || found.external ? found : { path: found.path, namespace: 'lazy' };
    });
    onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => ({
      resolveDir: root,
      contents: `import ${JSON.stringify(resolve(root, entry))}; export * from ${JSON.stringify(path)};`,
    }));
    onResolve({ filter: /.*/, namespace: 'lazy' }, ({ path }) => ({ path, sideEffects: true }));
  },
});

/**
 * Makes CommonJS files of all chunks, and the entry of the one that `stub` imports. Node starts CommonJS sooner than
 * ES modules, and an ES module that imports it has all of it searched for exports first (30 ms for the entry).
 */
async function writeCommonJs(outputs, stub, entry) {
  const [chunk, ...others] = staticImports(outputs[stub]);
  if (chunk === undefined || others.length > 0 || staticImports(outputs[chunk]).length > 0)
    throw new Error(`${stub} is not one file`);
  const targets = new Map(
    Object.keys(outputs).map((file) => [file, file === chunk ? entry : file.replace(/\.js$/, '.cjs')]),
  );
  const reference = (file) => JSON.stringify(`./${parse(file).base}`);
  for (const [file, target] of targets) {
    const text = readFileSync(resolve(root, file), 'utf8');
    rmSync(resolve(root, file));
    if (file === stub) continue;
    const { code } = await transform(text, {
      format: 'cjs',
      platform: 'node',
      target: common.target,
      minify: true,
      define: { 'import.meta.url': 'bundleUrl' },
      banner: '"use strict";const bundleUrl=require("node:url").pathToFileURL(__filename).href;',
    });
    let linked = code;
    for (const [from, to] of targets) {
      linked = linked
        .replaceAll(`import(${reference(from)})`, `Promise.resolve().then(()=>require(${reference(to)}))`)
        .replaceAll(`require(${reference(from)})`, `require(${reference(to)})`);
    }
    writeFileSync(resolve(root, target), linked);
  }
  return [...targets.values()];
}

/**
 * Runs the command in several ways and stores what was compiled beside each file, for src/cli/entry.cjs.
 */
function storeCompiledCode(entry) {
  for (const file of readdirSync(resolve(root, 'dist')))
    if (file.endsWith('.cache')) rmSync(resolve(root, 'dist', file));
  const program = `
    process.argv.splice(1, 0, ${JSON.stringify(resolve(root, entry))});
    process.stdout.write = () => true;
    const modules = require(process.argv[1]);
    const { existsSync, writeFileSync } = require('node:fs');
    process.on('exit', () => {
      for (const [file, { script }] of modules)
        if (!existsSync(file + '.cache'))
          writeFileSync(file + '.cache', script.createCachedData());
    });`;
  const folder = mkdtempSync(resolve(tmpdir(), 'csp-profile-'));
  const [cfg, onnx] = [resolve(folder, 'sample.cfg'), resolve(folder, 'sample.onnx')];
  const layers =
    '[convolutional]\nbatch_normalize=1\n[shortcut]\nfrom=-1\n[maxpool]\nsize=2\n[route]\nlayers=-1\n';
  writeFileSync(cfg, `[net]\nwidth=8\nheight=8\nchannels=3\n${layers}`);
  try {
    for (const args of [
      ['analyze', 'cspresnext50'],
      ['analyze', 'cspresnext50', '--device', 'jetson-tx2', '--fusion', 'stages'],
      ['analyze', cfg],
      ['export', cfg, '--to', 'onnx', '-o', onnx],
      ['analyze', onnx],
      ['diff', 'resnext50', 'cspresnext50'],
      ['report', 'resnext50', 'cspresnext50'],
    ])
      execFileSync(process.execPath, ['-e', program, ...args]);
  } finally {
    rmSync(folder, { recursive: true });
  }
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

/** Vega without the parts that no chart uses (maps, graphs, trees, clouds, fits), and without a canvas in Node. */
const slimVega = {
  name: 'slim-vega',
  setup({ onResolve, onLoad }) {
    const unused = /^vega-(crossfilter|force|geo|hierarchy|label|regression|voronoi|wordcloud)$/;
    onResolve({ filter: unused }, ({ path, importer }) =>
      /node_modules\/vega\//.test(importer) ? { path, namespace: 'unused' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'export {};' }));
    onResolve({ filter: /^vega-canvas$/ }, () => ({
      path: resolve(root, 'node_modules/vega-canvas/build/vega-canvas.browser.js'),
    }));
  },
};

/**
 * The page of a report in one file: its program, its style, and a policy by which nothing else may run or load.
 * What differs between reports is put in where `<!--title-->` and `<!--data-->` are.
 */
export async function reportPage() {
  const folder = 'src/report/html/page';
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [`${folder}/main.ts`, `${folder}/page.css`],
    outdir: 'dist',
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'iife',
    target: ['chrome111', 'firefox113', 'safari16.4'],
    logLevel: 'warning',
    legalComments: 'none',
    plugins: [slimVega],
  });
  const text = (extension) => outputFiles.find(({ path }) => path.endsWith(extension)).text.trim();
  const [program, style] = [text('.js'), text('.css')];
  if (/<!--|<\/?script|<\/style/i.test(program + style)) throw new Error('the page would end its own script');
  const hash = (content) => `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
  const policy = `default-src 'none'; script-src ${hash(program)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`;
  const parts = { policy, style: `<style>${style}</style>`, program: `<script>${program}</script>` };
  const page = Object.entries(parts).reduce(
    (html, [name, content]) => html.replace(`<!--${name}-->`, () => content),
    readFileSync(resolve(root, folder, 'page.html'), 'utf8'),
  );
  return { page, inputs: Object.keys(metafile.inputs) };
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
    mainFields: ['module', 'main'],
    chunkNames: 'index-[name]-[hash]',
  });

  assertLight(library.metafile.outputs, 'dist/index.js');

  // csp-profile/probe, and the program of its child processes.
  const probe = await build({
    ...common,
    entryPoints: { probe: 'src/probe/index.ts', 'probe-child': 'src/probe/child.ts' },
    platform: 'node',
    external: ['onnxruntime-node'],
    chunkNames: 'probe-[name]-[hash]',
  });

  const report = await reportPage();
  writeFileSync(resolve(root, 'dist/report.html'), report.page);

  const cliEntry = 'src/cli/bin.ts';
  const cli = await build({
    ...common,
    entryPoints: { cli: cliEntry },
    platform: 'node',
    minify: true,
    chunkNames: 'cli-[name]-[hash]',
    alias: { 'string-width': 'fast-string-width' },
    external: ['onnxruntime-node', 'sharp', './import.cjs'],
    plugins: [leanYargs, slimVega, oneFileEntry(cliEntry)],
    // An entry that waits would never be ready for the lazily imported modules, which import it.
    supported: { 'top-level-await': false },
  });
  assertLight(cli.metafile.outputs, 'dist/cli.js');
  const commands = await writeCommonJs(cli.metafile.outputs, 'dist/cli.js', 'dist/cli-main.cjs');
  copyFileSync(resolve(root, 'src/cli/entry.cjs'), resolve(root, 'dist/cli.cjs'));
  copyFileSync(resolve(root, 'src/cli/import.cjs'), resolve(root, 'dist/import.cjs'));
  chmodSync(resolve(root, 'dist/cli.cjs'), 0o755);
  storeCompiledCode('dist/cli.cjs');

  const built = new Set([
    ...Object.keys(library.metafile.outputs),
    ...Object.keys(probe.metafile.outputs),
    ...commands,
    'dist/cli.cjs',
    'dist/import.cjs',
  ]);
  for (const file of readdirSync(resolve(root, 'dist')))
    if (/\.c?js$/.test(file) && !built.has(`dist/${file}`)) rmSync(resolve(root, 'dist', file));

  const inputs = [
    ...[library, probe, cli].flatMap(({ metafile }) => Object.keys(metafile.inputs)),
    ...report.inputs,
  ];
  writeFileSync(resolve(root, 'dist/THIRD-PARTY-LICENCES.txt'), thirdPartyLicences(inputs).join('\n---\n\n'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle();
