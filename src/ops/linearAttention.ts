import { flag, list, natural } from '../values.ts';
import { TENSOR_TYPE, type OpCase, type OpSpec, type TensorType } from './spec.ts';

export interface LinearAttentionAttrs {
  readonly tokens: number;
  /** heads that ask, and heads that hold a state */
  readonly heads: number;
  readonly keyHeads: number;
  readonly size: number;
  readonly valueSize: number;
  /** the state decays by a gate */
  readonly gated: boolean;
  /** the state is corrected by what it already says of the key (delta rule) */
  readonly delta: boolean;
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
  infer: (_inputs, attrs) => attrs.outputs,
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

export const cases: readonly OpCase<LinearAttentionAttrs>[] = [
  {
    name: 'plain',
    inputs: [
      [1, 3, 32],
      [1, 3, 16],
      [1, 3, 32],
    ],
    attrs: {
      tokens: 3,
      heads: 4,
      keyHeads: 2,
      size: 8,
      valueSize: 16,
      gated: false,
      delta: false,
      outputs: [{ dtype: 'float32', shape: [1, 3, 64] }],
    },
    outputs: [[1, 3, 64]],
    work: { mac: 3 * 4 * 8 * 16 + 3 * 2 * 8 * 16, mul: 3 * 4 * 16 },
    source: 'ONNX LinearAttention-27: S += k v^T; o = scale q^T S',
  },
  {
    name: 'gated delta rule',
    inputs: [
      [2, 1, 4],
      [2, 1, 4],
      [2, 1, 6],
    ],
    attrs: {
      tokens: 1,
      heads: 1,
      keyHeads: 1,
      size: 4,
      valueSize: 6,
      gated: true,
      delta: true,
      outputs: [{ dtype: 'float16', shape: [2, 1, 6] }],
    },
    outputs: [[2, 1, 6]],
    work: { mac: 2 * 24 * 3, mul: 12 + 48 + 12, add: 12, transcendental: 8 },
    source: 'ONNX LinearAttention-27: exp(g) S, S^T k, beta (v - S^T k), outer product, q^T S',
  },
];
