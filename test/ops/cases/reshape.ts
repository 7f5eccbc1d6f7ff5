import { type ReshapeAttrs } from '../../../src/ops/reshape.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<ReshapeAttrs>[] = [
  {
    name: 'features as a map of one position',
    inputs: [[2, 1024]],
    attrs: { shape: [2, 1024, 1, 1] },
    outputs: [[2, 1024, 1, 1]],
    work: {},
    source: 'by hand',
  },
  {
    name: 'a map as features',
    inputs: [[2, 3, 4, 5]],
    attrs: { shape: [2, 60] },
    outputs: [[2, 60]],
    work: {},
    source: 'ONNX Flatten',
  },
];
