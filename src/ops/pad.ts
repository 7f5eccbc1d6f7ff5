import { choice, integer, list, number } from '../values.ts';
import { expectInputs, formatShape, withShape, type OpSpec, type TensorType } from './spec.ts';

export interface PadAttrs {
  /** entries before the first one, per axis; negative ones are cut off */
  readonly begin: readonly number[];
  /** entries behind the last one, per axis */
  readonly end: readonly number[];
  /** what they are: one value, the outermost entry, or entries from inside in mirrored or cyclic order */
  readonly mode: 'constant' | 'edge' | 'reflect' | 'wrap';
  /** the value of mode `constant` */
  readonly value: number;
}

/** A border around the data, or a part cut off from it. */
export const pad: OpSpec<PadAttrs> = {
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
    const input = inputs[0] as TensorType;
    const shape = input.shape.map((extent, axis) => extent + (begin[axis] ?? NaN) + (end[axis] ?? NaN));
    return begin.length === shape.length && end.length === shape.length && shape.every((each) => each >= 0)
      ? [withShape(input, shape)]
      : {
          problem: `a border of ${begin.join(', ')} and ${end.join(', ')} does not fit ${formatShape(input.shape)}`,
          fix: 'give one number per axis, and cut off no more than there is',
        };
  },
  work: 'none',
  memory: 'kernel',
};
