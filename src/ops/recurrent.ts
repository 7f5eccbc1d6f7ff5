import { choice, flag, list, natural, optional } from '../values.ts';
import type { Extent } from './extent.ts';
import { expectInputs, type OpSpec, type ParamSpec, type TensorType, type OpenType } from './spec.ts';

/** Gates of each cell. */
export const GATES = { rnn: 1, gru: 3, lstm: 4 } as const;

/** Attributes of `recurrent`. */
export interface RecurrentAttrs<E extends Extent = number> {
  /** what a step computes: one gate, three (GRU) or four (LSTM) */
  readonly cell: 'rnn' | 'gru' | 'lstm';
  /** features of the state */
  readonly hiddenSize: E;
  /** 1, or 2 for a bidirectional layer */
  readonly directions: E;
  /** batch before steps in the shapes of input and results */
  readonly batchFirst: boolean;
  /** learned vectors are added to the products */
  readonly bias: boolean;
  /** gates see the cell state through a weight per unit (LSTM only) */
  readonly peepholes: boolean;
  /** each gate has one bias vector, not one for each of its two products; a GRU's new state has both all the same */
  readonly oneBias?: boolean;
  /** the input gate is what the forget gate leaves (LSTM only) */
  readonly coupled?: boolean;
  /** features that the state is projected to, which are then what the layer gives */
  readonly projection?: number;
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
    oneBias: optional(flag),
    coupled: optional(flag),
    projection: optional(natural),
    outputs: list(flag),
  },
  infer(inputs, { hiddenSize, directions, batchFirst, outputs, projection = hiddenSize }) {
    const bad = expectInputs(inputs, 1, 3);
    if (bad) return bad;
    const { dtype, shape } = inputs[0] as OpenType;
    const { steps, batch } = sequence(shape, batchFirst);
    const last = batchFirst ? [batch, directions, projection] : [directions, batch, projection];
    const cell = batchFirst ? [batch, directions, hiddenSize] : [directions, batch, hiddenSize];
    const all = batchFirst ? [batch, steps, directions, projection] : [steps, directions, batch, projection];
    return [all, last, cell].flatMap((shape, i) => (outputs[i] === true ? [{ dtype, shape }] : []));
  },
  params(inputs, attrs) {
    const { hiddenSize, directions, bias, oneBias, peepholes, projection } = attrs;
    const { dtype, shape } = inputs[0] as TensorType;
    const rows = gatesOf(attrs) * hiddenSize;
    const params: ParamSpec[] = [
      { role: 'weight', type: { dtype, shape: [directions, rows, shape[2] ?? 1] } },
      { role: 'weight', type: { dtype, shape: [directions, rows, projection ?? hiddenSize] } },
    ];
    if (bias) {
      const length = oneBias === true ? rows + (attrs.cell === 'gru' ? hiddenSize : 0) : 2 * rows;
      params.push({ role: 'bias', type: { dtype, shape: [directions, length] } });
    }
    if (peepholes) params.push({ role: 'scale', type: { dtype, shape: [directions, rows - hiddenSize] } });
    if (projection !== undefined) {
      params.push({ role: 'weight', type: { dtype, shape: [directions, projection, hiddenSize] } });
    }
    return params;
  },
  work(inputs, _outputs, attrs) {
    const { cell, hiddenSize, directions, batchFirst, bias, oneBias, peepholes, projection } = attrs;
    const { shape } = inputs[0] as TensorType;
    const { steps, batch } = sequence(shape, batchFirst);
    const units = steps * batch * directions * hiddenSize;
    const gates = gatesOf(attrs);
    const coupled = attrs.coupled === true ? 1 : 0;
    const inputSize = shape[2] ?? 1;
    // Each gate sums its two products (and biases). LSTM: c = f c + i g, h = o tanh(c), i = 1 - f where coupled;
    // GRU: r h, h = (1 - z) n + z h. Logistic is exp, sum and quotient.
    const logistic = cell === 'rnn' ? 0 : cell === 'gru' ? 2 : 3 - coupled;
    const peep = peepholes ? gates - 1 : 0;
    const biases = !bias ? 0 : oneBias !== true ? 2 * gates : cell === 'gru' ? gates + 1 : gates;
    return {
      mac: units * (gates * (inputSize + (projection ?? hiddenSize)) + (projection ?? 0)),
      add:
        units * (gates + biases + logistic + (cell === 'lstm' ? 1 + coupled : cell === 'gru' ? 2 : 0) + peep),
      mul: units * ((cell === 'rnn' ? 0 : 3) + peep),
      divide: units * logistic,
      transcendental: units * (gates + (cell === 'lstm' ? 1 : 0)),
    };
  },
  memory: 'kernel',
};

/** Gates with weights: a coupled cell has none for its input gate. */
const gatesOf = ({ cell, coupled }: RecurrentAttrs): number => GATES[cell] - (coupled === true ? 1 : 0);

const sequence = <E extends Extent>(
  [first = 1 as E, second = 1 as E]: readonly E[],
  batchFirst: boolean,
): { readonly steps: E; readonly batch: E } =>
  batchFirst ? { steps: second, batch: first } : { steps: first, batch: second };
