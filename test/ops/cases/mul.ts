import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<Record<never, never>>[] = [
  {
    name: 'squeeze and excitation: one value per channel',
    inputs: [
      [1, 32, 14, 14],
      [1, 32, 1, 1],
    ],
    attrs: {},
    outputs: [[1, 32, 14, 14]],
    work: { mul: 6272 },
    source: 'arXiv 1709.01507',
  },
  {
    name: 'spatial attention: the same shape',
    inputs: [
      [1, 4, 3, 3],
      [1, 4, 3, 3],
    ],
    attrs: {},
    outputs: [[1, 4, 3, 3]],
    work: { mul: 36 },
    source: 'by hand',
  },
];
