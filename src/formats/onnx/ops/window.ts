import type { DType } from '../../../ops/dtype.ts';
import { bound, compatible, type Extent, isKnown, multiply } from '../../../ops/extent.ts';
import type { OpenAttrs } from '../../../ops/registry.ts';
import type { SlidingWindow } from '../../../ops/window.ts';
import type { TensorId } from '../../../graph/graph.ts';
import { applied, made, withFurther } from '../apply.ts';
import type { Emitter } from '../emit.ts';
import { formatDims, type Node } from '../node.ts';
import type { Operator, Operators } from '../operator.ts';
import { tensor } from '../values.ts';
import { extents, moved } from './move.ts';

/** One entry per spatial axis, from an attribute that may be left out. */
function perAxis(node: Node, name: string, rank: number, otherwise: number): readonly number[] {
  const given = node.ints(name);
  if (given === undefined || given.length === 0) return Array.from({ length: rank }, () => otherwise);
  if (given.length !== rank) {
    node.fail(`attribute "${name}" has ${String(given.length)} entries for ${String(rank)} spatial axes`);
  }
  return given;
}

interface Padding {
  readonly begin: readonly number[];
  readonly end: readonly number[];
}

/** Explicit padding. */
function stated(node: Node, rank: number): Padding {
  const pads = node.ints('pads') ?? [];
  if (pads.length === 0)
    return { begin: new Array<number>(rank).fill(0), end: new Array<number>(rank).fill(0) };
  if (pads.length !== 2 * rank) node.fail(`has ${String(pads.length)} pads for ${String(rank)} spatial axes`);
  return { begin: pads.slice(0, rank), end: pads.slice(rank) };
}

/** How the window of a convolution or pooling slides over a map of this shape. */
function sliding(node: Node, shape: readonly Extent[], kernel: readonly number[]): SlidingWindow {
  const rank = kernel.length;
  const stride = perAxis(node, 'strides', rank, 1);
  const dilation = perAxis(node, 'dilations', rank, 1);
  const rounding = node.int('ceil_mode', 0) === 1 ? 'ceil' : 'floor';
  const automatic = node.text('auto_pad', 'NOTSET');
  let padding = stated(node, rank);
  if (automatic === 'SAME_UPPER' || automatic === 'SAME_LOWER') {
    const all = kernel.map((k, axis) => {
      const [size, s, d] = [bound(shape[axis + 2] ?? 1) ?? 1, stride[axis] ?? 1, dilation[axis] ?? 1];
      return Math.max(0, (Math.ceil(size / s) - 1) * s + d * (k - 1) + 1 - size);
    });
    const less = all.map((total) => Math.floor(total / 2));
    const more = all.map((total) => Math.ceil(total / 2));
    padding = automatic === 'SAME_UPPER' ? { begin: less, end: more } : { begin: more, end: less };
  } else if (automatic === 'VALID') {
    padding = { begin: kernel.map(() => 0), end: kernel.map(() => 0) };
  } else if (automatic !== 'NOTSET' && automatic !== '') node.fail(`has auto_pad "${automatic}"`);
  return { kernel, stride, dilation, padding, rounding };
}

const kernelShape = (node: Node): readonly number[] =>
  node.ints('kernel_shape') ?? node.fail('has no attribute "kernel_shape"');

/** The kernel of a convolution: the trailing extents of its weights. */
const kernelOf = (node: Node, weights: number): readonly number[] =>
  node.ints('kernel_shape') ??
  node
    .shape(weights)
    .slice(2)
    .map((k) => (isKnown(k) ? k : node.fail('has a kernel whose extent is not known')));

/** The element type of a result, where it is not the input's. */
export const resultType = (
  result: DType | undefined,
  input: DType | undefined,
): { readonly dtype?: DType } => (result === undefined || result === input ? {} : { dtype: result });

/** Where a convolution finds its operands. */
interface ConvInputs {
  readonly x: number;
  readonly w: number;
  readonly bias: number;
  readonly dtype: (node: Node) => DType | undefined;
}

