import { made } from '../apply.ts';
import { type OpAttrs, type OpenAttrs, type OpKind, outputTypes } from '../../../ops/registry.ts';
import { isProblem, type OpenType, type Shape } from '../../../ops/spec.ts';
import type { Emitter, Lowering } from '../emit.ts';
import { formatDims, type Node } from '../node.ts';
import type { Operator, Operators } from '../operator.ts';
import { broadcast, eachIndex, rearranged, smallCount, strides } from '../shape.ts';
import {
  bound,
  count,
  type Extent,
  floorDivide,
  isKnown,
  knownShape,
  minus,
  multiply,
  plus,
  sameExtent,
  unnamed,
} from '../../../ops/extent.ts';
import { filled, FOLDED, type Scalar, type Tensor, tensor } from '../values.ts';
import { commonDType } from './elementwise.ts';

/** Data that is moved or produced: no arithmetic, on purpose. */
export const moved: Lowering = (emit) => {
  const outputs = emit.outputs.flatMap((type) => (type === undefined ? [] : [type]));
  const results = emit.add('rearrange', emit.operands('embedding'), { op: emit.node.op, outputs });
  let next = 0;
  return emit.outputs.map((type) => (type === undefined ? undefined : results[next++]));
};

/** The same storage under another shape. */
export const viewed: Lowering = (emit) => [
  ...emit.add('reshape', [emit.learned(0, 'embedding')], { shape: emit.output(0).shape }),
];

/** The operator of our graph, where its result is what ONNX has; extents at their upper bounds may not fit. */
export function movedBy<K extends OpKind>(emit: Emitter, kind: K, attrs: OpAttrs<K>): ReturnType<Lowering> {
  const operands = kind === 'gather' || kind === 'gatherND' ? 2 : 1;
  const given = emit.inputs.slice(0, operands).filter((type) => type !== undefined);
  const results = outputTypes(kind, given, attrs);
  const isExact =
    !isProblem(results) &&
    results.length === emit.outputs.length &&
    results.every(({ shape }, i) => isEqual(shape, emit.outputs[i]?.shape));
  if (!isExact) return moved(emit);
  const ids = given.map((_, i) => (i > 0 ? emit.operand(i) : emit.learned(i, 'embedding')));
  return emit.add(kind, ids, attrs);
}

const isEqual = (a: Shape, b: Shape | undefined): boolean =>
  b?.length === a.length && a.every((extent, axis) => extent === b[axis]);

const renamed: Lowering = (emit) =>
  emit.inputs[0] === undefined ? moved(emit) : emit.add('identity', [emit.learned(0, 'embedding')], {});

/** What the first input becomes by an operator of ours. */
const moving = <K extends OpKind>(node: Node, kind: K, attrs: OpenAttrs<K>): OpenType => {
  const [{ dtype, shape } = node.typed(0)] = made(node, kind, [node.typed(0)], attrs);
  return { dtype, shape: shape ?? [] };
};

/** A tensor with the stored numbers of an input in another order. */
const sameNumbers = (
  node: Node,
  shape: readonly Extent[],
  elements: readonly Scalar[] | undefined,
): Tensor => ({
  ...filled(node.dtype(0), shape, elements),
  constant: node.tensor(0).constant,
});

/** The content of input 0 rearranged, where it is followed. */
function rearrange(
  node: Node,
  shape: readonly Extent[],
  from: (index: readonly number[]) => readonly number[],
): readonly Scalar[] | undefined {
  const elements = node.elements(0);
  const input = knownShape(node.shape(0));
  const extents = knownShape(shape);
  if (elements === undefined || input === undefined || extents === undefined) return undefined;
  return smallCount(extents, FOLDED) === undefined ? undefined : rearranged(elements, input, extents, from);
}

