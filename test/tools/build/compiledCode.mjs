import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { root } from './constants.mjs';

/**
 * Runs the command in several ways and stores what was compiled beside each file, for src/cli/entry.cjs: of the entry
 * what the first two runs compile, since every run has to read it, of all others what any of the frequent runs does,
 * and of those that only rarer runs load what they do.
 */
export function storeCompiledCode(entry) {
  for (const file of readdirSync(resolve(root, 'dist')))
    if (file.endsWith('.cache')) rmSync(resolve(root, 'dist', file));
  const program = `
    process.argv.splice(1, 0, ${JSON.stringify(resolve(root, entry))});
    process.stdout.write = () => true;
    const modules = require(process.argv[1]);
    const { existsSync, writeFileSync } = require('node:fs');
    process.on('exit', () => {
      const { CSP_PROFILE_STORE: what } = process.env;
      for (const [file, { script }] of modules)
        if (what === 'all' || (!file.endsWith('-main.cjs') && (what === 'chunks' || !existsSync(file + '.cache'))))
          writeFileSync(file + '.cache', script.createCachedData());
    });`;
  const folder = mkdtempSync(resolve(tmpdir(), 'csp-profile-'));
  const [cfg, onnx, tflite] = ['cfg', 'onnx', 'tflite'].map((kind) => resolve(folder, `sample.${kind}`));
  const layers =
    '[convolutional]\nbatch_normalize=1\n[shortcut]\nfrom=-1\n[maxpool]\nsize=2\n[route]\nlayers=-1\n';
  writeFileSync(cfg, `[net]\nwidth=8\nheight=8\nchannels=3\n${layers}`);
  writeSample(folder, tflite);
  try {
    const store = (what, runs) => {
      const env = { ...process.env, CSP_PROFILE_STORE: what };
      for (const args of runs) execFileSync(process.execPath, ['-e', program, ...args], { env });
    };
    store('all', [
      ['analyze', 'cspresnext50'],
      // What files need beyond built-in networks is little.
      ['analyze', tflite],
    ]);
    store('chunks', [
      ['analyze', 'cspresnext50', '--device', 'jetson-tx2'],
      ['analyze', 'cspresnext50', '--device', 'raspberry-pi-5'],
      ['analyze', cfg],
      ['export', cfg, '--to', 'onnx', '-o', onnx, '--quiet'],
      ['analyze', onnx],
      ['diff', 'resnext50', 'cspresnext50'],
      ['report', 'resnext50', 'cspresnext50'],
      ['explain', 'resnext50'],
      ['list'],
    ]);
    store('rest', [
      ['reproduce', 'table2'],
      ['reproduce', 'formulas'],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A TensorFlow Lite model, which nothing here exports. */
function writeSample(folder, file) {
  const outfile = resolve(folder, 'sample.mjs');
  buildSync({
    entryPoints: [resolve(root, 'test/tools/build/sample.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  execFileSync(process.execPath, [outfile, file]);
}
