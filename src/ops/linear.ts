import { elements } from '../units.ts';
import { choice, flag, integer, natural, optional } from '../values.ts';
import { DTYPES, type DType } from './dtype.ts';
import {
  expectInputs,
  expectWhole,
  withShape,
  type OpSpec,
  type ParamSpec,
  type TensorType,
  type OpenType,
} from './spec.ts';

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
  /** scales of the weights, if they are quantised in blocks */
  readonly scales?: number;
  /** each of those scales has a zero point */
  readonly zeroPoints?: boolean;
}

const features = (input: TensorType, attrs: LinearAttrs): number =>
  attrs.flatten ? elements(input.shape.slice(1)) : (input.shape.at(-1) as number);

/** Fully connected layer: y = x W + b. */
export const linear: OpSpec<LinearAttrs> = {
  summary: 'fully connected layer',
  attrs: {
    outFeatures: integer,
    bias: flag,
    flatten: flag,
    dtype: optional(choice(DTYPES)),
    scales: optional(natural),
    zeroPoints: optional(flag),
  },
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
    const { outFeatures, bias, scales, zeroPoints } = attrs;
    const own: ParamSpec[] = [
      { role: 'weight', type: withShape(input, [outFeatures, features(input, attrs)]) },
    ];
    if (bias) own.push({ role: 'bias', type: withShape(input, [outFeatures]) });
    if (scales === undefined) return own;
    own.push({ role: 'scale', type: withShape(input, [scales]) });
    if (zeroPoints === true) own.push({ role: 'shift', type: withShape(input, [scales]) });
    return own;
  },
  work(inputs, outputs, attrs) {
    const out = elements((outputs[0] as TensorType).shape);
    return { mac: out * features(inputs[0] as TensorType, attrs), add: attrs.bias ? out : 0 };
  },
  memory: 'kernel',
};
