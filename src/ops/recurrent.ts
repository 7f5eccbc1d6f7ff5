import { choice, flag, list, natural } from '../values.ts';
import type { Extent } from './extent.ts';
import { expectInputs, type OpSpec, type ParamSpec, type TensorType, type OpenType } from './spec.ts';

/** Gates of each cell. */
const GATES = { rnn: 1, gru: 3, lstm: 4 } as const;

export interface RecurrentAttrs<E extends Extent = number> {
  readonly cell: keyof typeof GATES;
  readonly hiddenSize: E;
  /** 1, or 2 for a bidirectional layer */
  readonly directions: E;
  /** batch before steps in the shapes of input and results */
  readonly batchFirst: boolean;
  readonly bias: boolean;
  /** gates see the cell state through a weight per unit (LSTM only) */
  readonly peepholes: boolean;
  /** which of all states, last state and last cell state it gives */
  readonly outputs: readonly boolean[];
}

/** One recurrent layer (RNN, GRU, LSTM) over all steps of a sequence. */
export const recurrent: OpSpec<RecurrentAttrs, RecurrentAttrs<Extent>> = {
  summary: 'recurrent layer (RNN, GRU, LSTM) over all steps',
  attrs: {
    cell: choice(['rnn', 'gru', 'lstm']),
    hiddenSize: natural,
    directions: natural,
    batchFirst: flag,
    bias: flag,
    peepholes: flag,
    outputs: list(flag),
  },
  infer(inputs, { hiddenSize, directions, batchFirst, outputs }) {
    const bad = expectInputs(inputs, 1, 3);
    if (bad) return bad;
    const { dtype, shape } = inputs[0] as OpenType;
    const { steps, batch } = sequence(shape, batchFirst);
    const last = batchFirst ? [batch, directions, hiddenSize] : [directions, batch, hiddenSize];
    const all = batchFirst ? [batch, steps, directions, hiddenSize] : [steps, directions, batch, hiddenSize];
    return [all, last, last].flatMap((shape, i) => (outputs[i] === true ? [{ dtype, shape }] : []));
  },
  params(inputs, { cell, hiddenSize, directions, bias, peepholes }) {
    const { dtype, shape } = inputs[0] as TensorType;
    const rows = GATES[cell] * hiddenSize;
    const params: ParamSpec[] = [
      { role: 'weight', type: { dtype, shape: [directions, rows, shape[2] ?? 1] } },
      { role: 'weight', type: { dtype, shape: [directions, rows, hiddenSize] } },
    ];
    if (bias) params.push({ role: 'bias', type: { dtype, shape: [directions, 2 * rows] } });
    if (peepholes) params.push({ role: 'scale', type: { dtype, shape: [directions, 3 * hiddenSize] } });
    return params;
  },
  work(inputs, _outputs, { cell, hiddenSize, directions, batchFirst, bias, peepholes }) {
    const { shape } = inputs[0] as TensorType;
    const { steps, batch } = sequence(shape, batchFirst);
    const units = steps * batch * directions * hiddenSize;
    const gates = GATES[cell];
    const inputSize = shape[2] ?? 1;
    // Each gate sums its two products (and two biases). LSTM: c = f c + i g, h = o tanh(c);
    // GRU: r h, h = (1 - z) n + z h. Logistic is exp, sum and quotient.
    const logistic = cell === 'rnn' ? 0 : cell === 'gru' ? 2 : 3;
    const peep = peepholes ? 3 : 0;
    return {
      mac: units * gates * (inputSize + hiddenSize),
      add:
        units * (gates * (bias ? 3 : 1) + logistic + (cell === 'lstm' ? 1 : cell === 'gru' ? 2 : 0) + peep),
      mul: units * ((cell === 'rnn' ? 0 : 3) + peep),
      divide: units * logistic,
      transcendental: units * (gates + (cell === 'lstm' ? 1 : 0)),
    };
  },
  memory: 'kernel',
};

const sequence = <E extends Extent>(
  [first = 1 as E, second = 1 as E]: readonly E[],
  batchFirst: boolean,
): { readonly steps: E; readonly batch: E } =>
  batchFirst ? { steps: second, batch: first } : { steps: first, batch: second };
