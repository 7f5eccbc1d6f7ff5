import { elements } from '../units.ts';
import { choice, flag, integer, optional } from '../values.ts';
import { DTYPES, type DType } from './dtype.ts';
import { expectInputs, expectWhole, withShape, type OpSpec, type TensorType, type OpenType } from './spec.ts';

/** Attributes of `linear`. */
export interface LinearAttrs {
  /** features of the result */
  readonly outFeatures: number;
  /** a learned vector, one value per output feature, is added */
  readonly bias: boolean;
  /** features are all dimensions behind the batch (a fully connected layer on a map), not the last one only */
  readonly flatten: boolean;
  /** element type of the result, where it is not the input's (quantised operators) */
  readonly dtype?: DType;
}

const features = (input: TensorType, attrs: LinearAttrs): number =>
  attrs.flatten ? elements(input.shape.slice(1)) : (input.shape.at(-1) as number);

/** Fully connected layer: y = x W + b. */
export const linear: OpSpec<LinearAttrs> = {
  summary: 'fully connected layer',
  attrs: { outFeatures: integer, bias: flag, flatten: flag, dtype: optional(choice(DTYPES)) },
  label: ([input], attrs) =>
    input === undefined ? '' : `${String(features(input, attrs))}->${String(attrs.outFeatures)}`,
  infer(inputs, attrs) {
    const bad =
      expectInputs(inputs, 1, 1) ?? expectWhole('the number of output features', attrs.outFeatures, 1);
    if (bad) return bad;
    const input = inputs[0] as OpenType;
    const rows = attrs.flatten ? input.shape.slice(0, 1) : input.shape.slice(0, -1);
    return [{ dtype: attrs.dtype ?? input.dtype, shape: [...rows, attrs.outFeatures] }];
  },
  params(inputs, attrs) {
    const input = inputs[0] as TensorType;
    const weight = {
      role: 'weight',
      type: withShape(input, [attrs.outFeatures, features(input, attrs)]),
    } as const;
    return attrs.bias ? [weight, { role: 'bias', type: withShape(input, [attrs.outFeatures]) }] : [weight];
  },
  work(inputs, outputs, attrs) {
    const out = elements((outputs[0] as TensorType).shape);
    return { mac: out * features(inputs[0] as TensorType, attrs), add: attrs.bias ? out : 0 };
  },
  memory: 'kernel',
};
