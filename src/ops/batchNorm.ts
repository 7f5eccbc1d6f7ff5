import { elements } from '../units.ts';
import { dim, expectInputs, withShape, type OpCase, type OpSpec, type TensorType } from './spec.ts';

/** Batch normalisation as inference runs it: one multiply and one add per element, statistics folded. */
export const batchNorm: OpSpec<Record<never, never>> = {
  summary: 'batch normalisation at inference: scale and shift per channel',
  attrs: {},
  infer: (inputs) => expectInputs(inputs, 1, 2) ?? [inputs[0] as TensorType],
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

export const cases: readonly OpCase<Record<never, never>>[] = [
  {
    name: 'four vectors of one entry per channel',
    inputs: [[2, 3, 4, 5]],
    attrs: {},
    outputs: [[2, 3, 4, 5]],
    params: [[3], [3], [3], [3]],
    work: { mul: 120, add: 120 },
    source: 'ONNX BatchNormalization-15: scale, B, input_mean, input_var of shape (C)',
  },
];
