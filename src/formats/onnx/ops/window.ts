import type { DType } from '../../../ops/dtype.ts';
import type { ConvAttrs } from '../../../ops/conv.ts';
import { extent, type Window } from '../../../ops/window.ts';
import type { TensorId } from '../../../graph/graph.ts';
import type { Emitter, Lowering } from '../emit.ts';
import { compatible } from '../../../ops/extent.ts';
import { formatDims, type Node } from '../node.ts';
import type { Operator, Operators } from '../operator.ts';
import { bound, type Extent, isKnown, multiply } from '../../../ops/extent.ts';
import { tensor } from '../values.ts';
import { extents, moved } from './move.ts';

interface Sliding {
  readonly window: Window;
  /** spatial extents of the result */
  readonly result: readonly Extent[];
}

/** One entry per spatial axis, from an attribute that may be left out. */
function perAxis(node: Node, name: string, rank: number, otherwise: number): readonly number[] {
  const given = node.ints(name);
  if (given === undefined || given.length === 0) return Array.from({ length: rank }, () => otherwise);
  if (given.length !== rank) {
    node.fail(`attribute "${name}" has ${String(given.length)} entries for ${String(rank)} spatial axes`);
  }
  for (const value of given) if (!(value >= 1)) node.fail(`attribute "${name}" holds ${String(value)}`);
  return given;
}

/** How the window of a convolution or pooling slides over these extents. */
function sliding(node: Node, spatial: readonly Extent[], kernel: readonly number[]): Sliding {
  const rank = spatial.length;
  if (kernel.length !== rank) {
    node.fail(`has a kernel of ${String(kernel.length)} axes for ${String(rank)} spatial axes`);
  }
  for (const k of kernel)
    if (!(k >= 1 && Number.isSafeInteger(k))) node.fail(`has a kernel extent of ${String(k)}`);
  const stride = perAxis(node, 'strides', rank, 1);
  const dilation = perAxis(node, 'dilations', rank, 1);
  const automatic = node.text('auto_pad', 'NOTSET');
  const pads = node.ints('pads') ?? [];
  if (pads.length !== 0 && pads.length !== 2 * rank)
    node.fail(`has ${String(pads.length)} pads for ${String(rank)} spatial axes`);
  const rounding = node.int('ceil_mode', 0) === 1 ? 'ceil' : 'floor';
  const begin: number[] = new Array<number>(rank);
  const end: number[] = new Array<number>(rank);
  const result: Extent[] = new Array<Extent>(rank);
  for (let axis = 0; axis < rank; axis++) {
    const dim = spatial[axis] as Extent;
    const k = kernel[axis] as number;
    const s = stride[axis] as number;
    const d = dilation[axis] as number;
    const most = bound(dim);
    let [before, after] = [0, 0];
    if (automatic === 'NOTSET' || automatic === '') {
      before = pads[axis] ?? 0;
      after = pads[axis + rank] ?? 0;
    } else if (automatic !== 'VALID') {
      if (automatic !== 'SAME_UPPER' && automatic !== 'SAME_LOWER') node.fail(`has auto_pad "${automatic}"`);
      const size = most ?? 1;
      const all = Math.max(0, (Math.ceil(size / s) - 1) * s + d * (k - 1) + 1 - size);
      const small = Math.floor(all / 2);
      before = automatic === 'SAME_UPPER' ? small : all - small;
      after = all - before;
    }
    begin[axis] = before;
    end[axis] = after;
    const out = most === undefined ? undefined : extent(most, k, s, d, before, after, rounding);
    if (isKnown(dim) && out !== undefined && out < 1 && dim > 0) {
      node.fail(
        `its window of ${String(d * (k - 1) + 1)} does not fit the extent ${String(dim)} with padding ${String(before)} and ${String(after)}`,
        'use a larger input',
      );
    }
    result[axis] = isKnown(dim) && out !== undefined ? out : node.unknown(0, axis + 2, out);
  }
  return { window: { kernel, stride, dilation, padding: { begin, end }, rounding }, result };
}

const kernelShape = (node: Node): readonly number[] =>
  node.ints('kernel_shape') ?? node.fail('has no attribute "kernel_shape"');

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

function convShapes(
  node: Node,
  { x, w }: ConvInputs,
): { readonly sliding: Sliding; readonly groups: number } {
  const input = node.shape(x);
  const weight = node.shape(w);
  if (input.length < 3 || weight.length !== input.length) {
    node.fail(`cannot convolve ${formatDims(input)} with ${formatDims(weight)}`);
  }
  const groups = node.int('group', 1);
  const [channels, perGroup] = [input[1], weight[1]];
  if (groups < 1) node.fail(`has ${String(groups)} groups`);
  if (isKnown(channels) && isKnown(perGroup) && channels !== perGroup * groups) {
    node.fail(
      `has ${String(channels)} input channels, and weights for ${String(perGroup)} in each of ${String(groups)} groups`,
    );
  }
  const kernel = weight
    .slice(2)
    .map((k) => (isKnown(k) ? k : node.fail('has a kernel whose extent is not known')));
  const stated = node.ints('kernel_shape');
  if (stated?.some((k, axis) => k !== kernel[axis]) === true) {
    node.fail(`has kernel_shape ${stated.join('x')} and weights of ${kernel.join('x')}`);
  }
  return { sliding: sliding(node, input.slice(2), kernel), groups };
}

