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
  {
    name: 'the largest alone, of a batch',
    inputs: [[3, 10]],
    attrs: { op: 'TopK', axis: 1, kept: 1, outputs: [{ dtype: 'float32', shape: [3, 1] }] },
    outputs: [[3, 1]],
    work: { compare: 30 },
    source: 'by definition: each element met once',
  },
  {
    name: 'none kept',
    inputs: [[3, 10]],
    attrs: { op: 'TopK', axis: 1, kept: 0, outputs: [{ dtype: 'float32', shape: [3, 0] }] },
    outputs: [[3, 0]],
    work: { compare: 30 },
    source: 'by definition: each element is looked at once, at least',
  },
  {
    name: 'all of the first axis',
    inputs: [[9, 2]],
    attrs: { op: 'Sort', axis: 0, outputs: [{ dtype: 'float32', shape: [9, 2] }] },
    outputs: [[9, 2]],
    work: { compare: 18 * 4 },
    source: 'by hand: ceil(log2 9) = 4 for each of 18',
  },
];