const FLOAT: ConvInputs = { x: 0, w: 1, bias: 2, dtype: (node) => node.dtype(0) };
const QLINEAR: ConvInputs = { x: 0, w: 3, bias: 8, dtype: (node) => node.dtype(7) };
const INTEGER: ConvInputs = { x: 0, w: 1, bias: Infinity, dtype: () => 'int32' };

const convAttrs = (node: Node, { x, w, bias, dtype }: ConvInputs): OpenAttrs<'conv'> => ({
  ...sliding(node, node.shape(x), kernelOf(node, w)),
  outChannels: node.dim(w, 0),
  groups: node.int('group', 1),
  bias: node.has(bias),
  ...resultType(dtype(node), node.dtype(x)),
});

const conv = (inputs: ConvInputs): Operator =>
  applied('conv', {
    operands: [inputs.x],
    params: [
      [inputs.w, 'weight'],
      [inputs.bias, 'bias'],
    ],
    attrs: (node) => convAttrs(node, inputs),
  });

/** The window of a transposed convolution; the padding may be stated by the extents of the result. */
function transposed(
  node: Node,
  shape: readonly Extent[],
  kernel: readonly number[],
): SlidingWindow & { readonly outputPadding: readonly number[] } {
  const rank = kernel.length;
  const stride = perAxis(node, 'strides', rank, 1);
  const dilation = perAxis(node, 'dilations', rank, 1);
  const outputPadding = perAxis(node, 'output_padding', rank, 0);
  const automatic = node.text('auto_pad', 'NOTSET');
  const pads = stated(node, rank);
  const wantedShape = outputShape(node);
  const begin: number[] = [];
  const end: number[] = [];
  for (const [axis, k] of kernel.entries()) {
    const [size, s, d] = [shape[axis + 2] ?? 1, stride[axis] ?? 1, dilation[axis] ?? 1];
    let [before, after] = automatic === 'VALID' ? [0, 0] : [pads.begin[axis] ?? 0, pads.end[axis] ?? 0];
    const wanted =
      wantedShape?.at(axis - rank) ?? (automatic.startsWith('SAME') && isKnown(size) ? size * s : undefined);
    if (wanted !== undefined && isKnown(size)) {
      const all = s * (size - 1) + (outputPadding[axis] ?? 0) + d * (k - 1) + 1 - wanted;
      const half = Math.floor(all / 2);
      [before, after] = automatic === 'SAME_UPPER' ? [half, all - half] : [all - half, half];
    }
    begin.push(before);
    end.push(after);
  }
  return { kernel, stride, dilation, padding: { begin, end }, rounding: 'floor', outputPadding };
}

/** Extents of the result, perhaps with batch and channels before them. */
const outputShape = (node: Node): readonly number[] | undefined => node.ints('output_shape');

const transposedConv = applied('convTranspose', {
  operands: [0],
  params: [
    [1, 'weight'],
    [2, 'bias'],
  ],
  attrs: (node) => {
    const groups = node.int('group', 1);
    return {
      ...transposed(node, node.shape(0), kernelOf(node, 1)),
      outChannels: multiply(node.dim(1, 1), groups),
      groups,
      bias: node.has(2),
    };
  },
});

const convTranspose: Operator = {
  infer(node) {
    const [result] = transposedConv.infer(node);
    const wanted = outputShape(node);
    if (wanted === undefined || result?.shape === undefined) return [result ?? node.fail('makes nothing')];
    const { dtype, shape } = result;
    // What the padding of an extent that is not known makes up for is stated.
    return [
      tensor(
        dtype,
        shape.map((extent, axis) =>
          isKnown(extent) || axis < 2 ? extent : (wanted.at(axis - shape.length) ?? extent),
        ),
      ),
    ];
  },
  lower: transposedConv.lower,
};

