import { type SortAttrs } from '../../../src/ops/sort.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<SortAttrs>[] = [
  {
    name: 'the five largest of a thousand',
    inputs: [[2, 1000]],
    attrs: {
      op: 'TopK',
      axis: 1,
      kept: 5,
      outputs: [
        { dtype: 'float32', shape: [2, 5] },
        { dtype: 'int64', shape: [2, 5] },
      ],
    },
    outputs: [
      [2, 5],
      [2, 5],
    ],
    work: { compare: 6000 },
    source: 'by hand: a heap of five is three deep',
  },
  {
    name: 'distinct elements of all',
    inputs: [[4, 4]],
    attrs: { op: 'Unique', axis: -1, outputs: [{ dtype: 'float32', shape: [16] }] },
    outputs: [[16]],
    work: { compare: 64 },
    source: 'by hand: 16 log2 16',
  },
];
