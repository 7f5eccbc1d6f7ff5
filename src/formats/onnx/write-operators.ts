import type { TensorId } from '../../graph/graph.ts';
import type { DType } from '../../ops/dtype.ts';
import type { OpAttrs, OpKind } from '../../ops/registry.ts';
import { dim, type Problem, type Shape, type TensorType } from '../../ops/spec.ts';
import { extent, type Window } from '../../ops/window.ts';
import { elements } from '../../units.ts';
import { dataTypeOf } from './dtype.ts';
import { ACTIVATIONS } from './write-activations.ts';
import { float, int, ints, text, type Attributes, type Draft } from './write-draft.ts';
import { isWritable } from './write-weights.ts';

/** A node of our graph on its way into ONNX: the values of its operands, and the types around it. */
export interface Operands<K extends OpKind> {
  readonly attrs: OpAttrs<K>;
  readonly inputs: readonly string[];
  readonly params: readonly TensorId[];
  readonly types: readonly TensorType[];
  readonly outputs: readonly TensorType[];
}

/** Why ONNX has no form for a node, and from which opset on it has one. */
export interface Inexpressible extends Problem {
  readonly from?: number;
}

/** The values of a node's outputs, or why there are none. */
export type Expressed = string | readonly string[] | Inexpressible;

/** Adds the ONNX nodes that say what one of ours does. */
type Expression<K extends OpKind> = (on: Draft, node: Operands<K>) => Expressed;

export const isInexpressible = (result: Expressed): result is Inexpressible =>
  typeof result === 'object' && 'problem' in result;

const newer = (what: string, from: number): Inexpressible => ({
  problem: `${what} exists from opset ${String(from)} on`,
  fix: `write opset ${String(from)} or later`,
  from,
});

/**
 * How each kind is said in ONNX; a kind without an entry cannot be. What does not change the cost (the slope of a
 * leaky ReLU, an epsilon) is not in the graph, and written as it usually is.
 */
