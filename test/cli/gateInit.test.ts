import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modelBytes, node, port, stored } from '../formats/onnx/model.ts';
import { flatBuffer, modelRoot } from '../formats/tflite/build.ts';
import { run } from './run.ts';

let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'csp-profile-init-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const write = (file: string, content: string | Uint8Array): void => {
  mkdirSync(dirname(join(cwd, file)), { recursive: true });
  writeFileSync(join(cwd, file), content);
};

const config = (): string => readFileSync(join(cwd, 'csp-profile.config.yaml'), 'utf8');

const POINTER = `version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 12345
`;

/** A convolution of three channels whose input has these extents, to this many. */
const onnx = (extents: readonly (number | string)[], outChannels = 8): Uint8Array =>
  modelBytes({
    node: [
      node('Conv', ['x', 'w'], ['y'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }, { name: 'conv' }),
      node('Relu', ['y'], ['z'], {}, { name: 'relu' }),
    ],
    input: [port('x', 'float32', extents)],
    initializer: [stored('w', 'float32', [outChannels, 3, 3, 3])],
    output: [port('z')],
  });

describe('gate init, of files as teams have them', () => {
  beforeEach(() => {
    write('models/fixed.onnx', onnx([1, 3, 32, 32]));
    write('models/batch.onnx', onnx(['N', 3, 32, 32]));
    write('models/free.onnx', onnx(['batch', 3, 'height', 'width']));
    write('models/pointer.onnx', POINTER);
  });

  it('binds a free batch to 1, leaves the rest to fill in, and says what is left out', async () => {
    const { code, stdout, stderr } = await run(['gate', 'init'], { cwd });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(/^left out models\/pointer\.onnx: .*LFS.* CSP\d+$/m);
    expect(stderr).toMatch(/fill in what models\/free\.onnx leaves open/);
    expect(config().match(/model: .*/g)).toEqual([
      'model: "models/batch.onnx"',
      'model: "models/fixed.onnx"',
      'model: "models/free.onnx"',
    ]);
    expect(config()).toContain('    bind:\n      "N": 1\n');
    expect(config()).toContain(
      '    bind:\n      "batch": 1\n      "height": # fill in: its extent\n      "width": # fill in: its extent\n',
    );
  });

  it('is refused at the line to fill in, and checks once that is done', async () => {
    await run(['gate', 'init'], { cwd });
    const line =
      config()
        .split('\n')
        .findIndex((text) => text.includes('"height":')) + 1;
    const open = await run(['gate', '--update'], { cwd });
    expect(open.code).toBe(2);
    expect(open.stderr).toContain(`csp-profile.config.yaml:${String(line)}`);
    write('csp-profile.config.yaml', config().replace(/("height"|"width"): .*/g, '$1: 64'));
    expect((await run(['gate', '--update'], { cwd })).code).toBe(0);
    expect((await run(['gate'], { cwd })).code).toBe(0);
    write('models/free.onnx', onnx(['batch', 3, 'height', 'width'], 16));
    const grown = await run(['gate'], { cwd });
    expect(grown.code).toBe(1);
    // The layer that changed before the one that only follows.
    expect(grown.stdout).toMatch(
      /#0 conv: conv 3x3 3->16, was[^]*#1 relu: activation relu, only its input changed/,
    );
  });

  it('says which models have no target, and adds them', async () => {
    await run(['gate', 'init', 'models/fixed.onnx'], { cwd });
    await run(['gate', '--update', '--quiet'], { cwd });
    const { stderr } = await run(['gate'], { cwd });
    expect(stderr).toMatch(/3 models here are in no target: models\/batch\.onnx, .*gate init --add/);
    expect((await run(['gate', 'init', '--add'], { cwd })).code).toBe(0);
    expect(config().match(/model: .*/g)).toEqual([
      'model: "models/fixed.onnx"',
      'model: "models/batch.onnx"',
      'model: "models/free.onnx"',
    ]);
  });

  it('leaves the size of a network that fits one alone to fill in', async () => {
    write(
      'sized.onnx',
      modelBytes({
        node: [
          node('Conv', ['x', 'w'], ['y'], { kernel_shape: [1, 1] }),
          node('Reshape', ['y', 'shape'], ['z'], {}),
        ],
        input: [port('x', 'float32', [1, 3, 'height', 'width'])],
        initializer: [
          stored('w', 'float32', [8, 3, 1, 1]),
          stored('shape', 'int64', [2], [1, 8 * 416 * 416]),
        ],
        output: [port('z')],
      }),
    );
    const { code, stderr } = await run(['gate', 'init', 'sized.onnx'], { cwd });
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('fill in what') as string,
    });
    write('csp-profile.config.yaml', config().replace(/("height"|"width"): .*/g, '$1: 416'));
    expect((await run(['gate', '--update'], { cwd })).code).toBe(0);
  });

  it('asks no limit of what a network does not have', async () => {
    write(
      'relu.onnx',
      modelBytes({
        node: [node('Relu', ['x'], ['y'], {})],
        input: [port('x', 'float32', [1, 8])],
        output: [port('y')],
      }),
    );
    await run(['gate', 'init', 'relu.onnx'], { cwd });
    expect(config()).not.toMatch(/^ +(flops|cio|params): /m);
    expect(config()).toMatch(/^ +peakActivationBytes: /m);
  });

  it('limits the arena and the size of a file that a device holds as it is', async () => {
    const net = (channels: number): Uint8Array =>
      flatBuffer(
        modelRoot([
          {
            tensors: [
              { shape: [1, 8, 8, 3], type: 'int8' },
              { name: 'w', shape: [channels, 3, 3, 3], type: 'int8' },
              { shape: [1, 8, 8, channels], type: 'int8' },
            ],
            operators: [
              {
                op: 'CONV_2D',
                inputs: [0, 1],
                outputs: [2],
                options: [1, { 0: { i8: 0 }, 1: { i32: 1 }, 2: { i32: 1 } }],
              },
            ],
            inputs: [0],
            outputs: [2],
          },
        ]),
      );
    write('net.tflite', net(16));
    await run(['gate', 'init', 'net.tflite'], { cwd });
    expect(
      config()
        .match(/^ {6}\w+(?=: "\+1%")/gm)
        ?.map((line) => line.trim()),
    ).toEqual(['flops', 'cio', 'params', 'arenaBytes', 'fileBytes']);
    expect((await run(['gate', '--update'], { cwd })).code).toBe(0);
    write('net.tflite', new Uint8Array([...net(20), ...new Uint8Array(200)]));
    const { code, stdout } = await run(['gate'], { cwd });
    expect(code).toBe(1);
    // The input's 192 bytes, and 64 positions of 16 and 20 channels.
    expect(stdout).toMatch(/✗ arenaBytes +1\.438 KiB +1\.188 KiB/);
    expect(stdout).toMatch(/✗ fileBytes +868 B +668 B/);
  });

  it('checks several configurations in one run', async () => {
    await run(['gate', 'init', 'models/fixed.onnx'], { cwd });
    write('csp-profile.config.yaml', config().replaceAll('+1%', '1'));
    write('deep/csp-profile.config.yaml', config().replace('models/fixed', 'net'));
    write('deep/net.onnx', onnx([1, 3, 16, 16]));
    const names = ['csp-profile.config.yaml', 'deep/csp-profile.config.yaml'];
    const options = names.flatMap((name) => ['--config', name]);
    expect((await run(['gate', '--update', ...options], { cwd })).code).toBe(0);
    const { code, stdout } = await run(['gate', '--format', 'json', ...options], { cwd });
    expect(code).toBe(1);
    const { results } = JSON.parse(stdout) as { readonly results: readonly { readonly model: string }[] };
    expect(results.map(({ model }) => model)).toEqual(['models/fixed.onnx', 'deep/net.onnx']);
  });
});
