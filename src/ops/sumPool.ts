import { elements } from '../units.ts';
import { integer } from '../values.ts';
import {
  dim,
  expectInputs,
  expectWhole,
  withShape,
  type OpCase,
  type OpSpec,
  type TensorType,
} from './spec.ts';

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
    const input = inputs[0] as TensorType;
    const spatial = input.shape.slice(2).map((extent) => Math.floor(extent / factor));
    return spatial.every((extent) => extent > 0)
      ? [withShape(input, [dim(input.shape, 0), dim(input.shape, 1), ...spatial])]
      : {
          problem: `a map of ${input.shape.slice(2).join('x')} cannot shrink by ${String(factor)}`,
          fix: 'use a smaller factor or a larger input',
        };
  },
  work: (_inputs, outputs, { factor }) => ({ add: elements((outputs[0] as TensorType).shape) * factor ** 2 }),
  memory: 'reduction',
};

export const cases: readonly OpCase<SumPoolAttrs>[] = [
  {
    name: 'a third, the remainder dropped',
    inputs: [[1, 2, 9, 8]],
    attrs: { factor: 3 },
    outputs: [[1, 2, 3, 2]],
    work: { add: 12 * 9 },
    source: 'by hand: nine values into each of 2*3*2 sums',
  },
  {
    name: 'half',
    inputs: [[1, 4, 6, 6]],
    attrs: { factor: 2 },
    outputs: [[1, 4, 3, 3]],
    work: { add: 144 },
    source: 'by hand: every value is added once',
  },
];
