import { type PsRoiAlignAttrs } from '../../../src/ops/psRoiAlign.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<PsRoiAlignAttrs>[] = [
  {
    name: 'as in ThunderNet: 245 channels are 5 for each of 7x7 bins',
    inputs: [
      [1, 245, 20, 20],
      [200, 4],
    ],
    attrs: { size: [7, 7], points: 4 },
    outputs: [[200, 5, 7, 7]],
    work: { mul: 16 * 49000, add: 15 * 49000, divide: 49000 },
    source: 'arXiv 1903.11752, section 3.2; four samples of four neighbours per bin',
  },
  {
    name: 'one sample per bin, regions of two images',
    inputs: [[2, 12, 9, 9], [3, 4], [3]],
    attrs: { size: [2, 3], points: 1 },
    outputs: [[3, 2, 2, 3]],
    work: { mul: 144, add: 108 },
    source: 'by hand: 36 values of four neighbours',
  },
];
