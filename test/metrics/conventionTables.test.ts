import { describe, expect, it } from 'vitest';
import { profile } from '../../src/analysis/profile.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import type { Graph, TensorId } from '../../src/graph/graph.ts';
import { FLOP_CONVENTIONS } from '../../src/metrics/conventions/flops.ts';
import { ACTIVATIONS, type ActivationFunction } from '../../src/ops/activation.ts';
import type { OpKind } from '../../src/ops/registry.ts';
import { square } from '../../src/ops/window.ts';

/** One layer, of one operator or a few, on inputs of these shapes. */
function layerOf(
  shapes: readonly (readonly number[])[],
  build: (b: GraphBuilder, inputs: readonly TensorId[]) => void,
): Graph {
  const b = new GraphBuilder({ name: 'one', source: 'one', format: 'zoo' });
  b.layer({ name: 'one', origin: { format: 'zoo', architecture: 'one' } });
  const inputs = shapes.map((shape, i) => b.input(`x${String(i)}`, { dtype: 'float32', shape }));
  build(b, inputs);
  return b.build();
}

const flopsOf = (graph: Graph, flops: string): number | undefined => profile(graph, { flops }).totals.flops;

/**
 * FLOPs of one element, read off the tools' sources; functions that are not listed count nothing.
 *
 * fvcore 3378afe: jit_handles.py ignores element-wise functions.
 * thop 43c064a: of the activation modules only nn.PReLU has a rule that counts (calculate_relu).
 * ptflops d612c75: pytorch_ops.py; a module counts once, and its F function again where that has a rule: nn.ReLU6
 * (F.hardtanh) and nn.LeakyReLU have no such function, F.silu has no such module.
 * onnx-tool 00f5f0a: node.py with MUL = ADD = CMP = 1, DIV = 4, EXP = 32, LOG = 43, TANH = 2 (EXP + 2 ADD + DIV);
 * torch.onnx writes ReLU6 as Clip (2 CMP), SiLU as Sigmoid and Mul, and Mish as Softplus (EXP + ADD + LOG), Tanh and Mul.
 */
const PER_ELEMENT: Readonly<Record<string, Partial<Record<ActivationFunction, number>>>> = {
  darknet: {},
  'darknet-2019': {},
  standard: {},
  fvcore: {},
  thop: { prelu: 1 },
  ptflops: { relu: 2, prelu: 2, elu: 2, gelu: 2, relu6: 1, leaky: 1, swish: 1 },
  'onnx-tool': {
    relu: 1,
    relu6: 2,
    leaky: 2,
    prelu: 2,
    logistic: 32,
    swish: 33,
    tanh: 76,
    mish: 153,
    elu: 35,
    hardSigmoid: 4,
    hardSwish: 5,
  },
  // OpenCV 4.6: elementwise_layers.cpp, getFLOPSPerElement
  opencv: { relu: 1, leaky: 1, logistic: 3, tanh: 3, mish: 3, swish: 3 },
};

describe.each(Object.entries(PER_ELEMENT))('%s', (convention, perElement) => {
  it.each(ACTIVATIONS)('%s', (fn) => {
    const graph = layerOf([[2, 3, 5, 7]], (b, [x]) => b.add('activation', [x as TensorId], { fn }));
    const each = perElement[fn] ?? 0;
    expect(flopsOf(graph, convention)).toBe(210 * each);
  });
});

const AT = { padding: { begin: [0, 0], end: [0, 0] }, dilation: [1, 1], rounding: 'floor' } as const;
const POOL = { kernel: [2, 2], stride: [2, 2], ...AT } as const;

const conv = (binary: boolean) =>
  layerOf([[1, 4, 6, 6]], (b, [x]) =>
    b.add('conv', [x as TensorId], { ...square(3, 1, 1), outChannels: 8, groups: 2, bias: true, binary }),
  );

const one = (shape: readonly number[], build: (b: GraphBuilder, x: TensorId) => void) =>
  layerOf([shape], (b, [x]) => build(b, x as TensorId));

const two = (shape: readonly number[], build: (b: GraphBuilder, x: TensorId, y: TensorId) => void) =>
  layerOf([shape, shape], (b, [x, y]) => build(b, x as TensorId, y as TensorId));

