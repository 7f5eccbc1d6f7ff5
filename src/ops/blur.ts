import { elements } from '../units.ts';
import type { OpCase, OpSpec, TensorType } from './spec.ts';
import { WINDOW, slideChannels, square, taps, type Window } from './window.ts';

export type BlurAttrs = Window;

/** Low-pass filter with fixed, not learned, weights, channel by channel: anti-aliased downsampling. */
export const blur: OpSpec<BlurAttrs> = {
  summary: 'fixed low-pass filter, channel by channel (anti-aliased downsampling)',
  attrs: WINDOW,
  infer: slideChannels,
  work(_inputs, outputs, attrs) {
    const count = elements((outputs[0] as TensorType).shape) * taps(attrs);
    return { mul: count, add: count };
  },
  memory: 'kernel',
};

export const cases: readonly OpCase<BlurAttrs>[] = [
  {
    name: '3x3/2 as in BlurPool',
    inputs: [[1, 8, 10, 12]],
    attrs: square(3, 2, 1),
    outputs: [[1, 8, 5, 6]],
    work: { mul: 240 * 9, add: 240 * 9 },
    source: 'arXiv 1904.11486; by hand',
  },
];
