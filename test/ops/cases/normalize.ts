import { type NormalizeAttrs } from '../../../src/ops/normalize.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<NormalizeAttrs>[] = [
  {
    name: 'layer normalisation of tokens',
    inputs: [[1, 5, 8]],
    attrs: { fn: 'layer', axes: [2], groups: 1, scale: true, shift: true },
    outputs: [[1, 5, 8]],
    params: [[8], [8]],
    work: { add: 40 * 3 + 5 + 40, mul: 40 * 2 + 40, divide: 15, transcendental: 5 },
    source: 'arXiv 1607.06450: two means, a root and a reciprocal for each of 5 tokens',
  },
  {
    name: 'two groups of channels',
    inputs: [[3, 4, 2, 2]],
    attrs: { fn: 'group', axes: [1, 2, 3], groups: 2, scale: true, shift: true },
    outputs: [[3, 4, 2, 2]],
    params: [[4], [4]],
    work: { add: 48 * 3 + 6 + 48, mul: 48 * 3, divide: 18, transcendental: 6 },
    source: 'arXiv 1803.08494: statistics for each of 2 groups of 3 images',
  },
  {
    name: 'log softmax',
    inputs: [[2, 10]],
    attrs: { fn: 'logSoftmax', axes: [1], groups: 1, scale: false, shift: false },
    outputs: [[2, 10]],
    work: { compare: 20, add: 60, transcendental: 22 },
    source: 'by hand: 20 exponentials, 2 logarithms',
  },
];
