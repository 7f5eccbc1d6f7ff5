import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { profile } from '../../src/analysis/profile.ts';
import type { ByteSource } from '../../src/formats/byteSource.ts';
import { readModel, writeModel } from '../../src/formats/model.ts';
import { FORMATS } from '../../src/formats/registry.ts';
import { run } from '../cli/run.ts';
import { allBytes } from './bytes.ts';

const folder = mkdtempSync(join(tmpdir(), 'csp-profile-model-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const CFG = '[net]\nwidth=8\nheight=8\nchannels=3\n[convolutional]\nfilters=4\nsize=1\n';

let written: Promise<Uint8Array> | undefined;
const onnx = (): Promise<Uint8Array> =>
  (written ??= writeModel(buildNetwork('resnet10'), 'onnx', { weights: 'zero' }).then(({ content }) =>
    allBytes(content),
  ));

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** A zip of one stored entry. @source APPNOTE.TXT 6.3.10, section 4.3.7 */
const zip = (name: string): Uint8Array =>
  Buffer.concat([
    bytes('PK\x03\x04\n\0\0\0\0\0\0\0\0\0'),
    Buffer.alloc(12),
    Buffer.from([name.length, 0, 0, 0]),
    bytes(name),
  ]);

const tar = (): Uint8Array => {
  const header = Buffer.alloc(1024);
  header.write('model.onnx', 0);
  header.write('ustar\0', 257);
  return header;
};

/** Files that are no model, and what their message names. */
const FOREIGN: readonly (readonly [string, Uint8Array, RegExp])[] = [
  [
    'a Git LFS pointer',
    bytes('version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 1234\n'),
    /Git LFS pointer.*fix: git lfs pull.*actions\/checkout with lfs: true/,
  ],
  ['a page', bytes('\n<!DOCTYPE html><html><body>Sign in</body></html>'), /HTML page/],
  ['a page in capitals', bytes('<HTML><HEAD><TITLE>404</TITLE>'), /HTML page/],
  ['an error of a bucket', bytes('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'), /XML/],
  ['a zip', zip('model.onnx'), /zip archive.*unzip/],
  ['a PyTorch file', zip('archive/data.pkl'), /PyTorch.*torch\.onnx\.export/],
  [
    'an old PyTorch file',
    bytes('\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.'),
    /pickled.*torch\.onnx\.export/,
  ],
  ['a gzip', gzipSync(CFG), /gzip/],
  ['a tar', tar(), /tar archive.*tar -xf/],
  [
    'a tfjs graph model',
    bytes('{"format": "graph-model", "generatedBy": "2.8.0", "modelTopology": {"node": []}}'),
    /TensorFlow\.js/,
  ],
  ['a tfjs layers model', bytes('{\n "modelTopology": {}, "weightsManifest": []}'), /TensorFlow\.js/],
  ['a Keras file', bytes('\x89HDF\r\n\x1a\n\0'), /HDF5/],
  ['safetensors', bytes('\x40\0\0\0\0\0\0\0{"weight":{"dtype":"F32"}}'), /safetensors/],
  ['GGUF', bytes('GGUF\x03\0\0\0'), /GGUF/],
  ['nothing', bytes(''), /the file is empty/],
];

describe('a file that is no model', () => {
  const names = ['model.onnx', 'model.cfg', 'model.json', 'model.pt', '<stdin>'];

  it.each(FOREIGN)('is said to be %s, whatever its name', async (_, content, message) => {
    for (const file of names) {
      await expect(readModel(content, { file })).rejects.toThrow(message);
      await expect(readModel(content, { file })).rejects.toThrow(
        /^[^\n]+: the file is [^\n]+ \(fix: [^\n]+\) CSP309$/,
      );
    }
  });

  it('is said to be so by the command line, also where its name is of no format', async () => {
    for (const name of ['pointer.onnx', 'pointer.pt', 'pointer.CFG']) {
      writeFileSync(join(folder, name), FOREIGN[0]![1]);
      expect(await run(['analyze', name], { cwd: folder })).toEqual({
        code: 2,
        stdout: '',
        stderr: `csp-profile: ${name}: the file is a Git LFS pointer, and not the file that it stands for (fix: git lfs pull --include ${name}; in GitHub Actions: actions/checkout with lfs: true) CSP309\n`,
      });
    }
    const { status, stderr } = spawnSync(process.execPath, ['dist/cli.cjs', 'analyze', '-'], {
      input: FOREIGN[0]![1],
      encoding: 'utf8',
    });
    expect({ status, stderr }).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/Git LFS pointer/) as string,
    });
  });

  it('of a truncated download is said to end too early', async () => {
    const whole = await onnx();
    for (const part of [0.1, 0.5, 0.99]) {
      const cut = whole.subarray(0, Math.floor(whole.length * part));
      await expect(readModel(cut, { file: 'net.onnx' })).rejects.toThrow(
        /goes past the end of the file .*cut off or damaged: download it again.*CSP301$/,
      );
    }
  });
});

