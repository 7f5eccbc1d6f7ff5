import { elements } from '../units.ts';
import { choice } from '../values.ts';
import { compatible, compatibleShapes, moreCertain } from './extent.ts';
import { formatShape, withShape, type OpSpec, type TensorType } from './spec.ts';

/**
 * How operands of different shapes meet.
 * exact: all shapes equal; common: the first operand gives the output, every other is sampled with a whole
 * stride and only the channels that both have are added (Darknet's shortcut).
 */
export interface AddAttrs {
  /** how operands of different shapes meet, as above */
  readonly align: 'exact' | 'common';
}

/** Sum of two or more maps: the residual connection. */
export const add: OpSpec<AddAttrs> = {
  summary: 'sum of feature maps (residual connection)',
  attrs: { align: choice(['exact', 'common']) },
  infer(inputs, attrs) {
    const [first, ...others] = inputs;
    if (first === undefined || others.length === 0) {
      return { problem: `adds ${String(inputs.length)} maps`, fix: 'connect at least two' };
    }
    for (const other of others) {
      const fits =
        other.shape.length === first.shape.length &&
        (attrs.align === 'common'
          ? compatible(other.shape[0] ?? 1, first.shape[0] ?? 1)
          : compatibleShapes(other.shape, first.shape));
      if (!fits) {
        return {
          problem: `cannot add ${formatShape(other.shape)} to ${formatShape(first.shape)}`,
          fix: 'give the maps the same shape, for example by a 1x1 convolution on the shortcut',
        };
      }
    }
    return attrs.align === 'common'
      ? [first]
      : [
          withShape(
            first,
            first.shape.map((extent, axis) =>
              others.reduce((certain, { shape }) => moreCertain(certain, shape[axis] ?? certain), extent),
            ),
          ),
        ];
  },
  work: (inputs) => ({ add: elements((inputs[0] as TensorType).shape) * (inputs.length - 1) }),
  memory: 'stream',
};
