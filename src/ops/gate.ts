import { add } from './add.ts';
import { elements } from '../units.ts';
import type { OpCase, OpSpec, TensorType } from './spec.ts';

/** Gate of a convolutional LSTM: logistic of the sum of the maps from input, state and cell. */
export const gate: OpSpec<Record<never, never>> = {
  summary: 'gate of a convolutional LSTM: logistic of a sum of maps',
  attrs: {},
  infer: (inputs) => add.infer(inputs, { align: 'exact' }),
  work(inputs) {
    const count = elements((inputs[0] as TensorType).shape);
    return { add: count * inputs.length, transcendental: count, divide: count };
  },
  memory: 'stream',
};

export const cases: readonly OpCase<Record<never, never>>[] = [
  {
    name: 'forget gate without peephole',
    inputs: [
      [1, 8, 4, 4],
      [1, 8, 4, 4],
    ],
    attrs: {},
    outputs: [[1, 8, 4, 4]],
    work: { add: 256, transcendental: 128, divide: 128 },
    source: 'arXiv 1506.04214, equation 3: one sum, then 1 / (1 + exp(-x))',
  },
];
