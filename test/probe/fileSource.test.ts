import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { mostBytes } from '../../src/formats/model.ts';
import { openFile, type StreamOptions } from '../../src/probe/fileSource.ts';

let folder = '';
const at = (name: string): string => join(folder, name);
const CFG = '[net]\nwidth=8\nheight=8\nchannels=3\n[convolutional]\nfilters=4\nsize=1\n';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'csp-profile-test-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** All that is read of a name. */
function textOf(path: string, options: Partial<StreamOptions> = {}): string {
  const source = openFile(path, { shown: 'net', ...options });
  try {
    return new TextDecoder().decode(source.read(0, source.size));
  } finally {
    source.close();
  }
}

const pipe = (): string => {
  spawnSync('mkfifo', [at('pipe')]);
  return at('pipe');
};

describe('a named pipe', () => {
  it('that nobody writes to is given up', () => {
    expect(() => textOf(pipe(), { patienceSeconds: 0.02 })).toThrow(
      'net: this is a pipe that nobody wrote to for 0.02 seconds (fix: start what writes to it first, or name a file) CSP802',
    );
  });

  it('is read to its end, whoever comes first', () => {
    const path = pipe();
    const writer = spawn('sh', ['-c', 'exec > pipe; printf one; sleep 0.05; printf two'], { cwd: folder });
    expect(textOf(path)).toBe('onetwo');
    expect(writer.exitCode).toBe(null);
  });

  it('of more than memory should hold is kept on the disk', () => {
    const path = pipe();
    vi.stubEnv('TMPDIR', folder);
    spawn('sh', ['-c', 'exec > pipe; head -c 70000000 /dev/zero; printf end'], { cwd: folder });
    const source = openFile(path);
    expect(readdirSync(folder)).toHaveLength(2);
    expect(source.size).toBe(70_000_003);
    expect(new TextDecoder().decode(source.read(source.size - 3, 3))).toBe('end');
    expect(source.read(33_000_000, 2)).toEqual(new Uint8Array(2));
    source.close();
    expect(readdirSync(folder)).toEqual(['pipe']);
  });
});

describe('what has no end', () => {
  it('ends at as much as may begin so', () => {
    let head: Uint8Array | undefined;
    const most = (begin: Uint8Array): number => {
      head = begin;
      return 3_000_000;
    };
    expect(() => textOf('/dev/zero', { most })).toThrow(
      /net: more than 3000000 bytes came, and no end .*CSP308/,
    );
    expect(head?.[0]).toBe(0);
  });

  it('may be as large as weights are only where it begins like a network that has some', () => {
    const text = (head: string): number => mostBytes(new TextEncoder().encode(head));
    expect(text(CFG)).toBe(2 ** 28);
    expect(text('\0'.repeat(64))).toBe(2 ** 28);
    expect(text('\u001c\0\0\0TFL3')).toBe(2 ** 34);
    expect(text('\b\u0007\u0012\u0004test')).toBe(2 ** 34);
  });
});

it('refuses a folder', () => {
  expect(() => openFile(folder)).toThrow(/this is a directory .*CSP802/);
});

it('says that a file became shorter', () => {
  writeFileSync(at('net.cfg'), CFG);
  const source = openFile(at('net.cfg'));
  truncateSync(at('net.cfg'), 10);
  expect(() => source.read(0, source.size)).toThrow(/the file became shorter while it was read .*CSP802/);
  source.close();
});

it('refuses a disk without opening it, where we may make one', () => {
  // Of a number that is kept for experiments: no driver has it.
  const isMade = spawnSync('mknod', [at('disk'), 'b', '240', '0']).status === 0;
  expect(() => openFile(isMade ? at('disk') : folder)).toThrow(
    isMade ? /this is a disk, not a file .*CSP802/ : /this is a directory/,
  );
});

it('reads what a shell hands over', () => {
  const cli = join(process.cwd(), 'dist/cli.cjs');
  writeFileSync(at('net.cfg'), CFG);
  const shell = (script: string) =>
    spawnSync('bash', ['-c', `"${process.execPath}" "${cli}" ${script}`], { cwd: folder, encoding: 'utf8' });
  const totals = { status: 0, stderr: '', stdout: expect.stringMatching(/MACs +768/) as string };
  expect(shell('analyze <(cat net.cfg)')).toMatchObject(totals);
  expect(shell('analyze /dev/stdin < net.cfg')).toMatchObject(totals);
  expect(shell('analyze - < net.cfg')).toMatchObject(totals);
});