type Numbers = Readonly<Record<'darknet-2019' | 'darknet' | 'standard' | 'full', number>> &
  Readonly<Partial<Record<'fvcore' | 'thop' | 'ptflops' | 'onnx-tool' | 'opencv', number>>>;

const MAC = 8 * 36 * 2 * 9;
const BIAS = 8 * 36;

/** By hand from what each convention's title and source say; a tool that is left out has no rule that we state. */
const OPERATORS: readonly (readonly [string, Graph, Numbers])[] = [
  [
    'convolution of 4 to 8 channels, 3x3, 2 groups, with bias',
    conv(false),
    {
      'darknet-2019': 2 * MAC,
      darknet: 2 * MAC,
      standard: 2 * MAC,
      full: 2 * MAC + BIAS,
      fvcore: MAC,
      thop: MAC,
      ptflops: MAC + BIAS,
      'onnx-tool': MAC + BIAS,
      opencv: 2 * 2 * MAC + BIAS,
    },
  ],
  [
    'the same of one-bit products: Darknet counts a 32nd',
    conv(true),
    {
      'darknet-2019': (2 * MAC) / 32,
      darknet: (2 * MAC) / 32,
      standard: 2 * MAC,
      full: 2 * MAC + BIAS,
      fvcore: MAC,
      thop: MAC,
      ptflops: MAC + BIAS,
      'onnx-tool': MAC + BIAS,
    },
  ],
  [
    'linear 12 to 5, with bias',
    one([1, 12], (b, x) => b.add('linear', [x], { outFeatures: 5, bias: true, flatten: true })),
    {
      'darknet-2019': 0,
      darknet: 0,
      standard: 120,
      full: 125,
      fvcore: 60,
      thop: 60,
      ptflops: 65,
      'onnx-tool': 65,
      opencv: 3 * 60,
    },
  ],
  [
    'product of matrices 3x4 and 4x5',
    layerOf(
      [
        [3, 4],
        [4, 5],
      ],
      (b, [x, y]) =>
        b.add('matMul', [x as TensorId, y as TensorId], {
          transposeA: false,
          transposeB: false,
          dtype: 'float32',
        }),
    ),
    { 'darknet-2019': 0, darknet: 0, standard: 120, full: 120, fvcore: 60, thop: 0, 'onnx-tool': 60 },
  ],
  [
    'batch normalisation of 30 elements',
    one([1, 3, 2, 5], (b, x) => b.add('batchNorm', [x], {})),
    {
      'darknet-2019': 0,
      darknet: 0,
      standard: 0,
      full: 60,
      fvcore: 2 * 30,
      thop: 4 * 30,
      ptflops: 2 * 30,
      // ADD + SQRT + DIV + ADD + MUL = 1 + 24 + 4 + 1 + 1
      'onnx-tool': 31 * 30,
      opencv: 3 * 30,
    },
  ],
  [
    'maximum over 2x2 of 3x4x4',
    one([1, 3, 4, 4], (b, x) => b.add('maxPool', [x], POOL)),
    {
      'darknet-2019': 48,
      darknet: 48,
      standard: 0,
      full: 48,
      fvcore: 0,
      thop: 0,
      ptflops: 2 * 48,
      'onnx-tool': 48,
      opencv: 48,
    },
  ],
  [
    'average over 2x2 of 3x4x4',
    one([1, 3, 4, 4], (b, x) => b.add('avgPool', [x], POOL)),
    {
      'darknet-2019': 0,
      darknet: 48,
      standard: 0,
      full: 48 + 12,
      fvcore: 0,
      thop: 12,
      ptflops: 2 * 48,
      'onnx-tool': 48,
    },
  ],
  [
    'average of 3 maps of 4x4',
    one([1, 3, 4, 4], (b, x) => b.add('globalPool', [x], { mode: 'average' })),
    {
      'darknet-2019': 0,
      darknet: 0,
      standard: 0,
      full: 48 + 3,
      fvcore: 48,
      thop: 48 + 3,
      ptflops: 2 * 48,
      'onnx-tool': 48 + 4 * 3,
      opencv: 2 * 3,
    },
  ],
  [
    'upsampling of 3x2x2 by 2',
    one([1, 3, 2, 2], (b, x) => b.add('upsample', [x], { factor: 2 })),
    {
      'darknet-2019': 0,
      darknet: 0,
      standard: 0,
      full: 0,
      fvcore: 48,
      thop: 48,
      ptflops: 2 * 48,
      'onnx-tool': 0,
    },
  ],
  [
    'softmax of 2x5',
    one([2, 5], (b, x) => b.add('softmax', [x], { axis: 1 })),
    {
      'darknet-2019': 0,
      darknet: 0,
      standard: 0,
      // comparison, exponential, subtraction, sum, division
      full: 5 * 10,
      fvcore: 0,
      ptflops: 10,
      // EXP + DIV
      'onnx-tool': 36 * 10,
      opencv: 4 * 10,
    },
  ],
  [
    'sum of two maps of 30 elements',
    two([1, 3, 2, 5], (b, x, y) => b.add('add', [x, y], { align: 'exact' })),
    {
      'darknet-2019': 0,
      darknet: 30,
      standard: 0,
      full: 30,
      fvcore: 0,
      thop: 0,
      opencv: 2 * 30,
      'onnx-tool': 30,
    },
  ],
  [
    'weighted sum of two maps of 30 elements',
    two([1, 3, 2, 5], (b, x, y) => b.add('weightedAdd', [x, y], { per: 'map', normalize: 'relu' })),
    { 'darknet-2019': 0, darknet: 60, standard: 0, full: 30 * 3, fvcore: 0, thop: 0 },
  ],
  [
    'product of two maps of 30 elements',
    two([1, 3, 2, 5], (b, x, y) => b.add('mul', [x, y], {})),
    {
      'darknet-2019': 0,
      darknet: 0,
      standard: 0,
      full: 30,
      fvcore: 0,
      thop: 0,
      opencv: 2 * 30,
      'onnx-tool': 30,
    },
  ],
  [
    'maximum of pairs of 4 channels of 10',
    one([1, 4, 2, 5], (b, x) => b.add('maxout', [x], { outChannels: 2 })),
    { 'darknet-2019': 40, darknet: 40, standard: 0, full: 40, fvcore: 0, thop: 0, ptflops: 0 },
  ],
  [
    // 9 per element over the three gates of a convolutional LSTM of two inputs each: 3 a gate
    'gate of two maps of 30 elements',
    two([1, 3, 2, 5], (b, x, y) => b.add('gate', [x, y], {})),
    { 'darknet-2019': 0, darknet: 3 * 30, standard: 0, full: 4 * 30, fvcore: 0, thop: 0, ptflops: 0 },
  ],
  [
    'reorganisation of 2x4x6 into blocks of 2',
    one([1, 2, 4, 6], (b, x) => b.add('reorg', [x], { block: 2, inverse: false, order: 'reorg' })),
    { 'darknet-2019': 0, darknet: 0, standard: 0, full: 0, opencv: 21 * 48 },
  ],
  [
    // OpenCV hands the detection layer the image as its second input.
    'detection on a map of 7x2x3, which is the image as well',
    one([1, 7, 2, 3], (b, x) => b.add('yolo', [x], { classes: 2, anchors: 1 })),
    { 'darknet-2019': 0, darknet: 0, standard: 0, full: 3 * 5 * 6, opencv: 60 * (42 + 42) },
  ],
];