const deformConv = applied('deformConv', {
  operands: [0, 2, 4],
  params: [
    [1, 'weight'],
    [3, 'bias'],
  ],
  attrs: (node) => ({
    ...sliding(node, node.shape(0), kernelOf(node, 1)),
    outChannels: node.dim(1, 0),
    groups: node.int('group', 1),
    bias: node.has(3),
    masked: node.has(4),
  }),
});

/** Causal depthwise convolution along the last axis, which carries its last taps from call to call. */
const causalConv: Operator = {
  infer(node) {
    const [n = 1, c = 1] = node.shapeOf(0, 3);
    const [channels = 1, perChannel = 1, k = 1] = node.shapeOf(1, 3);
    if (!compatible(channels, c) || !compatible(perChannel, 1)) {
      node.fail(`has weights of ${formatDims(node.shape(1))} for ${formatDims([c])} channels`);
    }
    node.expect(2, [c]);
    const kept = isKnown(k) ? (k - 1) * node.int('dilation', 1) : node.unknown(1, 2, undefined);
    // onnxruntime's operator may keep the states of several positions.
    const window = node.int('state_window', 0);
    return [node.like(0, node.shape(0)), node.like(0, [...(window > 0 ? [window] : []), n, c, kept])];
  },
  lower(emit) {
    const { node } = emit;
    const k = emit.input(1).shape[2] ?? 1;
    const c = emit.input(0).shape[1] ?? 1;
    const bias = node.has(2);
    const params = [emit.operand(1, 'weight'), ...(bias ? [emit.operand(2, 'bias')] : [])];
    const dilation = node.int('dilation', 1);
    const window = {
      kernel: [k],
      stride: [1],
      dilation: [dilation],
      padding: { begin: [(k - 1) * dilation], end: [0] },
      rounding: 'floor',
    } as const;
    const [result] = emit.add(
      'conv',
      [emit.operand(0)],
      { ...window, outChannels: c, groups: c, bias },
      params,
    );
    const active =
      node.text('activation', 'none') === 'none' || result === undefined
        ? [result]
        : emit.add('activation', [result], { fn: 'swish' });
    return [...active, ...state(emit)];
  },
};

function state(emit: Emitter): readonly TensorId[] {
  const kept = emit.outputs[1];
  return kept === undefined
    ? []
    : emit.add('rearrange', [emit.operand(0)], { op: emit.node.op, outputs: [kept] });
}

const pool = (kind: 'maxPool' | 'avgPool' | 'lpPool') =>
  applied(kind, { operands: [0], attrs: (node) => sliding(node, node.shape(0), kernelShape(node)) });

const maxPool = withFurther(pool('maxPool'), 'MaxPool indices', (_node, { shape }) => [
  tensor('int64', shape),
]);

const globalPool = (mode: 'average' | 'max'): Operator =>
  applied('globalPool', { operands: [0], attrs: () => ({ mode }) });

const globalLpPool = applied('reduce', {
  operands: [0],
  attrs: (node) => ({ fn: 'l2', axes: [...node.shape(0).keys()].slice(2), keepDims: true }),
});

const maxUnpool: Operator = {
  infer(node) {
    if (node.has(2)) return [tensor(node.dtype(0), extents(node, 2))];
    const window = transposed(node, node.shape(0), kernelShape(node));
    const attrs = { ...window, outChannels: node.dim(0, 1), groups: 1, bias: false };
    return made(node, 'convTranspose', [node.typed(0)], attrs);
  },
  lower: moved,
};

export const WINDOW: Operators = {
  AveragePool: pool('avgPool'),
  CausalConvWithState: causalConv,
  Conv: conv(FLOAT),
  ConvInteger: conv(INTEGER),
  ConvTranspose: convTranspose,
  DeformConv: deformConv,
  GlobalAveragePool: globalPool('average'),
  GlobalLpPool: globalLpPool,
  GlobalMaxPool: globalPool('max'),
  LpPool: pool('lpPool'),
  MaxPool: maxPool,
  MaxUnpool: maxUnpool,
  QLinearConv: conv(QLINEAR),
};
