import { elements } from '../units.ts';
import { list, natural } from '../values.ts';
import { expectInputs, formatShape, withShape, type OpSpec, type Shape, type TensorType } from './spec.ts';

export interface ReshapeAttrs {
  readonly shape: Shape;
}

/** The same elements, in the same order, under another shape. */
export const reshape: OpSpec<ReshapeAttrs> = {
  summary: 'the same elements under another shape',
  attrs: { shape: list(natural) },
  infer(inputs, { shape }) {
    const bad = expectInputs(inputs, 1, 0);
    if (bad) return bad;
    const input = inputs[0] as TensorType;
    return elements(shape) === elements(input.shape)
      ? [withShape(input, shape)]
      : {
          problem: `${formatShape(input.shape)} has ${String(elements(input.shape))} elements, ${formatShape(shape)} ${String(elements(shape))}`,
          fix: 'choose a shape with as many elements',
        };
  },
  work: 'none',
  memory: 'view',
};
