import { elements } from '../units.ts';
import { expectInputs, type OpCase, type OpSpec, type TensorType } from './spec.ts';

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

export const cases: readonly OpCase<Record<never, never>>[] = [
  {
    name: 'squeeze and excitation: one value per channel',
    inputs: [
      [1, 32, 14, 14],
      [1, 32, 1, 1],
    ],
    attrs: {},
    outputs: [[1, 32, 14, 14]],
    work: { mul: 6272 },
    source: 'arXiv 1709.01507',
  },
  {
    name: 'spatial attention: the same shape',
    inputs: [
      [1, 4, 3, 3],
      [1, 4, 3, 3],
    ],
    attrs: {},
    outputs: [[1, 4, 3, 3]],
    work: { mul: 36 },
    source: 'by hand',
  },
];
