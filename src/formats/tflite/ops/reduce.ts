import type { ReduceFunction } from '../../../ops/reduce.ts';
import type { NormalizeFunction } from '../../../ops/normalize.ts';
import { filled } from '../content.ts';
import type { Operation, Results } from '../operation.ts';
import { contentOf, type Rule, type Rules } from '../rule.ts';
import { OPTIONS } from '../schema.ts';

/** The axes that are reduced; all of them where none is named. */
function reducedAxes(op: Operation): readonly number[] {
  const rank = op.shape(0).length;
  const axes = op.numbers(1);
  return axes.length === 0 ? op.shape(0).map((_, axis) => axis) : op.axes(axes, rank);
}

/** In the form that the map has, where what is left has the same order in both. */
function reduced(op: Operation, fn: ReduceFunction, axes: readonly number[], keepDims: boolean): Results {
  const rank = op.shape(0).length;
  const left = op.shape(0).flatMap((_, axis) => (axis === 0 || axes.includes(axis) ? [] : [axis]));
  const sameOrder = keepDims || left.length < 2 || !left.includes(rank - 1);
  const map = sameOrder ? op.map(0) : { id: op.id(0), axis: (axis: number) => axis };
  const dtype = op.dtypeUnless(map.id);
  return op.add('reduce', [map.id], { fn, axes: axes.map(map.axis), keepDims, ...dtype }, [], undefined);
}

const reduce = (fn: ReduceFunction, combine?: (a: number, b: number) => number): Rule => ({
  lower: (op) => reduced(op, fn, reducedAxes(op), op.options(OPTIONS.Reducer).keepDims),
  ...(combine === undefined
    ? {}
    : {
        evaluate(op) {
          const [content, axes] = [contentOf(op, 0), op.known(1)];
          const { keepDims } = op.options(OPTIONS.Reducer);
          if (content === undefined || axes === undefined || content.shape.length > 1) return [];
          const [first, ...others] = content.values;
          if (first === undefined) return [];
          const value = others.reduce(combine, first);
          return [filled(keepDims ? content.shape.map(() => 1) : [], () => value)];
        },
      }),
});

const position =
  (fn: 'argMax' | 'argMin') =>
  (op: Operation): Results =>
    reduced(op, fn, [op.axis(op.numbers(1)[0] ?? 0, op.shape(0).length)], false);

/** Along the channels, the last axis of the file. */
const overChannels =
  (fn: NormalizeFunction, fused: (op: Operation) => number) =>
  (op: Operation): Results => {
    const map = op.map(0);
    const axes = [map.axis(op.axis(-1, op.shape(0).length))];
    const id = op.one('normalize', [map.id], { fn, axes, groups: 1, scale: false, shift: false });
    return [op.fused(id, fused(op))];
  };

export const REDUCE: Rules = {
  MEAN: reduce('mean'),
  SUM: reduce('sum', (a, b) => a + b),
  REDUCE_PROD: reduce('product', (a, b) => a * b),
  REDUCE_MAX: reduce('max', Math.max),
  REDUCE_MIN: reduce('min', Math.min),
  REDUCE_ANY: reduce('max'),
  REDUCE_ALL: reduce('min'),
  ARG_MAX: { lower: position('argMax') },
  ARG_MIN: { lower: position('argMin') },
  SOFTMAX: {
    lower(op) {
      const map = op.map(0);
      return [op.one('softmax', [map.id], { axis: map.axis(op.axis(-1, op.shape(0).length)) })];
    },
  },
  LOG_SOFTMAX: { lower: overChannels('logSoftmax', () => 0) },
  L2_NORMALIZATION: { lower: overChannels('lp', (op) => op.options(OPTIONS.L2Norm).fused) },
};
