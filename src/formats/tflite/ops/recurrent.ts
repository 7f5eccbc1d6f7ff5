import type { TensorId } from '../../../graph/graph.ts';
import type { Operation, Results } from '../operation.ts';
import { RARE_OPTIONS } from '../rareSchema.ts';
import type { Rules } from '../rule.ts';

/** Where the tensors of one direction of an LSTM are: gates in the order input, forget, cell, output. */
interface Places {
  readonly input: readonly number[];
  readonly recurrent: readonly number[];
  readonly peephole: readonly number[];
  readonly bias: readonly number[];
  readonly projection: number;
  readonly projectionBias: number;
}

const from = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => first + i);

const places = (first: number): Places => ({
  input: from(first, 4),
  recurrent: from(first + 4, 4),
  peephole: from(first + 8, 3),
  bias: from(first + 11, 4),
  projection: first + 15,
  projectionBias: first + 16,
});

/** Weights that normalise the gates of a layer. */
const NORMS = from(20, 4);

/**
 * One direction over all steps. A cell without weights for its input gate couples it to the forget gate; a cell with a
 * projection gives fewer features than it has units.
 */
function lstm(op: Operation, data: TensorId, at: Places, batchFirst: boolean): TensorId {
  const here = (indices: readonly number[]): readonly number[] => indices.filter((index) => op.has(index));
  const [input, recurrent, bias, peepholes] = [at.input, at.recurrent, at.bias, at.peephole].map(here) as [
    readonly number[],
    readonly number[],
    readonly number[],
    readonly number[],
  ];
  const coupled = !op.has(at.input[0] as number);
  const [hiddenSize = 0, features = 0] = op.shapeOf(at.input[1] as number, 2);
  const [, outSize = 0] = op.shapeOf(at.recurrent[1] as number, 2);
  const projected = op.has(at.projection);
  const gates = coupled ? 3 : 4;
  const params = [
    op.joined(input, 'weight', [1, gates * hiddenSize, features]),
    op.joined(recurrent, 'weight', [1, gates * hiddenSize, outSize]),
    op.joined(bias, 'bias', [1, gates * hiddenSize]),
    ...(peepholes.length === 0 ? [] : [op.joined(peepholes, 'scale', [1, (gates - 1) * hiddenSize])]),
    ...(projected ? [op.param(at.projection, 'weight', [1, outSize, hiddenSize])] : []),
  ];
  const all = op.one(
    'recurrent',
    [data],
    {
      cell: 'lstm',
      hiddenSize,
      directions: 1,
      batchFirst,
      bias: true,
      oneBias: true,
      peepholes: peepholes.length > 0,
      outputs: [true, false, false],
      ...(coupled ? { coupled } : {}),
      ...(projected ? { projection: outSize } : {}),
    },
    params,
  );
  const { shape } = op.typeOf(data);
  const made = op.reshape(all, [...shape.slice(0, 2), projected ? outSize : hiddenSize]);
  return projected && op.has(at.projectionBias)
    ? op.one('elementwise', [made, op.learned(at.projectionBias, 'bias')], {
        fn: 'add',
        dtype: op.resultType(),
      })
    : made;
}

function sequenceLstm(op: Operation): Results {
  if (NORMS.some((index) => op.has(index))) return op.opaque('LSTM with layer normalisation');
  op.shapeOf(0, 3);
  const { timeMajor } = op.options(RARE_OPTIONS.UnidirectionalSequenceLSTM);
  return [lstm(op, op.id(0), places(1), !timeMajor)];
}

/** One step of an LSTM. The basic kind has all weights in one matrix, which is not known here. */
function stepLstm(op: Operation): Results {
  const { kernel } = op.options(RARE_OPTIONS.LSTM);
  if (kernel !== 0) return op.opaque('LSTM of the basic kind');
  if (NORMS.some((index) => op.has(index))) return op.opaque('LSTM with layer normalisation');
  const [batch = 1, features = 1] = op.shapeOf(0, 2);
  const made = lstm(op, op.reshape(op.id(0), [1, batch, features]), places(1), false);
  return [op.reshape(made, op.typeOf(made).shape.slice(1))];
}

function bothWays(op: Operation): Results {
  const { merge, timeMajor } = op.options(RARE_OPTIONS.BidirectionalSequenceLSTM);
  op.shapeOf(0, 3);
  if (op.has(39)) return op.opaque('bidirectional LSTM with a second input');
  const made = [places(1), places(18)].map((at) => lstm(op, op.id(0), at, !timeMajor));
  return merge ? [op.one('concat', made, { axis: 2 })] : made;
}

/** One direction of a plain recurrent layer: weights, recurrent weights and a bias from `first` on. */
function rnn(op: Operation, data: TensorId, first: number, batchFirst: boolean): TensorId {
  const [hiddenSize = 0, features = 0] = op.shapeOf(first, 2);
  const all = op.one(
    'recurrent',
    [data],
    {
      cell: 'rnn',
      hiddenSize,
      directions: 1,
      batchFirst,
      bias: true,
      oneBias: true,
      peepholes: false,
      outputs: [true, false, false],
    },
    [
      op.param(first, 'weight', [1, hiddenSize, features]),
      op.param(first + 1, 'weight', [1, hiddenSize, hiddenSize]),
      op.param(first + 2, 'bias', [1, hiddenSize]),
    ],
  );
  return op.reshape(all, [...op.typeOf(data).shape.slice(0, 2), hiddenSize]);
}

export const RECURRENT: Rules = {
  UNIDIRECTIONAL_SEQUENCE_LSTM: { lower: sequenceLstm },
  LSTM: { lower: stepLstm },
  BIDIRECTIONAL_SEQUENCE_LSTM: { lower: bothWays },
  UNIDIRECTIONAL_SEQUENCE_RNN: {
    lower(op) {
      op.shapeOf(0, 3);
      return [rnn(op, op.id(0), 1, !op.options(RARE_OPTIONS.SequenceRNN).timeMajor)];
    },
  },
  BIDIRECTIONAL_SEQUENCE_RNN: {
    lower(op) {
      op.shapeOf(0, 3);
      if (op.has(9)) return op.opaque('bidirectional RNN with a second input');
      const { timeMajor, merge } = op.options(RARE_OPTIONS.BidirectionalSequenceRNN);
      const made = [1, 5].map((first) => rnn(op, op.id(0), first, !timeMajor));
      return merge ? [op.one('concat', made, { axis: 2 })] : made;
    },
  },
  RNN: {
    lower(op) {
      const [batch = 1, features = 1] = op.shapeOf(0, 2);
      const made = rnn(op, op.reshape(op.id(0), [1, batch, features]), 1, false);
      return [op.reshape(made, op.typeOf(made).shape.slice(1))];
    },
  },
};
