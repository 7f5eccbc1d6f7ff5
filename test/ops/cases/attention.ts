import { type AttentionAttrs } from '../../../src/ops/attention.ts';
import type { OpCase } from '../opCase.ts';

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
