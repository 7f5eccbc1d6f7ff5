import { add } from './add.ts';
import { elements } from '../units.ts';
import type { OpSpec, TensorType } from './spec.ts';

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
