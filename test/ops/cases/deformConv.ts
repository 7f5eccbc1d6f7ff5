import { type DeformConvAttrs } from '../../../src/ops/deformConv.ts';
import { square } from '../../../src/ops/window.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<DeformConvAttrs>[] = [
  {
    name: 'modulated, as in CenterNet',
    inputs: [
      [1, 512, 16, 16],
      [1, 18, 16, 16],
      [1, 9, 16, 16],
    ],
    attrs: { ...square(3, 1, 1), outChannels: 256, groups: 1, bias: true, masked: true },
    outputs: [[1, 256, 16, 16]],
    params: [
      ['weight', [256, 512, 3, 3]],
      ['bias', [256]],
    ],
    work: {
      mac: 256 * 512 * 9 * 256,
      add: 4 * 9 * 256 + 3 * 512 * 9 * 256 + 256 * 256,
      mul: 4 * 9 * 256 + 5 * 512 * 9 * 256,
    },
    source: 'arXiv 1811.11168, equation 1: 9 places per position, each sampled in 512 channels',
  },
  {
    name: 'two groups of offsets, grouped weights, stride, no mask',
    inputs: [
      [1, 4, 9, 7],
      [1, 16, 4, 3],
    ],
    attrs: { ...square(2, 2, 0, 2, 'ceil'), outChannels: 6, groups: 2, bias: false, masked: false },
    outputs: [[1, 6, 4, 3]],
    params: [['weight', [6, 2, 2, 2]]],
    work: { mac: 72 * 4 * 2, add: 4 * 96 + 3 * 192, mul: 4 * 96 + 4 * 192 },
    source: 'by hand: (9 - 3) / 2 + 1 = 4, (7 - 3) / 2 + 1 = 3; 8 places and 16 samples per position',
  },
];