describe('readModel', () => {
  it('tells the format by the bytes where no name does', async () => {
    const { graph } = await readModel(await onnx());
    expect(graph).toMatchObject({ format: 'onnx', source: 'model' });
    expect((await readModel(CFG)).graph).toMatchObject({ format: 'darknet' });
    expect((await readModel(`# a comment\n\n${CFG}`)).graph).toMatchObject({ format: 'darknet' });
    const { content } = await writeModel(graph, 'json');
    expect((await readModel(allBytes(content))).graph.layers).toEqual(graph.layers);
    await expect(readModel('hello')).rejects.toThrow(
      /begins like no network that is known.*\.cfg.*\.onnx.*CSP309$/,
    );
  });

  it('refuses a model under the name of another format, and says which it is', async () => {
    await expect(readModel(await onnx(), { file: 'a/net.cfg' })).rejects.toThrow(
      /begins like ONNX, not like Darknet \(fix: rename it to a\/net\.onnx/,
    );
    await expect(readModel(CFG, { file: 'net.onnx' })).rejects.toThrow(/rename it to net\.cfg/);
  });

  it('leaves what no format begins like to the reader that the name tells', async () => {
    await expect(readModel('hello', { file: 'net.cfg' })).rejects.toThrow(/net\.cfg:1: .*CSP323$/);
    await expect(readModel('hello', { file: 'net.json' })).rejects.toThrow(/CSP351$/);
    await expect(readModel('hello', { file: 'net.onnx' })).rejects.toThrow(/CSP301$/);
  });

  it('hands on extents, batch, shapes and symbols', async () => {
    const { graph } = await readModel(CFG, { file: 'n.cfg', extent: [16, 8], batch: 2 });
    expect(profile(graph).totals.macs).toBe(2 * 16 * 8 * 3 * 4);
    const model = await onnx();
    await expect(readModel(model, { input: { none: [1] } })).rejects.toThrow(/has no input "none"/);
    await expect(readModel(model, { bind: { N: 1 } })).rejects.toThrow(/has no dimension "N"/);
    const { content } = await writeModel(graph, 'json');
    await expect(readModel(allBytes(content), { batch: 2, file: 'g.json' })).rejects.toThrow(/fixed shapes/);
  });

  it('does not read weights: of 21 MB less than a tenth', async () => {
    const model = await onnx();
    let read = 0;
    const source: ByteSource = {
      size: model.length,
      read(offset, length) {
        read += length;
        return model.subarray(offset, offset + length);
      },
    };
    const { graph } = await readModel(source, { file: 'net.onnx' });
    expect(graph.layers.length).toBeGreaterThan(10);
    expect(model.length).toBeGreaterThan(20e6);
    expect(read).toBeLessThan(model.length / 10);
  });

  it('refuses text that is too large before it reads it', async () => {
    const source: ByteSource = {
      size: 2 ** 28,
      read(_, length) {
        expect(length).toBeLessThan(5000);
        return bytes('[net]\n'.padEnd(length, ' '));
      },
    };
    await expect(readModel(source, { file: 'net.cfg' })).rejects.toThrow(/CSP308$/);
    for (const [file, text, mebibytes] of [
      ['net.cfg', '[net]', 64],
      ['net.param', '7767517\n', 64],
      ['net.json', '{', 256],
    ] as const) {
      const limited = {
        size: mebibytes * 2 ** 20,
        read: () => new TextEncoder().encode(text),
      };
      await expect(readModel(limited, { file })).rejects.toThrow(
        `${file}: the file has ${String(limited.size)} bytes (fix: check that this is the file you meant: text of a network is smaller than ${String(mebibytes)} MiB) CSP308`,
      );
    }
    await expect(readModel(source, { file: 'net.json' })).rejects.toThrow(/begins like Darknet/);
  });

  it('reads whole files where a scope has no other way, and none that is too large', async () => {
    const model = await onnx();
    const blob = new File([Buffer.from(model)], 'net.onnx');
    expect((await readModel(blob)).graph).toMatchObject({ format: 'onnx', source: 'net.onnx' });
    const huge = {
      size: 2 ** 30,
      name: 'huge.onnx',
      slice: () => huge,
      arrayBuffer: () => Promise.reject(new Error()),
    };
    await expect(readModel(huge)).rejects.toThrow(/^huge\.onnx: .*in a worker.*CSP308$/);
  });
});

describe('a path', () => {
  it('without an ending is told by its bytes', async () => {
    writeFileSync(join(folder, 'net'), CFG);
    symlinkSync(join(folder, 'net'), join(folder, 'link.txt'));
    for (const path of ['./net', 'link.txt@8'])
      expect(await run(['analyze', path, '--quiet'], { cwd: folder })).toMatchObject({ code: 0 });
  });

  it('of a pipe is read to its end', () => {
    const command = `"${process.execPath}" dist/cli.cjs analyze <(printf '${CFG.replaceAll('\n', '\\n')}') --format json`;
    const { stdout } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
    expect((JSON.parse(stdout) as { totals: { macs: number } }).totals.macs).toBe(4 * 3 * 64);
  });
});

it('every format with a reader can tell its files by their bytes', () => {
  for (const { id, read, recognises } of FORMATS)
    expect([id, recognises !== undefined]).toEqual([id, read !== undefined]);
});
