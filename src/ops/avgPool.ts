import { elements } from '../units.ts';
import {
  dim,
  expectInputs,
  isProblem,
  withShape,
  type OpCase,
  type OpSpec,
  type TensorType,
} from './spec.ts';
import { WINDOW, slide, square, taps, windowLabel, type Window } from './window.ts';

export type AvgPoolAttrs = Window;

/** Mean under a sliding window, channel by channel. */
export const avgPool: OpSpec<AvgPoolAttrs> = {
  summary: 'average pooling over a sliding window',
  attrs: WINDOW,
  label: (_inputs, attrs) => windowLabel(attrs),
  infer(inputs, attrs) {
    const bad = expectInputs(inputs, 1, 3);
    if (bad) return bad;
    const input = inputs[0] as TensorType;
    const spatial = slide(input.shape, attrs);
    return isProblem(spatial)
      ? spatial
      : [withShape(input, [dim(input.shape, 0), dim(input.shape, 1), ...spatial])];
  },
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
