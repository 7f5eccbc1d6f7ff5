import { describe, expect, it } from 'vitest';
import type { Device, FeatureCalibration } from '../../src/devices/device.ts';
import { energyTableById } from '../../src/devices/energyTable.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { withDType, type Graph, type TensorId } from '../../src/graph/graph.ts';
import { convGeometry } from '../../src/latency/convLayer.ts';
import { errorsLeavingOut, fitNonNegative, meanAbsolute } from '../../src/latency/fit.ts';
import { networkEnergy } from '../../src/latency/networkEnergy.ts';
import { networkLatency } from '../../src/latency/networkLatency.ts';
import { networkTraffic } from '../../src/latency/networkTraffic.ts';
import { networkUtilization } from '../../src/latency/networkUtilization.ts';
import { appliedOnTheWay, bytesPerElement, demandsOf, productOf } from '../../src/latency/operators.ts';
import { roofline } from '../../src/latency/roofline.ts';
import { square } from '../../src/ops/window.ts';
import { amount } from '../../src/units.ts';

const origin = { format: 'zoo', architecture: 'net' } as const;

function net(
  shapes: readonly (readonly number[])[],
  build: (b: GraphBuilder, inputs: readonly TensorId[]) => void,
): Graph {
  const b = new GraphBuilder({ name: 'net', source: 'net', format: 'zoo' });
  b.layer({ name: 'layer', origin });
  build(
    b,
    shapes.map((shape, i) => b.input(`x${String(i)}`, { dtype: 'float32', shape })),
  );
  return b.build();
}

const POINT = { ...square(1), outChannels: 8, groups: 1, bias: false } as const;
/** 8 to 8 channels, 1x1, over 4x4: 1024 MACs. */
const pointwise = (repeat: number | 'unknown' = 1) =>
  net([[1, 8, 4, 4]], (b, [x]) => b.add('conv', [x as TensorId], POINT, { repeat }));

describe('demands', () => {
  const pool = (repeat: number | 'unknown') =>
    net([[1, 3, 4, 4]], (b, [x]) =>
      b.add('maxPool', [x as TensorId], { ...square(2, 2), rounding: 'floor' }, { repeat }),
    );

  it('of a stream are its bytes in and out, as often as it runs', () => {
    expect(demandsOf(pool(1))).toEqual([{ kind: 'once', bytes: 4 * (48 + 12) }]);
    expect(demandsOf(pool(5))).toEqual([{ kind: 'once', bytes: 5 * 4 * (48 + 12) }]);
    expect(demandsOf(pool('unknown'))).toEqual([{ kind: 'unknown' }]);
  });

  it('count an operand that is read twice once', () => {
    const twice = net([[1, 3, 4, 4]], (b, [x]) =>
      b.add('add', [x as TensorId, x as TensorId], { align: 'exact' }),
    );
    expect(demandsOf(twice)).toEqual([{ kind: 'once', bytes: 4 * 2 * 48 }]);
  });

  it('of a product say how often it runs and how wide its elements are', () => {
    expect(demandsOf(pointwise(3))).toMatchObject([
      { kind: 'tiled', dtype: 'float32', bytes: { input: 4, weights: 4, output: 4 }, repeat: 3 },
    ]);
    expect(demandsOf(withDType(pointwise(), 'int4'))).toMatchObject([
      { bytes: { input: 0.5, weights: 0.5, output: 0.5 } },
    ]);
    expect(demandsOf(pointwise('unknown'))).toEqual([{ kind: 'unknown' }]);
    expect([bytesPerElement('int2'), bytesPerElement('float64'), bytesPerElement('string')]).toEqual([
      0.25,
      8,
      undefined,
    ]);
  });

  it('of views and concatenations are none', () => {
    const views = net([[1, 4, 2, 2]], (b, [x]) => {
      const joined = b.add('concat', [x as TensorId, x as TensorId], { axis: 1 });
      b.add('activation', [joined], { fn: 'relu' });
    });
    expect(demandsOf(views)[0]).toEqual({ kind: 'none' });
  });
});