// jit_handles.py, norm_flop_counter: input elements * (5 if affine else 4); RMS normalisation has no handle.
it.each([
  ['layer', [3], true, 5],
  ['layer', [3], false, 4],
  ['group', [1, 2, 3], true, 5],
  ['group', [1, 2, 3], false, 4],
  ['instance', [2, 3], true, 5],
  ['instance', [2, 3], false, 4],
  ['rms', [3], true, 0],
] as const)('fvcore, %s normalisation over %j, learned: %s', (fn, axes, learned, each) => {
  const graph = one([1, 3, 2, 5], (b, x) =>
    b.add('normalize', [x], { fn, axes, groups: 1, scale: learned, shift: learned }),
  );
  expect(flopsOf(graph, 'fvcore')).toBe(each * 30);
});

// bn_flops_counter_hook: 1, and 2 where the module says `affine`; nn.LayerNorm calls that elementwise_affine, and
// nn.RMSNorm has no rule.
it.each([
  ['layer', [3], true, 1],
  ['group', [1, 2, 3], true, 2],
  ['group', [1, 2, 3], false, 1],
  ['instance', [2, 3], true, 2],
  ['instance', [2, 3], false, 1],
  ['rms', [3], true, 0],
] as const)('ptflops, %s normalisation over %j, learned: %s', (fn, axes, learned, each) => {
  const graph = one([1, 3, 2, 5], (b, x) =>
    b.add('normalize', [x], { fn, axes, groups: 1, scale: learned, shift: learned }),
  );
  expect(flopsOf(graph, 'ptflops')).toBe(each * 30);
});

