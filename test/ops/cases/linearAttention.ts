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
  {
    name: 'delta rule without a gate, two heads on one state',
    inputs: [
      [2, 3, 8],
      [2, 3, 4],
      [2, 3, 5],
    ],
    attrs: {
      tokens: 3,
      heads: 2,
      keyHeads: 1,
      size: 4,
      valueSize: 5,
      gated: false,
      delta: true,
      outputs: [{ dtype: 'float32', shape: [2, 3, 10] }],
    },
    outputs: [[2, 3, 10]],
    work: { mac: 6 * (2 * 5 * 4 + 2 * 20), mul: 6 * (10 + 5), add: 6 * 5 },
    source: 'arXiv 2406.06484, equation 5: S^T k, beta (v - S^T k), outer product, q^T S',
  },
  {
    name: 'gated, no delta rule',
    inputs: [
      [1, 2, 6],
      [1, 2, 6],
      [1, 2, 10],
    ],
    attrs: {
      tokens: 2,
      heads: 2,
      keyHeads: 2,
      size: 3,
      valueSize: 5,
      gated: true,
      delta: false,
      outputs: [{ dtype: 'float32', shape: [1, 2, 10] }],
    },
    outputs: [[1, 2, 10]],
    work: { mac: 2 * (10 * 3 + 2 * 15), mul: 2 * (10 + 30), transcendental: 2 * 2 * 3 },
    source: 'arXiv 2312.06635: S = exp(g) S + k v^T, o = scale q^T S',
  },
];
