import { applied, made } from '../apply.ts';
import type { ReduceFunction } from '../../../ops/reduce.ts';
import type { Node } from '../node.ts';
import type { Operator, Operators } from '../operator.ts';
import { eachIndex, smallCount, strides } from '../shape.ts';
import { type Extent, isKnown, knownShape, multiply } from '../../../ops/extent.ts';
import { filled, FOLDED, type Scalar, tensor } from '../values.ts';
import { rounded } from './elementwise.ts';

/** Axes that a reduction removes; undefined where they are not known. */
function reducedAxes(node: Node, rank: number): readonly number[] | undefined {
  const all = Array.from({ length: rank }, (_, axis) => axis);
  if (node.has(1)) {
    const axes = node.numbers(1);
    const count = axes?.length ?? smallCount(node.shape(1), Infinity);
    if (count === undefined) return undefined;
    if (count > rank) node.fail(`names ${String(count)} axes of ${String(rank)} dimensions`);
    if (axes === undefined) {
      if (count > 0) return count === rank ? all : undefined;
    } else if (count > 0) return node.axes(axes, rank);
  } else {
    const axes = node.ints('axes');
    if (axes !== undefined && axes.length > 0) return node.axes(axes, rank);
  }
  return node.int('noop_with_empty_axes', 0) === 1 ? [] : all;
}

/** The shape without these axes, or with extent 1 there. */
export const reducedShape = (
  shape: readonly Extent[],
  axes: readonly number[],
  keep: boolean,
): readonly Extent[] => shape.flatMap((dim, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [dim]));

type Fold = (values: readonly number[]) => number;

function foldedElements(
  node: Node,
  axes: readonly number[],
  shape: readonly Extent[],
  fold: Fold,
): readonly Scalar[] | undefined {
  const elements = node.elements(0);
  const extents = knownShape(node.shape(0));
  const count = smallCount(shape, FOLDED);
  if (elements === undefined || extents === undefined || count === undefined) return undefined;
  const kept = extents.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  const step = strides(kept);
  const groups = Array.from({ length: count }, (): Scalar[] => []);
  let at = 0;
  eachIndex(extents, (index) => {
    const group = index.reduce((sum, i, axis) => sum + (axes.includes(axis) ? 0 : i * (step[axis] ?? 0)), 0);
    groups[group]?.push(elements[at++]);
  });
  const dtype = node.dtype(0);
  return groups.map((group) => {
    if (group.every(isKnown)) return rounded(fold(group), dtype);
    const known = group.filter((scalar) => scalar !== undefined);
    return node.op === 'ReduceProd' && known.length === group.length ? known.reduce(multiply, 1) : undefined;
  });
}

function reduction(fn: ReduceFunction, fold?: Fold): Operator {
  return {
    infer(node) {
      const shape = node.shape(0);
      const axes = reducedAxes(node, shape.length);
      const keep = node.int('keepdims', 1) === 1;
      if (axes === undefined) {
        const removed = smallCount(node.shape(1), 64);
        if (keep)
          return [
            node.like(
              0,
              shape.map((_, axis) => node.unknown(0, axis, undefined)),
            ),
          ];
        return [
          removed === undefined
            ? tensor(node.dtype(0), undefined)
            : node.like(
                0,
                shape.slice(removed).map((_, axis) => node.unknown(0, axis, undefined)),
              ),
        ];
      }
      return made(node, 'reduce', [node.typed(0)], { fn, axes, keepDims: keep }).map(
        ({ dtype, shape: result = [] }) =>
          filled(dtype, result, fold && foldedElements(node, axes, result, fold)),
      );
    },
    lower(emit) {
      const axes = reducedAxes(emit.node, emit.input(0).shape.length);
      if (axes === undefined)
        return emit.add('opaque', [emit.operand(0)], { op: emit.node.op, outputs: [emit.output(0)] });
      return emit.add('reduce', [emit.operand(0)], {
        fn,
        axes,
        keepDims: emit.node.int('keepdims', 1) === 1,
      });
    },
  };
}

const argument = (fn: 'argMax' | 'argMin'): Operator =>
  applied('reduce', {
    operands: [0],
    attrs: (node) => ({
      fn,
      axes: [node.axis(node.int('axis', 0), node.shape(0).length)],
      keepDims: node.int('keepdims', 1) === 1,
      dtype: 'int64',
    }),
  });

const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

export const REDUCE: Operators = {
  ReduceSum: reduction('sum', total),
  ReduceMean: reduction('mean', (values) => total(values) / values.length),
  ReduceMax: reduction('max', (values) => Math.max(...values)),
  ReduceMin: reduction('min', (values) => Math.min(...values)),
  ReduceProd: reduction('product', (values) => values.reduce((a, b) => a * b, 1)),
  ReduceL1: reduction('l1'),
  ReduceL2: reduction('l2'),
  ReduceSumSquare: reduction('sumSquare'),
  ReduceLogSum: reduction('logSum'),
  ReduceLogSumExp: reduction('logSumExp'),
  ArgMax: argument('argMax'),
  ArgMin: argument('argMin'),
};
