import { made } from '../apply.ts';
import type { Lowering } from '../emit.ts';
import type { Node } from '../node.ts';
import type { Operator, Operators } from '../operator.ts';
import { boundOf, eachIndex, smallCount, strides } from '../shape.ts';
import { bound, type Extent, isKnown, knownShape } from '../../../ops/extent.ts';
import { filled, FOLDED, type Scalar, tensor } from '../values.ts';
import { moved, movedBy } from './move.ts';

/** The constant with the numbers picked from another, where indices and content are followed. */
function gathered(node: Node, axis: number, shape: readonly Extent[]): readonly Scalar[] | undefined {
  const data = node.elements(0);
  const indices = node.numbers(1);
  const input = knownShape(node.shape(0));
  const picks = knownShape(node.shape(1));
  const result = knownShape(shape);
  if (data === undefined || indices === undefined || input === undefined || picks === undefined)
    return undefined;
  if (result === undefined || smallCount(result, FOLDED) === undefined) return undefined;
  const length = input[axis] ?? 0;
  const step = strides(input);
  const pickStep = strides(picks);
  const elements: Scalar[] = [];
  eachIndex(result, (index) => {
    let pick = 0;
    for (let i = 0; i < picks.length; i++) pick += (index[axis + i] ?? 0) * (pickStep[i] ?? 0);
    const chosen = indices[pick] ?? 0;
    if (chosen < -length || chosen >= length) {
      node.fail(`picks index ${String(chosen)} of ${String(length)} along axis ${String(axis)}`);
    }
    let at = (chosen < 0 ? chosen + length : chosen) * (step[axis] ?? 0);
    for (let i = 0; i < axis; i++) at += (index[i] ?? 0) * (step[i] ?? 0);
    for (let i = axis + 1; i < input.length; i++) at += (index[i + picks.length - 1] ?? 0) * (step[i] ?? 0);
    elements.push(data[at]);
  });
  return elements;
}

const gather: Operator = {
  infer(node) {
    const inputs = [node.typed(0), node.typed(1)] as const;
    const axis = node.axis(node.int('axis', 0), inputs[0].shape.length);
    return made(node, 'gather', inputs, { axis }).map(({ dtype, shape = [] }) =>
      filled(dtype, shape, gathered(node, axis, shape)),
    );
  },
  lower: (emit) =>
    movedBy(emit, 'gather', { axis: emit.node.axis(emit.node.int('axis', 0), emit.input(0).shape.length) }),
};

const gatherND: Operator = {
  infer(node) {
    // Rows of an unknown length pick an unknown number of axes.
    if (!isKnown(node.dim(1, -1))) return [tensor(node.dtype(0), undefined)];
    const batchDims = node.int('batch_dims', 0);
    return made(node, 'gatherND', [node.typed(0), node.typed(1)], { batchDims });
  },
  lower: (emit) => movedBy(emit, 'gatherND', { batchDims: emit.node.int('batch_dims', 0) }),
};

/** The first input with elements replaced. */
const scattered = (lower: Lowering): Operator => ({ infer: (node) => [node.like(0, node.shape(0))], lower });

/** Replacing is movement; with a reduction each update is one operation on its element. */
const scatter: Lowering = (emit) => {
  const reduction = emit.node.text('reduction', 'none');
  const fn =
    reduction === 'add' || reduction === 'mul' ? reduction : reduction === 'min' ? 'minimum' : 'maximum';
  if (reduction === 'none') return moved(emit);
  const update = emit.add('elementwise', [emit.operand(2)], { fn, dtype: emit.input(2).dtype });
  return emit.add('rearrange', [emit.operand(0), emit.operand(1), ...update], {
    op: emit.node.op,
    outputs: [emit.output(0)],
  });
};

const oneHot: Operator = {
  infer(node) {
    const indices = node.shape(0);
    const depth = node.elements(1)?.[0] ?? node.unknown(0, indices.length, undefined);
    const axis = node.axis(node.int('axis', -1), indices.length + 1);
    return [tensor(node.dtype(2), [...indices.slice(0, axis), depth, ...indices.slice(axis)])];
  },
  lower: moved,
};

const nonZero: Operator = {
  infer(node) {
    const shape = node.shape(0);
    const known = knownShape(shape);
    const numbers = node.numbers(0);
    if (numbers !== undefined && known !== undefined) {
      const found: (readonly number[])[] = [];
      let at = 0;
      eachIndex(known, (index) => {
        if (numbers[at++] !== 0) found.push([...index]);
      });
      const elements = shape.map((_, axis) => found.map((index) => index[axis])).flat();
      return [filled('int64', [shape.length, found.length], elements)];
    }
    return [tensor('int64', [shape.length, node.unknown(0, 1, boundOf(shape))])];
  },
  lower: moved,
};

