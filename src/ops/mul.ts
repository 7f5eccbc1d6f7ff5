import { elements } from '../units.ts';
import { compatible } from './extent.ts';
import { expectInputs, formatShape, type OpSpec, type TensorType, type OpenType } from './spec.ts';

/** Product of a map and a second operand that equals it in every dimension or has extent 1 there. */
export const mul: OpSpec<Record<never, never>> = {
  summary: 'product with a map of the same shape or with one value per channel or position',
  attrs: {},
  infer(inputs) {
    const bad = expectInputs(inputs, 2, 0);
    if (bad) return bad;
    const [map, scale] = inputs as [OpenType, OpenType];
    const fits =
      scale.shape.length === map.shape.length &&
      scale.shape.every((extent, axis) => extent === 1 || compatible(extent, map.shape[axis] ?? 1));
    return fits
      ? [map]
      : {
          problem: `cannot scale ${formatShape(map.shape)} by ${formatShape(scale.shape)}`,
          fix: 'give the scale the same extent or 1 in every dimension',
        };
  },
  work: (inputs) => ({ mul: elements((inputs[0] as TensorType).shape) }),
  memory: 'stream',
};