/** Extents held by an input (a shape operand); unknown ones get a symbol of output `output`. */
export function extents(node: Node, index: number, output = 0): readonly Extent[] | undefined {
  const elements = node.elements(index);
  if (elements !== undefined) {
    return elements.map((scalar, axis) => {
      if (isKnown(scalar) && !Number.isSafeInteger(scalar)) {
        node.fail(`makes a dimension of ${String(scalar)}`);
      }
      return scalar ?? node.unknown(output, axis, undefined);
    });
  }
  const [rank] = node.shapeOf(index, 1);
  if (rank === undefined || !isKnown(rank) || rank > 64) return undefined;
  return Array.from({ length: rank }, (_, axis) => node.unknown(output, axis, undefined));
}

function nonNegative(node: Node, shape: readonly Extent[]): readonly Extent[] {
  if (shape.some((dim) => isKnown(dim) && dim < 0)) node.fail(`makes the shape ${formatDims(shape)}`);
  return shape;
}

const reshape: Operator = {
  infer(node) {
    const input = node.shape(0);
    const stated = node.has(1) ? extents(node, 1) : node.ints('shape');
    if (stated === undefined) return [tensor(node.dtype(0), undefined)];
    const allowZero = node.int('allowzero', 0) === 1;
    const copied = stated.map((dim, axis) =>
      dim === 0 && !allowZero
        ? (input[axis] ?? node.fail(`copies dimension ${String(axis)}, which does not exist`))
        : dim,
    );
    const inferred = copied.flatMap((dim, axis) => (dim === -1 ? [axis] : []));
    if (inferred.length > 1) node.fail(`asks for two dimensions of -1: ${formatDims(stated)}`);
    const [hole] = inferred;
    const wanted = hole === undefined ? nonNegative(node, copied) : fillHole(node, input, copied, hole);
    const { shape } = moving(node, 'reshape', { shape: wanted });
    return [sameNumbers(node, shape, node.elements(0))];
  },
  lower: viewed,
};

/** The shape with the extent at `hole` that keeps the number of elements. */
function fillHole(
  node: Node,
  input: readonly Extent[],
  shape: readonly Extent[],
  hole: number,
): readonly Extent[] {
  // Unknown extents on both sides cancel.
  const left = [...input];
  const rest: Extent[] = [];
  for (const [axis, dim] of shape.entries()) {
    if (axis === hole) continue;
    const same = isKnown(dim) ? -1 : left.findIndex((other) => sameExtent(other, dim));
    if (same >= 0) left.splice(same, 1);
    else rest.push(dim);
  }
  const [total, others] = [count(left), count(rest)];
  let extent: Extent;
  if (isKnown(others)) {
    if (others === 0) extent = 0;
    else {
      extent = floorDivide(total, others);
      if (isKnown(total) && total % others !== 0) {
        node.fail(`cannot reshape ${formatDims(input)} to ${formatDims(shape)}`, 'check the target shape');
      }
    }
  } else extent = node.unknown(0, hole, bound(total));
  return nonNegative(
    node,
    shape.map((dim, axis) => (axis === hole ? extent : dim)),
  );
}

/** Axes given as an attribute (before opset 13) or as an input. */
const axesOf = (node: Node): readonly number[] | undefined =>
  node.has(1) ? node.numbers(1) : node.ints('axes');

const squeeze: Operator = {
  infer(node) {
    const input = node.shape(0);
    const axesGiven = axesOf(node);
    // Runtimes take an empty list for none.
    const given = axesGiven?.length === 0 ? undefined : axesGiven;
    if (axesGiven === undefined && node.has(1)) return [tensor(node.dtype(0), undefined)];
    if (given === undefined && !input.every(isKnown)) return [tensor(node.dtype(0), undefined)];
    const axes =
      given === undefined
        ? input.flatMap((dim, axis) => (dim === 1 ? [axis] : []))
        : node.axes(given, input.length);
    for (const axis of axes) {
      const dim = input[axis];
      if (isKnown(dim) && dim !== 1)
        node.fail(`squeezes axis ${String(axis)} of ${formatDims(input)}, which is not 1`);
    }
    return [
      sameNumbers(
        node,
        input.filter((_, axis) => !axes.includes(axis)),
        node.elements(0),
      ),
    ];
  },
  lower: viewed,
};

