import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<Record<never, never>>[] = [
  {
    name: 'two 3x3 matrices',
    inputs: [[2, 3, 3]],
    attrs: {},
    outputs: [[2]],
    work: { mul: 2 * (5 + 2), add: 2 * 5, divide: 2 * 3 },
    source: 'by hand: eliminate 2x2 then 1x1 updates, 2 + 1 quotients',
  },
];
