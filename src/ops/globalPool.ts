import { elements } from '../units.ts';
import { choice } from '../values.ts';
import { dim, expectInputs, withShape, type OpSpec, type TensorType, type OpenType } from './spec.ts';

/** Attributes of `globalPool`. */
export interface GlobalPoolAttrs {
  /** what stands for the map: its mean, or its largest value */
  readonly mode: 'average' | 'max';
}

/** One value per channel from the whole map. */
export const globalPool: OpSpec<GlobalPoolAttrs> = {
  summary: 'average or maximum of each whole channel',
  attrs: { mode: choice(['average', 'max']) },
  infer(inputs) {
    const bad = expectInputs(inputs, 1, 2);
    if (bad) return bad;
    const input = inputs[0] as OpenType;
    return [
      withShape(
        input,
        input.shape.map((extent, axis) => (axis < 2 ? extent : 1)),
      ),
    ];
  },
  work(inputs, _outputs, attrs) {
    const { shape } = inputs[0] as TensorType;
    return attrs.mode === 'max'
      ? { compare: elements(shape) }
      : { add: elements(shape), divide: dim(shape, 0) * dim(shape, 1) };
  },
  isMap: true,
  memory: 'reduction',
};