describe('a function is applied on the way', () => {
  const applied = (build: (b: GraphBuilder, x: TensorId, made: TensorId) => void) =>
    appliedOnTheWay(
      net([[1, 8, 4, 4]], (b, [x]) => build(b, x as TensorId, b.add('conv', [x as TensorId], POINT))),
    );

  it('to a result that nobody else reads', () => {
    expect(applied((b, _, y) => b.add('activation', [y], { fn: 'relu' }))).toEqual([false, true]);
    expect(applied((b, _, y) => b.add('batchNorm', [y], {}))).toEqual([false, true]);
  });

  it('not to an input, to what another node reads, to an output, or where it runs more than once', () => {
    expect(applied((b, x) => b.add('activation', [x], { fn: 'relu' }))).toEqual([false, false]);
    expect(
      applied((b, _, y) => b.add('add', [b.add('activation', [y], { fn: 'relu' }), y], { align: 'exact' })),
    ).toEqual([false, false, false]);
    expect(
      applied((b, _, y) => {
        b.output('y', y);
        b.output('z', b.add('activation', [y], { fn: 'relu' }));
      }),
    ).toEqual([false, false]);
    expect(applied((b, _, y) => b.add('activation', [y], { fn: 'relu' }, { repeat: 2 }))).toEqual([
      false,
      false,
    ]);
    expect(applied((b, _, y) => b.add('softmax', [y], { axis: 1 }))).toEqual([false, false]);
  });
});

describe('products of matrices as convolutions', () => {
  const product = (a: readonly number[], b: readonly number[], transposeA = false, transposeB = false) => {
    const graph = net([a, b], (builder, [x, y]) =>
      builder.add('matMul', [x as TensorId, y as TensorId], { transposeA, transposeB, dtype: 'float32' }),
    );
    const layer = productOf(graph, graph.nodes[0] as Graph['nodes'][number]);
    if (layer === undefined) throw new Error('no product');
    const { batch, inputChannels, outputChannels, groups, input } = layer;
    const macs = Number(convGeometry(layer).macs);
    return { batch, inputChannels, outputChannels, groups, input, macs };
  };

  // [rows, k] x [k, columns], the right one shared by all rows: a fully connected layer over the rows.
  const linear = { batch: 3, inputChannels: 4, outputChannels: 5, groups: 1, input: [1, 1], macs: 60 };
  it.each([
    ['A B', [3, 4], [4, 5], false, false],
    ["A' B", [4, 3], [4, 5], true, false],
    ["A B'", [3, 4], [5, 4], false, true],
    ["A' B'", [4, 3], [5, 4], true, true],
  ] as const)('%s', (_, a, b, transposeA, transposeB) => {
    expect(product(a, b, transposeA, transposeB)).toEqual(linear);
  });

  // Six pairs, each [3, 4] x [4, 5]: groups of a convolution over 3 positions.
  const grouped = { batch: 1, inputChannels: 24, outputChannels: 30, groups: 6, input: [3, 1], macs: 360 };
  it.each([
    ['A B', [2, 3, 3, 4], [2, 3, 4, 5], false, false],
    ["A' B", [2, 3, 4, 3], [2, 3, 4, 5], true, false],
    ["A B'", [2, 3, 3, 4], [2, 3, 5, 4], false, true],
    ["A' B'", [2, 3, 4, 3], [2, 3, 5, 4], true, true],
  ] as const)('%s of every pair', (_, a, b, transposeA, transposeB) => {
    expect(product(a, b, transposeA, transposeB)).toEqual(grouped);
  });

  it('reads a vector as a column', () => {
    expect(product([3, 4], [4])).toMatchObject({ inputChannels: 4, outputChannels: 1, macs: 12 });
  });

  it('takes a linear layer over all positions', () => {
    const graph = net([[2, 7, 12]], (b, [x]) =>
      b.add('linear', [x as TensorId], { outFeatures: 5, bias: true, flatten: false }),
    );
    expect(productOf(graph, graph.nodes[0] as Graph['nodes'][number])).toMatchObject({
      batch: 14,
      inputChannels: 12,
      outputChannels: 5,
    });
  });
});

