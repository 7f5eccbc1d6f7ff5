import type { ExpertsAttrs } from '../../../src/ops/experts.ts';
import type { OpCase } from '../opCase.ts';

const SOURCE = 'by hand: tokens x active experts x the sizes of their matrices';

export const cases: readonly OpCase<ExpertsAttrs>[] = [
  {
    name: 'a layer of Mixtral 8x7B for one token',
    inputs: [
      [1, 4096],
      [1, 8],
    ],
    attrs: {
      experts: 8,
      active: 2,
      interSize: 14336,
      fn: 'swish',
      gated: 'apart',
      biases: [false, false, false],
    },
    outputs: [[1, 4096]],
    params: [
      ['weight', [8, 14336, 4096]],
      ['weight', [8, 4096, 14336]],
      ['weight', [8, 14336, 4096]],
    ],
    work: {
      mac: 2 * 176160768,
      // of the function, of the sum of two results, and of the softmax over 8 scores
      add: 2 * 14336 + 4096 + 16,
      // of the function and of the gate, and of the weights of two results
      mul: 2 * 2 * 14336 + 2 * 4096,
      compare: 8 + 16,
      transcendental: 2 * 14336 + 8,
      divide: 2 * 14336 + 8,
    },
    source:
      'arXiv 2401.04088: 3 x 4096 x 14336 = 176,160,768 weights in each of 8 experts, of which 2 are used',
  },
  {
    name: 'gate and product in one matrix, quantised in blocks',
    inputs: [
      [2, 3, 8],
      [6, 4],
    ],
    attrs: {
      experts: 4,
      active: 1,
      interSize: 16,
      fn: 'gelu',
      gated: 'together',
      biases: [true, false],
      scales: [128, 64],
      zeroPoints: true,
    },
    outputs: [[2, 3, 8]],
    params: [
      ['weight', [4, 32, 8]],
      ['bias', [4, 32]],
      ['weight', [4, 8, 16]],
      ['scale', [128]],
      ['scale', [64]],
      ['shift', [128]],
      ['shift', [64]],
    ],
    work: {
      mac: 6 * 384,
      add: 6 * 16 + 6 * 32 + 6 * 8,
      mul: 6 * 16 * 3 + 6 * 16 + 6 * 8,
      compare: 6 * 4 * 2,
      transcendental: 6 * 16 + 24,
      divide: 24,
    },
    source: SOURCE,
  },
  {
    name: 'no gate, both biases',
    inputs: [
      [6, 8],
      [6, 4],
    ],
    attrs: { experts: 4, active: 2, interSize: 16, fn: 'relu', biases: [true, true] },
    outputs: [[6, 8]],
    params: [
      ['weight', [4, 16, 8]],
      ['bias', [4, 16]],
      ['weight', [4, 8, 16]],
      ['bias', [4, 8]],
    ],
    work: {
      mac: 12 * 256,
      add: 12 * 24 + 6 * 8 + 48,
      mul: 12 * 8,
      compare: 12 * 16 + 24 * 3,
      transcendental: 24,
      divide: 24,
    },
    source: SOURCE,
  },
  {
    name: 'nothing between the products',
    inputs: [
      [6, 8],
      [6, 4],
    ],
    attrs: { experts: 4, active: 1, interSize: 16, fn: 'identity', biases: [false, false] },
    outputs: [[6, 8]],
    params: [
      ['weight', [4, 16, 8]],
      ['weight', [4, 8, 16]],
    ],
    work: { mac: 6 * 256, add: 48, mul: 48, compare: 48, transcendental: 24, divide: 24 },
    source: SOURCE,
  },
];
