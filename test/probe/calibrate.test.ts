import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { readMeasurement } from '../../src/analysis/measurement/read.ts';
import type { Profile } from '../../src/analysis/profile.ts';
import { calibratedDevice, calibrationVerdict } from '../../src/latency/kernels/device.ts';
import { COVERING, design } from '../../src/probe/calibration/designs.ts';
import { matchKernels } from '../../src/probe/layerTimes.ts';
import { measureDesigns, type MeasuredDesign } from '../../src/probe/calibration/calibrate.ts';
import { probe } from '../../src/probe/probe.ts';
import { ask } from '../../src/probe/childProcess.ts';
import { optimise, runtimeKernels } from '../../src/probe/optimise.ts';
import { writeChain } from '../../src/probe/prepare.ts';
import { inWorkshop } from '../../src/probe/workshop.ts';
import { run } from '../cli/run.ts';
import { workshop } from './child.ts';

const shop = workshop();

describe('made-up networks', () => {
  const designs = Array.from({ length: 80 }, (_, i) => design(i));

  it('are the same again', () => {
    expect(design(3)).toEqual(designs[3]);
    expect(design(3)).not.toEqual({ ...designs[4], name: 'design-3' });
  });

  it('have every kind of layer that convolutional networks are made of', () => {
    const nodes = designs.flatMap((graph) => graph.nodes);
    const kinds = new Set(nodes.map(({ kind }) => kind));
    for (const kind of [
      'conv',
      'convTranspose',
      'deformConv',
      'batchNorm',
      'activation',
      'maxPool',
      'avgPool',
      'globalPool',
      'add',
      'mul',
      'concat',
      'slice',
      'upsample',
      'channelShuffle',
      'linear',
      'softmax',
    ] as const)
      expect(kinds, kind).toContain(kind);
    const functions = new Set(nodes.flatMap((node) => (node.kind === 'activation' ? [node.attrs.fn] : [])));
    for (const fn of ['relu', 'relu6', 'leaky', 'swish', 'mish', 'hardSwish', 'logistic'] as const)
      expect(functions, fn).toContain(fn);
    const convs = nodes.flatMap((node) => (node.kind === 'conv' ? [node.attrs] : []));
    const some = (is: (attrs: (typeof convs)[number]) => boolean): number => convs.filter(is).length;
    for (const count of [
      some(({ groups }) => groups === 1),
      some(({ groups, outChannels }) => groups > 1 && groups === outChannels),
      some(({ groups, outChannels }) => groups > 1 && groups < outChannels),
      some(({ kernel: [h, w] }) => h === 1 && w === 1),
      some(({ kernel: [h, w] }) => h !== w),
      some(({ stride: [h] }) => h === 2),
      some(({ outChannels }) => outChannels % 16 === 0),
      some(({ outChannels }) => outChannels % 16 !== 0),
    ])
      expect(count).toBeGreaterThan(20);
  });
});

describe('measuring', () => {
  it('tells every kernel of a made-up network, and keeps what it knew', async () => {
    const kept: MeasuredDesign[] = [];
    const measure = (known: readonly MeasuredDesign[]) =>
      measureDesigns({
        budget: 1,
        most: 1,
        known,
        program: shop.program(),
        onMeasured: (each) => kept.push(each),
      });
    const first = await measure([]);
    expect(kept).toEqual(first.designs);
    const [only] = first.designs;
    const { kernels } = await runtimeKernels({ graph: design(0) }, { program: shop.program() });
    expect(only?.kernels).toHaveLength(kernels.length);
    expect(only?.kernels.every(({ kernel, seconds }) => kernel !== undefined && seconds > 0)).toBe(true);
    const count = (all: readonly { readonly kernel: { readonly op: string } | undefined }[]) =>
      all.map(({ kernel }) => kernel?.op).sort();
    expect(count(only?.kernels ?? [])).toEqual(count(kernels));

    const again = await measure(first.designs);
    expect(again.designs).toEqual(first.designs);
    expect(kept).toHaveLength(1);
  });
});

describe('the first designs', () => {
  it('hold enough of every kind of layer for a class of its own', () => {
    const counts = new Map<string, number>();
    for (let index = 0; index < COVERING; index++)
      for (const { kind } of design(index).nodes) {
        const before = counts.get(kind);
        counts.set(kind, before === undefined ? 1 : before + 1);
      }
    // Classes of fewer than six kernels leave their place to others.
    for (const kind of [
      'conv',
      'convTranspose',
      'deformConv',
      'linear',
      'resize',
      'upsample',
      'channelShuffle',
    ])
      expect(counts.get(kind), kind).toBeGreaterThanOrEqual(6);
  });
});

describe('the verdict on a calibration', () => {
  it.each([
    ['good', [0.02, -0.05, 0.03, 0.09]],
    ['fair', [0.02, -0.07, 0.09, 0.11]],
    // Nine of ten within 10 % are good; of these four, three are.
    ['fair', [0.01, 0.01, 0.01, 0.12]],
    ['poor', [0.02, -0.11, 0.12, 0.05]],
    ['poor', [0.09, 0.09, -0.09, 0.09]],
  ] as const)('is %s for errors of %j', (verdict, errors) => {
    expect(calibrationVerdict(errors)).toBe(verdict);
  });
});

