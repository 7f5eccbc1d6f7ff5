import { type LrnAttrs } from '../../../src/ops/lrn.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<LrnAttrs>[] = [
  {
    name: 'five channels, as in AlexNet',
    inputs: [[1, 96, 55, 55]],
    attrs: { size: 5 },
    outputs: [[1, 96, 55, 55]],
    work: { mul: 3 * 290400, add: 5 * 290400, transcendental: 290400 },
    source: 'NIPS 2012, section 3.3: per element a square, a sum of n, a scaled power and a product',
  },
  {
    name: 'three channels',
    inputs: [[2, 4, 3, 3]],
    attrs: { size: 3 },
    outputs: [[2, 4, 3, 3]],
    work: { mul: 216, add: 216, transcendental: 72 },
    source: 'by hand',
  },
];
