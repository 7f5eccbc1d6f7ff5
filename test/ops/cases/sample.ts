import { type SampleAttrs } from '../../../src/ops/sample.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<SampleAttrs>[] = [
  {
    name: 'RoI align of 7x7 with four bilinear samples',
    inputs: [
      [1, 256, 50, 50],
      [10, 4],
    ],
    attrs: { mode: 'linear', dims: 2, points: 4, size: [7, 7] },
    outputs: [[10, 256, 7, 7]],
    work: { mul: 125440 * 16, add: 125440 * 15, divide: 125440 },
    source: 'arXiv 1703.06870: the mean of four samples of four neighbours',
  },
  {
    name: 'grid sampling of a volume, cubic',
    inputs: [
      [1, 2, 4, 4, 4],
      [1, 3, 3, 3, 3],
    ],
    attrs: { mode: 'cubic', dims: 3, points: 1, size: [3, 3, 3] },
    outputs: [[1, 2, 3, 3, 3]],
    work: { mul: 54 * 64, add: 54 * 63 },
    source: 'by hand: 4^3 neighbours',
  },
];
