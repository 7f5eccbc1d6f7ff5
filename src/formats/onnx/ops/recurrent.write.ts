import type { DType } from '../../../ops/dtype.ts';
import { GATES } from '../../../ops/recurrent.ts';
import { int, ints, text, type Draft } from '../writeDraft.ts';
import { only, present, type Expressed, type Forms, type Operands } from '../writer.ts';
import { ofFloats } from './quantize.write.ts';

const OPERATORS = { rnn: 'RNN', gru: 'GRU', lstm: 'LSTM' } as const;

/** Steps before batch, from batch before steps. */
const STEPS_FIRST = [1, 0, 2];

/** Batch first, of all states and of the last ones; from those with steps and directions before it. */
const BATCH_FIRST = [
  [2, 0, 1, 3],
  [1, 0, 2],
  [1, 0, 2],
];

/** The first state is zero: a graph has no operand for it. Runtimes know no layout with the batch first. */
function recurrent(on: Draft, { attrs, inputs, types, params, param }: Operands<'recurrent'>): Expressed {
  const [x] = only(inputs, types);
  const { cell, batchFirst, peepholes } = attrs;
  if (cell !== 'lstm' && (peepholes || attrs.outputs[2] === true)) {
    return {
      problem: `a recurrent layer of cell "${cell}" with ${peepholes ? 'peepholes' : 'a cell state'} is not in ONNX`,
      fix: 'use the cell "lstm"',
    };
  }
  if (attrs.coupled === true || attrs.projection !== undefined) {
    return {
      problem: `an LSTM with ${attrs.coupled === true ? 'coupled gates' : 'a projection'} is not in ONNX`,
      fix: 'use one without',
    };
  }
  const bias = attrs.bias ? biasOf(on, attrs, param(2), types[0]?.dtype ?? 'float32') : undefined;
  const operands = present([
    batchFirst ? on.op('Transpose', [x], { perm: ints(STEPS_FIRST) }) : x,
    param(0),
    param(1),
    bias,
    undefined,
    undefined,
    undefined,
    peepholes ? param(params.length - 1) : undefined,
  ]);
  const states = on.ops(OPERATORS[cell], operands, attrs.outputs.slice(0, cell === 'lstm' ? 3 : 2), {
    hidden_size: int(attrs.hiddenSize),
    direction: text(attrs.directions === 2 ? 'bidirectional' : 'forward'),
    // The new state of one that has a bias of its own there is reset behind its product.
    ...(cell === 'gru' && attrs.oneBias === true ? { linear_before_reset: int(1) } : {}),
  });
  if (!batchFirst) return states;
  const orders = BATCH_FIRST.filter((_, o) => attrs.outputs[o] === true);
  return states.map((state, i) => on.op('Transpose', [state], { perm: ints(orders[i] ?? []) }));
}

/**
 * ONNX has a bias for each of a gate's two products: the second is zero where there is one for both, but for that of a
 * GRU's new state, which stands behind the others.
 */
function biasOf(
  on: Draft,
  { cell, oneBias, directions, hiddenSize }: Operands<'recurrent'>['attrs'],
  bias: string,
  dtype: DType,
): string {
  if (oneBias !== true) return bias;
  const rows = GATES[cell] * hiddenSize;
  const zeros = (count: number): string =>
    on.numbers(dtype, new Array<number>(directions * count).fill(0), [directions, count]);
  if (cell !== 'gru') return on.op('Concat', [bias, zeros(rows)], { axis: int(1) });
  const [both = '', own = ''] = on.ops('Split', [bias, on.integers([rows, hiddenSize])], 2, { axis: int(1) });
  return on.op('Concat', [both, zeros(rows - hiddenSize), own], { axis: int(1) });
}

export const RECURRENT_FORMS = { recurrent: ofFloats('recurrent', recurrent) } satisfies Forms;
