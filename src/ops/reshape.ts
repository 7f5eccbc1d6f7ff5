import { list, natural } from '../values.ts';
import { compatible, count, type Extent, nameOf } from './extent.ts';
import { expectInputs, formatShape, withShape, type OpSpec, type OpenType } from './spec.ts';

/** Attributes of `reshape`. */
export interface ReshapeAttrs<E extends Extent = number> {
  /** extents of the result, outermost first */
  readonly shape: readonly E[];
}

/** The same elements, in the same order, under another shape. */
export const reshape: OpSpec<ReshapeAttrs, ReshapeAttrs<Extent>> = {
  summary: 'the same elements under another shape',
  attrs: { shape: list(natural) },
  infer(inputs, { shape }) {
    const bad = expectInputs(inputs, 1, 0);
    if (bad) return bad;
    const input = inputs[0] as OpenType;
    const [before, after] = [count(input.shape), count(shape)];
    return compatible(before, after)
      ? [withShape(input, shape)]
      : {
          problem: `${formatShape(input.shape)} has ${nameOf(before)} elements, ${formatShape(shape)} ${nameOf(after)}`,
          fix: 'choose a shape with as many elements',
        };
  },
  work: 'none',
  memory: 'view',
};