export const EXPRESSIONS: { readonly [K in OpKind]?: Expression<K> } = {
  activation(on, { attrs, inputs, params, types }) {
    const [x, { dtype, shape }] = only(inputs, types);
    if (attrs.fn !== 'prelu') return ACTIVATIONS[attrs.fn](on, x, dtype);
    const slope = on.constant(params[0] as TensorId, [dim(shape, 1), ...shape.slice(2).map(() => 1)]);
    return on.op('PRelu', [x, slope]);
  },
  add(on, { attrs, inputs, types }) {
    return sum(on, attrs.align === 'exact' ? inputs : commonPart(on, inputs, types));
  },
  avgPool(on, { attrs, inputs, types }) {
    const [x, type] = only(inputs, types);
    const padded = poolPads(type.shape, attrs);
    if (padded.apart)
      return { problem: 'ONNX averages no window whose padding is as wide as itself', fix: 'pad less' };
    const dilated = attrs.dilation.some((each) => each !== 1);
    if (dilated && on.opset < 19) return newer('dilated average pooling', 19);
    const { dilations, ...others } = windowAttributes(attrs, padded.pads);
    return on.op('AveragePool', [x], { ...others, ...(dilated ? { dilations } : {}) });
  },
  batchNorm(on, { inputs, params }) {
    return on.op('BatchNormalization', [...inputs, ...params.map((id) => on.constant(id))], {
      epsilon: float(1e-5),
    });
  },
  blur(on, { attrs, inputs, types }) {
    const [x, { dtype, shape }] = only(inputs, types);
    const channels = dim(shape, 1);
    const filter = binomialFilter(attrs.kernel);
    const weight = on.numbers(dtype, Array.from({ length: channels }, () => filter).flat(), [
      channels,
      1,
      ...attrs.kernel,
    ]);
    return convolution(on, x, { dtype, shape }, attrs, [weight], channels);
  },
  channelShuffle(on, { attrs, inputs, types }) {
    const [x, { shape }] = only(inputs, types);
    const [batch = 1, channels = 1, ...spatial] = shape;
    const grouped = reshape(on, x, [batch, attrs.groups, channels / attrs.groups, ...spatial]);
    const perm = [0, 2, 1, ...spatial.map((_, axis) => axis + 3)];
    return reshape(on, on.op('Transpose', [grouped], { perm: ints(perm) }), shape);
  },
  concat: (on, { attrs, inputs }) => on.op('Concat', inputs, { axis: int(attrs.axis) }),
  conv(on, { attrs, inputs, params, types }) {
    const [x, type] = only(inputs, types);
    const [weight = '', ...bias] = params.map((id) => on.constant(id));
    if (attrs.binary !== true) return convolution(on, x, type, attrs, [weight, ...bias], attrs.groups);
    // Numbers of one bit, in full precision: ONNX has no operator that computes with bits.
    const axes = [1, ...attrs.kernel.map((_, axis) => axis + 2)];
    const scale = reduced(on, 'ReduceMean', on.op('Abs', [weight]), axes, true);
    const oneBit = on.op('Mul', [signs(on, weight, type.dtype), scale]);
    return convolution(on, signs(on, x, type.dtype), type, attrs, [oneBit, ...bias], attrs.groups);
  },
  convTranspose(on, { attrs, inputs, params }) {
    const { padding, outputPadding, groups } = attrs;
    return on.op('ConvTranspose', [...inputs, ...params.map((id) => on.constant(id))], {
      ...windowAttributes(attrs, [...padding.begin, ...padding.end]),
      group: int(groups),
      output_padding: ints(outputPadding),
    });
  },
  deformConv(on, { attrs, inputs, params, types }) {
    if (on.opset < 19) return newer('deformable convolution', 19);
    const [x, offset, mask] = inputs as [string, string, string?];
    const [weight, bias] = params.map((id) => on.constant(id)) as [string, string?];
    const { shape } = types[0] as TensorType;
    const taps = elements(attrs.kernel);
    const offsetGroups = dim((types[1] as TensorType).shape, 1) / (2 * taps);
    return on.op('DeformConv', present([x, weight, offset, bias, mask]), {
      ...windowAttributes(attrs, explicitPads(shape, attrs)),
      group: int(attrs.groups),
      offset_group: int(offsetGroups),
    });
  },
  einsum(on, { attrs: { operands, result }, inputs }) {
    const labels = [...new Set(operands.flat())];
    if (labels.length > LETTERS.length) {
      return { problem: `an equation of ${String(labels.length)} letters is not written`, fix: 'use fewer' };
    }
    const spelt = (list: readonly string[]): string =>
      list.map((label) => LETTERS.charAt(labels.indexOf(label))).join('');
    return on.op('Einsum', inputs, { equation: text(`${operands.map(spelt).join()}->${spelt(result)}`) });
  },
  elementwise: elementwiseFunction,
  expand: (on, { attrs, inputs }) => on.op('Expand', [...inputs, on.integers(attrs.shape)]),
  fill: (on, { attrs: { dtype, shape, value } }) =>
    on.op('Expand', [on.numbers(dtype, [value]), on.integers(shape)]),
  gate: (on, { inputs }) => on.op('Sigmoid', [sum(on, inputs)]),
  gather: (on, { attrs, inputs: [data = '', indices = ''], types }) =>
    on.op('Gather', [data, wholeIndices(on, indices, types[1])], { axis: int(attrs.axis) }),
  gatherND: (on, { attrs, inputs: [data = '', indices = ''], types }) =>
    on.op('GatherND', [data, wholeIndices(on, indices, types[1])], { batch_dims: int(attrs.batchDims) }),
  gaussianYolo(on, node) {
    // Mean and deviation of x and y, mean of w, deviation of w, mean of h, deviation of h, objectness, classes.
    const { classes } = node.attrs;
    return perAnchor(on, node, classes + 9, [
      [4, 'Sigmoid'],
      [1, undefined],
      [1, 'Sigmoid'],
      [1, undefined],
      [2 + classes, 'Sigmoid'],
    ]);
  },
  globalPool(on, { attrs, inputs, types }) {
    const [x, { shape }] = only(inputs, types);
    // Without spatial axes each channel is one value already.
    if (shape.length < 3) return on.op('Identity', [x]);
    return on.op(attrs.mode === 'average' ? 'GlobalAveragePool' : 'GlobalMaxPool', [x]);
  },
  identity: (on, { inputs }) => on.op('Identity', inputs),
  linear(on, { attrs, inputs, params, types }) {
    const [x, { shape }] = only(inputs, types);
    const [weight, bias] = params as [TensorId, TensorId?];
    if (attrs.flatten || shape.length === 2) {
      const rows = shape.length === 2 ? x : on.op('Flatten', [x], { axis: int(1) });
      return on.op('Gemm', [rows, on.constant(weight), ...(bias === undefined ? [] : [on.constant(bias)])], {
        transB: int(1),
      });
    }
    const features = shape.at(-1) as number;
    const product = on.op('MatMul', [
      x,
      on.constant(weight, [features, attrs.outFeatures], { order: [1, 0] }),
    ]);
    return bias === undefined ? product : on.op('Add', [product, on.constant(bias)]);
  },
  localConv: localConvolution,
  lpPool(on, { attrs, inputs, types }) {
    const [x, type] = only(inputs, types);
    const dilated = attrs.dilation.some((each) => each !== 1);
    if (dilated && on.opset < 18) return newer('dilated Lp pooling', 18);
    const { dilations, ...others } = windowAttributes(attrs, explicitPads(type.shape, attrs));
    return on.op('LpPool', [x], { ...others, p: int(2), ...(dilated ? { dilations } : {}) });
  },
  lrn: (on, { attrs, inputs }) =>
    // Darknet's defaults; ONNX divides alpha by the size, Darknet does not.
    on.op('LRN', inputs, {
      size: int(attrs.size),
      alpha: float(0.0001 * attrs.size),
      beta: float(0.75),
      bias: float(1),
    }),
  matMul(on, { attrs, inputs, types }) {
    const [a, b] = inputs.map((x, i) => {
      const { shape } = types[i] as TensorType;
      const transposed = i === 0 ? attrs.transposeA : attrs.transposeB;
      if (!transposed || shape.length < 2) return x;
      const axes = shape.map((_, axis) => axis);
      return on.op('Transpose', [x], {
        perm: ints([...axes.slice(0, -2), axes.length - 1, axes.length - 2]),
      });
    }) as [string, string];
    return on.op('MatMul', [a, b]);
  },
  maxPool(on, { attrs, inputs, types }) {
    const [x, { dtype, shape }] = only(inputs, types);
    const { pads, apart } = poolPads(shape, attrs);
    const map = apart ? pad(on, x, pads, dtype, LOWEST) : x;
    return on.op('MaxPool', [map], windowAttributes(attrs, apart ? pads.map(() => 0) : pads));
  },
  maxout(on, { attrs, inputs, types }) {
    const [x, { dtype, shape }] = only(inputs, types);
    const [batch = 1, channels = 1, ...spatial] = shape;
    const { outChannels } = attrs;
    const groups = Math.ceil(channels / outChannels);
    const missing = groups * outChannels - channels;
    const none = spatial.map(() => 0);
    const whole = missing === 0 ? x : pad(on, x, [0, 0, ...none, 0, missing, ...none], dtype, LOWEST, 0);
    const grouped = reshape(on, whole, [batch, groups, outChannels, ...spatial]);
    return reduced(on, 'ReduceMax', grouped, [1], false);
  },
  mul: (on, { inputs }) => on.op('Mul', inputs),
  nonMaxSuppression(on, { inputs: [boxes = '', scores = ''], types, outputs }) {
    const [batch = 1, classes = 1] = types[1]?.shape ?? [];
    const most = dim((outputs[0] as TensorType).shape, 0) / (batch * classes);
    // As it is counted: boxes suppress each other where they overlap by more than all of them, which is never.
    return on.op('NonMaxSuppression', [
      boxes,
      scores,
      on.integers([Math.floor(most)]),
      on.numbers('float32', [1], [1]),
    ]);
  },
  normalize,
  opaque: (_on, { attrs }) => ({
    problem: `what the operator "${attrs.op}" does is not known`,
    fix: 'write a network of known operators only',
  }),
  pad(on, { attrs, inputs, types }) {
    const { begin, end, mode, value } = attrs;
    if (mode === 'wrap' && on.opset < 19) return newer('cyclic padding', 19);
    const [x, { dtype }] = only(inputs, types);
    const border = mode === 'constant' && value !== 0 ? [on.numbers(dtype, [value])] : [];
    return on.op('Pad', [x, on.integers([...begin, ...end]), ...border], { mode: text(mode) });
  },
  psRoiAlign: positionSensitiveAlign,
  rearrange: (_on, { attrs }) => ({
    problem: `what "${attrs.op}" moves where is not known`,
    fix: 'write a network without it',
  }),
  reduce(on, { attrs, inputs }) {
    const x = inputs[0] as string;
    // Without axes ONNX reduces all of them.
    if (attrs.axes.length === 0) return on.op('Identity', [x]);
    if (attrs.fn === 'argMax' || attrs.fn === 'argMin') {
      const [axis = 0] = attrs.axes;
      return on.op(attrs.fn === 'argMax' ? 'ArgMax' : 'ArgMin', [x], {
        axis: int(axis),
        keepdims: int(attrs.keepDims ? 1 : 0),
      });
    }
    return reduced(on, REDUCTIONS[attrs.fn], x, attrs.axes, attrs.keepDims);
  },
  region(on, node) {
    const { classes, coords, softmax } = node.attrs;
    return perAnchor(on, node, classes + coords + 1, [
      [2, 'Sigmoid'],
      [coords - 2, undefined],
      [1, 'Sigmoid'],
      [classes, softmax ? 'Softmax' : undefined],
    ]);
  },
  reorg(on, { attrs, inputs, types }) {
    const [x, { shape }] = only(inputs, types);
    const [batch = 1, channels = 1, height = 1, width = 1] = shape;
    const { block, inverse, order } = attrs;
    const blocksize = { blocksize: int(block) };
    if (inverse) return on.op('DepthToSpace', [x], blocksize);
    if (order === 'reorg3d') return on.op('SpaceToDepth', [x], blocksize);
    // Darknet's first reorg reads the map as if it had block^2 fewer channels and as many more positions.
    const area = block * block;
    if (channels % area !== 0) {
      return {
        problem: `Darknet's reorg of ${String(channels)} channels by ${String(block)} has no meaning`,
        fix: `give the map a multiple of ${String(area)} channels, or use reorg3d`,
      };
    }
    const seen = reshape(on, x, [batch, channels / area, height * block, width * block]);
    return reshape(on, on.op('SpaceToDepth', [seen], blocksize), [
      batch,
      channels * area,
      height / block,
      width / block,
    ]);
  },
  reshape: (on, { attrs, inputs }) => reshape(on, inputs[0] as string, attrs.shape),
  resize(on, { attrs, inputs, types }) {
    const [x, { shape }] = only(inputs, types);
    return on.op('Resize', [x, '', '', on.integers([...shape.slice(0, 2), ...attrs.size])], {
      mode: text(attrs.mode),
    });
  },
  slice: (on, { attrs, inputs }) => sliced(on, inputs[0] as string, [attrs]),
  sort(on, { attrs, inputs, types, outputs }) {
    if (attrs.op !== 'TopK') {
      return { problem: `"${attrs.op}" is not written`, fix: 'write a network without it' };
    }
    const [x, { shape }] = only(inputs, types);
    const kept = attrs.kept ?? dim(shape, attrs.axis);
    return on.ops('TopK', [x, on.integers([kept])], 2, { axis: int(attrs.axis) }).slice(0, outputs.length);
  },
  softmax: (on, { attrs, inputs }) => on.op('Softmax', inputs, { axis: int(attrs.axis) }),
  split: (on, { attrs, inputs }) =>
    on.ops('Split', [...inputs, on.integers(attrs.sizes)], attrs.sizes.length, { axis: int(attrs.axis) }),
  stridedSlice: (on, { attrs: { axes, starts, steps, sizes }, inputs }) =>
    sliced(
      on,
      inputs[0] as string,
      axes.map((axis, i) => {
        const [start = NaN, step = NaN, size = NaN] = [starts[i], steps[i], sizes[i]];
        const end = start + size * step;
        // Below 0 an end would count from the back.
        return { axis, start, end: end < 0 ? BEFORE_ALL : end, step };
      }),
    ),
  sumPool(on, { attrs, inputs, types }) {
    const [x, { dtype, shape }] = only(inputs, types);
    const square = shape.slice(2).map(() => attrs.factor);
    const mean = on.op('AveragePool', [x], { kernel_shape: ints(square), strides: ints(square) });
    return on.op('Mul', [mean, on.numbers(dtype, [elements(square)])]);
  },
  transpose: (on, { attrs, inputs }) => on.op('Transpose', inputs, { perm: ints(attrs.perm) }),
  upsample(on, { attrs, inputs, types }) {
    const [x, { shape }] = only(inputs, types);
    const scales = shape.map((_, axis) => (axis < 2 ? 1 : attrs.factor));
    return on.op('Resize', [x, '', on.numbers('float32', scales, [scales.length])], {
      mode: text('nearest'),
      coordinate_transformation_mode: text('asymmetric'),
      nearest_mode: text('floor'),
    });
  },
  weightedAdd(on, { attrs, inputs, params, types }) {
    const [, { dtype, shape }] = only(inputs, types);
    const learned = on.constant(params[0] as TensorId);
    const weights =
      attrs.normalize === 'softmax'
        ? on.op('Softmax', [learned], { axis: int(0) })
        : positiveShares(on, learned, dtype);
    const parts = commonPart(on, inputs, types).map((map, i) => {
      const weight = sliced(on, weights, [{ axis: 0, start: i, end: i + 1 }]);
      const perChannel = [1, dim(shape, 1), ...shape.slice(2).map(() => 1)];
      return on.op('Mul', [map, attrs.per === 'map' ? weight : reshape(on, weight, perChannel)]);
    });
    return sum(on, parts);
  },
  yolo(on, node) {
    const { classes } = node.attrs;
    return perAnchor(on, node, classes + 5, [
      [2, 'Sigmoid'],
      [2, undefined],
      [1 + classes, 'Sigmoid'],
    ]);
  },
};

