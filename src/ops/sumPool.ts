import { elements } from '../units.ts';
import { integer } from '../values.ts';
import { floorDivide, isKnown } from './extent.ts';
import {
  dim,
  expectInputs,
  expectWhole,
  formatShape,
  withShape,
  type OpSpec,
  type TensorType,
  type OpenType,
} from './spec.ts';

/** Attributes of `sumPool`. */
export interface SumPoolAttrs {
  /** edge of the square that is summed */
  readonly factor: number;
}

/** Sum over squares of positions that do not overlap: the transpose of nearest-neighbour upsampling. */
export const sumPool: OpSpec<SumPoolAttrs> = {
  summary: 'sum over squares of positions, a whole factor smaller',
  attrs: { factor: integer },
  infer(inputs, { factor }) {
    const bad = expectInputs(inputs, 1, 3) ?? expectWhole('the factor', factor, 1);
    if (bad) return bad;
    const input = inputs[0] as OpenType;
    const spatial = input.shape.slice(2).map((extent) => floorDivide(extent, factor));
    return spatial.every((extent) => !isKnown(extent) || extent > 0)
      ? [withShape(input, [dim(input.shape, 0), dim(input.shape, 1), ...spatial])]
      : {
          problem: `a map of ${formatShape(input.shape.slice(2))} cannot shrink by ${String(factor)}`,
          fix: 'use a smaller factor or a larger input',
        };
  },
  work: (_inputs, outputs, { factor }) => ({ add: elements((outputs[0] as TensorType).shape) * factor ** 2 }),
  isMap: true,
  memory: 'reduction',
};
