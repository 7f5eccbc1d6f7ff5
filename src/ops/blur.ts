import { elements } from '../units.ts';
import type { OpSpec, TensorType } from './spec.ts';
import { WINDOW, slideChannels, taps, type SlidingWindow } from './window.ts';

/** Attributes of `blur`. */
export type BlurAttrs = SlidingWindow;

/** Low-pass filter with fixed, not learned, weights, channel by channel: anti-aliased downsampling. */
export const blur: OpSpec<BlurAttrs> = {
  summary: 'fixed low-pass filter, channel by channel (anti-aliased downsampling)',
  attrs: WINDOW,
  infer: slideChannels,
  work(_inputs, outputs, attrs) {
    const count = elements((outputs[0] as TensorType).shape) * taps(attrs);
    return { mul: count, add: count };
  },
  isMap: true,
  memory: 'kernel',
};
