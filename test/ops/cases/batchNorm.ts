import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<Record<never, never>>[] = [
  {
    name: 'four vectors of one entry per channel',
    inputs: [[2, 3, 4, 5]],
    attrs: {},
    outputs: [[2, 3, 4, 5]],
    params: [
      ['scale', [3]],
      ['shift', [3]],
      ['mean', [3]],
      ['variance', [3]],
    ],
    work: { mul: 120, add: 120 },
    source: 'ONNX BatchNormalization-15: scale, B, input_mean, input_var of shape (C)',
  },
];