const FLOATS: readonly DType[] = ['float32', 'float16', 'float64', 'bfloat16'];

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Kinds that only move data, whatever its type. */
const MOVERS: readonly OpKind[] = [
  'concat',
  'expand',
  'fill',
  'gather',
  'gatherND',
  'identity',
  'pad',
  'reorg',
  'reshape',
  'slice',
  'split',
  'stridedSlice',
  'transpose',
];

/** Kinds whose functions say themselves what types they take and make. */
const TYPED: readonly OpKind[] = ['elementwise', 'nonMaxSuppression', 'psRoiAlign', 'reduce', 'sort'];

/** The ONNX form of a node of any kind. */
export function express<K extends OpKind>(on: Draft, kind: K, node: Operands<K>): Expressed {
  const expression = EXPRESSIONS[kind];
  if (expression === undefined)
    return { problem: `"${kind}" has no ONNX form here`, fix: 'write a network without it' };
  const learned = node.params.map((id) => on.typeOf(id));
  const dtypes = [...new Set([...node.types, ...learned, ...node.outputs].map(({ dtype }) => dtype))];
  const writable = dtypes.length < 2 && dtypes.every((dtype) => FLOATS.includes(dtype));
  if (!writable && !MOVERS.includes(kind) && !TYPED.includes(kind)) {
    return {
      problem: `"${kind}" of ${dtypes.join(' and ')} has no ONNX form here`,
      fix: `write it in one of ${FLOATS.join(', ')}`,
    };
  }
  return expression(on, node);
}

