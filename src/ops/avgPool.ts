import { elements } from '../units.ts';
import type { OpCase, OpSpec, TensorType } from './spec.ts';
import { WINDOW, slideChannels, square, taps, windowLabel, type Window } from './window.ts';

export type AvgPoolAttrs = Window;

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
  memory: 'kernel',
};

export const cases: readonly OpCase<AvgPoolAttrs>[] = [
  {
    name: '3x3/2 with padding 1',
    inputs: [[1, 2, 8, 8]],
    attrs: square(3, 2, 1),
    outputs: [[1, 2, 4, 4]],
    work: { add: 32 * 9, divide: 32 },
    source: 'by hand',
  },
];
