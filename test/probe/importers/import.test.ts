import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../src/graph/graph.ts';
import { graph } from '../../../src/graph/network.ts';
import { importMeasurement } from '../../../src/probe/importers/import.ts';

/** Two convolutions with a function each, a sum and a pool: 73,728 and 147,456 MACs. */
const network: Graph = graph('small', (g) => {
  g.defaultActivation = 'linear';
  const x = g.conv(g.input([1, 8, 8, 8], 'x'), {
    outChannels: 16,
    kernel: 3,
    batchNorm: false,
    name: 'conv1',
  });
  const y = g.activation(x, 'relu', { name: 'relu1' });
  const z = g.conv(y, { outChannels: 16, kernel: 3, batchNorm: false, name: 'conv2' });
  const sum = g.add([z, y], { name: 'sum' });
  g.builder.output('y', g.globalPool(sum, { name: 'pool' }));
});

const imported = (...texts: readonly string[]) => {
  const measurement = importMeasurement(
    network,
    texts.map((text, i) => ({ name: `file${String(i)}`, text })),
  );
  const [measured] = measurement.networks;
  return {
    measurement,
    ns: measured!.latency.ns,
    executorNs: measured!.executorNs,
    layers: Object.fromEntries(measured!.layers.map(({ name, ns }) => [name, ns])),
    absent: Object.fromEntries(
      measured!.layers.flatMap(({ name, absent }) =>
        absent === undefined ? [] : [[name, [absent.why, ...absent.into].join(' ')]],
      ),
    ),
    reorder: Object.fromEntries(
      measured!.layers.flatMap(({ name, reorderNs }) => (reorderNs === 0 ? [] : [[name, reorderNs]])),
    ),
    codes: measurement.warnings.map(({ code }) => code),
  };
};

const isWhole = ({ ns, executorNs, layers }: ReturnType<typeof imported>): boolean =>
  Object.values(layers).reduce((sum, each) => sum + each, executorNs!) === ns;

describe("onnxruntime's own profile", () => {
  const node = (name: string, op: string, ts: number, dur: number) => ({
    cat: 'Node',
    name: `${name}_kernel_time`,
    ts,
    dur,
    args: { op_name: op, provider: 'CPUExecutionProvider' },
  });
  const run = (ts: number, by: number) => [
    node('relu1_nchwc', 'Conv', ts + 1, 10 + by),
    node('conv2_nchwc', 'Conv', ts + 20, 20 + by),
    node('sum', 'Add', ts + 50, 5),
    { cat: 'Session', name: 'model_run', ts, dur: 60 + 2 * by },
  ];

  it('is read without its first run, and without the bracket that a run that was cut off leaves open', () => {
    const events = [...run(0, 500), ...run(10_000, 0), ...run(20_000, 0)];
    for (const text of [JSON.stringify(events), JSON.stringify(events).replace(/\]$/, ',')]) {
      const found = imported(text);
      expect(found.ns).toBe(60_000);
      // The first is called by the function that it applies.
      expect(found.layers).toEqual({ conv1: 10_000, relu1: 0, conv2: 20_000, sum: 5000, pool: 0 });
      expect(found.executorNs).toBe(25_000);
      expect(found.absent).toEqual({ relu1: 'fused 0', pool: 'unseen' });
      expect(found.measurement.networks[0]!.latency.interval).toEqual([60_000, 60_000]);
      expect(isWhole(found)).toBe(true);
    }
  });
});

describe('what trtexec writes', () => {
  const profile = JSON.stringify([
    { count: 100 },
    {
      name: 'Reformatting CopyNode for Input Tensor 0 to conv1 + relu1',
      timeMs: 1,
      averageMs: 0.01,
      medianMs: 0.01,
      percentage: 5,
    },
    { name: 'conv1 + relu1', timeMs: 10, averageMs: 0.2, medianMs: 0.1, percentage: 50 },
    { name: 'myelin_1', timeMs: 9, averageMs: 0.09, percentage: 45 },
  ]);
  const layers = JSON.stringify({
    Layers: [
      {
        Name: 'conv1 + relu1',
        LayerType: 'CaskConvolution',
        Metadata: '[ONNX Layer: conv1]\u001e[ONNX Layer: relu1]',
      },
      {
        Name: 'myelin_1',
        LayerType: 'kgen',
        Metadata: '[ONNX Layer: conv2]\u001e[ONNX Layer: sum]\u001e[ONNX Layer: pool]',
      },
    ],
    Bindings: ['x', 'y'],
  });

  it('is booked by the names of its layers, medians before means, with what the layer information says', () => {
    // In either order of the files.
    for (const files of [
      [profile, layers],
      [layers, profile],
    ]) {
      const found = imported(...files);
      expect(found.layers).toEqual({ conv1: 110_000, relu1: 0, conv2: 90_000, sum: 0, pool: 0 });
      expect(found.absent).toEqual({ relu1: 'fused 0', sum: 'fused 2', pool: 'fused 2' });
      expect(found.reorder).toEqual({ conv1: 10_000 });
      expect(found.measurement.networks[0]!.profiling).toEqual({ kernels: 3, runs: 100 });
      expect(found.measurement.networks[0]!.latency.interval).toBeUndefined();
      expect(found.codes).toEqual([]);
      expect(isWhole(found)).toBe(true);
    }
  });

  it('without layer information leaves what has no name of the model to nobody, and says so', () => {
    const found = imported(profile);
    expect(found.layers['conv1']).toBe(110_000);
    expect(found.executorNs).toBe(90_000);
    expect(found.codes).toEqual(['CSP724']);
    expect(found.measurement.warnings[0]?.message).toContain('1 of 3 kernels (45.0 % of their time)');
  });
});