/** Whether a constant of this type can be stored, and if not, why. */
export const storageProblem = ({ dtype }: TensorType): Problem | undefined =>
  isWritable(dtype)
    ? undefined
    : {
        problem: `constants of type ${dtype} are not written`,
        fix: `write it in one of ${FLOATS.join(', ')}`,
      };

const only = (inputs: readonly string[], types: readonly TensorType[]): [string, TensorType] => [
  inputs[0] as string,
  types[0] as TensorType,
];

/** Optional inputs at the end are left out, those in between are empty. */
function present(inputs: readonly (string | undefined)[]): readonly string[] {
  const last = inputs.findLastIndex((input) => input !== undefined);
  return inputs.slice(0, last + 1).map((input) => input ?? '');
}

const REDUCTIONS = {
  sum: 'ReduceSum',
  mean: 'ReduceMean',
  max: 'ReduceMax',
  min: 'ReduceMin',
  product: 'ReduceProd',
  l1: 'ReduceL1',
  l2: 'ReduceL2',
  sumSquare: 'ReduceSumSquare',
  logSum: 'ReduceLogSum',
  logSumExp: 'ReduceLogSumExp',
} as const satisfies Record<Exclude<OpAttrs<'reduce'>['fn'], 'argMax' | 'argMin'>, string>;

