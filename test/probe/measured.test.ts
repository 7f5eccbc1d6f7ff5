import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import {
  bytesPerSecond,
  flopsPerSecond,
  kernelSummaries,
  type Measurement,
  type NetworkMeasurement,
} from '../../src/analysis/measurement/measurement.ts';
import { measuredSpeeds, orderAgreements } from '../../src/analysis/measurement/paper.ts';
import { profile } from '../../src/analysis/profile.ts';
import { renderDocument } from '../../src/report/document.ts';
import { formatTime, renderProbe } from '../../src/report/measurement/measurement.ts';
import { measuredLayers, measuredTable } from '../../src/report/measurement/paper.ts';
import { warningsOf } from '../../src/probe/warnings.ts';
import { run } from '../cli/run.ts';
import { kernel, layer, measurement, network } from './made.ts';

describe('rates', () => {
  it('are counts over time', () => {
    const one = layer(0, [kernel('Conv', 2_000_000)], 4e6);
    expect(flopsPerSecond(one)).toBeCloseTo(2e9, 0);
    expect(bytesPerSecond(one)).toBeCloseTo(2e8, 0);
    expect(flopsPerSecond(layer(0, [kernel('Conv', 1)]))).toBeUndefined();
    expect(flopsPerSecond(layer(0, [], 4e6))).toBeUndefined();
  });

  it('by operator are those of the kernel that a layer is about', () => {
    const layers = [
      layer(0, [kernel('nchwc.Conv', 1000), kernel('nchwc.ReorderOutput', 200)], 5000),
      layer(1, [kernel('FusedConv', 4000)], 4000),
      layer(2, [kernel('nchwc.Conv', 1000)], 7000),
      layer(3, [kernel('Concat', 100)]),
    ];
    const groups = kernelSummaries(network('made', 6300, layers));
    expect(groups.map(({ op, kernels, ns }) => [op, kernels, ns])).toEqual([
      ['FusedConv', 1, 4000],
      ['nchwc.Conv', 2, 2000],
      ['nchwc.ReorderOutput', 1, 200],
      ['Concat', 1, 100],
    ]);
    const rates = groups.map((group) => group.flopsPerSecond);
    expect(rates[0]).toBeCloseTo(1e9, 0);
    expect(rates[1]).toBeCloseTo(6e9, 0);
    expect(rates.slice(2)).toEqual([undefined, undefined]);
  });
});

describe('printed beside measured speeds', () => {
  const networks = [network('tiny', 20e6), network('prn', 15e6), network('big', 40e6)];
  const ratios = [
    { network: 1, reference: 0, ratio: 0.75, interval: [0.7, 0.8] as const, processes: [0.75] },
    { network: 2, reference: 0, ratio: 2, processes: [2] },
  ];
  const printed = [
    { row: 'Tiny', speeds: { fpsA: '50', fpsB: '10' } },
    { row: 'PRN', speeds: { fpsA: '60', fpsB: '9' } },
    { row: 'Big', speeds: { fpsA: '30' } },
  ];
  const whole = measurement(networks, ratios);

  it('are relative to the first network, higher is faster', () => {
    const [tiny, prn, big] = measuredSpeeds(whole, printed);
    expect(tiny).toMatchObject({ row: 'Tiny', speed: 1, printed: { fpsA: 1, fpsB: 1 } });
    expect(prn?.speed).toBeCloseTo(4 / 3, 12);
    expect(prn?.interval).toEqual([1 / 0.8, 1 / 0.7]);
    expect(prn?.printed).toEqual({ fpsA: 1.2, fpsB: 0.9 });
    expect(big).toMatchObject({ speed: 0.5, printed: { fpsA: 0.6 } });
  });

  it('agree or not on the order', () => {
    expect(orderAgreements(measuredSpeeds(whole, printed))).toEqual([
      { column: 'fpsA', tau: 1, networks: 3 },
      { column: 'fpsB', tau: -1, networks: 2 },
    ]);
  });

  it('are a table', () => {
    const text = renderDocument('markdown', measuredTable(whole, printed, 'Table 5'), 100);
    expect(text).toMatch(/\| PRN \| prn \| 32 \| 15\.00 ms \| 1\.33 \| 1\.25 to 1\.43 \| 1\.20 \| 0\.90 \|/);
    expect(text).toMatch(/\| fpsB \| \\?-1\.00 \| 2 \|/);
  });

  it('time stands beside FLOPs and CIO, layer by layer', () => {
    const costs = profile(buildNetwork('resnet10', { input: 32 }), { flops: 'darknet-2019' });
    const layers = costs.layers.map(({ index }) => layer(index, [kernel('Conv', 1000)]));
    const text = renderDocument(
      'csv',
      measuredLayers(measurement([network('resnet10', 1000 * layers.length, layers)]), [costs]),
      100,
    );
    expect(text.split('\n')[1]).toBe(
      `0,layer0,conv,${String(costs.layers[0]?.flops)},${String(costs.layers[0]?.cio)},1000,${String(1 / layers.length)}`,
    );
  });
});

