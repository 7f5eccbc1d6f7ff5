import { elements } from '../units.ts';
import { choice } from '../values.ts';
import { type OpSpec, type TensorType } from './spec.ts';

/**
 * How operands of different shapes meet.
 * exact: all shapes equal; common: the first operand gives the output, every other is sampled with a whole
 * stride and only the channels that both have are added (Darknet's shortcut).
 */
export interface AddAttrs {
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
          ? other.shape[0] === first.shape[0]
          : other.shape.every((extent, axis) => extent === first.shape[axis]));
      if (!fits) {
        return {
          problem: `cannot add ${other.shape.join('x')} to ${first.shape.join('x')}`,
          fix: 'give the maps the same shape, for example by a 1x1 convolution on the shortcut',
        };
      }
    }
    return [first];
  },
  work: (inputs) => ({ add: elements((inputs[0] as TensorType).shape) * (inputs.length - 1) }),
  memory: 'stream',
};