const conv = (inputs: ConvInputs): Operator => ({
  infer(node) {
    const { sliding: slid } = convShapes(node, inputs);
    node.expect(inputs.bias, [node.dim(inputs.w, 0)]);
    return [tensor(inputs.dtype(node), [node.dim(inputs.x, 0), node.dim(inputs.w, 0)].concat(slid.result))];
  },
  lower: lowerConv(inputs),
});

/** The element type of the result, where it is not the input's. */
export function resultType(emit: Emitter, input: number): { readonly dtype?: DType } {
  const { dtype } = emit.output(0);
  return dtype === emit.input(input).dtype ? {} : { dtype };
}

function lowerConv(inputs: ConvInputs): Lowering {
  return (emit) => {
    const bias = emit.node.has(inputs.bias);
    const w = emit.operand(inputs.w, 'weight');
    const params = bias ? [w, emit.operand(inputs.bias, 'bias')] : [w];
    const attrs = emit.attrs('conv', () => convAttrs(emit, inputs, bias));
    return emit.add('conv', [emit.operand(inputs.x)], attrs, params);
  };
}

function convAttrs(emit: Emitter, { x, w }: ConvInputs, bias: boolean): ConvAttrs {
  const weight = emit.input(w).shape;
  const { window } = sliding(emit.node, emit.input(x).shape.slice(2), weight.slice(2));
  const groups = emit.node.int('group', 1);
  return { ...window, outChannels: weight[0] ?? 0, groups, bias, ...resultType(emit, x) };
}

/** Extents of a transposed convolution's result and its explicit padding. */
function transposedWindow(
  node: Node,
  spatial: readonly Extent[],
  kernel: readonly number[],
): {
  readonly window: Window;
  readonly outputPadding: readonly number[];
  readonly result: readonly Extent[];
} {
  const rank = spatial.length;
  const stride = perAxis(node, 'strides', rank, 1);
  const dilation = perAxis(node, 'dilations', rank, 1);
  const extra = node.ints('output_padding') ?? [];
  const pads = node.ints('pads') ?? [];
  const stated = node.ints('output_shape');
  const automatic = node.text('auto_pad', 'NOTSET');
  const begin: number[] = [];
  const end: number[] = [];
  const outputPadding: number[] = [];
  const result = spatial.map((dim, axis): Extent => {
    const [k = 1, s = 1, d = 1, more = 0] = [kernel[axis], stride[axis], dilation[axis], extra[axis]];
    const full = (size: number): number => s * (size - 1) + more + d * (k - 1) + 1;
    // output_shape may be given with batch and channels before it.
    const wanted =
      stated?.at(axis - rank) ??
      (automatic.startsWith('SAME') ? (isKnown(dim) ? dim * s : undefined) : undefined);
    let [before, after] = [pads[axis] ?? 0, pads[axis + rank] ?? 0];
    if (automatic === 'VALID') before = after = 0;
    if (wanted !== undefined && isKnown(dim)) {
      const all = full(dim) - wanted;
      const half = Math.floor(all / 2);
      [before, after] = automatic === 'SAME_UPPER' ? [half, all - half] : [all - half, half];
    }
    begin.push(before);
    end.push(after);
    outputPadding.push(more);
    if (isKnown(dim)) {
      const out = full(dim) - before - after;
      if (out < 0) node.fail(`makes an extent of ${String(out)}`);
      return out;
    }
    const most = bound(dim);
    return wanted ?? node.unknown(0, axis + 2, most === undefined ? undefined : full(most) - before - after);
  });
  return {
    window: { kernel, stride, dilation, padding: { begin, end }, rounding: 'floor' },
    outputPadding,
    result,
  };
}

const convTranspose: Operator = {
  infer(node) {
    const input = node.shape(0);
    const weight = node.shape(1);
    if (input.length < 3 || weight.length !== input.length) {
      node.fail(`cannot convolve ${formatDims(input)} with ${formatDims(weight)}`);
    }
    const [channels, rows] = [input[1], weight[0]];
    if (isKnown(channels) && isKnown(rows) && channels !== rows) {
      node.fail(`has ${String(channels)} input channels and weights for ${String(rows)}`);
    }
    const kernel = weight
      .slice(2)
      .map((k) => (isKnown(k) ? k : node.fail('has a kernel whose extent is not known')));
    const { result } = transposedWindow(node, input.slice(2), kernel);
    const outChannels = multiply(weight[1] ?? 1, node.int('group', 1));
    node.expect(2, [outChannels]);
    return [node.like(0, [input[0] ?? 1, outChannels, ...result])];
  },
  lower(emit) {
    const { node } = emit;
    const weight = emit.input(1).shape;
    const { window, outputPadding } = transposedWindow(node, emit.input(0).shape.slice(2), weight.slice(2));
    const groups = node.int('group', 1);
    const bias = node.has(2);
    const params = [emit.operand(1, 'weight'), ...(bias ? [emit.operand(2, 'bias')] : [])];
    const attrs = { ...window, outputPadding, outChannels: (weight[1] ?? 0) * groups, groups, bias };
    return emit.add('convTranspose', [emit.operand(0)], attrs, params);
  },
};

