import { elements } from '../units.ts';
import { integer } from '../values.ts';
import { expectInputs, type OpCase, type OpSpec, type TensorType } from './spec.ts';

export interface SoftmaxAttrs {
  readonly axis: number;
}

/** exp(x - max) / sum of the same along an axis. */
export const softmax: OpSpec<SoftmaxAttrs> = {
  summary: 'softmax along an axis',
  attrs: { axis: integer },
  infer: (inputs) => expectInputs(inputs, 1, 1) ?? [inputs[0] as TensorType],
  work(inputs) {
    const count = elements((inputs[0] as TensorType).shape);
    return { compare: count, transcendental: count, add: 2 * count, divide: count };
  },
  memory: 'stream',
};

export const cases: readonly OpCase<SoftmaxAttrs>[] = [
  {
    name: 'a thousand classes',
    inputs: [[1, 1000, 1, 1]],
    attrs: { axis: 1 },
    outputs: [[1, 1000, 1, 1]],
    work: { compare: 1000, transcendental: 1000, add: 2000, divide: 1000 },
    source: 'by hand: maximum, difference and sum, exp, quotient',
  },
];
