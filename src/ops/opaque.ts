import { list, text } from '../values.ts';
import { TENSOR_TYPE, type OpCase, type OpSpec, type TensorType } from './spec.ts';

export interface OpaqueAttrs {
  /** what the file calls the operator */
  readonly op: string;
  readonly outputs: readonly TensorType[];
}

/** An operator that this tool does not know: its outputs are believed, its cost is unknown and said to be. */
export const opaque: OpSpec<OpaqueAttrs> = {
  summary: 'an operator that is not known: cost unknown, never zero',
  attrs: { op: text, outputs: list(TENSOR_TYPE) },
  infer: (_inputs, attrs) => attrs.outputs,
  work: 'unknown',
  memory: 'kernel',
};

export const cases: readonly OpCase<OpaqueAttrs>[] = [
  {
    name: 'an operator of a vendor',
    inputs: [[1, 3, 8, 8]],
    attrs: { op: 'com.acme.Warp', outputs: [{ dtype: 'float32', shape: [1, 4, 2, 2] }] },
    outputs: [[1, 4, 2, 2]],
    work: {},
    source: 'by definition: the file states the outputs, the work is unknown',
  },
];
