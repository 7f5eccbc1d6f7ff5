import { type MaxoutAttrs } from '../../../src/ops/maxout.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<MaxoutAttrs>[] = [
  {
    name: 'four channels into one',
    inputs: [[1, 512, 13, 13]],
    attrs: { outChannels: 128 },
    outputs: [[1, 128, 13, 13]],
    work: { compare: 512 * 169 },
    source: 'arXiv 1302.4389; Darknet [maxpool] maxpool_depth=1',
  },
  {
    name: 'two channels of a batch',
    inputs: [[2, 6, 3]],
    attrs: { outChannels: 3 },
    outputs: [[2, 3, 3]],
    work: { compare: 36 },
    source: 'by hand',
  },
];
