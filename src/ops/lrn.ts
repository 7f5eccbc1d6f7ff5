import { elements } from '../units.ts';
import { integer } from '../values.ts';
import { expectInputs, expectWhole, type OpSpec, type TensorType, type OpenType } from './spec.ts';

/** Attributes of `lrn`. */
export interface LrnAttrs {
  /** channels that are summed over */
  readonly size: number;
}

/** Local response normalisation across channels: x / (k + a * sum of squares)^b. */
export const lrn: OpSpec<LrnAttrs> = {
  summary: 'local response normalisation across channels',
  attrs: { size: integer },
  infer: (inputs, { size }) =>
    expectInputs(inputs, 1, 2) ?? expectWhole('the size', size, 1) ?? [inputs[0] as OpenType],
  work(inputs, _outputs, { size }) {
    const count = elements((inputs[0] as TensorType).shape);
    return { mul: 3 * count, add: size * count, transcendental: count };
  },
  memory: 'kernel',
};
