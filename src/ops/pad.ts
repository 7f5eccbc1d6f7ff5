import { choice, integer, list, number } from '../values.ts';
import { type Extent, isKnown, nameOf, plus } from './extent.ts';
import { expectInputs, formatShape, withShape, type OpSpec, type OpenType } from './spec.ts';

/** Attributes of `pad`. */
export interface PadAttrs<E extends Extent = number> {
  /** entries before the first one, per axis; negative ones are cut off */
  readonly begin: readonly E[];
  /** entries behind the last one, per axis */
  readonly end: readonly E[];
  /** what they are: one value, the outermost entry, or entries from inside in mirrored or cyclic order */
  readonly mode: 'constant' | 'edge' | 'reflect' | 'wrap';
  /** the value of mode `constant` */
  readonly value: number;
}

/** A border around the data, or a part cut off from it. */
export const pad: OpSpec<PadAttrs, PadAttrs<Extent>> = {
  summary: 'a border around the data',
  attrs: {
    begin: list(integer),
    end: list(integer),
    mode: choice(['constant', 'edge', 'reflect', 'wrap']),
    value: number,
  },
  infer(inputs, { begin, end }) {
    const bad = expectInputs(inputs, 1, 0);
    if (bad) return bad;
    const input = inputs[0] as OpenType;
    const shape = input.shape.map((extent, axis) => plus(plus(extent, begin[axis] ?? NaN), end[axis] ?? NaN));
    return begin.length === shape.length &&
      end.length === shape.length &&
      shape.every((each) => !isKnown(each) || each >= 0)
      ? [withShape(input, shape)]
      : {
          problem: `a border of ${begin.map(nameOf).join(', ')} and ${end.map(nameOf).join(', ')} does not fit ${formatShape(input.shape)}`,
          fix: 'give one number per axis, and cut off no more than there is',
        };
  },
  work: 'none',
  isMap: true,
  memory: 'kernel',
};
