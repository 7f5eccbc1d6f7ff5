import { type ConvTransposeAttrs } from '../../../src/ops/convTranspose.ts';
import { square } from '../../../src/ops/window.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<ConvTransposeAttrs>[] = [
  {
    name: 'twice the size by 4x4, as in SimpleBaseline',
    inputs: [[1, 512, 16, 16]],
    attrs: { ...square(4, 2, 1), outputPadding: [0, 0], outChannels: 256, groups: 1, bias: false },
    outputs: [[1, 256, 32, 32]],
    params: [['weight', [512, 256, 4, 4]]],
    work: { mac: 16 * 16 * 512 * 256 * 16 },
    source: 'torch ConvTranspose2d(512, 256, 4, 2, 1, bias=False): (16 - 1) 2 - 2 + 3 + 1 = 32',
  },
  {
    name: 'twice the size by 2x2 with bias, in two groups',
    inputs: [[1, 256, 5, 7]],
    attrs: { ...square(2, 2), outputPadding: [0, 0], outChannels: 256, groups: 2, bias: true },
    outputs: [[1, 256, 10, 14]],
    params: [
      ['weight', [256, 128, 2, 2]],
      ['bias', [256]],
    ],
    work: { mac: 35 * 256 * 128 * 4, add: 256 * 140 },
    source: 'torch ConvTranspose2d(256, 256, 2, 2, groups=2)',
  },
  {
    name: 'output padding, dilation and uneven padding',
    inputs: [[1, 4, 3, 5]],
    attrs: {
      kernel: [3, 2],
      stride: [2, 3],
      dilation: [2, 1],
      padding: { begin: [1, 0], end: [0, 1] },
      rounding: 'ceil',
      outputPadding: [1, 2],
      outChannels: 6,
      groups: 1,
      bias: false,
    },
    outputs: [[1, 6, 9, 15]],
    params: [['weight', [4, 6, 3, 2]]],
    work: { mac: 15 * 4 * 6 * 6 },
    source: 'ONNX ConvTranspose: stride (in - 1) + output_padding + dilation (kernel - 1) + 1 - padding',
  },
];