/** Axes became an input in opset 13 for sums and in opset 18 for the others. */
const reduced = (on: Draft, opType: string, x: string, axes: readonly number[], keepDims: boolean): string =>
  on.opset >= (opType === 'ReduceSum' ? 13 : 18)
    ? on.op(opType, [x, on.integers(axes)], { keepdims: int(keepDims ? 1 : 0) })
    : on.op(opType, [x], { axes: ints(axes), keepdims: int(keepDims ? 1 : 0) });

const ELEMENTWISE: Partial<Record<OpAttrs<'elementwise'>['fn'], string>> = {
  abs: 'Abs',
  add: 'Add',
  subtract: 'Sub',
  mul: 'Mul',
  divide: 'Div',
  modulo: 'Mod',
  power: 'Pow',
  maximum: 'Max',
  minimum: 'Min',
  equal: 'Equal',
  greater: 'Greater',
  greaterOrEqual: 'GreaterOrEqual',
  less: 'Less',
  lessOrEqual: 'LessOrEqual',
  isInfinite: 'IsInf',
  isNaN: 'IsNaN',
  mean: 'Mean',
  clip: 'Clip',
  select: 'Where',
  and: 'And',
  or: 'Or',
  xor: 'Xor',
  not: 'Not',
  floor: 'Floor',
  ceil: 'Ceil',
  round: 'Round',
  negate: 'Neg',
  sign: 'Sign',
  reciprocal: 'Reciprocal',
  exp: 'Exp',
  log: 'Log',
  sqrt: 'Sqrt',
  acos: 'Acos',
  acosh: 'Acosh',
  asin: 'Asin',
  asinh: 'Asinh',
  atan: 'Atan',
  atanh: 'Atanh',
  cos: 'Cos',
  cosh: 'Cosh',
  sin: 'Sin',
  sinh: 'Sinh',
  tan: 'Tan',
  erf: 'Erf',
  celu: 'Celu',
  softsign: 'Softsign',
  shrink: 'Shrink',
  thresholdedRelu: 'ThresholdedRelu',
  prelu: 'PRelu',
};

function elementwiseFunction(on: Draft, { attrs, inputs, types }: Operands<'elementwise'>): Expressed {
  if (attrs.fn === 'cast') return on.op('Cast', inputs.slice(0, 1), { to: int(dataTypeOf(attrs.dtype)) });
  const opType = ELEMENTWISE[attrs.fn];
  if (opType === undefined) {
    return {
      problem: `the elementwise function "${attrs.fn}" is not written`,
      fix: 'write a network without it',
    };
  }
  if (attrs.fn === 'add' || attrs.fn === 'mul') {
    const to = int(dataTypeOf(attrs.dtype));
    const alike = inputs.map((x, i) => (types[i]?.dtype === attrs.dtype ? x : on.op('Cast', [x], { to })));
    return alike.reduce((x, y) => on.op(opType, [x, y]));
  }
  // Of real numbers there is the remainder of C alone.
  const ofReals = attrs.fn === 'modulo' && types.every(({ dtype }) => FLOATS.includes(dtype));
  return on.op(opType, inputs, ofReals ? { fmod: int(1) } : {});
}

/** The epsilon of ONNX's own normalisations. */
const EPSILON = 1e-5;

