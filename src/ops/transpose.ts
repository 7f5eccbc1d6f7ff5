import { list, natural } from '../values.ts';
import { dim, expectInputs, formatShape, withShape, type OpSpec, type OpenType } from './spec.ts';

/** Attributes of `transpose`. */
export interface TransposeAttrs {
  /** which axis of the input each axis of the result is */
  readonly perm: readonly number[];
}

/** The same elements with their axes in another order. */
export const transpose: OpSpec<TransposeAttrs> = {
  summary: 'axes in another order',
  attrs: { perm: list(natural) },
  infer(inputs, { perm }) {
    const bad = expectInputs(inputs, 1, 0);
    if (bad) return bad;
    const input = inputs[0] as OpenType;
    const isOrder = perm.length === input.shape.length && input.shape.every((_, axis) => perm.includes(axis));
    return isOrder
      ? [
          withShape(
            input,
            perm.map((axis) => dim(input.shape, axis)),
          ),
        ]
      : {
          problem: `${perm.join(', ')} is no order of the axes of ${formatShape(input.shape)}`,
          fix: 'name each axis once',
        };
  },
  work: 'none',
  memory: 'kernel',
};
