import { elements } from '../units.ts';
import { choice, natural } from '../values.ts';
import { DTYPES, type DType } from './dtype.ts';
import { compatible, isKnown, nameOf } from './extent.ts';
import { dim, formatShape, type OpenType, type OpSpec, type TensorType } from './spec.ts';

/** Attributes of `dequantize`. */
export interface DequantizeAttrs {
  /** axis that blocks lie along, counted from the front */
  readonly axis: number;
  /** neighbours along the axis that share a scale, and a zero point where there are some */
  readonly blockSize: number;
  /** element type of the result */
  readonly dtype: DType;
}

/** (x - zero) scale, the scale and the zero point of x's block: the second and the third input. */
export const dequantize: OpSpec<DequantizeAttrs> = {
  summary: 'numbers of few bits times the scale of their block',
  attrs: { axis: natural, blockSize: natural, dtype: choice(DTYPES) },
  infer(inputs, { axis, blockSize, dtype }) {
    const [numbers, ...vectors] = inputs;
    const length = numbers?.shape[axis];
    if (numbers === undefined || length === undefined || vectors.length < 1 || vectors.length > 2) {
      return {
        problem: `takes numbers with an axis ${String(axis)}, scales and perhaps zero points, not ${inputs.map(({ shape }) => formatShape(shape)).join(', ')}`,
        fix: 'give it two or three inputs',
      };
    }
    const blocks = isKnown(length) ? Math.ceil(length / blockSize) : undefined;
    const fits = ({ shape }: OpenType): boolean =>
      shape.length === numbers.shape.length &&
      shape.every((extent, i) => compatible(extent, i === axis ? (blocks ?? extent) : dim(numbers.shape, i)));
    const wrong = vectors.find((vector) => !fits(vector));
    return wrong === undefined
      ? [{ dtype, shape: numbers.shape }]
      : {
          problem: `has ${formatShape(wrong.shape)} scales for ${formatShape(numbers.shape)} in blocks of ${String(blockSize)} along axis ${String(axis)}`,
          fix: `give ${nameOf(length)} / ${String(blockSize)} scales along that axis, rounded up`,
        };
  },
  work(inputs) {
    const count = elements((inputs[0] as TensorType).shape);
    return { mul: count, add: inputs.length > 2 ? count : 0 };
  },
  memory: 'stream',
};
