import { type ConvAttrs } from '../../../src/ops/conv.ts';
import { square } from '../../../src/ops/window.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<ConvAttrs>[] = [
  {
    name: 'the stem of ResNet-50 at 224',
    inputs: [[1, 3, 224, 224]],
    attrs: { ...square(7, 2, 3), outChannels: 64, groups: 1, bias: false },
    outputs: [[1, 64, 112, 112]],
    params: [['weight', [64, 3, 7, 7]]],
    work: { mac: 118013952, add: 0 },
    source: 'torchvision resnet50: 118,013,952 MACs in conv1',
  },
  {
    name: 'depthwise with bias',
    inputs: [[2, 8, 5, 7]],
    attrs: { ...square(3, 1, 1), outChannels: 8, groups: 8, bias: true },
    outputs: [[2, 8, 5, 7]],
    params: [
      ['weight', [8, 1, 3, 3]],
      ['bias', [8]],
    ],
    work: { mac: 2 * 8 * 5 * 7 * 9, add: 2 * 8 * 5 * 7 },
    source: 'by hand: one channel per group',
  },
  {
    name: 'dilated, asymmetric padding and stride, binary',
    inputs: [[1, 4, 9, 10]],
    attrs: {
      kernel: [3, 2],
      stride: [2, 1],
      dilation: [2, 3],
      padding: { begin: [1, 0], end: [0, 2] },
      rounding: 'ceil',
      outChannels: 6,
      groups: 2,
      bias: false,
      binary: true,
      dtype: 'int32',
    },
    outputs: [[1, 6, 4, 9]],
    params: [['weight', [6, 2, 3, 2]]],
    work: { binaryMac: 6 * 4 * 9 * 6 * 2, add: 0 },
    source: 'by hand: h ceil((9+1-5)/2)+1 = 4, w (10+2-4)/1+1 = 9',
  },
];