const unsqueeze: Operator = {
  infer(node) {
    const input = node.shape(0);
    const given = axesOf(node);
    if (given === undefined) return [tensor(node.dtype(0), undefined)];
    const rank = input.length + given.length;
    const axes = node.axes(given, rank);
    const left = input.values();
    const shape = Array.from({ length: rank }, (_, axis): Extent =>
      axes.includes(axis) ? 1 : (left.next().value ?? 1),
    );
    return [sameNumbers(node, shape, node.elements(0))];
  },
  lower: viewed,
};

const flatten: Operator = {
  infer(node) {
    const input = node.shape(0);
    const given = node.int('axis', 1);
    const axis = given === input.length ? given : node.axis(given, input.length);
    return [sameNumbers(node, [count(input.slice(0, axis)), count(input.slice(axis))], node.elements(0))];
  },
  lower: viewed,
};

const transpose: Operator = {
  infer(node) {
    const input = node.shape(0);
    const perm = permutation(node, input.length);
    const { shape } = moving(node, 'transpose', { perm });
    const elements = rearrange(node, shape, (index) => {
      const from = index.map(() => 0);
      for (const [i, axis] of perm.entries()) from[axis] = index[i] ?? 0;
      return from;
    });
    return [sameNumbers(node, shape, elements)];
  },
  lower: (emit) => movedBy(emit, 'transpose', { perm: permutation(emit.node, emit.input(0).shape.length) }),
};

