import { type LpPoolAttrs } from '../../../src/ops/lpPool.ts';
import { square } from '../../../src/ops/window.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<LpPoolAttrs>[] = [
  {
    name: '2x2/2',
    inputs: [[1, 3, 6, 6]],
    attrs: square(2, 2),
    outputs: [[1, 3, 3, 3]],
    work: { mul: 108, add: 108, transcendental: 27 },
    source: 'by hand',
  },
];
