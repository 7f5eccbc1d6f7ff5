import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFiles } from '../../src/cli/write.ts';
import { run } from './run.ts';

let folder = '';
const at = (name: string): string => join(folder, name);
const isRoot = process.getuid?.() === 0;
const OLD = 'what was there\n';
/** The table of a small network, and its first line. */
const analyze = (target: string, cwd = folder) => run(['analyze', 'cspresnext50', '-o', target], { cwd });
const START = /^cspresnext50 \(zoo, /;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'csp-profile-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Whether we may make devices of our own; those of the system are touched only by users who cannot replace them. */
const mayMake =
  spawnSync('sh', ['-c', 'f=$(mktemp -u) && mknod "$f" c 1 3 && rm "$f"'], { stdio: 'ignore' }).status === 0;
const DEVICES =
  mayMake || !isRoot
    ? ([
        [
          'loses what is written',
          3,
          '/dev/null',
          { code: 0, stderr: expect.stringMatching(/^wrote \S+\n$/) as string },
        ],
        [
          'has no room',
          7,
          '/dev/full',
          { code: 2, stderr: expect.stringMatching(/the disk is full.*CSP802/) as string },
        ],
      ] as const)
    : [];

describe('what is written to', () => {
  it.each(DEVICES)('a device stays a device that %s', async (_, minor, ofSystem, outcome) => {
    if (mayMake) spawnSync('mknod', [at('device'), 'c', '1', String(minor)]);
    const target = mayMake ? at('device') : ofSystem;
    expect(await analyze(target)).toMatchObject(outcome);
    expect(lstatSync(target).isCharacterDevice()).toBe(true);
  });

  it('a pipe has a reader who gets it all', async () => {
    spawnSync('mkfifo', [at('pipe')]);
    const reader = spawn('sh', ['-c', 'cat pipe > read'], { cwd: folder });
    expect(await analyze('pipe')).toMatchObject({ code: 0, stderr: 'wrote pipe\n' });
    await once(reader, 'close');
    expect(readFileSync(at('read'), 'utf8')).toMatch(START);
    expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
  });

  it.each([
    ['a file', 'real'],
    ['nothing yet', 'absent'],
    ['another link', 'link2'],
  ])('a link stays a link to %s, whose content is new', async (_, to) => {
    writeFileSync(at('real'), OLD);
    symlinkSync('real', at('link2'));
    mkdirSync(at('sub'));
    symlinkSync(join('..', to), at('sub/link'));
    expect(await analyze('sub/link')).toMatchObject({ code: 0 });
    expect(readlinkSync(at('sub/link'))).toBe(join('..', to));
    expect(readlinkSync(at('link2'))).toBe('real');
    expect(readFileSync(at(to), 'utf8')).toMatch(START);
  });

  it('a file with another name stays one with it', async () => {
    writeFileSync(at('one'), OLD.repeat(5000));
    linkSync(at('one'), at('two'));
    const { ino } = statSync(at('one'));
    await analyze('one');
    expect(readFileSync(at('two'), 'utf8')).toMatch(START);
    expect(readFileSync(at('two'), 'utf8')).not.toContain(OLD);
    expect(statSync(at('one')).ino).toBe(ino);
  });

  it('a file is another one, with the permissions and the owner of the one before', async () => {
    writeFileSync(at('one'), OLD);
    if (isRoot) chownSync(at('one'), 12345, 54321);
    chmodSync(at('one'), 0o2640);
    const before = statSync(at('one'));
    await analyze('one');
    const { mode, uid, gid, ino } = statSync(at('one'));
    expect({ mode, uid, gid }).toEqual({ mode: before.mode, uid: before.uid, gid: before.gid });
    expect(ino).not.toBe(before.ino);
    expect(readdirSync(folder)).toEqual(['one']);
  });

  it('a new file has the permissions that the user gives new files', async () => {
    await analyze('one');
    writeFileSync(at('other'), OLD);
    expect(statSync(at('one')).mode).toBe(statSync(at('other')).mode);
  });

  it.each([
    ['a folder', 'sub', 'sub: this is a folder (fix: name a file in it) CSP802'],
    ['a folder that is not there', 'new/', 'new/: this is a folder (fix: name a file in it) CSP802'],
    ['a file in no folder', 'no/file', 'no/file: there is no such folder'],
    ['a file in a file', 'file/file', 'file/file: a part of the path is a file, not a folder'],
    ['a link to itself', 'loop', 'loop: the link leads to itself'],
    ['too long a name', 'x'.repeat(300), 'the name is too long'],
  ])('%s is an error', async (_, target, message) => {
    mkdirSync(at('sub'));
    writeFileSync(at('file'), OLD);
    symlinkSync('loop', at('loop'));
    expect(await analyze(target)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(message) as string,
    });
    expect(readdirSync(folder).sort()).toEqual(['file', 'loop', 'sub']);
    expect(readFileSync(at('file'), 'utf8')).toBe(OLD);
  });

  it('a socket is an error', async () => {
    const server = createServer().listen(at('socket'));
    await once(server, 'listening');
    expect(await analyze('socket')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('this is a socket') as string,
    });
    expect(await run(['analyze', './socket'], { cwd: folder })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('this is a socket') as string,
    });
    server.close();
  });
});

