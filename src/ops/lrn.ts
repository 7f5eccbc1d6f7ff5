import { elements } from '../units.ts';
import { integer } from '../values.ts';
import { expectInputs, expectWhole, type OpCase, type OpSpec, type TensorType } from './spec.ts';

export interface LrnAttrs {
  /** channels that are summed over */
  readonly size: number;
}

/** Local response normalisation across channels: x / (k + a * sum of squares)^b. */
export const lrn: OpSpec<LrnAttrs> = {
  summary: 'local response normalisation across channels',
  attrs: { size: integer },
  infer: (inputs, { size }) =>
    expectInputs(inputs, 1, 2) ?? expectWhole('the size', size, 1) ?? [inputs[0] as TensorType],
  work(inputs, _outputs, { size }) {
    const count = elements((inputs[0] as TensorType).shape);
    return { mul: 3 * count, add: size * count, transcendental: count };
  },
  memory: 'kernel',
};

export const cases: readonly OpCase<LrnAttrs>[] = [
  {
    name: 'five channels, as in AlexNet',
    inputs: [[1, 96, 55, 55]],
    attrs: { size: 5 },
    outputs: [[1, 96, 55, 55]],
    work: { mul: 3 * 290400, add: 5 * 290400, transcendental: 290400 },
    source: 'NIPS 2012, section 3.3: per element a square, a sum of n, a scaled power and a product',
  },
  {
    name: 'three channels',
    inputs: [[2, 4, 3, 3]],
    attrs: { size: 3 },
    outputs: [[2, 4, 3, 3]],
    work: { mul: 216, add: 216, transcendental: 72 },
    source: 'by hand',
  },
];
