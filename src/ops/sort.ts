import { elements } from '../units.ts';
import { integer, list, natural, optional, text } from '../values.ts';
import { dim, formatShape, TENSOR_TYPE, type OpSpec, type TensorType } from './spec.ts';

/** Attributes of `sort`. */
export interface SortAttrs {
  /** what the file calls the operator */
  readonly op: string;
  /** axis along which elements are compared; -1: all elements together */
  readonly axis: number;
  /** how many of each row are kept, or are searched; absent: all */
  readonly kept?: number;
  /** types of what it gives, in order */
  readonly outputs: readonly TensorType[];
}

/**
 * The largest (or all, or the distinct) elements in order. A heap of the k kept ones compares each element
 * ceil(log2 k) times, at least once; so does a search for each element among k sorted ones.
 */
export const sort: OpSpec<SortAttrs> = {
  summary: 'largest, sorted or distinct elements, or a search for each',
  attrs: { op: text, axis: integer, kept: optional(natural), outputs: list(TENSOR_TYPE) },
  infer: ([input], { axis, outputs }) =>
    input !== undefined && axis >= -1 && axis < input.shape.length
      ? outputs
      : {
          problem: `compares along axis ${String(axis)} of ${input === undefined ? 'nothing' : formatShape(input.shape)}`,
          fix: 'connect an input, and take an axis that it has, or -1 for all elements together',
        },
  work(inputs, _outputs, { axis, kept }) {
    const { shape } = inputs[0] as TensorType;
    const count = elements(shape);
    const row = axis < 0 ? count : dim(shape, axis);
    return { compare: count * Math.max(1, Math.ceil(Math.log2(Math.max(1, kept ?? row)))) };
  },
  memory: 'kernel',
};
