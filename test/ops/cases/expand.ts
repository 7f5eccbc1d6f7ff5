import { type ExpandAttrs } from '../../../src/ops/expand.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<ExpandAttrs>[] = [
  {
    name: 'the class token for every image of a batch',
    inputs: [[1, 1, 768]],
    attrs: { shape: [4, 1, 768] },
    outputs: [[4, 1, 768]],
    work: {},
    source: 'ONNX Expand: moves, never computes',
  },
  {
    name: 'a row for every row of a map',
    inputs: [[5]],
    attrs: { shape: [2, 3, 5] },
    outputs: [[2, 3, 5]],
    work: {},
    source: 'ONNX broadcasting: trailing dimensions align',
  },
];
