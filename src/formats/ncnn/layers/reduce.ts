import type { TensorId } from '../../../graph/graph.ts';
import type { ReduceFunction } from '../../../ops/reduce.ts';
import { elements } from '../../../units.ts';
import { Unknown, type Lowering, type Rule } from '../lower.ts';

/** By parameter 0 of Reduction. */
const REDUCTIONS: readonly ReduceFunction[] = [
  'sum',
  'l1',
  'sumSquare',
  'mean',
  'max',
  'min',
  'product',
  'l1',
  'l2',
  'logSum',
  'logSumExp',
];

const reduction: Rule = (on, params) => {
  const dims = on.shape(0);
  const fn = REDUCTIONS[params.int(0, 0)];
  if (fn === undefined) return new Unknown(`there is no operation ${String(params.int(0, 0))}`);
  const stated = params.list(3);
  if (stated.length > 0 && !params.flag(5)) {
    on.fail(
      'counts its axes with a batch, which ncnn refuses',
      'convert the model again, or write 5=1 once the axes count from the channels',
    );
  }
  const all = params.flag(1, 1) || dims.length === 1;
  const axes = all ? [...dims.keys()] : [...new Set(stated.map((axis) => on.axis(axis, dims.length)))];
  const keepDims = params.flag(4);
  const reduced = on.add('reduce', [on.input()], { fn, axes: axes.map((axis) => axis + 1), keepDims });
  const factor = params.number(2) ?? 1;
  const result = factor === 1 ? reduced : on.scaled(reduced, factor, 0);
  // ncnn has no blob without dimensions.
  return [on.dims(result).length === 0 ? on.reshape(result, [1]) : result];
};

const mean = (on: Lowering, x: TensorId, axes: readonly number[], keepDims: boolean): TensorId =>
  on.add('reduce', [x], { fn: 'mean', axes, keepDims });

/** Mean, and standard deviation, of each channel. */
const statisticsPooling: Rule = (on, params) => {
  const axes = on
    .shape(0, 2, 3, 4)
    .map((_, axis) => axis + 1)
    .slice(1);
  const average = mean(on, on.input(), axes, true);
  const flat = on.flat(average);
  if (!params.flag(0)) return [flat];
  const apart = on.elementwise('subtract', on.input(), average);
  const variance = mean(on, on.add('mul', [apart, apart], {}), axes, false);
  return [on.concat([flat, on.elementwise('sqrt', variance)], 0)];
};

const argMax: Rule = (on, params) => {
  const kept = params.count(1, 1);
  const total = elements(on.shape(0));
  if (kept > total) on.fail(`keeps ${String(kept)} of ${String(total)} elements`, 'keep fewer');
  const shape = [on.batch, params.flag(0) ? 2 : 1, kept];
  const x = on.flat(on.input());
  return [on.add('sort', [x], { op: 'ArgMax', axis: 1, kept, outputs: [{ dtype: 'float32', shape }] })];
};

const softmax: Rule = (on, params) => {
  const stated = params.int(0, 0);
  if (stated !== 0 && !params.flag(1)) {
    on.fail(
      'counts its axis in the old way, which ncnn refuses',
      'convert the model again, or write 1=1 once the axis counts from the channels',
    );
  }
  return [on.add('softmax', [on.input()], { axis: on.axis(stated, on.shape(0).length) + 1 })];
};

export const REDUCTION: Readonly<Record<string, Rule>> = {
  ArgMax: argMax,
  Reduction: reduction,
  Softmax: softmax,
  StatisticsPooling: statisticsPooling,
};
