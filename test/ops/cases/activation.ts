import { type ActivationAttrs } from '../../../src/ops/activation.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<ActivationAttrs>[] = [
  {
    name: 'leaky ReLU',
    inputs: [[1, 2, 3, 4]],
    attrs: { fn: 'leaky' },
    outputs: [[1, 2, 3, 4]],
    work: { compare: 24, mul: 24 },
    source: 'by hand: one comparison and one product per element',
  },
  {
    name: 'PReLU has a slope per channel',
    inputs: [[1, 2, 3, 4]],
    attrs: { fn: 'prelu' },
    outputs: [[1, 2, 3, 4]],
    params: [[2]],
    work: { compare: 24, mul: 24 },
    source: 'arXiv 1502.01852',
  },
];
