// Designs a second of `csp-profile sweep`, on one core and on two, with a device, against a loop of `analyze` processes,
// and its memory from 1,000 to 100,000 designs: `node test/bench/sweep.mjs [--long]`. On a machine that does nothing else.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'csp-profile-bench-'));
const NETWORK = ['csppeleenet', '--param', 'gamma=0.05..0.95', '--param', 'fusion=both,first,last'];
const SMALL = [...NETWORK, '--param', 'input=224,256', '--param', 'width=0.5..1.5:0.125'];
const LARGE = [
  ...NETWORK,
  '--param',
  'input=160..448:32',
  '--param',
  'width=0.5..1.5:0.125',
  '--param',
  'depth=1,1.5',
];

function timed(...argv) {
  const args = ['-v', process.execPath, 'dist/cli.cjs', ...argv];
  const start = performance.now();
  const { status, stderr } = spawnSync('/usr/bin/time', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const seconds = (performance.now() - start) / 1000;
  const mebibytes = Number(/Maximum resident set size \(kbytes\): (\d+)/.exec(stderr)?.[1]) / 1024;
  return { seconds, mebibytes };
}

let file = 0;
function sweep(name, ...argv) {
  const rows = join(folder, `${file++}.ndjson`);
  const { seconds, mebibytes } = timed('sweep', ...argv, '--quiet', '-o', rows);
  const designs = readFileSync(rows, 'utf8').trimEnd().split('\n').length;
  const rate = designs / seconds;
  console.log(
    `${name.padEnd(34)}${String(designs).padStart(8)} designs${seconds.toFixed(1).padStart(8)} s${rate.toFixed(0).padStart(7)} a second${mebibytes.toFixed(0).padStart(6)} MiB`,
  );
  return rate;
}

try {
  const one = sweep('one core', ...LARGE, '--jobs', '1');
  const two = sweep('two cores', ...LARGE, '--jobs', '2');
  console.log(`  two cores are ${(two / one).toFixed(2)} times one`);
  sweep(
    'one core, a device and a buffer',
    ...SMALL,
    '--device',
    'jetson-tx2',
    '--buffer',
    '1MiB',
    '--jobs',
    '1',
  );
  const loops = 20;
  const start = performance.now();
  for (let i = 0; i < loops; i++)
    timed('analyze', `csppeleenet:gamma=${(1 + (i % 19)) / 20}@224`, '--format', 'json');
  const loop = loops / ((performance.now() - start) / 1000);
  console.log(
    `a loop of analyze: ${loop.toFixed(1)} a second; the sweep is ${(one / loop).toFixed(0)} times as fast`,
  );
  if (process.argv.includes('--long')) {
    sweep('memory', ...NETWORK, '--param', 'input=160..448:32', '--param', 'width=0.5,1', '--jobs', '1');
    sweep(
      'memory',
      ...LARGE,
      '--param',
      'growth=16..48:4',
      '--param',
      'attention=none,squeeze',
      '--jobs',
      '1',
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