describe('what benchmark_model prints', () => {
  const head =
    '\t             [node type]\t  [first]\t [avg ms]\t     [%]\t  [cdf%]\t  [mem KB]\t[times called]\t[Name]';
  const table = [
    'INFO: Inference timings in us: Init: 16, First inference: 87, Warmup (avg): 75.1, Inference (avg): 70',
    'Profiling Info for Benchmark Initialization:',
    '============================== Run Order ==============================',
    head,
    '\t         AllocateTensors\t    0.102\t    0.102\t  0.683%\t100.000%\t     0.000\t        1\tAllocateTensors/0',
    '',
    'Operator-wise Profiling Info for Regular Benchmark Runs:',
    '============================== Run Order ==============================',
    head,
    '\t                 CONV_2D\t    0.020\t    0.030\t 50.000%\t 50.000%\t     0.000\t        1\t[relu1]:0',
    '\t                 CONV_2D\t    0.020\t    0.020\t 33.333%\t 83.333%\t     0.000\t        1\t[unknown_tensor]:1',
    '\t                     ADD\t    0.020\t    0.010\t 16.667%\t100.000%\t     0.000\t        1\t[sum]:2',
    '',
    '============================== Top by Computation Time ==============================',
    head,
    '\t                 CONV_2D\t    0.020\t    9.030\t 50.000%\t 50.000%\t     0.000\t        1\t[relu1]:0',
  ].join('\n');

  it('is booked by what its operators make, the rest by kind and order, which is said', () => {
    const found = imported(table);
    expect(found.layers).toEqual({ conv1: 30_000, relu1: 0, conv2: 20_000, sum: 10_000, pool: 0 });
    expect(found.executorNs).toBe(10_000);
    expect(found.codes).toEqual(['CSP725']);
    expect(isWhole(found)).toBe(true);
  });

  it('is the same as CSV', () => {
    const csv = [
      '============================== Run Order ==============================',
      'node type, first, avg_ms, %, cdf%, mem KB, times called, name',
      'CONV_2D, 0.02, 0.03, 60%, 60%, 0, 1, [relu1]:0',
      'ADD, 0.02, 0.02, 40%, 100%, 0, 1, [sum]:1',
    ].join('\n');
    expect(imported(csv).layers).toMatchObject({ conv1: 30_000, sum: 20_000 });
  });
});

describe('what ncnn prints', () => {
  it('is the least time of each layer over its runs', () => {
    const line = (type: string, name: string, ms: string) =>
      `${type.padEnd(24)} ${name.padEnd(30)} ${ms.padStart(8)}ms    |`;
    const found = imported(
      [
        'loop_count = 2',
        line('Convolution', 'conv1', '0.50'),
        `${line('Convolution', 'conv2', '0.30')}  feature_map:   8 x 8     inch:   16`,
        line('BinaryOp', 'sum', '0.10'),
        line('Convolution', 'conv1', '0.20'),
        line('Convolution', 'conv2', '0.40'),
        line('BinaryOp', 'sum', '0.10'),
      ].join('\n'),
    );
    expect(found.layers).toEqual({ conv1: 200_000, relu1: 0, conv2: 300_000, sum: 100_000, pool: 0 });
    expect(found.measurement.networks[0]!.profiling).toEqual({ kernels: 3, runs: 2 });
  });
});

it('what no tool wrote is refused with what would be read', () => {
  expect(() => imported('hello')).toThrow(
    /^file0: is no profile of a tool that is known \(fix: .*trtexec.*\) CSP723$/,
  );
  expect(() => imported('[{"count": 3}, {"averageMs": 1}]')).toThrow(/without kernels \(fix: .*\) CSP723$/);
});
