import { type SplitAttrs } from '../../../src/ops/split.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<SplitAttrs>[] = [
  {
    name: 'channels in two halves',
    inputs: [[1, 116, 28, 28]],
    attrs: { axis: 1, sizes: [58, 58] },
    outputs: [
      [1, 58, 28, 28],
      [1, 58, 28, 28],
    ],
    work: {},
    source: 'ONNX Split: moves, never computes',
  },
  {
    name: 'uneven parts of rows',
    inputs: [[6, 2]],
    attrs: { axis: 0, sizes: [1, 2, 3] },
    outputs: [
      [1, 2],
      [2, 2],
      [3, 2],
    ],
    work: {},
    source: 'by hand',
  },
];
