import { list, text } from '../values.ts';
import { TENSOR_TYPE, type OpSpec, type TensorType } from './spec.ts';

/** Attributes of `rearrange`. */
export interface RearrangeAttrs {
  /** what the file calls the operator */
  readonly op: string;
  /** types of what it gives, in order */
  readonly outputs: readonly TensorType[];
}

/** Data moved, picked, copied or produced, with no arithmetic: transpose, gather, pad, split, fill, ... */
export const rearrange: OpSpec<RearrangeAttrs> = {
  summary: 'data moved, picked, copied or produced (transpose, gather, pad, ...): no arithmetic',
  attrs: { op: text, outputs: list(TENSOR_TYPE) },
  infer: (_inputs, attrs) => attrs.outputs,
  work: 'none',
  isMap: true,
  memory: 'kernel',
};
