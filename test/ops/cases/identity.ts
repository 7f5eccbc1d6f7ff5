import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<Record<never, never>>[] = [
  {
    name: 'a map',
    inputs: [[1, 2, 3, 4]],
    attrs: {},
    outputs: [[1, 2, 3, 4]],
    work: {},
    source: 'by definition',
  },
];
