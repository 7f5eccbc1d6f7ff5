import { elements } from '../units.ts';
import type { OpSpec, TensorType } from './spec.ts';
import { WINDOW, slideChannels, taps, type SlidingWindow } from './window.ts';

/** Attributes of `lpPool`. */
export type LpPoolAttrs = SlidingWindow;

/** Root of the sum of squares under a sliding window, channel by channel. */
export const lpPool: OpSpec<LpPoolAttrs> = {
  summary: 'L2 norm under a sliding window',
  attrs: WINDOW,
  infer: slideChannels,
  work(_inputs, outputs, attrs) {
    const count = elements((outputs[0] as TensorType).shape);
    return { mul: count * taps(attrs), add: count * taps(attrs), transcendental: count };
  },
  isMap: true,
  memory: 'kernel',
};
