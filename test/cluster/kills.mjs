// A sweep killed at ten random moments, each time started again: `node test/cluster/kills.mjs [SEED]`. Its rows are those of
// a run that nobody killed, to the byte. A disk that is full, and a folder that may not be written, are one line each.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const cli = resolve('dist/cli.cjs');
const yaml = resolve('reports/cluster/sweep.yaml');
const folder = mkdtempSync(join(tmpdir(), 'csp-profile-kills-'));
let state = Number(process.argv[2] ?? 1);
const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
const argv = (...more) => [cli, 'sweep', yaml, '--quiet', ...more];
const rows = (file) => readFileSync(join(folder, file), 'utf8').trimEnd().split('\n');
spawnSync(process.execPath, argv('--jobs', '1', '-o', 'whole.ndjson'), { cwd: folder });
const whole = statSync(join(folder, 'whole.ndjson')).size;
console.log(`whole: ${rows('whole.ndjson').length} rows`);
const partial = (file) => readdirSync(folder).filter((name) => name.startsWith(`${file}.`));
const sizeOf = (file) =>
  partial(file).reduce(
    (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );

/** Until so much of the rows is there, and a moment more: by the clock, a busy machine would decide what is hit. */
async function progressed(file, share) {
  while (sizeOf(file) < share * whole) await sleep(2);
  await sleep(100 * random());
  return 'now';
}

for (let i = 0; i < 10; i++) {
  const file = `killed${i}.ndjson`;
  let kills = 0;
  for (;;) {
    const child = spawn(process.execPath, argv('--jobs', i % 2 === 0 ? '1' : '2', '-o', file), {
      cwd: folder,
    });
    const ended = new Promise((done) => child.once('exit', (code) => done(code)));
    const share = 0.85 * random();
    const first = await Promise.race([ended, ...(kills === 0 ? [progressed(file, share)] : [])]);
    if (first !== 'now') {
      if (first !== 0) throw new Error(`ended with ${first}`);
      if (kills === 0) throw new Error('ended before it could be killed');
      break;
    }
    child.kill('SIGKILL');
    await ended;
    kills++;
    const left = partial(file);
    const lines = left.map((name) => readFileSync(join(folder, name), 'utf8').split('\n').length - 1);
    console.log(`killed with ${lines.join(' + ')} rows`);
  }
  const got = rows(file);
  const unique = new Set(got.map((line) => JSON.parse(line).index)).size;
  const same =
    readFileSync(join(folder, file), 'utf8') === readFileSync(join(folder, 'whole.ndjson'), 'utf8');
  console.log(`  resumed: ${got.length} rows, ${unique} unique, ${same ? 'equal to the byte' : 'DIFFERENT'}`);
  if (!same) process.exitCode = 1;
  const others = partial(file);
  if (others.length > 0) throw new Error(`left behind: ${others.join(', ')}`);
}

const small = join(folder, 'full');
mkdirSync(small);
if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', small]).status === 0) {
  const full = spawnSync(process.execPath, argv('--jobs', '1', '-o', join(small, 'rows.ndjson')), {
    encoding: 'utf8',
  });
  console.log(`disk full: exit ${full.status}, ${full.stderr.trim()}`);
  const left = readdirSync(small);
  const kept = left.map((name) => readFileSync(join(small, name), 'utf8').split('\n').length - 1);
  console.log(`  left: ${left.join(', ')} with ${kept.join(', ')} rows`);
  spawnSync('mount', ['-o', 'remount,size=64m', small]);
  const again = spawnSync(process.execPath, argv('--jobs', '1', '-o', join(small, 'rows.ndjson')), {
    encoding: 'utf8',
  });
  const same =
    again.status === 0 &&
    readFileSync(join(small, 'rows.ndjson'), 'utf8') === readFileSync(join(folder, 'whole.ndjson'), 'utf8');
  console.log(`  with room again: ${same ? 'equal to the byte' : `DIFFERENT ${again.stderr}`}`);
  spawnSync('mount', ['-o', 'remount,ro', small]);
  const readOnly = spawnSync(process.execPath, argv('-o', join(small, 'new.ndjson')), { encoding: 'utf8' });
  console.log(`read-only: exit ${readOnly.status}, ${readOnly.stderr.trim()}`);
  spawnSync('umount', [small]);
}
rmSync(folder, { recursive: true });
