import { type RearrangeAttrs } from '../../../src/ops/rearrange.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<RearrangeAttrs>[] = [
  {
    name: 'transpose',
    inputs: [[2, 3, 4]],
    attrs: { op: 'Transpose', outputs: [{ dtype: 'float32', shape: [4, 2, 3] }] },
    outputs: [[4, 2, 3]],
    work: {},
    source: 'ONNX Transpose: moves, never computes',
  },
  {
    name: 'split in two',
    inputs: [[5]],
    attrs: {
      op: 'Split',
      outputs: [
        { dtype: 'float32', shape: [2] },
        { dtype: 'float32', shape: [3] },
      ],
    },
    outputs: [[2], [3]],
    work: {},
    source: 'ONNX Split',
  },
];