describe('every command that writes', () => {
  it.each([
    ['inputs cspresnext50 -o link'],
    ['diff cspresnext50 resnext50 -o link'],
    ['report cspresnext50 --format svg --chart input-output -o link'],
    ['export cspresnext50 --to json -o link'],
    ['export cspresnext50 --to cfg -o link'],
    ['export csppeleenet --to onnx --weights zero -o link'],
    ['explain cspresnext50 -o link'],
    ['gate --update --config gate.yaml'],
    ['sweep csppeleenet --param gamma=0.5 --quiet -o link'],
    ['sweep csppeleenet --param gamma=0.5 --quiet --csv link'],
    ['sweep csppeleenet --param gamma=0.5 --quiet --parquet link'],
    ['sweep merge shard.ndjson -o link'],
  ])('writes through a link: %s', async (command) => {
    writeFileSync(
      at('gate.yaml'),
      'schemaVersion: 1\ntargets:\n  - { model: cspresnext50, baseline: link.json, limits: { flops: +1% } }\n',
    );
    writeFileSync(at('shard.ndjson'), `{"index":0,"design":"a${'b'.repeat(100)}","sweep":"s"}\n`);
    const link = command.startsWith('gate') ? 'link.json' : 'link';
    symlinkSync('real', at(link));
    expect(await run(command.split(' '), { cwd: folder })).toMatchObject({
      code: 0,
      stderr: /^(gate|sweep)/.test(command) ? '' : 'wrote link\n',
    });
    expect(readlinkSync(at(link))).toBe('real');
    expect(statSync(at('real')).size).toBeGreaterThan(100);
  });

  it.each([
    ['analyze cspresnext50'],
    ['inputs cspresnext50'],
    ['diff cspresnext50 resnext50'],
    ['report cspresnext50 --format svg --chart input-output'],
    ['traffic cspresnext50'],
    ['export cspresnext50 --to cfg'],
    ['explain cspresnext50'],
    ['gate --config gate.yaml --format json'],
    ['devices'],
    ['reproduce table1'],
    ['sweep csppeleenet --param gamma=0.5,0.75 --quiet', '--format ndjson'],
    ['sweep merge shard.ndjson', '--format ndjson'],
  ])('prints where -o is a dash: %s', async (command, same = '') => {
    writeFileSync(at('shard.ndjson'), '{"index":0,"design":"a","sweep":"s","flops":1}\n');
    writeFileSync(
      at('gate.yaml'),
      'schemaVersion: 1\ntargets:\n  - { model: cspresnext50, limits: { flops: 100G } }\n',
    );
    const words = command.split(' ');
    const dashed = await run([...words, '-o', '-'], { cwd: folder });
    const plain = command.startsWith('sweep merge')
      ? { code: 0, stdout: '{"index":0,"design":"a","sweep":"s","flops":1,"front":true}\n', stderr: '' }
      : await run([...words, ...same.split(' ').filter((word) => word !== '')], { cwd: folder });
    expect(dashed).toEqual(plain);
    expect(dashed.stdout.length).toBeGreaterThan(50);
    expect(readdirSync(folder)).toEqual(['gate.yaml', 'shard.ndjson']);
  });

  it.each([
    ['export csppeleenet --to onnx', 'name a file: -o model.onnx'],
    ['report csppeleenet --format png', 'name a file: -o chart.png'],
  ])('has no bytes for a terminal: %s', async (command, fix) => {
    const { code, stdout, stderr } = await run([...command.split(' '), '-o', '-'], {
      cwd: folder,
      isTTY: true,
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(fix);
  });

  it.each(DEVICES)('leaves a device alone that %s: rows of a sweep', async (_, minor, ofSystem, { code }) => {
    if (mayMake) spawnSync('mknod', [at('device'), 'c', '1', String(minor)]);
    const target = mayMake ? at('device') : ofSystem;
    const words = ['sweep', 'csppeleenet', '--param', 'gamma=0.5', '--quiet'];
    for (const option of ['-o', '--csv', '--parquet']) {
      expect(await run([...words, option, target], { cwd: folder })).toMatchObject({ code });
      expect(lstatSync(target).isCharacterDevice()).toBe(true);
      expect(readdirSync(folder)).toEqual(mayMake ? ['device'] : []);
    }
  });
});

describe('all or nothing', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  function* broken(): Generator<Uint8Array> {
    yield bytes('half');
    throw new Error('no more');
  }

  it.each([
    ['of one file', () => [{ target: 'one', pieces: broken() }]],
    [
      'of several',
      () => [
        { target: 'one', pieces: [bytes('new')] },
        { target: 'two', pieces: broken() },
      ],
    ],
    [
      'where one has no place',
      () => [
        { target: 'one', pieces: [bytes('new')] },
        { target: 'no/two', pieces: [bytes('new')] },
      ],
    ],
  ])('%s', (_, files) => {
    writeFileSync(at('one'), OLD);
    expect(() => {
      writeFiles(files(), folder);
    }).toThrow();
    expect(readFileSync(at('one'), 'utf8')).toBe(OLD);
    expect(readdirSync(folder)).toEqual(['one']);
  });

  const shell = (script: string) =>
    spawnSync('bash', ['-c', script], {
      cwd: folder,
      env: { ...process.env, CLI: join(process.cwd(), 'dist/cli.cjs'), NODE: process.execPath },
      encoding: 'utf8',
    });

  it('where there is no room for it', () => {
    writeFileSync(at('one'), OLD);
    const { status, stderr } = shell('trap "" XFSZ; ulimit -f 1; "$NODE" "$CLI" analyze yolov4 --all -o one');
    expect({ status, stderr }).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('nothing was changed') as string,
    });
    expect(readFileSync(at('one'), 'utf8')).toBe(OLD);
    expect(readdirSync(folder)).toEqual(['one']);
  });

  it('where the process is killed before the end', async () => {
    writeFileSync(at('one'), OLD);
    spawnSync('mkfifo', [at('pipe')]);
    // A pipe that nobody reads stops the process between two files that it writes together.
    const child = spawn(
      process.execPath,
      [
        join(process.cwd(), 'dist/cli.cjs'),
        ...['export', 'csppeleenet', '--to', 'onnx', '--external-data', 'one', '-o', 'pipe'],
      ],
      { cwd: folder, stdio: 'ignore' },
    );
    const partial = () => readdirSync(folder).find((name) => name.endsWith('.partial'));
    while (partial() === undefined || statSync(at(partial() ?? '')).size < 100_000)
      await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(readFileSync(at('one'), 'utf8')).toBe(OLD);
    expect(readdirSync(folder).filter((name) => !name.endsWith('.partial'))).toEqual(['one', 'pipe']);
  });

  it('a model on standard output, byte for byte', () => {
    writeFileSync(at('a.cfg'), '[net]\nwidth=8\nheight=8\nchannels=3\n[convolutional]\nfilters=4\nsize=1\n');
    expect(shell('"$NODE" "$CLI" export a.cfg --to onnx -o - | cat > piped').status).toBe(0);
    expect(shell('"$NODE" "$CLI" export a.cfg --to onnx -o file').status).toBe(0);
    expect(statSync(at('file')).size).toBeGreaterThan(100);
    expect(readFileSync(at('piped')).equals(readFileSync(at('file')))).toBe(true);
  });

  it('behind what a descriptor has already', () => {
    // A link of our own, as /dev/stdout is one: nothing of the system is at stake.
    symlinkSync('/proc/self/fd/1', at('stdout'));
    expect(shell('echo first > log; "$NODE" "$CLI" analyze cspresnext50 -o stdout >> log').status).toBe(0);
    expect(readFileSync(at('log'), 'utf8')).toMatch(/^first\ncspresnext50 \(zoo, /);
    expect(readlinkSync(at('stdout'))).toBe('/proc/self/fd/1');
  });
});