function normalize(on: Draft, { attrs, inputs, params, types }: Operands<'normalize'>): Expressed {
  const [x, { dtype, shape }] = only(inputs, types);
  const { fn, axes } = attrs;
  const perChannel = fn === 'instance' || fn === 'group';
  const [first = 0] = perChannel ? [1] : axes;
  const along = shape
    .map((each, axis) => ((perChannel ? axis === 1 : axes.includes(axis)) ? each : 1))
    .slice(first);
  const scaled = attrs.scale
    ? (value: string) => on.op('Mul', [value, on.constant(params[0] as TensorId, along)])
    : (value: string) => value;
  const shifted = attrs.shift
    ? (value: string) => on.op('Add', [scaled(value), on.constant(params.at(-1) as TensorId, along)])
    : scaled;
  switch (fn) {
    case 'logSoftmax':
      return shifted(on.op('LogSoftmax', [x], { axis: int(first) }));
    case 'hardmax':
      return shifted(on.op('Hardmax', [x], { axis: int(first) }));
    case 'lp':
      return shifted(on.op('Div', [x, reduced(on, 'ReduceL2', x, axes, true)]));
    case 'rms':
      return shifted(on.op('Div', [x, root(on, x, axes, dtype)]));
    case 'layer':
      if (on.opset >= 17 && attrs.scale && axes.every((axis, i) => axis === shape.length - axes.length + i)) {
        const learned = params.map((id) => on.constant(id));
        return on.op('LayerNormalization', [x, ...learned], { axis: int(first), epsilon: float(EPSILON) });
      }
      return shifted(standardized(on, x, axes, dtype));
    case 'instance':
      return shifted(standardized(on, x, axes, dtype));
    case 'group': {
      const batch = dim(shape, 0);
      const grouped = reshape(on, x, [batch, attrs.groups, elements(shape) / (batch * attrs.groups)]);
      return shifted(reshape(on, standardized(on, grouped, [2], dtype), shape));
    }
  }
}

/** Square root of the mean of squares, kept from zero. */
const root = (on: Draft, x: string, axes: readonly number[], dtype: DType): string => {
  const squares = reduced(on, 'ReduceMean', on.op('Mul', [x, x]), axes, true);
  return on.op('Sqrt', [on.op('Add', [squares, on.numbers(dtype, [EPSILON])])]);
};

/** The values less their mean, over their deviation. */
function standardized(on: Draft, x: string, axes: readonly number[], dtype: DType): string {
  const deviation = on.op('Sub', [x, reduced(on, 'ReduceMean', x, axes, true)]);
  return on.op('Div', [deviation, root(on, deviation, axes, dtype)]);
}

/** 1 where a number is positive, else -1. */
const signs = (on: Draft, x: string, dtype: DType): string =>
  on.op('Where', [
    on.op('Greater', [x, on.numbers(dtype, [0])]),
    on.numbers(dtype, [1]),
    on.numbers(dtype, [-1]),
  ]);

const wholeIndices = (on: Draft, indices: string, type: TensorType | undefined): string =>
  type?.dtype === 'int64' || type?.dtype === 'int32'
    ? indices
    : on.op('Cast', [indices], { to: int(dataTypeOf('int64')) });

const sum = (on: Draft, values: readonly string[]): string =>
  on.op(values.length === 2 ? 'Add' : 'Sum', values);

const reshape = (on: Draft, x: string, shape: Shape): string =>
  // A zero would mean "as in the input".
  on.op('Reshape', [x, on.integers(shape)], shape.includes(0) ? { allowzero: int(1) } : {});

/** An end that is before the first entry, however long the axis is. */
const BEFORE_ALL = -(2 ** 31);

interface Cut {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step?: number;
}

const sliced = (on: Draft, x: string, cuts: readonly Cut[]): string =>
  on.op('Slice', [
    x,
    on.integers(cuts.map(({ start }) => start)),
    on.integers(cuts.map(({ end }) => end)),
    on.integers(cuts.map(({ axis }) => axis)),
    ...(cuts.some(({ step = 1 }) => step !== 1) ? [on.integers(cuts.map(({ step = 1 }) => step))] : []),
  ]);

/** The lowest float32, which is what Darknet starts its maxima from. */
const LOWEST = -3.4028234663852886e38;

/** `pads` over the axes from `first` on: all begins, then all ends. */
function pad(on: Draft, x: string, pads: readonly number[], dtype: DType, value: number, first = 2): string {
  const none = Array.from({ length: first }, () => 0);
  const half = pads.length / 2;
  const all = on.integers([...none, ...pads.slice(0, half), ...none, ...pads.slice(half)]);
  const bounded = value === 0 || dtype === 'float32' || dtype === 'float64' ? value : -65504;
  return on.op('Pad', [x, all, on.numbers(dtype, [bounded])]);
}

/** Begins, then ends: with these and rounding down, the window stops where it should. */
function explicitPads(
  shape: Shape,
  { kernel, stride, dilation, padding, rounding }: Window,
): readonly number[] {
  if (rounding === 'floor') return [...padding.begin, ...padding.end];
  const ends = kernel.map((k, axis) => {
    const [s, d, input] = [stride[axis] ?? 1, dilation[axis] ?? 1, dim(shape, axis + 2)];
    const [begin, end] = [padding.begin[axis] ?? NaN, padding.end[axis] ?? NaN];
    const last = (extent(input, k, s, d, begin, end, rounding) - 1) * s;
    return Math.max(0, last + d * (k - 1) + 1 - input - begin);
  });
  return [...padding.begin, ...ends];
}

/** Padding of a pooling window; `apart` where it is too wide for the operator and needs a node of its own. */
function poolPads(
  shape: Shape,
  window: Window,
): { readonly pads: readonly number[]; readonly apart: boolean } {
  const pads = explicitPads(shape, window);
  const axes = window.kernel.length;
  return { pads, apart: pads.some((each, i) => each < 0 || each >= (window.kernel[i % axes] ?? NaN)) };
}