describe('warnings', () => {
  const codes = (
    networks: readonly NetworkMeasurement[],
    ratios: Measurement['ratios'] = [],
  ): readonly string[] =>
    warningsOf({ networks, ratios, target: 0.02, device: 'cpu' }).map(({ code }) => code);
  const calm = network('calm', 1000, [layer(0, [kernel('Conv', 1000)])]);
  const changed = (latency: Partial<NetworkMeasurement['latency']>): NetworkMeasurement => ({
    ...calm,
    latency: { ...calm.latency, ...latency },
  });

  it('are none where nothing is the matter', () => {
    expect(codes([calm])).toEqual([]);
  });

  it('tell what happened', () => {
    expect(codes([changed({ utilisation: 0.6 })])).toEqual(['CSP710']);
    expect(codes([changed({ firstRunNs: 5000 })])).toEqual(['CSP713']);
    expect(codes([changed({ interval: [900, 1100] })])).toEqual(['CSP720']);
    const layers = calm.layers;
    expect(codes([network('few', 1000, layers, [[1000, 1000]])])).toEqual(['CSP712']);
    const warming = Array.from({ length: 30 }, (_, i) => 1000 + 10 * i);
    expect(codes([network('drifting', 1000, layers, [warming])])).toEqual(['CSP714']);
    const apart = [1000, 1200, 1000].map((ns) => Array<number>(12).fill(ns));
    expect(codes([network('apart', 1000, layers, apart)])).toEqual(['CSP715']);
    expect(codes([{ ...calm, profiling: { overhead: 0.5, kernels: 1, runs: 9 } }])).toEqual(['CSP716']);
    expect(codes([{ ...calm, layers: [] }])).toEqual(['CSP717']);
    expect(codes([{ ...calm, layers: [layer(0, [kernel('Resize', 5, 'OtherExecutionProvider')])] }])).toEqual(
      ['CSP718'],
    );
    expect(codes([calm, calm], [{ network: 1, reference: 0, ratio: 1, processes: [1] }])).toEqual(['CSP719']);
    expect(
      codes([calm, calm], [{ network: 1, reference: 0, ratio: 1, interval: [0.9, 1.1], processes: [1] }]),
    ).toEqual(['CSP720']);
  });

  it('say that a kernel on the CPU is no kernel on the GPU', () => {
    const [only] = warningsOf({ networks: [calm], ratios: [], target: 0.02, device: 'webgpu' });
    expect(only?.message).toBe('1 kernels ran on CPUExecutionProvider instead of WebGPU: Conv');
  });
});

describe('the table', () => {
  it('shows the longest layers, why others have no kernel, and the machine', () => {
    const layers = [
      layer(0, [{ ...kernel('nchwc.Conv', 700_000), fused: [1] }], 7e7),
      { ...layer(1, []), absent: { why: 'fused', into: [0] } as const },
      layer(2, [kernel('Softmax', 200_000)]),
    ];
    const measured = {
      ...network('made', 1_000_000, layers),
      executorNs: 100_000,
      profiling: { overhead: 0.03, kernels: 2, runs: 30 },
    };
    const text = renderProbe('table', measurement([measured]), {
      width: 100,
      top: 2,
      tool: { name: 'csp-profile', version: '0' },
    });
    expect(text).toContain('Example CPU, 4 logical cores (avx2), 8.000 GiB');
    expect(text).toContain('made (1x3x32x32): 1.000 ms');
    expect(text).toContain(
      '100 % attributed: 2 kernels to 2 layers; executor 100.0 µs (10.0 %), profiling cost 3.0 %',
    );
    expect(text).toContain('layers without a kernel: 1 fused into others');
    expect(text).toMatch(
      /^0 {2}layer0 {2}conv {6}700\.0 µs {2}70\.0 % {4}100\.0 {2}10\.0 .*nchwc\.Conv \(with 1\)$/m,
    );
    expect(text).toMatch(/^nchwc\.Conv +1 {2}700\.0 µs {2}70\.0 % +100\.0 {2}CPUExecutionProvider$/m);
  });

  it('has times that people read', () => {
    expect([812, 45_670, 1_234_567, 41_500_000, 312_000_000, 2_500_000_000].map(formatTime)).toEqual([
      '0.812 µs',
      '45.67 µs',
      '1.235 ms',
      '41.50 ms',
      '312.0 ms',
      '2.500 s',
    ]);
  });
});

describe('the command line', () => {
  it.each([
    [
      ['probe', 'resnet10', '--device', 'tpu'],
      '--device is "tpu" (fix: use one of cpu, webgpu, cuda, dml, coreml) CSP801',
    ],
    [
      ['probe', 'resnet10', '--level', 'most'],
      '--level is "most" (fix: use one of disabled, basic, extended, layout, all) CSP801',
    ],
    [['probe', 'resnet10', '--runs', '0'], '--runs is "0" (fix: give a whole number of at least 1) CSP801'],
    [
      ['probe', 'resnet10', '--format', 'html'],
      '--format is "html" (fix: use one of table, json, csv, markdown, trace) CSP801',
    ],
    [['probe', 'nothing.onnx'], 'nothing.onnx: there is no such file (fix: check the path) CSP802'],
    [
      ['reproduce', 'table3', '--measure'],
      '--measure is "table3" (fix: use one of table5, figure7, figure8) CSP801',
    ],
  ])('%j', async (argv, message) => {
    expect(await run(argv)).toEqual({ code: 2, stdout: '', stderr: `csp-profile: ${message}\n` });
  });
});
