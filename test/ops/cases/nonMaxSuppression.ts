import { type NonMaxSuppressionAttrs } from '../../../src/ops/nonMaxSuppression.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<NonMaxSuppressionAttrs>[] = [
  {
    name: 'eight boxes of two classes',
    inputs: [
      [1, 8, 4],
      [1, 2, 8],
    ],
    attrs: { outputs: [{ dtype: 'int64', shape: [6, 3] }] },
    outputs: [[6, 3]],
    work: { compare: 2 * 8 * 3 + 7 * 56, add: 32 + 4 * 56, mul: 16 + 56, divide: 56 },
    source: 'by hand: 2 x 28 pairs',
  },
];
