import type { Operator, Operators } from '../operator.ts';
import { type Extent, multiply } from '../../../ops/extent.ts';
import { tensor } from '../values.ts';

const GATES = { rnn: 1, gru: 3, lstm: 4 } as const;

/** RNN, GRU and LSTM: one layer over all steps, in one or both directions. */
const recurrent = (cell: 'rnn' | 'gru' | 'lstm'): Operator => ({
  infer(node) {
    const [first = 1, second = 1] = node.shapeOf(0, 3);
    const batchFirst = node.int('layout', 0) === 1;
    const [steps, batch] = batchFirst ? [second, first] : [first, second];
    const directions = node.dim(1, 0);
    const hidden: Extent = node.int('hidden_size') ?? node.dim(2, 2);
    const rows = multiply(hidden, GATES[cell]);
    node.expect(1, [directions, rows, node.dim(0, 2)]);
    node.expect(2, [directions, rows, hidden]);
    node.expect(3, [directions, multiply(rows, 2)]);
    node.expect(7, [directions, multiply(hidden, 3)]);
    const state = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
    const all = batchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden];
    const last = tensor(node.dtype(0), state);
    return [tensor(node.dtype(0), all), last, last];
  },
  lower(emit) {
    const { node } = emit;
    const batchFirst = node.int('layout', 0) === 1;
    const [directions = 1] = emit.input(1).shape;
    const hiddenSize = emit.input(2).shape[2] ?? 1;
    const bias = node.has(3);
    const params = [
      emit.operand(1, 'weight'),
      emit.operand(2, 'weight'),
      ...(bias ? [emit.operand(3, 'bias')] : []),
      ...(node.has(7) ? [emit.operand(7, 'scale')] : []),
    ];
    const wanted = emit.outputs.map((type) => type !== undefined);
    const attrs = { cell, hiddenSize, directions, batchFirst, bias, peepholes: node.has(7), outputs: wanted };
    const results = emit.add('recurrent', [emit.operand(0)], attrs, params);
    let next = 0;
    return wanted.map((one) => (one ? results[next++] : undefined));
  },
});

export const RECURRENT: Operators = { GRU: recurrent('gru'), LSTM: recurrent('lstm'), RNN: recurrent('rnn') };
