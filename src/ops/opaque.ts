import { list, text } from '../values.ts';
import { TENSOR_TYPE, type OpSpec, type TensorType } from './spec.ts';

/** Attributes of `opaque`. */
export interface OpaqueAttrs {
  /** what the file calls the operator */
  readonly op: string;
  /** types of what it gives, in order */
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