const figure = <U extends string>(value: number, unit: U) =>
  ({ value, unit, status: 'unverified', note: 'test' }) as const;
const DEVICE: Device = {
  schemaVersion: 1,
  id: 'paper',
  title: 'by hand',
  kind: 'npu',
  peak: { float32: { ...figure(1e6, 'op/s'), dense: true } },
  memory: [
    { name: 'dram', bandwidth: figure(1e9, 'byte/s') },
    { name: 'sram', capacity: figure(65536, 'byte') },
  ],
};
const calibration = (unseen: number): FeatureCalibration => ({
  kind: 'features',
  secondsPer: { flops: 1e-6, inference: 1e-3 },
  dtype: 'float32',
  fittedOn: 'nothing',
  samples: 1,
  error: { fit: 0, leaveOneOut: 0, unseen, note: '' },
  source: 'by hand',
});

describe('the time of a layer', () => {
  it('grows with its runs: 2 x 1024 FLOPs at 1e6 a second, three times', () => {
    const once = networkLatency(pointwise(), DEVICE);
    const thrice = networkLatency(pointwise(3), DEVICE);
    expect(once.layers[0]?.floor?.computeSeconds).toBeCloseTo(2048e-6, 15);
    expect(thrice.layers[0]?.floor?.computeSeconds).toBeCloseTo(3 * 2048e-6, 15);
    expect(once.layers[0]?.peakShare).toBeCloseTo(1, 12);
    expect(thrice.layers[0]?.peakShare).toBeCloseTo(1, 12);
    expect(thrice.floor!.flopsPerSecond).toBeCloseTo(1e6, 6);
  });

  it('grows with its runs on an array, too, and so do cycles and energy', () => {
    const array = { rows: figure(4, '1'), columns: figure(4, '1'), dataflow: 'ws' } as const;
    const device: Device = { ...DEVICE, array, clock: figure(1e3, 'Hz') };
    const seconds = (repeat: number) =>
      networkLatency(pointwise(repeat), device).layers[0]?.floor?.computeSeconds ?? NaN;
    expect(seconds(3)).toBeCloseTo(3 * seconds(1), 12);
    const use = (repeat: number) =>
      networkUtilization(pointwise(repeat), { rows: 4, columns: 4, dataflow: 'ws' });
    expect(use(3).cycles).toBe(3 * use(1).cycles);
    expect([use(1).macs, use(3).macs, use(3).idealCycles]).toEqual([1024, 3072, 192]);
    expect(use(3).utilization).toBeCloseTo(3072 / (use(3).cycles * 16), 15);
  });

  it('has an interval of the error that unlike networks have, which does not go below 0', () => {
    const predict = (unseen: number) =>
      networkLatency(pointwise(), { ...DEVICE, calibration: calibration(unseen) }).prediction;
    const seconds = 2048e-6 + 1e-3;
    expect(predict(0.25)?.seconds).toBeCloseTo(seconds, 15);
    expect(predict(0.25)?.low).toBeCloseTo(0.75 * seconds, 15);
    expect(predict(0.25)?.high).toBeCloseTo(1.25 * seconds, 15);
    // The interval ends at the floor, below which no run is.
    expect(predict(1.5)?.low).toBeCloseTo(2048e-6, 15);
    expect(predict(1.5)?.high).toBeCloseTo(2.5 * seconds, 15);
  });
});

describe('roofline', () => {
  const s = (value: number) => amount<'s'>(value);
  it.each([
    ['compute', { computeSeconds: s(3), memorySeconds: s(2), overheadSeconds: s(1) }, 4],
    ['memory', { computeSeconds: s(2), memorySeconds: s(3), overheadSeconds: s(1) }, 4],
    ['overhead', { computeSeconds: s(1), memorySeconds: s(2), overheadSeconds: s(3) }, 5],
    ['compute', { computeSeconds: s(2), memorySeconds: s(2) }, 2],
    [undefined, { computeSeconds: s(0) }, 0],
  ] as const)('is bound by %s', (bound, demand, seconds) => {
    const found = roofline(demand);
    expect([found.bound, found.seconds]).toEqual([bound, seconds]);
  });
});