describe.each(OPERATORS)('%s', (_, graph, numbers) => {
  it.each(Object.entries(numbers))('%s', (convention, expected) => {
    expect(flopsOf(graph, convention)).toBe(expected);
  });
});

/**
 * Kinds of operators that the tools have a rule for, read off their tables; all others count nothing there.
 *
 * fvcore 3378afe: flop_count.py, _DEFAULT_SUPPORTED_OPS; attention is traced as the products that it is made of.
 * thop 43c064a: profile.py, register_hooks, but for zero_ops and count_relu, which is 0.
 * ptflops d612c75: pytorch_ops.py, MODULES_MAPPING and FUNCTIONAL_MAPPING; of TENSOR_OPS_MAPPING the products, and not
 * sums and products of elements, which are its own only where they are written as calls.
 */
const COUNTED: Readonly<Record<string, readonly OpKind[]>> = {
  fvcore: [
    ...(['linear', 'matMul', 'conv', 'convTranspose', 'einsum', 'batchNorm', 'normalize'] as const),
    ...(['upsample', 'resize', 'globalPool', 'sample', 'attention'] as const),
  ],
  thop: [
    ...(['conv', 'convTranspose', 'batchNorm', 'normalize', 'activation', 'softmax', 'avgPool'] as const),
    ...(['globalPool', 'linear', 'upsample', 'resize', 'recurrent'] as const),
  ],
  ptflops: [
    ...(['conv', 'deformConv', 'convTranspose', 'activation', 'maxPool', 'avgPool', 'globalPool'] as const),
    ...(['batchNorm', 'normalize', 'linear', 'upsample', 'resize', 'recurrent', 'attention'] as const),
    ...(['softmax', 'matMul'] as const),
  ],
};

it.each(Object.entries(COUNTED))('%s: what it counts has weights, or is said to have none', (id, counted) => {
  const convention = FLOP_CONVENTIONS.find((each) => each.id === id);
  const { kinds = {}, unstated = [], activations, normalizations } = convention ?? {};
  const stated = [
    ...Object.keys(kinds),
    ...unstated,
    ...(activations === undefined ? [] : ['activation']),
    ...(normalizations === undefined ? [] : ['normalize']),
  ];
  expect(stated.sort()).toEqual([...counted].sort());
});

it('covers every convention', () => {
  const named = new Set([...Object.keys(PER_ELEMENT), 'full']);
  expect(FLOP_CONVENTIONS.filter(({ id }) => !named.has(id))).toEqual([]);
});

describe('CIO', () => {
  const nets: readonly (readonly [string, Graph, cspnet: number, hardnet: number])[] = [
    ['conv', conv(false), 144 + 288, 144 + 288],
    ['maxPool', one([1, 3, 4, 4], (b, x) => b.add('maxPool', [x], POOL)), 48 + 12, 0],
    ['avgPool', one([1, 3, 4, 4], (b, x) => b.add('avgPool', [x], POOL)), 48 + 12, 0],
    ['globalPool', one([1, 3, 4, 4], (b, x) => b.add('globalPool', [x], { mode: 'max' })), 48 + 3, 0],
    ['batchNorm', one([1, 3, 4, 4], (b, x) => b.add('batchNorm', [x], {})), 0, 0],
    [
      'linear',
      one([1, 12], (b, x) => b.add('linear', [x], { outFeatures: 5, bias: false, flatten: true })),
      0,
      0,
    ],
  ];
  it.each(nets)('%s', (_, graph, cspnet, hardnet) => {
    const cio = (id: string) => profile(graph, { cio: id }).totals.cio ?? 0;
    expect([cio('cspnet'), cio('hardnet')]).toEqual([cspnet, hardnet]);
  });
});
