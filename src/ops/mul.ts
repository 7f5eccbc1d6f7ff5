import { elements } from '../units.ts';
import { expectInputs, type OpSpec, type TensorType } from './spec.ts';

/** Product of a map and a second operand that equals it in every dimension or has extent 1 there. */
export const mul: OpSpec<Record<never, never>> = {
  summary: 'product with a map of the same shape or with one value per channel or position',
  attrs: {},
  infer(inputs) {
    const bad = expectInputs(inputs, 2, 0);
    if (bad) return bad;
    const [map, scale] = inputs as [TensorType, TensorType];
    const fits =
      scale.shape.length === map.shape.length &&
      scale.shape.every((extent, axis) => extent === 1 || extent === map.shape[axis]);
    return fits
      ? [map]
      : {
          problem: `cannot scale ${map.shape.join('x')} by ${scale.shape.join('x')}`,
          fix: 'give the scale the same extent or 1 in every dimension',
        };
  },
  work: (inputs) => ({ mul: elements((inputs[0] as TensorType).shape) }),
  memory: 'stream',
};
