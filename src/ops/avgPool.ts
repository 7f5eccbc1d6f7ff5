import { elements } from '../units.ts';
import type { OpSpec, TensorType } from './spec.ts';
import { WINDOW, slideChannels, taps, windowLabel, type SlidingWindow } from './window.ts';

/** Attributes of `avgPool`. */
export type AvgPoolAttrs = SlidingWindow;

/** Mean under a sliding window, channel by channel. */
export const avgPool: OpSpec<AvgPoolAttrs> = {
  summary: 'average pooling over a sliding window',
  attrs: WINDOW,
  label: (_inputs, attrs) => windowLabel(attrs),
  infer: slideChannels,
  work(_inputs, outputs, attrs) {
    const count = elements((outputs[0] as TensorType).shape);
    return { add: count * taps(attrs), divide: count };
  },
  isMap: true,
  memory: 'kernel',
};
