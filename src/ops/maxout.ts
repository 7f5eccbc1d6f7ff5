import { elements } from '../units.ts';
import { integer } from '../values.ts';
import {
  dim,
  expectInputs,
  expectWhole,
  withShape,
  type OpSpec,
  type TensorType,
  type OpenType,
} from './spec.ts';

/** Attributes of `maxout`. */
export interface MaxoutAttrs {
  /** channels of the result: each is the largest of as many neighbouring ones as fit */
  readonly outChannels: number;
}

/** Maximum over the input channels c, c + outChannels, c + 2 outChannels, ... (Darknet's maxpool_depth). */
export const maxout: OpSpec<MaxoutAttrs> = {
  summary: 'maximum over groups of channels',
  attrs: { outChannels: integer },
  infer(inputs, attrs) {
    const bad =
      expectInputs(inputs, 1, 2) ?? expectWhole('the number of output channels', attrs.outChannels, 1);
    if (bad) return bad;
    const input = inputs[0] as OpenType;
    return [withShape(input, [dim(input.shape, 0), attrs.outChannels, ...input.shape.slice(2)])];
  },
  work: (inputs) => ({ compare: elements((inputs[0] as TensorType).shape) }),
  memory: 'reduction',
};