const compress: Operator = {
  infer(node) {
    const shape = node.shape(0);
    const given = node.int('axis');
    const axis = given === undefined ? undefined : node.axis(given, shape.length);
    const all = axis === undefined ? boundOf(shape) : bound(shape[axis] ?? 1);
    const [condition] = node.shapeOf(1, 1);
    const most = condition === undefined ? undefined : bound(condition);
    const kept =
      node.numbers(1)?.filter((flag) => flag !== 0).length ??
      node.unknown(
        0,
        axis ?? 0,
        all === undefined || most === undefined ? (all ?? most) : Math.min(all, most),
      );
    return [node.like(0, axis === undefined ? [kept] : shape.map((dim, i) => (i === axis ? kept : dim)))];
  },
  lower: moved,
};

const unique: Operator = {
  infer(node) {
    const shape = node.shape(0);
    const given = node.int('axis');
    const axis = given === undefined ? undefined : node.axis(given, shape.length);
    const numbers = axis === undefined ? node.numbers(0) : undefined;
    const all = axis === undefined ? boundOf(shape) : bound(shape[axis] ?? 1);
    const found = numbers === undefined ? node.unknown(0, axis ?? 0, all) : new Set(numbers).size;
    const length =
      axis === undefined
        ? shape.reduce<Extent | undefined>((a, b) => (isKnown(a) && isKnown(b) ? a * b : undefined), 1)
        : shape[axis];
    return [
      node.like(0, axis === undefined ? [found] : shape.map((dim, i) => (i === axis ? found : dim))),
      tensor('int64', [found]),
      tensor('int64', [length ?? node.unknown(2, 0, all)]),
      tensor('int64', [found]),
    ];
  },
  lower: (emit) =>
    emit.add('sort', [emit.operand(0)], { op: 'Unique', outputs: present(emit.outputs), axis: -1 }),
};

export const present = <T>(values: readonly (T | undefined)[]): readonly T[] =>
  values.filter((value) => value !== undefined);

const topK: Operator = {
  infer(node) {
    const shape = node.shape(0);
    const axis = node.axis(node.int('axis', -1), shape.length);
    const k = node.has(1) ? node.elements(1)?.[0] : node.int('k');
    const length = shape[axis] ?? 1;
    if (isKnown(k) && isKnown(length) && k > length)
      node.fail(`takes the ${String(k)} largest of ${String(length)}`);
    const kept = k ?? node.unknown(0, axis, bound(length));
    const result = shape.map((dim, i) => (i === axis ? kept : dim));
    return [node.like(0, result), tensor('int64', result)];
  },
  lower(emit) {
    const { shape } = emit.input(0);
    const axis = emit.node.axis(emit.node.int('axis', -1), shape.length);
    return emit.add('sort', [emit.operand(0)], {
      op: 'TopK',
      outputs: present(emit.outputs),
      axis,
      kept: emit.output(0).shape[axis] ?? 1,
    });
  },
};

const nonMaxSuppression: Operator = {
  infer(node) {
    const [, boxes = 0] = node.shapeOf(0, 3);
    const [batch = 0, classes = 0] = node.shapeOf(1, 3);
    const limit = node.has(2) ? node.numbers(2)?.[0] : 0;
    const each = limit === undefined ? bound(boxes) : Math.min(limit, bound(boxes) ?? limit);
    const [n, c] = [bound(batch), bound(classes)];
    const most =
      each === undefined || n === undefined || c === undefined ? undefined : n * c * Math.max(0, each);
    return [tensor('int64', [most === 0 ? 0 : node.unknown(0, 0, most), 3])];
  },
  lower: (emit) =>
    emit.add('nonMaxSuppression', [emit.operand(0), emit.operand(1)], { outputs: [emit.output(0)] }),
};

export const SELECT: Operators = {
  Compress: compress,
  Gather: gather,
  GatherElements: { infer: (node) => [node.like(0, node.shape(1))], lower: moved },
  GatherND: gatherND,
  NonMaxSuppression: nonMaxSuppression,
  NonZero: nonZero,
  OneHot: oneHot,
  Scatter: scattered(moved),
  ScatterElements: scattered(scatter),
  ScatterND: scattered(scatter),
  TopK: topK,
  Unique: unique,
};