function permutation(node: Node, rank: number): readonly number[] {
  const perm = node.ints('perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  if (perm.length !== rank) node.fail(`permutes ${String(perm.length)} axes of ${String(rank)}`);
  return node.axes(perm, rank);
}

const concat: Operator = {
  infer(node) {
    commonDType(node);
    const inputs = node.inputs.map((_, i) => node.typed(i));
    const axis = node.axis(node.int('axis', 1), inputs[0]?.shape.length ?? 0);
    const [result] = made(node, 'concat', inputs, { axis });
    const dtype = inputs.find((input) => input.dtype !== undefined)?.dtype;
    return [
      filled(
        dtype,
        result?.shape ?? [],
        concatenated(
          node,
          inputs.map(({ shape }) => shape),
          axis,
        ),
      ),
    ];
  },
  lower: (emit) => {
    const axis = emit.node.axis(emit.node.int('axis', 1), emit.input(0).shape.length);
    return emit.add('concat', emit.operands('embedding'), { axis });
  },
};

function concatenated(
  node: Node,
  shapes: readonly (readonly Extent[])[],
  axis: number,
): readonly Scalar[] | undefined {
  const parts: { readonly elements: readonly Scalar[]; readonly inner: number }[] = [];
  let outer = 1;
  let all = 0;
  for (const [i, dims] of shapes.entries()) {
    const elements = node.elements(i);
    const shape = knownShape(dims);
    if (elements === undefined || shape === undefined) return undefined;
    outer = shape.slice(0, axis).reduce((a, b) => a * b, 1);
    parts.push({ elements, inner: shape.slice(axis).reduce((a, b) => a * b, 1) });
    all += elements.length;
  }
  if (all > FOLDED) return undefined;
  return Array.from({ length: outer }, (_, row) =>
    parts.flatMap(({ elements, inner }) => elements.slice(row * inner, (row + 1) * inner)),
  ).flat();
}

const split: Operator = {
  infer(node) {
    const input = node.shape(0);
    const axis = node.axis(node.int('axis', 0), input.length);
    const length = input[axis] ?? 0;
    const given = node.has(1) ? node.elements(1) : node.ints('split');
    // Runtimes make as many parts as there are outputs, whatever else the attribute says.
    const parts = Math.min(node.int('num_outputs') ?? node.outputs, node.outputs);
    let sizes: readonly Extent[];
    if (given !== undefined) sizes = given.map((size) => size ?? unnamed(bound(length)));
    else if (node.has(1)) sizes = node.proto.output.map(() => unnamed(bound(length)));
    else if (isKnown(length)) {
      const size = Math.ceil(length / parts);
      if (node.opset < 18 && length % parts !== 0) {
        node.fail(
          `cannot split ${String(length)} into ${String(parts)} equal parts`,
          'give the sizes of the parts',
        );
      }
      sizes = Array.from({ length: parts }, (_, i) => Math.max(0, Math.min(size, length - i * size)));
    } else sizes = node.proto.output.map(() => unnamed(bound(length)));
    if (sizes.length < node.outputs)
      node.fail(`has ${String(node.outputs)} outputs for ${String(sizes.length)} parts`);
    let start: Extent = 0;
    return made(node, 'split', [node.typed(0)], { axis, sizes }).map(({ shape = [] }, i) => {
      const from = start;
      start = plus(start, sizes[i] ?? 0);
      const elements = isKnown(from)
        ? rearrange(node, shape, (index) => index.map((at, i) => (i === axis ? at + from : at)))
        : undefined;
      return filled(node.dtype(0), shape, elements);
    });
  },
  lower: (emit) => {
    const axis = emit.node.axis(emit.node.int('axis', 0), emit.input(0).shape.length);
    const sizes = emit.outputs.map((type) => type?.shape[axis]);
    return sizes.every((size) => size !== undefined) ? movedBy(emit, 'split', { axis, sizes }) : moved(emit);
  },
};

interface Range {
  readonly start: number;
  readonly step: number;
}

interface Cuts {
  readonly starts: readonly Scalar[] | undefined;
  readonly ends: readonly Scalar[] | undefined;
  readonly steps: readonly Scalar[] | undefined;
  /** undefined: the first ones, or unknown */
  readonly listed: readonly number[] | undefined;
}

/** Operands of a Slice: attributes before opset 10, where DynamicSlice has operands. */
const cutsOf = (node: Node): Cuts =>
  node.opset < 10 && node.op === 'Slice'
    ? { starts: node.ints('starts'), ends: node.ints('ends'), steps: undefined, listed: node.ints('axes') }
    : {
        starts: node.elements(1),
        ends: node.elements(2),
        steps: node.has(4) ? node.elements(4) : undefined,
        listed: node.has(3) ? node.numbers(3) : undefined,
      };

const slice: Operator = {
  infer(node) {
    const input = node.shape(0);
    const { starts, ends, steps, listed } = cutsOf(node);
    if (node.has(3) && listed === undefined) {
      return [
        node.like(
          0,
          input.map((dim, axis) => node.unknown(0, axis, bound(dim))),
        ),
      ];
    }
    const length = listed?.length ?? starts?.length ?? ends?.length ?? sliceLength(node);
    if (length === undefined || length > input.length) return [tensor(node.dtype(0), undefined)];
    const axes = node.axes(listed ?? Array.from({ length }, (_, axis) => axis), input.length);
    const shape = [...input];
    const ranges = new Map<number, Range | undefined>();
    for (const [i, axis] of axes.entries()) {
      const dim = input[axis] ?? 0;
      const step = node.has(4) ? steps?.[i] : 1;
      const [start, end] = [starts?.[i], ends?.[i]];
      if (step === 0) node.fail('slices with a step of 0');
      const range =
        isKnown(dim) && isKnown(start) && isKnown(step) && isKnown(end)
          ? exact(dim, start, end, step)
          : undefined;
      ranges.set(axis, range);
      shape[axis] =
        range?.extent ?? symbolicExtent(dim, start, end, step) ?? node.unknown(0, axis, bound(dim));
    }
    const elements = [...ranges.values()].every((range) => range !== undefined)
      ? rearrange(node, shape, (index) =>
          index.map((at, axis) => {
            const range = ranges.get(axis);
            return range === undefined ? at : range.start + at * range.step;
          }),
        )
      : undefined;
    return [sameNumbers(node, shape, elements)];
  },
  lower: (emit) => {
    const { shape } = emit.input(0);
    const { starts = [], ends = [], steps, listed } = cutsOf(emit.node);
    const axes = emit.node.axes(listed ?? starts.map((_, axis) => axis), shape.length);
    const ranges = axes.map((axis, i) => {
      const [start, end, step] = [starts[i], ends[i], emit.node.has(4) ? steps?.[i] : 1];
      return isKnown(start) && isKnown(end) && isKnown(step)
        ? exact(shape[axis] ?? 0, start, end, step)
        : undefined;
    });
    if (!ranges.every((range) => range !== undefined) || starts.length === 0) return moved(emit);
    return movedBy(emit, 'stridedSlice', {
      axes,
      starts: ranges.map(({ start }) => start),
      steps: ranges.map(({ step }) => step),
      sizes: ranges.map(({ extent }) => extent),
    });
  },
};

/** Number of axes that a Slice names, from the shapes of its operands. */
function sliceLength(node: Node): number | undefined {
  const [length] = node.has(1) ? node.shape(1) : [];
  return isKnown(length) ? length : undefined;
}

function exact(dim: number, start: number, end: number, step: number): Range & { readonly extent: number } {
  const clamp = (value: number, low: number, high: number): number =>
    Math.min(Math.max(value < 0 ? value + dim : value, low), high);
  const from = step > 0 ? clamp(start, 0, dim) : clamp(start, 0, dim - 1);
  const to = step > 0 ? clamp(end, 0, dim) : clamp(end, -1, dim - 1);
  return { start: from, step, extent: Math.max(0, Math.ceil((to - from) / step)) };
}

/** Length of a slice of an extent that is not known, in the forms that occur. */
function symbolicExtent(dim: Extent, start: Scalar, end: Scalar, step: Scalar): Extent | undefined {
  if (step !== 1 || start === undefined || end === undefined) return undefined;
  if (isKnown(end) && end >= 2 ** 31 - 1) {
    return isKnown(start) && start >= 0 ? (start === 0 ? dim : minus(dim, start)) : undefined;
  }
  if (start === 0 && sameExtent(end, dim)) return dim;
  const most = bound(dim);
  if (start === 0 && isKnown(end) && end >= 0) {
    if (most !== undefined && most <= end) return dim;
    return isKnown(dim)
      ? Math.min(dim, end)
      : { symbol: `min(${dim.symbol},${String(end)})`, atMost: Math.min(most ?? end, end) };
  }
  if (start === 0 && !isKnown(end) && isKnown(dim)) {
    return end.atMost !== undefined && end.atMost <= dim
      ? end
      : { symbol: `min(${end.symbol},${String(dim)})`, atMost: dim };
  }
  return undefined;
}

const expand: Operator = {
  infer(node) {
    const target = extents(node, 1);
    if (target === undefined) return [tensor(node.dtype(0), undefined)];
    const input = node.shape(0);
    const shape = broadcast(node, [input, target]);
    const offset = shape.length - input.length;
    const elements = rearrange(node, shape, (index) =>
      input.map((dim, axis) => (dim === 1 ? 0 : (index[axis + offset] ?? 0))),
    );
    return [sameNumbers(node, shape, elements)];
  },
  lower: (emit) => movedBy(emit, 'expand', { shape: emit.output(0).shape }),
};

const tile: Operator = {
  infer(node) {
    const input = node.shape(0);
    const repeats = node.elements(1);
    const shape = input.map((dim, axis) => {
      const times = repeats?.[axis];
      return times === undefined ? node.unknown(0, axis, undefined) : multiply(dim, times);
    });
    if (repeats !== undefined && repeats.length !== input.length) {
      node.fail(`repeats ${String(repeats.length)} axes of ${formatDims(input)}`);
    }
    const elements = rearrange(node, shape, (index) =>
      index.map((at, axis) => {
        const dim = input[axis];
        return isKnown(dim) && dim > 0 ? at % dim : 0;
      }),
    );
    return [filled(node.dtype(0), nonNegative(node, shape), elements)];
  },
  lower: moved,
};

/** Entries before and behind each axis of a Pad. */
function bordersOf(
  node: Node,
  rank: number,
): { readonly begin: readonly Extent[]; readonly end: readonly Extent[] } {
  const listed = node.has(3) ? node.numbers(3) : Array.from({ length: rank }, (_, axis) => axis);
  const pads = node.has(1) ? node.elements(1) : (node.ints('pads') ?? node.ints('paddings'));
  const anything = Array.from({ length: rank }, () => unnamed(undefined));
  if (listed === undefined || pads === undefined) return { begin: anything, end: anything };
  const axes = node.axes(listed, rank);
  if (pads.length !== 2 * axes.length) {
    node.fail(`needs ${String(2 * axes.length)} paddings and has ${String(pads.length)}`);
  }
  const of = (from: number): readonly Extent[] =>
    Array.from({ length: rank }, (_, axis) => {
      const at = axes.indexOf(axis);
      return at < 0 ? 0 : (pads[at + from] ?? unnamed(undefined));
    });
  return { begin: of(0), end: of(axes.length) };
}

const PAD_MODES = ['constant', 'edge', 'reflect', 'wrap'] as const;

const pad: Operator = {
  infer(node) {
    const input = node.typed(0);
    const { begin, end } = bordersOf(node, input.shape.length);
    return made(node, 'pad', [input], { begin, end, mode: 'constant', value: 0 });
  },
  lower: (emit) => {
    const { node } = emit;
    const { begin, end } = bordersOf(node, emit.input(0).shape.length);
    const mode = PAD_MODES.find((each) => each === node.text('mode', 'constant'));
    const value = node.float('value') ?? (node.has(2) ? node.numbers(2)?.[0] : 0);
    if (mode === undefined || value === undefined || !begin.every(isKnown) || !end.every(isKnown))
      return moved(emit);
    return movedBy(emit, 'pad', { begin, end, mode, value: atLeast(value) });
  },
};

/** Infinity has no place in a graph file; nothing is lower than the lowest number either. */
const atLeast = (value: number): number => Math.min(Math.max(value, -LARGEST), LARGEST);
/** of float32 */
const LARGEST = 3.4028234663852886e38;

const shapeOf: Operator = {
  infer(node) {
    const shape = node.shape(0);
    const clamp = (axis: number): number =>
      Math.min(Math.max(axis < 0 ? axis + shape.length : axis, 0), shape.length);
    const start = clamp(node.int('start', 0));
    const part = shape.slice(start, Math.max(start, clamp(node.int('end') ?? shape.length)));
    return [filled('int64', [part.length], part)];
  },
  lower: moved,
};

const size: Operator = {
  infer: (node) => [filled('int64', [], [count(node.shape(0))])],
  lower: moved,
};

/** Depth into space or back: a block of b x b pixels against b * b channels. */
const blocks = (deeper: boolean): Operator => ({
  infer(node) {
    node.shapeOf(0, 4);
    const block = node.int('blocksize') ?? node.fail('has no attribute "blocksize"');
    return made(node, 'reorg', [node.typed(0)], { block, inverse: !deeper, order: 'reorg3d' });
  },
  lower: (emit) =>
    emit.node.text('mode', 'DCR') === 'DCR'
      ? movedBy(emit, 'reorg', {
          block: emit.node.int('blocksize', 1),
          inverse: !deeper,
          order: 'reorg3d',
        })
      : columnsFirst(emit),
});

/** The depth-to-space whose channels lie block by block (CRD), as runtimes do it. */
const columnsFirst: Lowering = (emit) => {
  const [n = 1, c = 1, h = 1, w = 1] = emit.input(0).shape;
  const block = emit.node.int('blocksize', 1);
  const seen = emit.add('reshape', [emit.operand(0)], { shape: [n, c / block ** 2, block, block, h, w] });
  const turned = emit.add('transpose', seen, { perm: [0, 1, 4, 2, 5, 3] });
  return emit.add('reshape', turned, { shape: emit.output(0).shape });
};

const centerCropPad: Operator = {
  infer(node) {
    const input = node.shape(0);
    const axes = node.axes(node.ints('axes') ?? input.map((_, axis) => axis), input.length);
    const target = extents(node, 1);
    return [
      node.like(
        0,
        input.map((dim, axis) => {
          const at = axes.indexOf(axis);
          return at < 0 ? dim : (target?.[at] ?? node.unknown(0, axis, undefined));
        }),
      ),
    ];
  },
  lower: moved,
};

const col2im: Operator = {
  infer(node) {
    const [n = 1, columns = 1] = node.shapeOf(0, 3);
    const image = extents(node, 1);
    const block = extents(node, 2);
    if (image === undefined || block === undefined) return [tensor(node.dtype(0), undefined)];
    const taps = count(block);
    return [
      node.like(0, [
        n,
        isKnown(taps) && taps > 0 ? floorDivide(columns, taps) : node.unknown(0, 1, bound(columns)),
        ...image,
      ]),
    ];
  },
  // Every entry of a column is added to its pixel.
  lower: (emit) => {
    const summed = emit.add('elementwise', [emit.operand(0)], {
      fn: 'cumulativeSum',
      dtype: emit.output(0).dtype,
    });
    return emit.add('rearrange', summed, { op: 'Col2Im', outputs: [emit.output(0)] });
  },
};

const sameShape: Operator = { infer: (node) => [node.like(0, node.shape(0))], lower: moved };

const trilu: Operator = {
  infer(node) {
    const shape = node.shape(0);
    const k = node.has(1) ? node.numbers(1)?.[0] : 0;
    const input = node.elements(0);
    const known = knownShape(shape);
    if (input === undefined || known === undefined || k === undefined) return [node.like(0, shape)];
    const upper = node.int('upper', 1) === 1;
    const step = strides(known);
    const elements: Scalar[] = [];
    eachIndex(known, (index) => {
      const distance = (index.at(-1) ?? 0) - (index.at(-2) ?? 0);
      const kept = upper ? distance >= k : distance <= k;
      elements.push(kept ? input[index.reduce((sum, i, axis) => sum + i * (step[axis] ?? 0), 0)] : 0);
    });
    return [filled(node.dtype(0), shape, elements)];
  },
  lower: moved,
};

/** The value as it is, of whatever kind. */
const identity: Operator = { infer: (node) => [node.value(0)], lower: renamed };

const dropout: Operator = {
  infer: (node) => [node.value(0), tensor(node.opset < 10 ? node.dtype(0) : 'bool', node.shape(0))],
  lower: (emit) => {
    const result = emit.add('identity', [emit.operand(0)], {});
    const mask = emit.outputs[1];
    return mask === undefined ? result : [...result, ...emit.add('fill', [], { ...mask, value: 1 })];
  },
};

export const MOVE: Operators = {
  CenterCropPad: centerCropPad,
  Col2Im: col2im,
  Concat: concat,
  DepthToSpace: blocks(false),
  Dropout: dropout,
  DynamicSlice: slice,
  Expand: expand,
  Flatten: flatten,
  Identity: identity,
  Pad: pad,
  Reshape: reshape,
  ReverseSequence: sameShape,
  Shape: shapeOf,
  Size: size,
  Slice: slice,
  SpaceToDepth: blocks(true),
  Split: split,
  Squeeze: squeeze,
  TensorScatter: sameShape,
  Tile: tile,
  Transpose: transpose,
  Trilu: trilu,
  Unsqueeze: unsqueeze,
};
