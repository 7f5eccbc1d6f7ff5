import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'csp-profile-'));
  // The files of the bundle are read, or required, by the Node that runs it.
  writeFileSync(
    join(cwd, 'record.cjs'),
    `const fs = require('node:fs');
const { openSync } = fs;
const read = [];
fs.openSync = (path, ...rest) => (read.push(String(path)), openSync(path, ...rest));
process.on('exit', () => fs.writeFileSync('loaded.json', JSON.stringify([...read, ...Object.keys(require.cache)])));
`,
  );
});
afterAll(() => {
  rmSync(cwd, { recursive: true });
});

/** Whether a run of the bundled gate loads a piece that holds the text. */
function loads(config: string, text: string): boolean {
  writeFileSync(join(cwd, 'csp-profile.config.json'), config);
  const cli = join(process.cwd(), 'dist/cli.cjs');
  const { status, stderr } = spawnSync(process.execPath, ['-r', './record.cjs', cli, 'gate'], {
    cwd,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const loaded = JSON.parse(readFileSync(join(cwd, 'loaded.json'), 'utf8')) as readonly string[];
  const pieces = loaded.filter((path) => path.endsWith('.cjs') && path.includes('dist'));
  expect(pieces.length).toBeGreaterThan(0);
  return pieces.some((path) => readFileSync(path, 'utf8').includes(text));
}

const config = (demand: string): string =>
  `{ "schemaVersion": 1, "targets": [{ "model": "resnet10", ${demand} }] }`;

describe('the gate as a process', () => {
  // What mathjs' parser says of an open parenthesis.
  it.each([
    ['limits do not load the parser of expressions', '"limits": { "flops": "9 G" }', false],
    ['rules do', '"rules": [{ "name": "a", "expr": "flops < 9 GFLOP" }]', true],
  ])('%s', (_, demand, loaded) => {
    expect(loads(config(demand), 'Parenthesis ) expected')).toBe(loaded);
  });
});
