import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesSource, fromOnnx } from '../../../src/formats/onnx/index.ts';
import { writeOnnx, toBytes, type OnnxWriteOptions } from '../../../src/formats/onnx/write.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Graph, Tensor, TensorId } from '../../../src/graph/graph.ts';
import { ACTIVATIONS } from '../../../src/ops/activation.ts';
import type { OpAttrs, OpKind } from '../../../src/ops/registry.ts';
import type { Shape } from '../../../src/ops/spec.ts';
import { networks } from '../graphs.ts';
import { modelBytes, node, port, stored } from './model.ts';
import { EVALUATED, evaluate } from './reference.ts';
import { run, withoutRuntime } from './runtime.ts';

/** Numbers that look random, the same for the same tensor: inputs between -8 and 8, where functions bend. */
function numbersOf(id: TensorId, { type, role }: Tensor): Float64Array {
  let state = (id + 1) * 0x9e3779b1;
  const random = (): number => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x297a2d39) | 0;
    return (state >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 20; i++) random();
  const count = type.shape.reduce((product, extent) => product * extent, 1);
  const number =
    role === 'variance'
      ? () => 0.5 + random()
      : role === 'activation'
        ? () => 16 * random() - 8
        : () => 2 * random() - 1;
  // What float32 holds, so that both sides compute with the same numbers.
  return Float64Array.from({ length: count }, () => Math.fround(number()));
}

/** Error of one node relative to the largest value: a few steps of float32, whose numbers are 1.2e-7 apart. */
const ROUNDING = 2e-6;

