// Bundles the package: `node esbuild.config.mjs` writes dist/cli.cjs (and its lazily imported chunks) and dist/index.js.
//
// The command line must start fast. What was measured (whole process, interleaved runs, against `node -e 0`):
//   1.05  an empty ES module                     1.19  this bundle, exiting at its first statement
//   1.89  one command parsed by yargs as it is   1.46  with string-width replaced: it builds an Intl.Segmenter and
//                                                      compiles \p{RGI_Emoji} while loading
//   1.33  and one `$0 <model>` yargs per command: after a *named* command yargs lays out its whole help text,
//         so src/cli picks the command by its first argument and gives yargs only that one
//   -0.1  for yargs itself loaded only for its help and its messages: its parser reads a line in which nothing is wrong
//   -0.2  for compiled code kept from the build: src/cli/entry.cjs
//   -0.09 for CommonJS, for which Node need not start its loader of ES modules
//   +0.07 for each further 100 kB of minified code: what `analyze` does not need is behind import()
import { chmodSync, copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { writeCommonJs } from './test/tools/build/commonJs.mjs';
import { storeCompiledCode } from './test/tools/build/compiledCode.mjs';
import { define, nodeTarget, root } from './test/tools/build/constants.mjs';
import { explorerPage, measureProgram } from './test/tools/build/explorerPage.mjs';
import { leanYargs } from './test/tools/build/leanYargs.mjs';
import { lazyWidth } from './test/tools/build/lazyWidth.mjs';
import { thirdPartyLicences } from './test/tools/build/licences.mjs';
import { oneFileEntry } from './test/tools/build/oneFileEntry.mjs';
import { assertLight, assertPortable } from './test/tools/build/outputs.mjs';
import { reportPage, sweepPage } from './test/tools/build/reportPage.mjs';
import { slimVega } from './test/tools/build/slimVega.mjs';

/** Small modules that many commands load beside others: see `oneFileEntry`. */
const IN_ENTRY = [
  'src/inertJson.ts',
  'src/report/device/format.ts',
  'src/devices/device.ts',
  'src/latency/convLayer.ts',
];
/** What is loaded after, or instead of, src/cli/device.ts by commands that know devices. */
const TOGETHER = Object.fromEntries(
  [
    'src/analysis/device/compare.ts',
    'src/cli/fromMeasurements.ts',
    'src/cli/gateMeasurement.ts',
    'src/cli/measure.ts',
    'src/cli/commands/reproduce.ts',
    'src/devices/validate.ts',
    'src/probe/index.ts',
  ].map((file) => [file, 'src/cli/device.ts']),
);

const common = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: nodeTarget,
  metafile: true,
  logLevel: 'warning',
  legalComments: 'none',
  define,
};

async function bundle() {
  const report = await reportPage();
  mkdirSync(resolve(root, 'dist'), { recursive: true });
  writeFileSync(resolve(root, 'dist/report.html'), report.page);
  const sweep = await sweepPage();
  writeFileSync(resolve(root, 'dist/sweep.html'), sweep.page);
  const explorer = await explorerPage(report);
  writeFileSync(resolve(root, 'dist/explorer.html'), explorer.page);
  const measure = await measureProgram();
  writeFileSync(resolve(root, 'dist/explorer-measure.js'), measure.program);

  // csp-profile, csp-profile/probe and the program of its child processes: one ProfileError for all of them.
  const library = await build({
    ...common,
    entryPoints: {
      index: 'src/index.ts',
      probe: 'src/probe/index.ts',
      'probe-child': 'src/probe/child.ts',
      'sweep-worker': 'src/cli/sweep/worker.ts',
    },
    platform: 'neutral',
    mainFields: ['module', 'main'],
    external: ['node:*', 'onnxruntime-node', './import.cjs'],
    plugins: [lazyWidth, slimVega],
    chunkNames: 'index-[name]-[hash]',
    define: { ...define, CSP_PROFILE_REPORT_HTML: JSON.stringify(report.page) },
  });
  for (const entry of ['index', 'probe', 'probe-child', 'sweep-worker'])
    assertLight(library.metafile.outputs, `dist/${entry}.js`);
  assertPortable(library.metafile.outputs, 'dist/index.js');

  const cliEntry = 'src/cli/bin.ts';
  const cli = await build({
    ...common,
    entryPoints: { cli: cliEntry },
    platform: 'node',
    minify: true,
    chunkNames: 'cli-[name]-[hash]',
    external: ['onnxruntime-node', 'sharp', './import.cjs'],
    plugins: [leanYargs, lazyWidth, slimVega, oneFileEntry(cliEntry, IN_ENTRY, TOGETHER)],
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
    'dist/explorer-measure.js',
    ...Object.keys(library.metafile.outputs),
    ...commands,
    'dist/cli.cjs',
    'dist/import.cjs',
  ]);
  for (const file of readdirSync(resolve(root, 'dist')))
    if (/\.c?js$/.test(file) && !built.has(`dist/${file}`)) rmSync(resolve(root, 'dist', file));

  const inputs = [
    ...[library, cli].flatMap(({ metafile }) => Object.keys(metafile.inputs)),
    ...report.inputs,
    ...sweep.inputs,
    ...explorer.inputs,
    ...measure.inputs,
  ];
  writeFileSync(resolve(root, 'dist/THIRD-PARTY-LICENCES.txt'), thirdPartyLicences(inputs).join('\n---\n\n'));
}

await bundle();