const windowAttributes = ({ kernel, stride, dilation }: Window, pads: readonly number[]) =>
  ({
    kernel_shape: ints(kernel),
    strides: ints(stride),
    dilations: ints(dilation),
    pads: ints(pads),
  }) satisfies Attributes;

function convolution(
  on: Draft,
  x: string,
  { dtype, shape }: TensorType,
  window: Window,
  params: readonly string[],
  groups: number,
): string {
  const pads = explicitPads(shape, window);
  // Negative padding crops, which runtimes do in a node of its own only.
  const apart = pads.some((each) => each < 0);
  const map = apart ? pad(on, x, pads, dtype, 0) : x;
  const attributes = windowAttributes(window, apart ? pads.map(() => 0) : pads);
  return on.op('Conv', [map, ...params], { ...attributes, group: int(groups) });
}

/** Products of binomial coefficients along each axis, which sum to 1: 1 2 1 by 1 2 1 sixteenths, say. */
function binomialFilter(kernel: readonly number[]): readonly number[] {
  return kernel.reduce<readonly number[]>(
    (filter, taps) => {
      let row = [1];
      while (row.length < taps) row = [...row, 0].map((each, i) => (each + (row[i - 1] ?? 0)) / 2);
      return filter.flatMap((each) => row.map((weight) => each * weight));
    },
    [1],
  );
}

/**
 * Operands as the first one sees them: sampled with a whole stride, or spread with zeros between, and cut or
 * filled up to its channels.
 *
 * @source shortcut_cpu in src/blas.c of Darknet
 */
function commonPart(on: Draft, inputs: readonly string[], types: readonly TensorType[]): readonly string[] {
  const target = (types[0] as TensorType).shape;
  return inputs.map((x, i) => {
    const { dtype, shape } = types[i] as TensorType;
    const cuts: Cut[] = [];
    shape.forEach((from, axis) => {
      const to = dim(target, axis);
      if (from <= to) return;
      const step = axis === 1 ? 1 : Math.floor(from / to);
      cuts.push({ axis, start: 0, end: (to - 1) * step + 1, step });
    });
    const cut = cuts.length === 0 ? x : sliced(on, x, cuts);
    const extents = shape.map((from, axis) => Math.min(from, dim(target, axis)));
    const spread = spreadOut(on, cut, extents, target, dtype);
    const missing = spread.extents.map((from, axis) => dim(target, axis) - from);
    if (missing.every((each) => each === 0)) return spread.value;
    return pad(on, spread.value, [...missing.map(() => 0), ...missing], dtype, 0, 0);
  });
}

/** Rows and columns a whole factor apart, with zeros between, where the target is a factor larger. */
function spreadOut(
  on: Draft,
  x: string,
  extents: readonly number[],
  target: Shape,
  dtype: DType,
): { readonly value: string; readonly extents: readonly number[] } {
  const factors = extents.map((from, axis) => (axis < 2 ? 1 : Math.floor(dim(target, axis) / from)));
  if (factors.every((factor) => factor === 1)) return { value: x, extents };
  const apart = extents.flatMap((from, axis) => (axis < 2 ? [from] : [from, 1]));
  const zeros = factors.flatMap((factor, axis) => (axis < 2 ? [0] : [0, factor - 1]));
  const padded = pad(on, reshape(on, x, apart), [...zeros.map(() => 0), ...zeros], dtype, 0, 0);
  const result = extents.map((from, axis) => from * (factors[axis] ?? 1));
  return { value: reshape(on, padded, result), extents: result };
}

/** Parts of each anchor's numbers that a function is applied to, in order; `undefined` leaves them as they are. */
type Parts = readonly (readonly [count: number, opType: 'Sigmoid' | 'Softmax' | undefined])[];

function perAnchor(
  on: Draft,
  { inputs, types, attrs }: Pick<Operands<'yolo' | 'gaussianYolo' | 'region'>, 'inputs' | 'types' | 'attrs'>,
  numbers: number,
  parts: Parts,
): string {
  const [x, { shape }] = only(inputs, types);
  const [batch = 1, , ...spatial] = shape;
  const boxes = reshape(on, x, [batch, attrs.anchors, numbers, ...spatial]);
  const used = parts.filter(([count]) => count > 0);
  const pieces = on.ops('Split', [boxes, on.integers(used.map(([count]) => count))], used.length, {
    axis: int(2),
  });
  const results = used.map(([, opType], i) => {
    const piece = pieces[i] as string;
    if (opType === undefined) return piece;
    return on.op(opType, [piece], opType === 'Softmax' ? { axis: int(2) } : {});
  });
  return reshape(on, on.op('Concat', results, { axis: int(2) }), shape);
}

/** max(w, 0) over the sum of all. */
function positiveShares(on: Draft, weights: string, dtype: DType): string {
  const positive = on.op('Relu', [weights]);
  const total = reduced(on, 'ReduceSum', positive, [0], true);
  return on.op('Div', [positive, on.op('Add', [total, on.numbers(dtype, [0.0001])])]);
}

