import { type MaxPoolAttrs } from '../../../src/ops/maxPool.ts';
import { square } from '../../../src/ops/window.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<MaxPoolAttrs>[] = [
  {
    name: '2x2/2 on an odd map, rounded up',
    inputs: [[1, 4, 7, 9]],
    attrs: square(2, 2, 0, 1, 'ceil'),
    outputs: [[1, 4, 4, 5]],
    work: { compare: 4 * 4 * 5 * 4 },
    source: 'by hand',
  },
  {
    name: 'dilated with padding',
    inputs: [[1, 1, 8, 8]],
    attrs: square(3, 1, 1, 2),
    outputs: [[1, 1, 6, 6]],
    work: { compare: 36 * 9 },
    source: 'by hand: (8 + 2 - 2*2 - 1)/1 + 1 = 6',
  },
];