describe('energy on chip', () => {
  it('has operands and results in their own width, partial sums in that of sums', () => {
    // 32 to 8 channels, 1x1, over 4x4, weight-stationary on 8x8: four folds of 8 rows. Every input is read once,
    // every weight once; each of 128 results is written four times and read back three times.
    const graph = withDType(
      net([[1, 32, 4, 4]], (b, [x]) => b.add('conv', [x as TensorId], POINT)),
      'int8',
    );
    const traffic = networkTraffic(graph, { bufferBytes: 8192 });
    const array = { rows: 8, columns: 8, dataflow: 'ws' } as const;
    const energy = (psumBytes?: number) =>
      networkEnergy(graph, energyTableById('horowitz45'), {
        traffic,
        array,
        ...(psumBytes === undefined ? {} : { psumBytes }),
      });
    const operands = 512 + 256 + 128;
    const sums = 3 * 128 + 3 * 128;
    // 64 bits an access, 10 pJ each at 8 KiB (ISSCC 2014)
    expect(energy().parts.onChip).toBeCloseTo((8 * (operands + 4 * sums) * 10) / 64, 6);
    expect(energy(2).parts.onChip).toBeCloseTo((8 * (operands + 2 * sums) * 10) / 64, 6);
    expect(energy().parts.arithmetic).toBeCloseTo(0.23 * 4096, 9);
    expect(energy().layers[0]?.energy?.parts.onChip).toBe(energy().parts.onChip);
  });

  it('grows with the runs', () => {
    const of = (repeat: number) => {
      const graph = pointwise(repeat);
      const traffic = networkTraffic(graph, { bufferBytes: 8192 });
      const array = { rows: 8, columns: 8, dataflow: 'os' } as const;
      return networkEnergy(graph, energyTableById('horowitz45'), { traffic, array }).parts;
    };
    expect(of(3).arithmetic).toBeCloseTo(3 * 1024 * 4.6, 6);
    expect(of(3).onChip).toBeCloseTo(3 * (of(1).onChip ?? NaN), 6);
    expect(of(3).dram).toBeCloseTo(3 * (of(1).dram ?? NaN), 6);
  });
});

describe('fits', () => {
  it('err upwards where they predict more than was measured', () => {
    // Left out, each sample is predicted by the other: 2 for 1, and 1 for 2.
    const samples = [
      { features: [1], seconds: 1 },
      { features: [1], seconds: 2 },
    ];
    const errors = errorsLeavingOut(samples, ['a', 'b']);
    expect(errors[0]).toBeCloseTo(1, 12);
    expect(errors[1]).toBeCloseTo(-0.5, 12);
    expect(meanAbsolute(errors)).toBeCloseTo(0.75, 12);
  });

  it('leave a whole group out, and fit it once', () => {
    const samples = [1, 2, 4].map((seconds) => ({ features: [1], seconds }));
    // Without a and a, only 4 is left; without b, the relative least squares of 1 and 2: (1 + 1/2) / (1 + 1/4).
    const errors = errorsLeavingOut(samples, ['a', 'a', 'b']);
    expect(errors.map((error) => Number(error.toFixed(9)))).toEqual([3, 1, 1.2 / 4 - 1]);
  });

  it('have no coefficient below 0', () => {
    const fit = fitNonNegative([
      { features: [1, 0], seconds: 2 },
      { features: [1, 1], seconds: 1 },
    ]);
    // With the second at 0, the best of the first is (1/2 + 1) / (1/4 + 1).
    expect(fit[0]).toBeCloseTo(1.2, 12);
    expect(fit[1]).toBe(0);
  });
});
