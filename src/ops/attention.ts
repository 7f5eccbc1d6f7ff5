import { flag, list, natural } from '../values.ts';
import { TENSOR_TYPE, type OpSpec, type TensorType } from './spec.ts';

/** Attributes of `attention`. */
export interface AttentionAttrs {
  /** heads that ask, each on its own */
  readonly heads: number;
  /** tokens that ask */
  readonly queries: number;
  /** tokens that are looked at, those of the cache included */
  readonly keys: number;
  /** features of a query and of a key, per head */
  readonly size: number;
  /** features of a value, per head */
  readonly valueSize: number;
  /** scores are masked or biased */
  readonly masked: boolean;
  /** types of what it gives, in order */
  readonly outputs: readonly TensorType[];
}

/** softmax(Q K^T / sqrt(size)) V of every head, the batch first in the first input; a causal mask does not shorten it. */
export const attention: OpSpec<AttentionAttrs> = {
  summary: 'scaled dot-product attention',
  attrs: {
    heads: natural,
    queries: natural,
    keys: natural,
    size: natural,
    valueSize: natural,
    masked: flag,
    outputs: list(TENSOR_TYPE),
  },
  infer: (_inputs, attrs) => attrs.outputs,
  work(inputs, _outputs, { heads, queries, keys, size, valueSize, masked }) {
    const [batch = 1] = inputs[0]?.shape ?? [];
    const scores = batch * heads * queries * keys;
    return {
      mac: scores * (size + valueSize),
      mul: scores,
      compare: scores,
      add: scores * (masked ? 3 : 2),
      transcendental: scores,
      divide: scores,
    };
  },
  memory: 'kernel',
};
