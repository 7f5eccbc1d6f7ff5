import { type SoftmaxAttrs } from '../../../src/ops/softmax.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<SoftmaxAttrs>[] = [
  {
    name: 'a thousand classes',
    inputs: [[1, 1000, 1, 1]],
    attrs: { axis: 1 },
    outputs: [[1, 1000, 1, 1]],
    work: { compare: 1000, transcendental: 1000, add: 2000, divide: 1000 },
    source: 'by hand: maximum, difference and sum, exp, quotient',
  },
];
