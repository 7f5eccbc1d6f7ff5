import { type SumPoolAttrs } from '../../../src/ops/sumPool.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<SumPoolAttrs>[] = [
  {
    name: 'a third, the remainder dropped',
    inputs: [[1, 2, 9, 8]],
    attrs: { factor: 3 },
    outputs: [[1, 2, 3, 2]],
    work: { add: 12 * 9 },
    source: 'by hand: nine values into each of 2*3*2 sums',
  },
  {
    name: 'half',
    inputs: [[1, 4, 6, 6]],
    attrs: { factor: 2 },
    outputs: [[1, 4, 3, 3]],
    work: { add: 144 },
    source: 'by hand: every value is added once',
  },
];
