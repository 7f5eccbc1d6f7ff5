import { list, text } from '../values.ts';
import { TENSOR_TYPE, type OpCase, type OpSpec, type TensorType } from './spec.ts';

export interface RearrangeAttrs {
  /** what the file calls the operator */
  readonly op: string;
  readonly outputs: readonly TensorType[];
}

/** Data moved, picked, copied or produced, with no arithmetic: transpose, gather, pad, split, fill, ... */
export const rearrange: OpSpec<RearrangeAttrs> = {
  summary: 'data moved, picked, copied or produced (transpose, gather, pad, ...): no arithmetic',
  attrs: { op: text, outputs: list(TENSOR_TYPE) },
  infer: (_inputs, attrs) => attrs.outputs,
  work: 'none',
  memory: 'kernel',
};

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
