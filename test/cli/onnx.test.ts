import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import type { Diff } from '../../src/analysis/diff.ts';
import { profile, type Profile } from '../../src/analysis/profile.ts';
import { readProfile } from '../../src/analysis/readProfile.ts';
import { modelBytes, node, port, stored } from '../formats/onnx/model.ts';
import { run } from './run.ts';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'csp-profile-'));
});
afterAll(() => {
  rmSync(cwd, { recursive: true });
});

const read = async (...argv: string[]): Promise<Profile> => {
  const { stdout, stderr, code } = await run(['analyze', ...argv, '--format', 'json'], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Profile;
};

describe('ONNX', () => {
  it('is written from the zoo and read back with the same costs', async () => {
    expect(await run(['export', 'yolov4-tiny', '--to', 'onnx', '-o', 'net.onnx'], { cwd })).toMatchObject({
      code: 0,
      stdout: '',
    });
    const { totals } = await read('net.onnx');
    const original = profile(buildNetwork('yolov4-tiny'), { flops: 'standard' }).totals;
    for (const id of ['macs', 'weights', 'flops'] as const) expect(totals[id], id).toBe(original[id]);
  });

  it('keeps its weights in a second file that nobody opens', async () => {
    await run(['export', 'resnet10', '--to', 'onnx', '--external-data', 'weights.bin', '-o', 'small.onnx'], {
      cwd,
    });
    expect(readdirSync(cwd)).toContain('weights.bin');
    rmSync(join(cwd, 'weights.bin'));
    expect((await read('small.onnx')).totals.weights).toBe(profile(buildNetwork('resnet10')).totals.weights);
  });

  it('goes to a file only', async () => {
    const { code, stdout, stderr } = await run(['export', 'resnet10', '--to', 'onnx'], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe('csp-profile: onnx is a binary format (fix: name a file: -o model.onnx) CSP801\n');
  });

  it('takes one --bind or --input for each name', async () => {
    const image = port('data', 'float32', ['N', 3, 'H', 'W']);
    const [kernel, other] = [stored('w', 'float32', [4, 3, 1, 1]), port('more', 'float32', ['K'])];
    const bytes = modelBytes({
      input: [image, other],
      initializer: [kernel],
      node: [node('Conv', ['data', 'w'], ['y']), node('Relu', ['more'], ['z'])],
      output: [port('y'), port('z')],
    });
    writeFileSync(join(cwd, 'symbols.onnx'), bytes);
    const bound = await read('symbols.onnx', ...['N=2', 'H=5', 'W=7', 'K=1'].flatMap((it) => ['--bind', it]));
    expect(bound.totals.macs).toBe(2 * 5 * 7 * 4 * 3);
    expect(await read('symbols.onnx', '--input', 'data:2x3x5x7', '--input', 'more:1')).toEqual(bound);
    const wrong = ['--bind', 'N=2', '--bind', 'batch=2', '--bind', 'H=5', '--bind', 'W=7', '--bind', 'K=1'];
    expect(await run(['analyze', 'symbols.onnx', ...wrong], { cwd })).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'csp-profile: symbols.onnx: has no dimension "batch" (fix: its dimensions: N, H, W, K) CSP101\n',
    });
  });

  it('gives each of several models what it has names for', async () => {
    const net = (input: string, symbol: string): Uint8Array =>
      modelBytes({
        input: [port(input, 'float32', [symbol, 8])],
        initializer: [stored('w', 'float32', [8, 4])],
        node: [node('MatMul', [input, 'w'], ['y'])],
        output: [port('y')],
      });
    writeFileSync(join(cwd, 'a.onnx'), net('left', 'N'));
    writeFileSync(join(cwd, 'b.onnx'), net('right', 'M'));
    const compare = async (...argv: string[]): Promise<unknown> => {
      const { code, stdout, stderr } = await run(['diff', 'a.onnx', 'b.onnx', ...argv, '--format', 'json'], {
        cwd,
      });
      return code === 0 ? (JSON.parse(stdout) as Diff).totals.macs : stderr;
    };
    const macs = { a: 3 * 32, b: 5 * 32, change: 2 * 32, relative: 5 / 3 - 1 };
    expect(await compare('--bind', 'N=3', '--bind', 'M=5')).toEqual(macs);
    expect(await compare('--input', 'left:3x8', '--input', 'right:5x8')).toEqual(macs);
    expect(await compare('--bind', 'N=3', '--bind', 'M=5', '--bind', 'Q=1')).toBe(
      'csp-profile: none of a.onnx, b.onnx has the dimension "Q" (fix: list what each has: csp-profile inputs MODEL) CSP101\n',
    );
    expect(await compare('--bind', 'N=3', '--bind', 'M=5', '--value', 'rate=1')).toMatch(
      /has the input "rate"/,
    );
  });

  it('groups layers by module, in every format and in diff', async () => {
    const image = port('x', 'float32', [1, 3, 4, 4]);
    const two = (width: number): Uint8Array =>
      modelBytes({
        input: [image],
        initializer: [stored('a', 'float32', [width, 3, 1, 1]), stored('b', 'float32', [4, width, 1, 1])],
        node: [
          node('Conv', ['x', 'a'], ['u'], {}, { name: '/stem/conv/Conv' }),
          node('Relu', ['u'], ['v'], {}, { name: '/stem/act/Relu' }),
          node('Conv', ['v', 'b'], ['y'], {}, { name: '/head/Conv' }),
        ],
        output: [port('y')],
      });
    writeFileSync(join(cwd, 'narrow.onnx'), two(8));
    writeFileSync(join(cwd, 'wide.onnx'), two(16));
    const grouped = await read('narrow.onnx', '--group-by', 'module:1');
    expect(readProfile(grouped, 'x').layers.map(({ name, macs }) => [name, macs])).toEqual([
      ['stem', 16 * 24],
      ['head', 16 * 32],
    ]);
    expect((await read('narrow.onnx', '--group-by', 'module')).layers.map(({ name }) => name)).toEqual([
      'stem/conv',
      'stem/act',
      'head',
    ]);
    const { stdout } = await run(
      ['diff', 'narrow.onnx', 'wide.onnx', '--group-by', 'module:1', '--format', 'json'],
      { cwd },
    );
    const { layers } = JSON.parse(stdout) as Diff;
    expect(layers.map(({ a, b, changes }) => [a?.name, b?.name, changes.macs?.change])).toEqual([
      ['stem', 'stem', 16 * 24],
      ['head', 'head', 16 * 32],
    ]);
    // Names say where a change is, however narrow the terminal: their ends tell them apart.
    const text = await run(['diff', 'narrow.onnx', 'wide.onnx'], { cwd });
    expect(text.stdout).toMatch(/\n *# +# +layer +stage +was +is /);
    for (const name of ['stem/conv/Conv', 'head/Conv']) expect(text.stdout).toContain(` ${name} `);
    const table = await run(['analyze', 'narrow.onnx', '--group-by', 'module:1'], { cwd });
    expect(table.stdout).toContain('(onnx, 3 layers in 2 modules)');
    expect(await run(['analyze', 'narrow.onnx', '--group-by', 'module:0'], { cwd })).toMatchObject({
      code: 2,
    });
  });

  it('takes what unknown operators make', async () => {
    const unknown = (name: string, type: string, from: string): ReturnType<typeof node> =>
      node(type, [from], [name], {}, { domain: 'my.domain' });
    const bytes = modelBytes({
      domains: ['my.domain'],
      input: [port('data', 'float32', [1, 3, 5, 7])],
      initializer: [stored('w', 'float32', [4, 3, 1, 1])],
      node: [unknown('a', 'First=1', 'data'), unknown('b', 'Second', 'a'), node('Conv', ['b', 'w'], ['y'])],
      output: [port('y')],
    });
    writeFileSync(join(cwd, 'unknown.onnx'), bytes);
    const argv = ['analyze', 'unknown.onnx', '--format', 'json', '--quiet'];
    const macsOf = async (...names: string[]): Promise<number | undefined> => {
      const assumed = names.flatMap((name) => ['--assume', `${name}=same-shape`]);
      const { stdout } = await run([...argv, ...assumed], { cwd });
      return (JSON.parse(stdout) as Profile).layers.find(({ kind }) => kind === 'conv')?.macs;
    };
    // The name may hold an equals sign; what is behind an unknown operator that is left is unknown, and never 0.
    expect(await macsOf('my.domain.First=1', 'my.domain.Second')).toBe(5 * 7 * 4 * 3);
    expect(await macsOf('my.domain.First=1')).toBeUndefined();
    expect(await macsOf()).toBeUndefined();
  });

  it.each([
    ['no file', ['analyze', 'none.onnx'], /there is no such file/],
    ['an empty file', ['analyze', 'empty.onnx'], /empty\.onnx: the file is empty/],
    ['text', ['analyze', 'text.onnx'], /text\.onnx/],
    ['a malformed shape', ['analyze', 'net.onnx', '--input', '1x3'], /--input is "1x3"/],
    ['a malformed binding', ['analyze', 'net.onnx', '--bind', 'N'], /--bind is "N"/],
    [
      'a malformed assumption',
      ['analyze', 'net.onnx', '--assume', 'my.Op=anything'],
      /--assume is "my\.Op=anything"/,
    ],
    ['a malformed value', ['analyze', 'net.onnx', '--value', 'rate=fast'], /--value is "rate=fast"/],
    ['a malformed branch', ['analyze', 'net.onnx', '--branch', 'If_1=both'], /--branch is "If_1=both"/],
    ['an unknown opset', ['export', 'resnet10', '--to', 'onnx', '--opset', '99', '-o', 'x.onnx'], /opset/],
  ])('%s: one line', async (_, argv, message) => {
    writeFileSync(join(cwd, 'empty.onnx'), '');
    writeFileSync(join(cwd, 'text.onnx'), 'this is no protobuf at all');
    const { code, stdout, stderr } = await run(argv, { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^csp-profile: [^\n]+ \(fix: [^\n]+\) CSP\d+\n$/);
  });
});

describe('numbers for viewers', () => {
  it('name the nodes of the ONNX file', async () => {
    await run(['export', 'resnet10', '--to', 'onnx', '-o', 'view.onnx'], { cwd });
    const netron = await run(['export', 'view.onnx', '--to', 'netron'], { cwd });
    const { metrics } = JSON.parse(netron.stdout) as {
      signature: string;
      metrics: { target: string; name: string; value: number }[];
    };
    const { layers } = await read('view.onnx');
    const heaviest = [...layers].sort((a, b) => (b.macs ?? -1) - (a.macs ?? -1))[0];
    expect(metrics).toContainEqual(
      expect.objectContaining({ target: heaviest?.name, name: 'macs', value: heaviest?.macs }),
    );
    const explorer = await run(['export', 'view.onnx', '--to', 'model-explorer', '--metric', 'macs'], {
      cwd,
    });
    const { results } = JSON.parse(explorer.stdout) as { results: Record<string, { value: number }> };
    expect(results[heaviest?.name ?? '']).toEqual({ value: heaviest?.macs });
    expect(
      await run(['export', 'view.onnx', '--to', 'model-explorer', '--metric', 'x'], { cwd }),
    ).toMatchObject({ code: 2, stdout: '' });
  });
});
