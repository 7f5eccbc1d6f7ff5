import { applied } from '../apply.ts';
import type { Operator, Operators } from '../operator.ts';
import { tensor } from '../values.ts';
import { placed } from './attention.ts';

/** RNN, GRU and LSTM: one layer over all steps, in one or both directions. */
function recurrent(cell: 'rnn' | 'gru' | 'lstm'): Operator {
  const layer = applied('recurrent', {
    operands: [0],
    params: [
      [1, 'weight'],
      [2, 'weight'],
      [3, 'bias'],
      [7, 'scale'],
    ],
    attrs: (node) => ({
      cell,
      hiddenSize: node.int('hidden_size') ?? node.dim(2, 2),
      directions: node.dim(1, 0),
      batchFirst: node.int('layout', 0) === 1,
      bias: node.has(3),
      peepholes: node.has(7),
      outputs: node.proto.output.map((name) => name !== ''),
    }),
  });
  return {
    infer(node) {
      node.shapeOf(0, 3);
      const results = layer.infer(node).values();
      return node.proto.output.map(
        (name) => (name === '' ? undefined : results.next().value) ?? tensor(undefined, undefined),
      );
    },
    lower: (emit) => placed(emit, layer.lower(emit)),
  };
}

export const RECURRENT: Operators = { GRU: recurrent('gru'), LSTM: recurrent('lstm'), RNN: recurrent('rnn') };