/** The outputs of the graph's ONNX model are those of its definition. */
async function expectEqualResults(
  net: Graph,
  options: OnnxWriteOptions = {},
  level: 'disabled' | 'all' = 'disabled',
) {
  const { file, graph } = writeOnnx(net, { ...options, weights: numbersOf });
  const given = (id: TensorId): Float64Array => numbersOf(id, net.tensors[id]!);
  const inputs = new Map(
    net.inputs.map(({ tensor }, i) => [
      graph.input[i]!.name!,
      { shape: net.tensors[tensor]!.type.shape, data: given(tensor) },
    ]),
  );
  const outputs = await run(toBytes(file), inputs, level);
  const results = graph.output.map(({ name }) => outputs.get(name!)!);
  const { outputs: expected, largest } = evaluate(net, given);
  expect(results.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  expected.forEach(({ data }, o) => {
    const error = Math.max(...Array.from(data, (value, i) => Math.abs(value - results[o]!.data[i]!)));
    expect(error / largest).toBeLessThan(ROUNDING * net.nodes.length);
  });
}

function single<K extends OpKind>(kind: K, inputs: readonly Shape[], attrs: OpAttrs<K>): Graph {
  const builder = new GraphBuilder({ name: kind, source: 'test', format: 'zoo' });
  const ids = inputs.map((shape, i) => builder.input(`in${i}`, { dtype: 'float32', shape }));
  builder.layer({ name: kind, origin: { format: 'zoo', architecture: 'test' } });
  builder.add(kind, ids, attrs);
  return builder.build();
}

/** An operator on magnitudes, for what is defined on positive numbers only. */
function ofMagnitudes<K extends OpKind>(kind: K, inputs: readonly Shape[], attrs: OpAttrs<K>): Graph {
  const builder = new GraphBuilder({ name: kind, source: 'test', format: 'zoo' });
  const ids = inputs.map((shape, i) => builder.input(`in${i}`, { dtype: 'float32', shape }));
  builder.layer({ name: kind, origin: { format: 'zoo', architecture: 'test' } });
  const magnitudes = ids.map((id) => builder.add('elementwise', [id], { fn: 'abs', dtype: 'float32' }));
  builder.add(kind, magnitudes, attrs);
  return builder.build();
}

/** Functions that do not enlarge rounding errors, as a step or a quotient of small numbers does. */
const STEADY = ACTIVATIONS.filter((fn) => fn !== 'stair' && fn !== 'normalizeChannels');

const window = (
  kernel: readonly number[],
  stride: readonly number[],
  begin: readonly number[],
  end = begin,
  dilation = kernel.map(() => 1),
  rounding: 'floor' | 'ceil' = 'floor',
) => ({ kernel, stride, dilation, padding: { begin, end }, rounding });

interface Stored {
  readonly shape: Shape;
  readonly values: readonly number[];
  readonly dtype?: 'int64' | 'float32';
}

/** An operator on an input and stored operands. */
function withStored<K extends OpKind>(
  kind: K,
  shape: Shape,
  stored: readonly Stored[],
  attrs: OpAttrs<K>,
): Graph {
  const builder = new GraphBuilder({ name: kind, source: 'test', format: 'zoo' });
  const data = builder.input('in0', { dtype: 'float32', shape });
  builder.layer({ name: kind, origin: { format: 'zoo', architecture: 'test' } });
  const operands = stored.map(({ dtype = 'int64', shape: own, values }, i) =>
    builder.constant('constant', { dtype, shape: own }, `stored${i}`, values),
  );
  builder.add(kind, [data, ...operands], attrs);
  return builder.build();
}

/** The opsets from the first on that have the operator, and the last one that onnxruntime runs. */
type Case = readonly [name: string, graph: Graph, opset?: number, last?: number];

const CASES: readonly Case[] = [
  ...ACTIVATIONS.map((fn): Case => [`activation ${fn}`, single('activation', [[2, 3, 4, 5]], { fn })]),
  [
    'add of three',
    single(
      'add',
      [
        [2, 3, 4, 5],
        [2, 3, 4, 5],
        [2, 3, 4, 5],
      ],
      { align: 'exact' },
    ),
  ],
  [
    'shortcut from a larger, deeper map',
    single(
      'add',
      [
        [2, 3, 4, 5],
        [2, 6, 8, 10],
      ],
      { align: 'common' },
    ),
  ],
  [
    'shortcut from a larger, shallower map',
    single(
      'add',
      [
        [2, 6, 4, 4],
        [2, 3, 9, 9],
      ],
      { align: 'common' },
    ),
  ],
  [
    'shortcut from a smaller map',
    single(
      'add',
      [
        [1, 3, 9, 8],
        [1, 3, 4, 4],
      ],
      { align: 'common' },
    ),
  ],
  [
    'shortcut from a smaller, deeper map and another',
    single(
      'add',
      [
        [1, 3, 6, 6],
        [1, 5, 2, 2],
        [1, 2, 6, 6],
      ],
      { align: 'common' },
    ),
  ],
  ['avgPool with padding', single('avgPool', [[2, 3, 7, 8]], window([3, 2], [2, 1], [1, 1], [1, 0]))],
  [
    'avgPool rounded up',
    single('avgPool', [[1, 2, 6, 7]], window([3, 3], [2, 2], [0, 1], [0, 0], [1, 1], 'ceil')),
  ],
  ['avgPool dilated', single('avgPool', [[1, 2, 9, 9]], window([3, 2], [1, 2], [0, 0], [0, 0], [2, 3])), 19],
  ['batchNorm', single('batchNorm', [[2, 3, 4, 5]], {})],
  ['batchNorm of features', single('batchNorm', [[2, 7]], {})],
  ['blur 2x2', single('blur', [[1, 3, 6, 7]], window([2, 2], [2, 1], [0, 0]))],
  ['blur 3x3', single('blur', [[2, 2, 6, 7]], window([3, 3], [2, 2], [1, 1]))],
  [
    'concat of channels',
    single(
      'concat',
      [
        [2, 3, 4, 5],
        [2, 1, 4, 5],
        [2, 2, 4, 5],
      ],
      { axis: 1 },
    ),
  ],
  [
    'concat of rows',
    single(
      'concat',
      [
        [2, 3, 4, 5],
        [2, 3, 1, 5],
      ],
      { axis: 2 },
    ),
  ],
  [
    'conv with groups and bias',
    single('conv', [[2, 4, 7, 8]], {
      ...window([3, 2], [2, 1], [1, 0], [0, 1], [1, 2]),
      outChannels: 6,
      groups: 2,
      bias: true,
    }),
  ],
  [
    'conv of one bit',
    single('conv', [[1, 4, 6, 5]], {
      ...window([3, 2], [1, 1], [1, 0]),
      outChannels: 6,
      groups: 2,
      bias: true,
      binary: true,
    }),
  ],
  [
    'conv depthwise',
    single('conv', [[1, 5, 6, 6]], {
      ...window([3, 3], [1, 1], [1, 1]),
      outChannels: 5,
      groups: 5,
      bias: false,
    }),
  ],
  [
    'conv rounded up',
    single('conv', [[1, 2, 6, 6]], {
      ...window([3, 3], [2, 2], [0, 0], [0, 0], [1, 1], 'ceil'),
      outChannels: 3,
      groups: 1,
      bias: false,
    }),
  ],
  [
    'conv that crops',
    single('conv', [[1, 2, 8, 8]], {
      ...window([3, 3], [1, 1], [-1, 0], [0, -2]),
      outChannels: 3,
      groups: 1,
      bias: false,
    }),
  ],
  [
    'conv of one axis',
    single('conv', [[2, 3, 9]], { ...window([3], [2], [1]), outChannels: 4, groups: 1, bias: true }),
  ],
  [
    'conv of a volume',
    single('conv', [[1, 2, 4, 5, 3]], {
      ...window([2, 3, 1], [1, 2, 1], [0, 1, 0]),
      outChannels: 3,
      groups: 1,
      bias: true,
    }),
  ],
  [
    'convTranspose',
    single('convTranspose', [[2, 4, 3, 4]], {
      ...window([3, 2], [2, 3], [1, 0], [0, 1], [1, 2]),
      outChannels: 6,
      groups: 2,
      bias: true,
      outputPadding: [1, 0],
    }),
  ],
  [
    'deformConv',
    single(
      'deformConv',
      [
        [1, 4, 5, 6],
        [1, 16, 4, 5],
        [1, 8, 4, 5],
      ],
      { ...window([2, 2], [1, 1], [0, 0]), outChannels: 6, groups: 2, bias: true, masked: true },
    ),
    19,
  ],
  ['expand', single('expand', [[3, 1]], { shape: [2, 3, 4] })],
  ['fill', single('fill', [], { dtype: 'float32', shape: [2, 3], value: 0.5 })],
  ['gather one entry', withStored('gather', [3, 4, 5], [{ shape: [], values: [2] }], { axis: 1 })],
  ['gather several', withStored('gather', [3, 4, 5], [{ shape: [2, 2], values: [2, 0, 0, 1] }], { axis: 0 })],
  [
    'gatherND',
    withStored('gatherND', [2, 3, 4], [{ shape: [3, 2], values: [1, 2, 0, 0, 1, 1] }], { batchDims: 0 }),
  ],
  [
    'gatherND in a batch',
    withStored('gatherND', [2, 3, 4], [{ shape: [2, 2, 1], values: [2, 0, 1, 1] }], { batchDims: 1 }),
  ],
  [
    'psRoiAlign of two images',
    withStored(
      'psRoiAlign',
      [2, 12, 7, 9],
      [
        { dtype: 'float32', shape: [2, 4], values: [1, 0.5, 6.25, 5, 2.5, 1.75, 4, 6] },
        { shape: [2], values: [1, 0] },
      ],
      { size: [2, 3], points: 4 },
    ),
    16,
    21,
  ],
  [
    'gate',
    single(
      'gate',
      [
        [1, 3, 4, 4],
        [1, 3, 4, 4],
        [1, 3, 4, 4],
      ],
      {},
    ),
  ],
  ['gaussianYolo', single('gaussianYolo', [[2, 24, 3, 4]], { classes: 3, anchors: 2 })],
  ['globalPool average', single('globalPool', [[2, 3, 4, 5]], { mode: 'average' })],
  ['globalPool max of features', single('globalPool', [[2, 3]], { mode: 'max' })],
  ['globalPool max', single('globalPool', [[2, 3, 4, 5]], { mode: 'max' })],
  ['identity', single('identity', [[2, 3]], {})],
  ['linear on a map', single('linear', [[2, 3, 4, 5]], { outFeatures: 7, bias: true, flatten: true })],
  ['linear on features', single('linear', [[2, 9]], { outFeatures: 7, bias: false, flatten: true })],
  ['linear on tokens', single('linear', [[2, 5, 9]], { outFeatures: 7, bias: true, flatten: false })],
  ['linear on a vector', single('linear', [[9]], { outFeatures: 7, bias: true, flatten: false })],
  [
    'localConv',
    single('localConv', [[2, 3, 5, 6]], { ...window([3, 2], [2, 1], [1, 0], [0, 1]), outChannels: 4 }),
  ],
  [
    'localConv without padding',
    single('localConv', [[1, 2, 5, 5]], { ...window([2, 2], [1, 1], [0, 0]), outChannels: 3 }),
  ],
  ['lrn', single('lrn', [[2, 7, 3, 4]], { size: 5 })],
  ['maxPool with uneven padding', single('maxPool', [[2, 3, 7, 8]], window([2, 2], [1, 1], [0, 0], [1, 1]))],
  [
    'maxPool rounded up, dilated',
    single('maxPool', [[1, 2, 9, 10]], window([3, 3], [2, 2], [1, 1], [1, 1], [2, 2], 'ceil')),
  ],
  [
    'maxPool with padding as wide as its window',
    single('maxPool', [[1, 2, 5, 5]], window([2, 2], [2, 2], [2, 0], [3, 1])),
  ],
  ['maxPool that crops', single('maxPool', [[1, 2, 7, 7]], window([2, 2], [2, 2], [-1, 0], [0, -1]))],
  ['maxout', single('maxout', [[2, 12, 3, 4]], { outChannels: 4 })],
  ['maxout of uneven groups', single('maxout', [[2, 7, 3, 4]], { outChannels: 3 })],
  [
    'mul by a value per channel',
    single(
      'mul',
      [
        [2, 3, 4, 5],
        [2, 3, 1, 1],
      ],
      {},
    ),
  ],
  [
    'mul by a value per position',
    single(
      'mul',
      [
        [2, 3, 4, 5],
        [2, 1, 4, 5],
      ],
      {},
    ),
  ],
  [
    'pad with a value',
    single('pad', [[2, 3, 4]], { begin: [0, 1, -1], end: [1, 0, 2], mode: 'constant', value: 3 }),
  ],
  ...(['edge', 'reflect', 'wrap'] as const).map((mode): Case => [
    `pad ${mode}`,
    single('pad', [[2, 5]], { begin: [0, 2], end: [0, 3], mode, value: 0 }),
    mode === 'wrap' ? 19 : 17,
  ]),
  ['region', single('region', [[2, 16, 3, 4]], { classes: 3, anchors: 2, coords: 4, softmax: true })],
  [
    'region without softmax',
    single('region', [[1, 9, 3, 4]], { classes: 3, anchors: 1, coords: 5, softmax: false }),
  ],
  ['reorg', single('reorg', [[2, 8, 4, 6]], { block: 2, inverse: false, order: 'reorg' })],
  ['reorg back', single('reorg', [[2, 8, 4, 6]], { block: 2, inverse: true, order: 'reorg' })],
  ['reorg3d', single('reorg', [[2, 3, 4, 6]], { block: 2, inverse: false, order: 'reorg3d' })],
  ['reorg3d back', single('reorg', [[2, 18, 4, 3]], { block: 3, inverse: true, order: 'reorg3d' })],
  ['reshape', single('reshape', [[2, 3, 4]], { shape: [4, 6] })],
  ['resize to a larger map', single('resize', [[2, 3, 4, 5]], { size: [7, 9], mode: 'linear' })],
  ['resize to a smaller map', single('resize', [[2, 3, 8, 8]], { size: [3, 4], mode: 'linear' })],
  ['resize nearest', single('resize', [[2, 3, 4, 5]], { size: [9, 7], mode: 'nearest' })],
  ['slice of channels', single('slice', [[2, 6, 3, 4]], { axis: 1, start: 2, end: 5 })],
  ['softmax of channels', single('softmax', [[2, 5, 3, 4]], { axis: 1 })],
  ['softmax of columns', single('softmax', [[2, 5, 3, 4]], { axis: 3 })],
  ['split', single('split', [[2, 7, 3]], { axis: 1, sizes: [1, 4, 2] })],
  [
    'stridedSlice',
    single('stridedSlice', [[2, 9, 8]], { axes: [2, 1], starts: [7, 1], steps: [-3, 2], sizes: [3, 4] }),
  ],
  ['sumPool', single('sumPool', [[2, 3, 7, 8]], { factor: 3 })],
  ['transpose', single('transpose', [[2, 3, 4, 5]], { perm: [0, 3, 1, 2] })],
  ['upsample', single('upsample', [[2, 3, 4, 5]], { factor: 3 })],
  [
    'weightedAdd per map',
    single(
      'weightedAdd',
      [
        [1, 4, 4, 4],
        [1, 6, 8, 8],
        [1, 4, 4, 4],
      ],
      { per: 'map', normalize: 'softmax' },
    ),
  ],
  [
    'weightedAdd per channel',
    single(
      'weightedAdd',
      [
        [2, 4, 4, 4],
        [2, 4, 4, 4],
      ],
      { per: 'channel', normalize: 'relu' },
    ),
  ],
  ['yolo', single('yolo', [[2, 16, 3, 4]], { classes: 3, anchors: 2 })],
  ['channelShuffle', single('channelShuffle', [[2, 12, 3, 2]], { groups: 3 })],
  [
    'einsum',
    single(
      'einsum',
      [
        [2, 3, 4],
        [4, 5],
        [2, 5],
      ],
      {
        operands: [
          ['.0', 'i', 'j'],
          ['j', 'k'],
          ['.0', 'k'],
        ],
        result: ['i', '.0'],
        dtype: 'float32',
      },
    ),
  ],
  ...(
    [
      'abs',
      'floor',
      'ceil',
      'negate',
      'sign',
      'reciprocal',
      'exp',
      'sin',
      'cos',
      'atan',
      'sinh',
      'erf',
      'celu',
      'softsign',
      'shrink',
      'thresholdedRelu',
    ] as const
  ).map((fn): Case => [`elementwise ${fn}`, single('elementwise', [[2, 3, 4]], { fn, dtype: 'float32' })]),
  ...(['add', 'mul', 'maximum', 'minimum', 'mean'] as const).map((fn): Case => [
    `elementwise ${fn} of three`,
    single('elementwise', [[2, 3, 1], [3, 4], [1]], { fn, dtype: 'float32' }),
  ]),
  ['elementwise subtract', single('elementwise', [[2, 3, 1], [4]], { fn: 'subtract', dtype: 'float32' })],
  [
    'elementwise divide',
    single(
      'elementwise',
      [
        [3, 4],
        [2, 3, 1],
      ],
      { fn: 'divide', dtype: 'float32' },
    ),
  ],
  [
    'elementwise prelu',
    single(
      'elementwise',
      [
        [2, 3, 4],
        [3, 1],
      ],
      { fn: 'prelu', dtype: 'float32' },
    ),
  ],
  ['lpPool', single('lpPool', [[2, 3, 6, 7]], window([3, 2], [2, 1], [1, 0], [0, 1]))],
  [
    'lpPool dilated',
    single('lpPool', [[1, 2, 9, 9]], window([2, 2], [2, 2], [0, 0], [0, 0], [3, 2], 'ceil')),
    18,
  ],
  [
    'matMul of stacks',
    single(
      'matMul',
      [
        [2, 1, 3, 4],
        [5, 4, 6],
      ],
      { transposeA: false, transposeB: false, dtype: 'float32' },
    ),
  ],
  [
    'matMul transposed',
    single(
      'matMul',
      [
        [2, 4, 3],
        [6, 4],
      ],
      { transposeA: true, transposeB: true, dtype: 'float32' },
    ),
  ],
  [
    'matMul of vectors',
    single('matMul', [[4], [4]], { transposeA: false, transposeB: false, dtype: 'float32' }),
  ],
  ...(['layer', 'rms', 'lp'] as const).flatMap((fn): Case[] => [
    [
      `normalize ${fn} of tokens`,
      single('normalize', [[2, 3, 8]], { fn, axes: [2], groups: 1, scale: true, shift: fn === 'layer' }),
    ],
    [
      `normalize ${fn} of channels`,
      single('normalize', [[2, 5, 3, 4]], { fn, axes: [1], groups: 1, scale: true, shift: true }),
    ],
    [
      `normalize ${fn} of maps`,
      single('normalize', [[2, 5, 3, 4]], { fn, axes: [2, 3], groups: 1, scale: fn === 'rms', shift: false }),
    ],
  ]),
  [
    'normalize instance',
    single('normalize', [[2, 5, 3, 4]], {
      fn: 'instance',
      axes: [2, 3],
      groups: 1,
      scale: true,
      shift: true,
    }),
  ],
  [
    'normalize group',
    single('normalize', [[2, 6, 3, 4]], {
      fn: 'group',
      axes: [1, 2, 3],
      groups: 3,
      scale: true,
      shift: true,
    }),
  ],
  [
    'normalize logSoftmax',
    single('normalize', [[2, 5, 3]], { fn: 'logSoftmax', axes: [1], groups: 1, scale: false, shift: false }),
  ],
  [
    'normalize hardmax',
    single('normalize', [[2, 5, 3]], { fn: 'hardmax', axes: [1], groups: 1, scale: false, shift: false }),
  ],
  ...(['sum', 'mean', 'max', 'min', 'product', 'l1', 'l2', 'sumSquare', 'logSumExp'] as const).flatMap(
    (fn): Case[] => [
      [`reduce ${fn}`, single('reduce', [[2, 3, 4, 5]], { fn, axes: [1, 3], keepDims: true })],
      [`reduce ${fn} away`, single('reduce', [[2, 3, 4]], { fn, axes: [1], keepDims: false })],
    ],
  ),
  ['reduce nothing', single('reduce', [[2, 3]], { fn: 'sum', axes: [], keepDims: true })],
  ...(['log', 'sqrt'] as const).map((fn): Case => [
    `elementwise ${fn}`,
    ofMagnitudes('elementwise', [[2, 3, 4]], { fn, dtype: 'float32' }),
  ]),
  ['elementwise power', ofMagnitudes('elementwise', [[2, 3, 4], [4]], { fn: 'power', dtype: 'float32' })],
  ['reduce logSum', ofMagnitudes('reduce', [[2, 3, 4]], { fn: 'logSum', axes: [0, 2], keepDims: false })],
  [
    'maxPool rounded up where it fits',
    single('maxPool', [[1, 2, 8, 9]], window([2, 3], [2, 3], [0, 0], [0, 0], [1, 1], 'ceil')),
  ],
  [
    'maxPool rounded up, its last window beyond the map',
    single('maxPool', [[1, 2, 3, 3]], window([1, 1], [3, 2], [0, 0], [1, 1], [1, 1], 'ceil')),
  ],
  [
    'maxPool with padding of its width',
    single('maxPool', [[1, 2, 6, 5]], window([2, 3], [2, 2], [2, 0], [0, 3])),
  ],
];

describe.skipIf(withoutRuntime)(
  `what a written model computes${withoutRuntime ? ` (skipped: ${withoutRuntime})` : ''}`,
  () => {
    it('is checked for every kind that the reference has', () => {
      const tried = new Set(CASES.flatMap(([, net]) => net.nodes.map(({ kind }) => kind)));
      expect(EVALUATED.filter((kind) => !tried.has(kind))).toEqual([]);
    });

    it.each(CASES.map(([name, net, opset = 17]) => ({ name, net, opset })))(
      '$name',
      async ({ net, opset }) => {
        await expectEqualResults(net, { opset });
      },
    );

    it.each([13, 18, 20, 24, 26])('is the same in opset %i', async (opset) => {
      for (const [name, net, least = 0, last = Infinity] of CASES) {
        if (opset < least || opset > last) continue;
        await expectEqualResults(net, { opset }).catch((error: unknown) => {
          throw new TypeError(name, { cause: error });
        });
      }
    });

    it('is the same for any network', async () => {
      await fc.assert(
        fc.asyncProperty(networks(STEADY), (net) => expectEqualResults(net)),
        { numRuns: 60 },
      );
    });
  },
);

describe.skipIf(withoutRuntime)('a model that is read and written', () => {
  it('computes the same, whatever it moves', async () => {
    const ints = (name: string, ...values: readonly number[]) =>
      stored(name, 'int64', [values.length], values);
    const bytes = modelBytes({
      input: [port('x', 'float32', [1, 4, 6, 5])],
      initializer: [
        ints('pads', 0, 0, 1, 0, 0, 0, 0, 2),
        ints('starts', 5, 1),
        ints('ends', -100, 5),
        ints('axes', 2, 3),
        ints('steps', -2, 2),
        ints('shape', 3, 4, 3, 2),
        ints('sizes', 1, 3),
        stored('pick', 'int64', [], [2]),
        stored('two', 'float32', [], [2]),
        stored('half', 'float32', [], [0.5]),
      ],
      node: [
        node('Pad', ['x', 'pads'], ['padded'], { mode: 'reflect' }),
        node('Slice', ['padded', 'starts', 'ends', 'axes', 'steps'], ['cut']),
        node('Sub', ['cut', 'half'], ['less']),
        node('Pow', ['less', 'two'], ['square']),
        node('Expand', ['square', 'shape'], ['many']),
        node('Transpose', ['many'], ['turned'], { perm: [1, 3, 0, 2] }),
        node('Split', ['turned', 'sizes'], ['one', 'three'], { axis: 0 }),
        node('Min', ['one', 'three'], ['least']),
        node('Gather', ['least', 'pick'], ['y'], { axis: 3 }),
        node('ReduceMin', ['three'], ['z'], { keepdims: 0 }),
      ],
      output: [port('y'), port('z')],
    });
    const { graph: net } = fromOnnx(bytesSource(bytes), { file: 'moves.onnx' });
    const data = numbersOf(net.inputs[0]!.tensor, net.tensors[net.inputs[0]!.tensor]!);
    const inputs = new Map([['x', { shape: [1, 4, 6, 5], data }]]);
    const again = await run(toBytes(writeOnnx(net).file), inputs);
    expect(again).toEqual(await run(bytes, inputs));
  });
});
