import { type TransposeAttrs } from '../../../src/ops/transpose.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<TransposeAttrs>[] = [
  {
    name: 'channels last',
    inputs: [[2, 3, 4, 5]],
    attrs: { perm: [0, 2, 3, 1] },
    outputs: [[2, 4, 5, 3]],
    work: {},
    source: 'ONNX Transpose: moves, never computes',
  },
  {
    name: 'a matrix',
    inputs: [[2, 3]],
    attrs: { perm: [1, 0] },
    outputs: [[3, 2]],
    work: {},
    source: 'by definition',
  },
];
