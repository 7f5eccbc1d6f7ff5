import { elements } from '../units.ts';
import type { OpCase, OpSpec, TensorType } from './spec.ts';
import { WINDOW, slideChannels, square, taps, type Window } from './window.ts';

export type LpPoolAttrs = Window;

/** Root of the sum of squares under a sliding window, channel by channel. */
export const lpPool: OpSpec<LpPoolAttrs> = {
  summary: 'L2 norm under a sliding window',
  attrs: WINDOW,
  infer: slideChannels,
  work(_inputs, outputs, attrs) {
    const count = elements((outputs[0] as TensorType).shape);
    return { mul: count * taps(attrs), add: count * taps(attrs), transcendental: count };
  },
  memory: 'kernel',
};

export const cases: readonly OpCase<LpPoolAttrs>[] = [
  {
    name: '2x2/2',
    inputs: [[1, 3, 6, 6]],
    attrs: square(2, 2),
    outputs: [[1, 3, 3, 3]],
    work: { mul: 108, add: 108, transcendental: 27 },
    source: 'by hand',
  },
];
