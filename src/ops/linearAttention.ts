import { flag, list, natural } from '../values.ts';
import { expectAny, TENSOR_TYPE, type OpSpec, type TensorType } from './spec.ts';

/** Attributes of `linearAttention`. */
export interface LinearAttentionAttrs {
  /** tokens of a sequence, of all sequences of the batch together */
  readonly tokens: number;
  /** heads that ask, and heads that hold a state */
  readonly heads: number;
  /** heads of the keys */
  readonly keyHeads: number;
  /** features of a query and of a key, per head */
  readonly size: number;
  /** features of a value, per head */
  readonly valueSize: number;
  /** the state decays by a gate */
  readonly gated: boolean;
  /** the state is corrected by what it already says of the key (delta rule) */
  readonly delta: boolean;
  /** types of what it gives, in order */
  readonly outputs: readonly TensorType[];
}

/**
 * Attention by a recurrent state of size x valueSize per head: the state takes the outer product of each
 * token's key and value, and answers its query.
 */
export const linearAttention: OpSpec<LinearAttentionAttrs> = {
  summary: 'linear attention by a recurrent state',
  attrs: {
    tokens: natural,
    heads: natural,
    keyHeads: natural,
    size: natural,
    valueSize: natural,
    gated: flag,
    delta: flag,
    outputs: list(TENSOR_TYPE),
  },
  infer: (inputs, attrs) => expectAny(inputs) ?? attrs.outputs,
  work(inputs, _outputs, { tokens, heads, keyHeads, size, valueSize, gated, delta }) {
    const [batch = 1] = inputs[0]?.shape ?? [];
    const state = batch * tokens * keyHeads * size * valueSize;
    const values = batch * tokens * keyHeads * valueSize;
    const answers = batch * tokens * heads * valueSize;
    return {
      mac: answers * size + state * (delta ? 2 : 1),
      mul: answers + (gated ? state : 0) + (delta ? values : 0),
      add: delta ? values : 0,
      transcendental: gated ? batch * tokens * keyHeads * size : 0,
    };
  },
  memory: 'kernel',
};