/**
 * The taps of every position side by side, times that position's own weights: ONNX has no locally connected
 * layer, and this is the matrix product that it is.
 */
function localConvolution(
  on: Draft,
  { attrs, inputs, params, types, outputs }: Operands<'localConv'>,
): Expressed {
  const [x, { dtype, shape }] = only(inputs, types);
  const { kernel, stride, dilation } = attrs;
  const [batch = 1, outChannels = 1, ...positions] = (outputs[0] as TensorType).shape;
  const channels = dim(shape, 1);
  const pads = explicitPads(shape, attrs);
  const map = pads.some((each) => each !== 0) ? pad(on, x, pads, dtype, 0) : x;
  const taps = indices(kernel).map((tap) =>
    sliced(
      on,
      map,
      tap.map((at, axis) => {
        const [step, first] = [stride[axis] ?? 1, at * (dilation[axis] ?? 1)];
        return { axis: axis + 2, start: first, end: first + ((positions[axis] ?? 1) - 1) * step + 1, step };
      }),
    ),
  );
  const columns = on.op('Concat', taps, { axis: int(1) });
  const [rows, count] = [channels * taps.length, elements(positions)];
  const byPosition = on.op('Transpose', [reshape(on, columns, [batch, rows, count])], {
    perm: ints([2, 0, 1]),
  });
  // Stored as positions, then output channel, input channel, taps; needed as positions, taps, input channel, output channel.
  const rank = positions.length;
  const [out, into] = [rank, rank + 1];
  const spatial = positions.map((_, axis) => axis);
  const order = [...spatial, ...spatial.map((axis) => axis + into + 1), into, out];
  const weights = on.constant(params[0] as TensorId, [count, rows, outChannels], { order, fanIn: rows });
  const products = on.op('MatMul', [byPosition, weights]);
  const result = reshape(on, on.op('Transpose', [products], { perm: ints([1, 2, 0]) }), [
    batch,
    outChannels,
    ...positions,
  ]);
  return on.op('Add', [result, on.constant(params[1] as TensorId)]);
}

/**
 * Every bin of a region is a region of one bin, on a map of its own: the channels of the bin. RoiAlign then takes the
 * samples that are needed, and no more.
 */
function positionSensitiveAlign(
  on: Draft,
  { attrs: { size, points }, inputs, types, outputs }: Operands<'psRoiAlign'>,
): Expressed {
  if (on.opset < 16) return newer('RoiAlign of exact positions', 16);
  const [map = '', boxes = '', images] = inputs;
  const [{ dtype, shape }, imageType] = [types[0] as TensorType, types[2]];
  const [batch = 1, , height = 1, width = 1] = shape;
  const [regions = 1, channels = 1, rows = 1, columns = 1] = (outputs[0] as TensorType).shape;
  const ratio = Math.sqrt(points);
  if (!Number.isInteger(ratio) || size.length !== 2) {
    return {
      problem: `ONNX aligns no region with ${String(points)} samples per bin`,
      fix: 'take a square number',
    };
  }
  const bins = rows * columns;
  const byBin = on.op('Transpose', [reshape(on, map, [batch, channels, bins, height, width])], {
    perm: ints([0, 2, 1, 3, 4]),
  });
  const maps = reshape(on, byBin, [batch * bins, channels, height, width]);

  const corner = (axes: readonly number[]): string =>
    reshape(on, on.op('Gather', [boxes, on.integers(axes)], { axis: int(1) }), [regions, 1, 4]);
  const start = corner([0, 1, 0, 1]);
  const extents = on.op('Sub', [corner([2, 3, 2, 3]), start]);
  const shares = indices([rows, columns]).flatMap(([row = 0, column = 0]) => [
    column / columns,
    row / rows,
    (column + 1) / columns,
    (row + 1) / rows,
  ]);
  const parts = on.op('Add', [start, on.op('Mul', [extents, on.fixed(dtype, shares, [bins, 4])])]);

  const image =
    images === undefined ? on.integers([0]) : reshape(on, wholeIndices(on, images, imageType), [regions, 1]);
  const firstMap = on.op('Mul', [image, on.integers([bins])]);
  const order = Array.from({ length: bins }, (_, bin) => bin);
  const mapOf = on.op('Add', [firstMap, on.integers(order)]);
  const places = on.op('Expand', [mapOf, on.integers([regions, bins])]);

  const aligned = on.op(
    'RoiAlign',
    [maps, reshape(on, parts, [regions * bins, 4]), reshape(on, places, [regions * bins])],
    { sampling_ratio: int(ratio), output_height: int(1), output_width: int(1) },
  );
  const grouped = on.op('Transpose', [reshape(on, aligned, [regions, bins, channels])], {
    perm: ints([0, 2, 1]),
  });
  return reshape(on, grouped, [regions, channels, rows, columns]);
}

/** Every index into a shape, in row-major order. */
const indices = (shape: readonly number[]): readonly (readonly number[])[] =>
  shape.reduce<readonly (readonly number[])[]>(
    (all, length) => all.flatMap((index) => Array.from({ length }, (_, i) => [...index, i])),
    [[]],
  );
