import type { OpCase } from '../opCase.ts';
import { times } from '../tracing.ts';

export const cases: readonly OpCase<Record<never, never>>[] = [
  {
    name: 'forget gate without peephole',
    inputs: [
      [1, 8, 4, 4],
      [1, 8, 4, 4],
    ],
    attrs: {},
    outputs: [[1, 8, 4, 4]],
    work: { add: 256, transcendental: 128, divide: 128 },
    source: 'arXiv 1506.04214, equation 3: one sum, then 1 / (1 + exp(-x))',
  },
  {
    name: 'with a peephole, run',
    inputs: [
      [1, 2, 3, 4],
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ],
    attrs: {},
    outputs: [[1, 2, 3, 4]],
    work: times(24, ({ add, div, call }) => div(1, add(1, call(Math.exp, -add(add(1, 2), 3))))),
    source: 'arXiv 1506.04214, equation 3: logistic of three maps summed',
  },
];