const deformConv: Operator = {
  infer(node) {
    const { sliding: slid } = convShapes(node, FLOAT);
    node.expect(3, [node.dim(1, 0)]);
    return [node.like(0, [node.dim(0, 0), node.dim(1, 0), ...slid.result])];
  },
  lower(emit) {
    const { node } = emit;
    const weight = emit.input(1).shape;
    const { window } = sliding(node, emit.input(0).shape.slice(2), weight.slice(2));
    const bias = node.has(3);
    const operands = [emit.operand(0), emit.operand(2), ...(node.has(4) ? [emit.operand(4)] : [])];
    const params = [emit.operand(1, 'weight'), ...(bias ? [emit.operand(3, 'bias')] : [])];
    const attrs = {
      ...window,
      outChannels: weight[0] ?? 0,
      groups: node.int('group', 1),
      bias,
      masked: node.has(4),
    };
    return emit.add('deformConv', operands, attrs, params);
  },
};

/** Causal depthwise convolution along the last axis, which carries its last taps from call to call. */
const causalConv: Operator = {
  infer(node) {
    const [n = 1, c = 1] = node.shapeOf(0, 3);
    const [channels = 1, perChannel = 1, k = 1] = node.shapeOf(1, 3);
    if (!compatible(channels, c) || !compatible(perChannel, 1)) {
      node.fail(`has weights of ${formatDims(node.shape(1))} for ${formatDims([c])} channels`);
    }
    node.expect(2, [c]);
    return [
      node.like(0, node.shape(0)),
      node.like(0, [n, c, isKnown(k) ? k - 1 : node.unknown(1, 2, undefined)]),
    ];
  },
  lower(emit) {
    const { node } = emit;
    const k = emit.input(1).shape[2] ?? 1;
    const c = emit.input(0).shape[1] ?? 1;
    const bias = node.has(2);
    const params = [emit.operand(1, 'weight'), ...(bias ? [emit.operand(2, 'bias')] : [])];
    const window = {
      kernel: [k],
      stride: [1],
      dilation: [1],
      padding: { begin: [k - 1], end: [0] },
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

function pool(lower: (emit: Emitter, window: Window) => readonly (TensorId | undefined)[]): Operator {
  return {
    infer(node) {
      const shape = node.shape(0);
      if (shape.length < 3) node.fail(`cannot pool ${formatDims(shape)}`);
      const result = [...shape.slice(0, 2), ...sliding(node, shape.slice(2), kernelShape(node)).result];
      return [node.like(0, result), tensor('int64', result)];
    },
    lower: (emit) =>
      lower(emit, sliding(emit.node, emit.input(0).shape.slice(2), kernelShape(emit.node)).window),
  };
}

const maxPool = pool((emit, window) => {
  const result = emit.add('maxPool', [emit.operand(0)], window);
  const indices = emit.outputs[1];
  return indices === undefined
    ? result
    : [...result, ...emit.add('rearrange', [], { op: 'MaxPool indices', outputs: [indices] })];
});

const averagePool = pool((emit, window) => emit.add('avgPool', [emit.operand(0)], window));

const lpPool = pool((emit, window) => emit.add('lpPool', [emit.operand(0)], window));

const globalPool = (mode: 'average' | 'max' | 'lp'): Operator => ({
  infer: (node) => [
    node.like(
      0,
      node.shape(0).map((dim, axis) => (axis < 2 ? dim : 1)),
    ),
  ],
  lower(emit) {
    const { shape } = emit.input(0);
    if (mode !== 'lp') return emit.add('globalPool', [emit.operand(0)], { mode });
    const axes = shape.map((_, axis) => axis).slice(2);
    return emit.add('reduce', [emit.operand(0)], { fn: 'l2', axes, keepDims: true });
  },
});

const maxUnpool: Operator = {
  infer(node) {
    const shape = node.shape(0);
    if (node.has(2)) {
      const stated = extents(node, 2);
      return [tensor(node.dtype(0), stated)];
    }
    const { result } = transposedWindow(node, shape.slice(2), kernelShape(node));
    return [node.like(0, [...shape.slice(0, 2), ...result])];
  },
  lower: moved,
};

export const WINDOW: Operators = {
  AveragePool: averagePool,
  CausalConvWithState: causalConv,
  Conv: conv(FLOAT),
  ConvInteger: conv(INTEGER),
  ConvTranspose: convTranspose,
  DeformConv: deformConv,
  GlobalAveragePool: globalPool('average'),
  GlobalLpPool: globalPool('lp'),
  GlobalMaxPool: globalPool('max'),
  LpPool: lpPool,
  MaxPool: maxPool,
  MaxUnpool: maxUnpool,
  QLinearConv: conv(QLINEAR),
};
