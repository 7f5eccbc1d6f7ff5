import { type LocalConvAttrs } from '../../../src/ops/localConv.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<LocalConvAttrs>[] = [
  {
    name: 'every attribute away from neutral',
    inputs: [[2, 3, 9, 10]],
    attrs: {
      kernel: [3, 2],
      stride: [2, 1],
      dilation: [1, 2],
      padding: { begin: [1, 0], end: [0, 1] },
      rounding: 'floor',
      outChannels: 5,
    },
    outputs: [[2, 5, 4, 9]],
    params: [
      [4, 9, 5, 3, 3, 2],
      [5, 4, 9],
    ],
    work: { mac: 2 * 5 * 36 * 6 * 3, add: 2 * 5 * 36 },
    source: 'by hand: h (9+1-3)/2+1 = 4, w (10+1-3)/1+1 = 9',
  },
];
