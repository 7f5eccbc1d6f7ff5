import { type ElementwiseAttrs } from '../../../src/ops/elementwise.ts';
import { type Shape } from '../../../src/ops/spec.ts';
import type { OpCase } from '../opCase.ts';

const row: Shape = [4];

export const cases: readonly OpCase<ElementwiseAttrs>[] = [
  {
    name: 'a vector on every row of a batch',
    inputs: [[2, 3, 4], row],
    attrs: { fn: 'add', dtype: 'float32' },
    outputs: [[2, 3, 4]],
    work: { add: 24 },
    source: 'ONNX broadcasting: trailing dimensions align',
  },
  {
    name: 'both operands stretched, result boolean',
    inputs: [
      [3, 1],
      [1, 5],
    ],
    attrs: { fn: 'greater', dtype: 'bool' },
    outputs: [[3, 5]],
    work: { compare: 15 },
    source: 'ONNX Greater: one comparison per element of the result',
  },
  {
    name: 'mean of three',
    inputs: [row, row, row],
    attrs: { fn: 'mean', dtype: 'float32' },
    outputs: [[4]],
    work: { add: 8, divide: 4 },
    source: 'by hand: two sums and one quotient per element',
  },
];
