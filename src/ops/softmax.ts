import { elements } from '../units.ts';
import { integer } from '../values.ts';
import { expectInputs, type OpSpec, type TensorType, type OpenType } from './spec.ts';

/** Attributes of `softmax`. */
export interface SoftmaxAttrs {
  /** axis along which the results sum to one, counted from the front */
  readonly axis: number;
}

/** exp(x - max) / sum of the same along an axis. */
export const softmax: OpSpec<SoftmaxAttrs> = {
  summary: 'softmax along an axis',
  attrs: { axis: integer },
  infer: (inputs) => expectInputs(inputs, 1, 1) ?? [inputs[0] as OpenType],
  work(inputs) {
    const count = elements((inputs[0] as TensorType).shape);
    return { compare: count, transcendental: count, add: 2 * count, divide: count };
  },
  memory: 'stream',
};
