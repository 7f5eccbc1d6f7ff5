import { type ReduceAttrs } from '../../../src/ops/reduce.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<ReduceAttrs>[] = [
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
  {
    name: 'logarithm of a sum of exponentials',
    inputs: [[6, 2]],
    attrs: { fn: 'logSumExp', axes: [0], keepDims: false },
    outputs: [[2]],
    work: { transcendental: 14, add: 12 },
    source: 'by hand: 12 exponentials and 2 logarithms',
  },
];
