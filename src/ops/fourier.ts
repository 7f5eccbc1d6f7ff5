import { natural } from '../values.ts';
import { expectAny, TENSOR_TYPE, type OpSpec, type TensorType } from './spec.ts';

/** Attributes of `fourier`. */
export interface FourierAttrs {
  /** samples of one transform */
  readonly length: number;
  /** for each entry of the batch */
  readonly transforms: number;
  /** type of the result */
  readonly output: TensorType;
}

/** Discrete Fourier transforms, counted as radix-2: n/2 ceil(log2 n) butterflies of 4 products and 6 sums. */
export const fourier: OpSpec<FourierAttrs> = {
  summary: 'discrete Fourier transforms',
  attrs: { length: natural, transforms: natural, output: TENSOR_TYPE },
  infer: (inputs, attrs) => expectAny(inputs) ?? [attrs.output],
  work(inputs, _outputs, { length, transforms }) {
    const [batch = 1] = inputs[0]?.shape ?? [];
    const steps = batch * transforms * length * Math.ceil(Math.log2(Math.max(1, length)));
    return { mul: 2 * steps, add: 3 * steps };
  },
  memory: 'kernel',
};
