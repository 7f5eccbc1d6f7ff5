import { list } from '../values.ts';
import { TENSOR_TYPE, type OpSpec, type TensorType } from './spec.ts';

/** What is stored, and by whom it is read does not matter. */
export interface StoredAttrs {
  /** how many numbers of each element type, as vectors */
  readonly types: readonly TensorType[];
}

/** Parameters of a file that no counted operator reads as its own: scalars, anchors, those of what is not counted. */
export const stored: OpSpec<StoredAttrs> = {
  summary: 'parameters of the file that no counted layer owns',
  attrs: { types: list(TENSOR_TYPE) },
  infer: (inputs) =>
    inputs.length === 0
      ? []
      : {
          problem: `takes no input, not ${String(inputs.length)}`,
          fix: 'leave its inputs empty',
        },
  params: (_inputs, { types }) => types.map((type) => ({ role: 'embedding', type })),
  work: 'none',
  memory: 'view',
};
