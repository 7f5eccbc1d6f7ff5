import { elements } from '../units.ts';
import type { OpSpec, TensorType } from './spec.ts';
import { WINDOW, slideChannels, taps, windowLabel, type SlidingWindow } from './window.ts';

/** Attributes of `maxPool`. */
export type MaxPoolAttrs = SlidingWindow;

/** Largest value under a sliding window, channel by channel. */
export const maxPool: OpSpec<MaxPoolAttrs> = {
  summary: 'max pooling over a sliding window',
  attrs: WINDOW,
  label: (_inputs, attrs) => windowLabel(attrs),
  infer: slideChannels,
  work: (_inputs, outputs, attrs) => ({ compare: elements((outputs[0] as TensorType).shape) * taps(attrs) }),
  isMap: true,
  memory: 'kernel',
};
