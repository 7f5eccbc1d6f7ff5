import { type RecurrentAttrs } from '../../../src/ops/recurrent.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<RecurrentAttrs>[] = [
  {
    name: 'LSTM, bidirectional, with peepholes',
    inputs: [[7, 2, 10]],
    attrs: {
      cell: 'lstm',
      hiddenSize: 5,
      directions: 2,
      batchFirst: false,
      bias: true,
      peepholes: true,
      outputs: [true, true, true],
    },
    outputs: [
      [7, 2, 2, 5],
      [2, 2, 5],
      [2, 2, 5],
    ],
    params: [
      [2, 20, 10],
      [2, 20, 5],
      [2, 40],
      [2, 15],
    ],
    work: {
      mac: 140 * 4 * 15,
      add: 140 * (12 + 3 + 1 + 3),
      mul: 140 * 6,
      divide: 140 * 3,
      transcendental: 140 * 5,
    },
    source: 'ONNX LSTM-14: 7 steps x 2 sequences x 2 directions x 5 units, four gates of 10 + 5 products',
  },
  {
    name: 'GRU, batch first, last state only',
    inputs: [[3, 4, 6]],
    attrs: {
      cell: 'gru',
      hiddenSize: 2,
      directions: 1,
      batchFirst: true,
      bias: false,
      peepholes: false,
      outputs: [false, true],
    },
    outputs: [[3, 1, 2]],
    params: [
      [1, 6, 6],
      [1, 6, 2],
    ],
    work: { mac: 24 * 3 * 8, add: 24 * (3 + 2 + 2), mul: 24 * 3, divide: 24 * 2, transcendental: 24 * 3 },
    source: 'ONNX GRU-14: 4 steps x 3 sequences x 2 units, three gates of 6 + 2 products',
  },
];