describe('a profile', () => {
  it('is of the nodes of the saved graph, one by one', async () => {
    await inWorkshop({ program: shop.program() }, async (own) => {
      const { file, optimised } = await optimise({ graph: design(0) }, own, false);
      const request = {
        kind: 'measure',
        models: [file],
        seed: 1,
        warmup: 1,
        rounds: { least: 1, most: 1 },
        target: 1,
        seconds: 1,
        folder: own.folder,
        chain: writeChain(own.folder),
        ...own.settings,
      } as const;
      const { models } = await ask(request, 'design', own.child);
      const kernels = models[0]?.trace?.kernels ?? [];
      const { nodes, same } = matchKernels(kernels, optimised);
      expect(same).toBe(true);
      expect([...nodes].sort((a = -1, b = -1) => a - b)).toEqual(optimised.nodes.map((_, i) => i));
      expect(kernels.filter(({ op }) => op === 'ReorderOutput').length).toBeGreaterThan(5);
    });
  });
});

describe('a calibrated device', () => {
  const kernels = (seconds: number) =>
    Array.from({ length: 24 }, (_, i) => {
      const extent = 4 + i;
      const kernel = {
        op: 'nchwc.Conv',
        inputs: [[1, 64, extent, extent]],
        weights: [[64, 64, 3, 3]],
        outputs: [[1, 64, extent, extent]],
        window: { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1], groups: 1 },
      };
      return { kernel, seconds: seconds * extent ** 2 };
    });
  const networks = Array.from({ length: 9 }, (_, i) => {
    const own = kernels(1e-6);
    return {
      index: i,
      name: `n${String(i)}`,
      kernels: own,
      seconds: own.reduce((sum, each) => sum + each.seconds, 0),
    };
  });
  const device = calibratedDevice(networks, {
    id: 'made-up',
    title: 'made-up',
    kind: 'cpu',
    runtime: { onnxruntime: '0.0.0', device: 'cpu', level: 'all', threads: 1 },
    secondsPerRun: 1e-5,
    date: '2026-01-31',
    conditions: 'none',
  });

  it('predicts in analyze and beside what probe measures, one by the other', async () => {
    const { calibration } = device;
    if (calibration?.kind !== 'kernels') throw new TypeError('no calibration of kernels');
    const graph = buildNetwork('resnet10', { input: 64 });
    const measurement = await probe([{ graph }], {
      program: shop.program(),
      processes: 1,
      runs: 2,
      predict: { device: device.id, calibration },
    });
    const [network] = measurement.networks;
    const sum = (values: readonly (number | undefined)[]): number =>
      values.reduce<number>((total, value) => total + (value ?? 0), 0);
    expect(sum(network?.layers.map(({ predictedNs }) => predictedNs) ?? []) + 1e4).toBeCloseTo(
      network?.prediction?.ns ?? 0,
      3,
    );
    const file = { schemaVersion: 1, tool: { name: 'csp-profile', version: '0' }, ...measurement };
    expect(readMeasurement(JSON.parse(JSON.stringify(file)), 'file')).toMatchObject(
      JSON.parse(JSON.stringify(measurement)) as object,
    );

    const path = join(shop.folder(), 'made-up.json');
    writeFileSync(path, JSON.stringify(device));
    const ran = spawnSync(
      process.execPath,
      ['dist/cli.cjs', 'analyze', 'resnet10@64', '--device', path, '--format', 'json'],
      { encoding: 'utf8' },
    );
    expect(ran.stderr).toMatch(
      /^csp-profile: warning: made-up was calibrated with onnxruntime 0\.0\.0, .* CSP513\n$/,
    );
    const { latency } = JSON.parse(ran.stdout) as Profile;
    expect(latency?.prediction?.seconds).toBeCloseTo((network?.prediction?.ns ?? 0) * 1e-9, 9);
    expect(latency?.prediction?.note).toMatch(/[0-9]+ of [0-9]+ kernels are not known and count as no time$/);
  });

  it('is refused by probe where it was calibrated otherwise', async () => {
    const path = join(shop.folder(), 'made-up.json');
    writeFileSync(path, JSON.stringify(device));
    expect(await run(['probe', 'resnet10', '--predict', path, '--threads', '2'])).toEqual({
      code: 2,
      stdout: '',
      stderr: `csp-profile: ${path} was calibrated with --threads 1, and this measures with 2 (fix: add --threads 1, or calibrate again) CSP801\n`,
    });
    expect((await run(['probe', 'resnet10', '--predict', 'jetson-tx2'])).stderr).toMatch(
      /^csp-profile: jetson-tx2 does not say what kernels take \(fix: .* CSP801\n$/,
    );
  });
});

describe('the command', () => {
  it.each([
    [['calibrate'], 'a calibration is a device file (fix: name it: -o my-machine.json) CSP801'],
    [['calibrate', '-o', 'x.txt'], 'x.txt is no device file (fix: name it so that it ends in .json) CSP801'],
  ])('%j', async (argv, line) => {
    expect(await run(argv)).toEqual({ code: 2, stdout: '', stderr: `csp-profile: ${line}\n` });
  });

  it('goes on only from measurements of the same settings', async () => {
    const path = join(shop.folder(), 'mine.json');
    writeFileSync(`${path}.part`, '{"device":"cpu"}\n');
    const { code, stderr } = await run(['calibrate', '-o', path]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /\.part holds measurements of other settings \(fix: delete it to begin anew, .* CSP801\n$/,
    );
    expect(readFileSync(`${path}.part`, 'utf8')).toBe('{"device":"cpu"}\n');
    expect(existsSync(path)).toBe(false);
  });
});
