import { type ReduceAttrs, type ReduceFunction } from '../../../src/ops/reduce.ts';
import type { OpCase } from '../opCase.ts';
import { numbers, times, type Arithmetic } from '../tracing.ts';

const squares = ({ mul }: Arithmetic, row: readonly number[]): number[] => row.map((x) => mul(x, x));

interface Defined {
  /** the value of a whole row */
  readonly formula: (on: Arithmetic, row: readonly number[]) => number;
  readonly source: string;
  readonly dtype?: 'int64';
}

const FUNCTIONS: Readonly<Record<ReduceFunction, Defined>> = {
  sum: { formula: ({ sum }, row) => sum(row), source: 'ONNX ReduceSum-13' },
  mean: { formula: ({ sum, div }, row) => div(sum(row), row.length), source: 'ONNX ReduceMean-18' },
  max: { formula: ({ maximum }, row) => maximum(row), source: 'ONNX ReduceMax-20' },
  min: { formula: ({ min }, row) => row.reduce(min, Infinity), source: 'ONNX ReduceMin-20' },
  argMax: {
    formula({ greater }, row) {
      let best = -1;
      for (const [i, x] of row.entries()) if (greater(x, row[best] ?? -Infinity)) best = i;
      return best;
    },
    dtype: 'int64',
    source: 'ONNX ArgMax-13',
  },
  argMin: {
    formula({ less }, row) {
      let best = -1;
      for (const [i, x] of row.entries()) if (less(x, row[best] ?? Infinity)) best = i;
      return best;
    },
    dtype: 'int64',
    source: 'ONNX ArgMin-13',
  },
  product: { formula: ({ mul }, row) => row.reduce(mul, 1), source: 'ONNX ReduceProd-18' },
  l1: { formula: ({ sum, abs }, row) => sum(row.map(abs)), source: 'ONNX ReduceL1-18: sum of |x|' },
  l2: {
    formula: (on, row) => on.call(Math.sqrt, on.sum(squares(on, row))),
    source: 'ONNX ReduceL2-18: root of the sum of squares',
  },
  sumSquare: { formula: (on, row) => on.sum(squares(on, row)), source: 'ONNX ReduceSumSquare-18' },
  logSum: { formula: ({ call, sum }, row) => call(Math.log, sum(row)), source: 'ONNX ReduceLogSum-18' },
  logSumExp: {
    formula: ({ call, sum }, row) => call(Math.log, sum(row.map((x) => call(Math.exp, x)))),
    source: 'ONNX ReduceLogSumExp-18: log(sum(exp(x))), the maximum not taken out first',
  },
};

export const cases: readonly OpCase<ReduceAttrs>[] = [
  ...(Object.entries(FUNCTIONS) as [ReduceFunction, Defined][]).map(([fn, { formula, source, dtype }]) => ({
    name: fn,
    inputs: [[2, 5, 3]],
    attrs: { fn, axes: [1], keepDims: false, ...(dtype === undefined ? {} : { dtype }) },
    outputs: [[2, 3]],
    work: times(6, (on) => formula(on, numbers(5))),
    source,
  })),
  {
    name: 'mean over a map, axes kept',
    inputs: [[2, 3, 4, 5]],
    attrs: { fn: 'mean', axes: [2, 3], keepDims: true },
    outputs: [[2, 3, 1, 1]],
    work: { add: 120, divide: 6 },
    source: 'by hand',
  },
  {
    name: 'position of the maximum',
    inputs: [[2, 10]],
    attrs: { fn: 'argMax', axes: [1], keepDims: false, dtype: 'int64' },
    outputs: [[2]],
    work: { compare: 20 },
    source: 'ONNX ArgMax',
  },
];
