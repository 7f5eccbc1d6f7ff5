import { elements } from '../units.ts';
import { dim, expectInputs, withShape, type OpSpec, type TensorType, type OpenType } from './spec.ts';

/** Batch normalisation as inference runs it: one multiply and one add per element, statistics folded. */
export const batchNorm: OpSpec<Record<never, never>> = {
  summary: 'batch normalisation at inference: scale and shift per channel',
  attrs: {},
  infer: (inputs) => expectInputs(inputs, 1, 2) ?? [inputs[0] as OpenType],
  params(inputs) {
    const input = inputs[0] as TensorType;
    const type = withShape(input, [dim(input.shape, 1)]);
    return [
      { role: 'scale', type },
      { role: 'shift', type },
      { role: 'mean', type },
      { role: 'variance', type },
    ];
  },
  work(inputs) {
    const count = elements((inputs[0] as TensorType).shape);
    return { mul: count, add: count };
  },
  memory: 'stream',
};
