import { type AvgPoolAttrs } from '../../../src/ops/avgPool.ts';
import { square } from '../../../src/ops/window.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<AvgPoolAttrs>[] = [
  {
    name: '3x3/2 with padding 1',
    inputs: [[1, 2, 8, 8]],
    attrs: square(3, 2, 1),
    outputs: [[1, 2, 4, 4]],
    work: { add: 32 * 9, divide: 32 },
    source: 'by hand',
  },
];
