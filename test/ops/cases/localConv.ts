import { type LocalConvAttrs } from '../../../src/ops/localConv.ts';
import { square } from '../../../src/ops/window.ts';
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
      ['weight', [4, 9, 5, 3, 3, 2]],
      ['bias', [5, 4, 9]],
    ],
    work: { mac: 2 * 5 * 36 * 6 * 3, add: 2 * 5 * 36 },
    source: 'by hand: h (9+1-3)/2+1 = 4, w (10+1-3)/1+1 = 9',
  },
  {
    name: 'rounded up',
    inputs: [[1, 2, 6, 6]],
    attrs: { ...square(3, 2, 0, 1, 'ceil'), outChannels: 4 },
    outputs: [[1, 4, 3, 3]],
    params: [
      ['weight', [3, 3, 4, 2, 3, 3]],
      ['bias', [4, 3, 3]],
    ],
    work: { mac: 36 * 9 * 2, add: 36 },
    source: 'by hand: ceil((6-3)/2)+1 = 3',
  },
];
