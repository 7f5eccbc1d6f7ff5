import { type WeightedAddAttrs } from '../../../src/ops/weightedAdd.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<WeightedAddAttrs>[] = [
  {
    name: 'three maps, one weight each',
    inputs: [
      [1, 64, 8, 8],
      [1, 64, 8, 8],
      [1, 64, 8, 8],
    ],
    attrs: { per: 'map', normalize: 'relu' },
    outputs: [[1, 64, 8, 8]],
    params: [['scale', [3]]],
    work: { mul: 3 * 4096, add: 2 * 4096 },
    source: 'arXiv 1911.09070, section 3.3 (fast normalised fusion)',
  },
  {
    name: 'two maps, one weight per channel',
    inputs: [
      [1, 6, 4, 4],
      [1, 6, 4, 4],
    ],
    attrs: { per: 'channel', normalize: 'softmax' },
    outputs: [[1, 6, 4, 4]],
    params: [['scale', [2, 6]]],
    work: { mul: 192, add: 96 },
    source: 'by hand',
  },
];
