import { elements } from '../units.ts';
import type { OpCase, OpSpec, TensorType } from './spec.ts';
import { WINDOW, slideChannels, square, taps, windowLabel, type Window } from './window.ts';

export type MaxPoolAttrs = Window;

/** Largest value under a sliding window, channel by channel. */
export const maxPool: OpSpec<MaxPoolAttrs> = {
  summary: 'max pooling over a sliding window',
  attrs: WINDOW,
  label: (_inputs, attrs) => windowLabel(attrs),
  infer: slideChannels,
  work: (_inputs, outputs, attrs) => ({ compare: elements((outputs[0] as TensorType).shape) * taps(attrs) }),
  memory: 'kernel',
};

export const cases: readonly OpCase<MaxPoolAttrs>[] = [
  {
    name: '2x2/2 on an odd map, rounded up',
    inputs: [[1, 4, 7, 9]],
    attrs: square(2, 2, 0, 1, 'ceil'),
    outputs: [[1, 4, 4, 5]],
    work: { compare: 4 * 4 * 5 * 4 },
    source: 'by hand',
  },
  {
    name: 'dilated with padding',
    inputs: [[1, 1, 8, 8]],
    attrs: square(3, 1, 1, 2),
    outputs: [[1, 1, 6, 6]],
    work: { compare: 36 * 9 },
    source: 'by hand: (8 + 2 - 2*2 - 1)/1 + 1 = 6',
  },
];
