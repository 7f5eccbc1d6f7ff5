import { flag, list, natural } from '../values.ts';
import { TENSOR_TYPE, type OpCase, type OpSpec, type TensorType } from './spec.ts';

export interface AttentionAttrs {
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

export const cases: readonly OpCase<AttentionAttrs>[] = [
  {
    name: 'self-attention of ViT-B/16',
    inputs: [
      [1, 197, 768],
      [1, 197, 768],
      [1, 197, 768],
    ],
    attrs: {
      heads: 12,
      queries: 197,
      keys: 197,
      size: 64,
      valueSize: 64,
      masked: false,
      outputs: [{ dtype: 'float32', shape: [1, 197, 768] }],
    },
    outputs: [[1, 197, 768]],
    work: {
      mac: 2 * 12 * 197 * 197 * 64,
      mul: 465708,
      compare: 465708,
      add: 931416,
      transcendental: 465708,
      divide: 465708,
    },
    source: 'arXiv 1706.03762: two products per head, softmax over 12 x 197 x 197 scores',
  },
  {
    name: 'one new token against a cache, values wider than keys',
    inputs: [
      [2, 4, 1, 8],
      [2, 4, 1, 8],
      [2, 4, 1, 16],
    ],
    attrs: {
      heads: 4,
      queries: 1,
      keys: 10,
      size: 8,
      valueSize: 16,
      masked: true,
      outputs: [{ dtype: 'float16', shape: [2, 4, 1, 16] }],
    },
    outputs: [[2, 4, 1, 16]],
    work: { mac: 80 * 24, mul: 80, compare: 80, add: 240, transcendental: 80, divide: 80 },
    source: 'by hand: 80 scores',
  },
];
