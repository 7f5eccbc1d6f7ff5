import { describe, expect, it } from 'vitest';
import { families } from '../../architectures/zoo.ts';
import { run } from './run.ts';

const json = async (...argv: string[]): Promise<unknown> =>
  JSON.parse((await run([...argv, '--format', 'json'])).stdout) as unknown;

describe('list --params', () => {
  it('has every parameter of every family, with its range and default', async () => {
    const rows = (await json('list', '--params')) as readonly { family: string; parameter: string }[];
    expect(rows.map(({ family, parameter }) => [family, parameter])).toEqual(
      families().flatMap(({ name, parameters }) => Object.keys(parameters).map((id) => [name, id])),
    );
    const of = (family: string, id: string) =>
      rows.find((row) => row.family === family && row.parameter === id);
    expect(of('csppeleenet', 'gamma')).toEqual({
      family: 'csppeleenet',
      parameter: 'gamma',
      kind: 'number',
      default: 0.5,
      least: 0.05,
      most: 0.95,
      step: 0.05,
      title: 'share of the channels that bypasses each stage',
    });
    expect(of('csppeleenet', 'fusion')).toMatchObject({
      kind: 'choice',
      default: 'both',
      choices: 'both first last',
    });
    expect(of('yolov3', 'input')).toMatchObject({
      kind: 'extent',
      default: 416,
      least: 25,
      step: 32,
      unit: 'pixels',
    });
    expect(of('resnet', 'batch')).toMatchObject({ kind: 'integer', default: 1, least: 1 });
  });

  it('starts from the network that is named', async () => {
    const rows = (await json('list', '--params', 'csppeleenet-first-g25')) as readonly object[];
    expect(rows.slice(0, 2)).toMatchObject([
      { family: 'csppeleenet-first-g25', parameter: 'gamma', default: 0.25 },
      { parameter: 'fusion', default: 'first' },
    ]);
    expect(await json('list', '--params', 'yolov3-spp')).toContainEqual(
      expect.objectContaining({ parameter: 'input', default: 608 }),
    );
  });

  it('is a table, CSV and Markdown', async () => {
    const table = (await run(['list', '--params', 'csppeleenet'], { columns: 160 })).stdout;
    expect(table).toMatch(/^family +parameter +default +values +what it is\n/);
    expect(table).toMatch(
      /\ncsppeleenet +gamma +0.5 +0.05 to 0.95 +share of the channels that bypasses each stage\n/,
    );
    expect(table).toMatch(/\ncsppeleenet +fusion +both +both, first, last +where/);
    const csv = (await run(['list', '--params', 'vgg', '--format', 'csv'])).stdout;
    expect(csv).toContain('\nvgg,depth,choice,16,,,,11 13 16 19,,layers with weights\n');
    const markdown = (await run(['list', '--params', 'vgg', '--format', 'markdown'])).stdout;
    expect(markdown).toContain('11, 13, 16, 19');
  });

  it('refuses a name that nothing has', async () => {
    const { code, stderr } = await run(['list', '--params', 'cspeleenet']);
    expect([code, stderr]).toEqual([
      2,
      'csp-profile: there is no network "cspeleenet" (fix: did you mean csppeleenet or peleenet or peleenext? see `csp-profile list`) CSP801\n',
    ]);
  });
});

describe('a model with parameters', () => {
  it('is built with them, and its name tells them', async () => {
    expect(await json('analyze', 'csppeleenet:width=2,gamma=0.25@192x224')).toMatchObject({
      network: {
        name: 'csppeleenet:gamma=0.25,width=2',
        source: 'csppeleenet:gamma=0.25,width=2',
        inputs: [{ shape: [1, 3, 192, 224] }],
      },
    });
    expect(await json('analyze', 'resnet:depth=18,input=320x224,batch=2')).toMatchObject({
      network: { name: 'resnet:depth=18', inputs: [{ shape: [2, 3, 320, 224] }] },
    });
    expect(await json('analyze', 'csppeleenet:gamma=0.25,fusion=first')).toMatchObject({
      totals: ((await json('analyze', 'csppeleenet-first-g25')) as { totals: object }).totals,
    });
  });

  it('stands beside others of its family in a diff', async () => {
    const { stdout, code } = await run(['diff', 'csppeleenet', 'csppeleenet:gamma=0.75']);
    expect(code).toBe(0);
    expect(stdout).toContain('csppeleenet:gamma=0.75');
  });

  it.each([
    [
      'csppeleenet:gamma=2',
      'csppeleenet:gamma=2: the gamma is 2 (fix: use a number from 0.05 to 0.95) CSP802',
    ],
    [
      'csppeleenet:fusion=mid',
      'csppeleenet:fusion=mid: the fusion is mid (fix: use one of both, first, last) CSP802',
    ],
    [
      'vgg:gamma=0.5',
      'vgg: there is no parameter "gamma" (fix: there are depth, activation, classes, input, batch) CSP801',
    ],
    [
      'csppeleenet:gamma',
      'csppeleenet:gamma: "gamma" is no parameter (fix: write csppeleenet:gamma=0.5; csp-profile list --params csppeleenet names all) CSP801',
    ],
    [
      'vgg:depth=16,',
      'vgg:depth=16,: "" is no parameter (fix: write vgg:depth=16; csp-profile list --params vgg names all) CSP801',
    ],
    ['vgg:depth=16,depth=19', 'vgg:depth=16,depth=19: depth is given twice (fix: give it once) CSP801'],
    ['vgg:input=64@96', 'the input is given as input= and as @EXTENT (fix: give it once) CSP801'],
    [
      'vgg:depth=1e9',
      'vgg:depth=1000000000: the depth is 1000000000 (fix: use one of 11, 13, 16, 19) CSP802',
    ],
  ])('%s is refused in one line', async (model, message) => {
    expect(await run(['analyze', model])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: `csp-profile: ${message}\n`,
    });
  });

  it('has its batch once', async () => {
    expect((await run(['analyze', 'vgg:batch=2', '--batch', '3'])).stderr).toContain(
      'as batch= and as --batch',
    );
  });

  it('leaves files alone whose names look alike', async () => {
    expect((await run(['analyze', 'net:gamma=1.onnx'])).stderr).toContain(
      'net:gamma=1.onnx: there is no such file',
    );
  });
});
