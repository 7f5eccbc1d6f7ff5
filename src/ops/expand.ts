import { list, natural } from '../values.ts';
import { compatible, type Extent } from './extent.ts';
import { dim, expectInputs, formatShape, withShape, type OpSpec, type OpenType } from './spec.ts';

/** Attributes of `expand`. */
export interface ExpandAttrs<E extends Extent = number> {
  /** shape that the data is repeated to fill; 1 where an extent of the input stays */
  readonly shape: readonly E[];
}

/** Data repeated along every axis where it has extent 1 and the result more, axes aligned at the end. */
export const expand: OpSpec<ExpandAttrs, ExpandAttrs<Extent>> = {
  summary: 'data broadcast to a shape',
  attrs: { shape: list(natural) },
  infer(inputs, { shape }) {
    const bad = expectInputs(inputs, 1, 0);
    if (bad) return bad;
    const input = inputs[0] as OpenType;
    const missing = shape.length - input.shape.length;
    const fits =
      missing >= 0 &&
      input.shape.every((extent, axis) => extent === 1 || compatible(extent, dim(shape, axis + missing)));
    return fits
      ? [withShape(input, shape)]
      : {
          problem: `cannot repeat ${formatShape(input.shape)} to ${formatShape(shape)}`,
          fix: 'give it the same extent or 1 in every dimension',
        };
  },
  work: 'none',
  memory: 'kernel',
};
