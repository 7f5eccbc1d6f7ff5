import { type LinearAttentionAttrs } from '../../../src/ops/linearAttention.ts';
import type { OpCase } from '../opCase.ts';

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
