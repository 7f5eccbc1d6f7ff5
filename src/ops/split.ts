import { list, natural } from '../values.ts';
import { expectInputs, formatShape, withShape, type OpSpec, type TensorType } from './spec.ts';

export interface SplitAttrs {
  readonly axis: number;
  /** entries of each part */
  readonly sizes: readonly number[];
}

/** Consecutive parts of one axis, each a result. */
export const split: OpSpec<SplitAttrs> = {
  summary: 'consecutive parts of one axis',
  attrs: { axis: natural, sizes: list(natural) },
  infer(inputs, { axis, sizes }) {
    const bad = expectInputs(inputs, 1, 1);
    if (bad) return bad;
    const input = inputs[0] as TensorType;
    return sizes.reduce((a, b) => a + b, 0) === input.shape[axis]
      ? sizes.map((size) =>
          withShape(
            input,
            input.shape.map((extent, i) => (i === axis ? size : extent)),
          ),
        )
      : {
          problem: `parts of ${sizes.join(', ')} are not axis ${String(axis)} of ${formatShape(input.shape)}`,
          fix: 'make the parts add up to the extent',
        };
  },
  work: 'none',
  memory: 'kernel',
};
