import { type GatherNDAttrs } from '../../../src/ops/gatherND.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<GatherNDAttrs>[] = [
  {
    name: 'boxes by image and place',
    inputs: [
      [2, 2000, 4],
      [400, 2],
    ],
    attrs: { batchDims: 0 },
    outputs: [[400, 4]],
    work: {},
    source: 'ONNX GatherND: moves, never computes',
  },
  {
    name: 'a row of each matrix',
    inputs: [
      [2, 5, 3],
      [2, 7, 1],
    ],
    attrs: { batchDims: 1 },
    outputs: [[2, 7, 3]],
    work: {},
    source: 'by definition',
  },
];
