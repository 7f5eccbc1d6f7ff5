import { add } from './add.ts';
import { elements } from '../units.ts';
import { choice } from '../values.ts';
import { dim, withShape, type OpSpec, type TensorType } from './spec.ts';

/** Attributes of `weightedAdd`. */
export interface WeightedAddAttrs {
  /** one learned weight per map, or one per map and channel */
  readonly per: 'map' | 'channel';
  /** what makes the weights sum to one */
  readonly normalize: 'relu' | 'softmax';
}

/** Sum of maps, each times a learned weight; operands meet as in `add` with align `common`. */
export const weightedAdd: OpSpec<WeightedAddAttrs> = {
  summary: 'sum of feature maps with a learned weight each (as in BiFPN)',
  attrs: { per: choice(['map', 'channel']), normalize: choice(['relu', 'softmax']) },
  infer: (inputs, { per }) =>
    per === 'channel' && inputs.some(({ shape }) => shape.length < 2)
      ? { problem: 'weighs channels of what has none', fix: 'give it maps, or one weight per map' }
      : add.infer(inputs, { align: 'common' }),
  params(inputs, { per }) {
    const first = inputs[0] as TensorType;
    const shape = per === 'map' ? [inputs.length] : [inputs.length, dim(first.shape, 1)];
    return [{ role: 'scale', type: withShape(first, shape) }];
  },
  work(inputs) {
    const count = elements((inputs[0] as TensorType).shape);
    return { mul: count * inputs.length, add: count * (inputs.length - 1) };
  },
  memory: 'stream',
};
