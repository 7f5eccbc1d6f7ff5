import { list, natural } from '../values.ts';
import { compatible, type Extent, isKnown, nameOf, plus } from './extent.ts';
import { expectInputs, formatShape, withShape, type OpSpec, type OpenType } from './spec.ts';

/** Attributes of `split`. */
export interface SplitAttrs<E extends Extent = number> {
  /** axis that is cut, counted from the front */
  readonly axis: number;
  /** entries of each part */
  readonly sizes: readonly E[];
}

/** Consecutive parts of one axis, each a result. */
export const split: OpSpec<SplitAttrs, SplitAttrs<Extent>> = {
  summary: 'consecutive parts of one axis',
  attrs: { axis: natural, sizes: list(natural) },
  infer(inputs, { axis, sizes }) {
    const bad = expectInputs(inputs, 1, 1);
    if (bad) return bad;
    const input = inputs[0] as OpenType;
    const length = input.shape[axis];
    const isWhole = length !== undefined && compatible(sizes.reduce<Extent>(plus, 0), length);
    return isWhole && sizes.every((size) => !isKnown(size) || size >= 0)
      ? sizes.map((size) =>
          withShape(
            input,
            input.shape.map((extent, i) => (i === axis ? size : extent)),
          ),
        )
      : {
          problem: `parts of ${sizes.map(nameOf).join(', ')} are not axis ${String(axis)} of ${formatShape(input.shape)}`,
          fix: 'make the parts add up to the extent',
        };
  },
  work: 'none',
  memory: 'kernel',
};
