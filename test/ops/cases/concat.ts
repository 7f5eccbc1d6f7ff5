import { type ConcatAttrs } from '../../../src/ops/concat.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<ConcatAttrs>[] = [
  {
    name: 'channels of two maps',
    inputs: [
      [1, 32, 8, 8],
      [1, 64, 8, 8],
    ],
    attrs: { axis: 1 },
    outputs: [[1, 96, 8, 8]],
    work: {},
    source: 'by hand',
  },
  {
    name: 'batch',
    inputs: [
      [1, 3],
      [4, 3],
    ],
    attrs: { axis: 0 },
    outputs: [[5, 3]],
    work: {},
    source: 'by hand',
  },
];
