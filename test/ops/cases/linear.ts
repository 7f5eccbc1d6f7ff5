import { type LinearAttrs } from '../../../src/ops/linear.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<LinearAttrs>[] = [
  {
    name: 'a classifier on a flattened map',
    inputs: [[2, 512, 7, 7]],
    attrs: { outFeatures: 4096, bias: true, flatten: true },
    outputs: [[2, 4096]],
    params: [
      ['weight', [4096, 25088]],
      ['bias', [4096]],
    ],
    work: { mac: 2 * 102760448, add: 8192 },
    source: 'VGG-16 fc6: 102,760,448 weights',
  },
  {
    name: 'the last axis of a token sequence',
    inputs: [[1, 197, 768]],
    attrs: { outFeatures: 3072, bias: false, flatten: false, dtype: 'int32' },
    outputs: [[1, 197, 3072]],
    params: [['weight', [3072, 768]]],
    work: { mac: 197 * 768 * 3072, add: 0 },
    source: 'by hand: ViT-B/16 mlp',
  },
  {
    name: 'weights quantised in blocks of 32, each with a scale and a zero point',
    inputs: [[1, 2, 64]],
    attrs: { outFeatures: 16, bias: true, flatten: false, scales: 32, zeroPoints: true },
    outputs: [[1, 2, 16]],
    params: [
      ['weight', [16, 64]],
      ['bias', [16]],
      ['scale', [32]],
      ['shift', [32]],
    ],
    work: { mac: 2 * 64 * 16, add: 32 },
    source: 'by hand: 16 rows of 64 weights in 2 blocks',
  },
];
