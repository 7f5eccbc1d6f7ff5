import { type RecurrentAttrs } from '../../../src/ops/recurrent.ts';
import type { OpCase } from '../opCase.ts';
import { times, together, type Arithmetic } from '../tracing.ts';

const GATES = { gru: 3, lstm: 4 };

const logistic = ({ div, add, call }: Arithmetic, x: number): number => div(1, add(1, call(Math.exp, -x)));

/** One unit of one step, beside the products with the input (0.1) and the state (0.2), which are MACs. */
const CELLS: Readonly<Record<'gru' | 'lstm', (on: Arithmetic) => number>> = {
  gru(on) {
    const { add, sub, mul, call } = on;
    const [update, reset] = [logistic(on, add(0.1, 0.2)), logistic(on, add(0.1, 0.2))];
    const candidate = call(Math.tanh, add(0.1, mul(reset, 0.2)));
    return add(mul(sub(1, update), candidate), mul(update, 0.5));
  },
  lstm(on) {
    const { add, mul, call } = on;
    const gate = (): number => add(add(add(0.1, 0.2), 0.3), 0.4);
    const [input, output, forget] = [logistic(on, gate()), logistic(on, gate()), logistic(on, gate())];
    const cell = add(mul(forget, 0.5), mul(input, call(Math.tanh, gate())));
    return mul(output, call(Math.tanh, cell));
  },
};

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
      ['weight', [2, 20, 10]],
      ['weight', [2, 20, 5]],
      ['bias', [2, 40]],
      ['scale', [2, 15]],
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
    name: 'GRU with one bias for each gate, and one more',
    inputs: [[1, 9, 6]],
    attrs: {
      cell: 'gru',
      hiddenSize: 8,
      directions: 1,
      batchFirst: true,
      bias: true,
      oneBias: true,
      peepholes: false,
      outputs: [true, false, false],
    },
    outputs: [[1, 9, 1, 8]],
    params: [
      ['weight', [1, 24, 6]],
      ['weight', [1, 24, 8]],
      ['bias', [1, 32]],
    ],
    // Three gates add their products, and four biases; logistic adds once in two, the new state twice.
    work: {
      mac: 72 * 3 * 14,
      add: 72 * (3 + 4 + 2 + 2),
      mul: 72 * 3,
      divide: 72 * 2,
      transcendental: 72 * 3,
    },
    source: 'ncnn, src/layer/gru.cpp: bias_c_data of num_output x 4',
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
      ['weight', [1, 6, 6]],
      ['weight', [1, 6, 2]],
    ],
    work: { mac: 24 * 3 * 8, add: 24 * (3 + 2 + 2), mul: 24 * 3, divide: 24 * 2, transcendental: 24 * 3 },
    source: 'ONNX GRU-14: 4 steps x 3 sequences x 2 units, three gates of 6 + 2 products',
  },
  {
    name: 'Elman network, all states',
    inputs: [[5, 2, 3]],
    attrs: {
      cell: 'rnn',
      hiddenSize: 4,
      directions: 1,
      batchFirst: false,
      bias: true,
      peepholes: false,
      outputs: [true, false],
    },
    outputs: [[5, 1, 2, 4]],
    params: [
      ['weight', [1, 4, 3]],
      ['weight', [1, 4, 4]],
      ['bias', [1, 8]],
    ],
    work: together(
      { mac: 40 * (3 + 4) },
      times(40, ({ call, add }) => call(Math.tanh, add(add(1, 2), add(3, 4)))),
    ),
    source: 'ONNX RNN-14: tanh(x W + Wb + h R + Rb) for 5 steps x 2 sequences x 4 units',
  },
  ...(['gru', 'lstm'] as const).map((cell) => ({
    name: `${cell} from its equations`,
    inputs: [[3, 2, 5]],
    attrs: {
      cell,
      hiddenSize: 4,
      directions: 1,
      batchFirst: false,
      bias: cell === 'lstm',
      peepholes: false,
      outputs: [true],
    },
    outputs: [[3, 1, 2, 4]],
    params: [
      ['weight', [1, GATES[cell] * 4, 5]] as const,
      ['weight', [1, GATES[cell] * 4, 4]] as const,
      ...(cell === 'lstm' ? [['bias', [1, 32]] as const] : []),
    ],
    work: together({ mac: 24 * GATES[cell] * (5 + 4) }, times(24, CELLS[cell])),
    source: 'arXiv 1406.1078 (GRU, no bias here), ONNX LSTM-14 (two biases a gate)',
  })),
  {
    name: 'LSTM with coupled gates, peepholes, one bias and a projection',
    inputs: [[7, 2, 10]],
    attrs: {
      cell: 'lstm',
      hiddenSize: 5,
      directions: 1,
      batchFirst: false,
      bias: true,
      oneBias: true,
      coupled: true,
      projection: 3,
      peepholes: true,
      outputs: [true, true, true],
    },
    outputs: [
      [7, 1, 2, 3],
      [1, 2, 3],
      [1, 2, 5],
    ],
    params: [
      ['weight', [1, 15, 10]],
      ['weight', [1, 15, 3]],
      ['bias', [1, 15]],
      ['scale', [1, 10]],
      ['weight', [1, 3, 5]],
    ],
    work: {
      // three gates of 10 + 3 products each, and 3 results of 5 products each
      mac: 70 * 3 * 13 + 14 * 3 * 5,
      // per unit: two products and a bias make two sums per gate; two logistics; c = f c + (1 - f) g; two peepholes
      add: 70 * (6 + 2 + 2 + 2),
      mul: 70 * (3 + 2),
      divide: 70 * 2,
      transcendental: 70 * 4,
    },
    source: 'TensorFlow Lite LSTM: 7 steps x 2 sequences x 5 units, without weights for the input gate',
  },
];
