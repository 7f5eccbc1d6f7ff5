import { describe, expect, it } from 'vitest';
import { tensorOf, type Graph } from '../../../src/graph/graph.ts';
import { workOf } from '../../../src/graph/layers.ts';
import type { Work } from '../../../src/ops/spec.ts';
import {
  type Contributed,
  diagnosticsOf,
  type Operand,
  f,
  fedTypes,
  graphOf,
  i32,
  modelOf,
  outputsOf,
  profileOf,
  scale,
  shown,
  u8,
  weights,
  whole,
  zero,
} from './contrib.ts';
import { outputTypes, withoutRuntime } from './runtime.ts';

type Row = readonly [name: string, node: Contributed, macs: number, inputElements: number];

const grouped = (
  operands: Contributed['operands'],
  more: Contributed['attributes'] = {},
  outputs = 3,
): Contributed => ({
  op: 'GroupQueryAttention',
  operands,
  attributes: { num_heads: 8, kv_num_heads: 2, ...more },
  outputs,
});
const multi = (operands: Contributed['operands'], outputs = 1, op = 'MultiHeadAttention'): Contributed => ({
  op,
  operands,
  attributes: { num_heads: 2 },
  outputs,
});
/** lengths of the sequences less one, and the longest */
const lengths = (total: number): Contributed['operands'] => [
  whole('int32', total - 1),
  whole('int32', total),
];
const cache = f(1, 2, 15, 16);

/** What onnxruntime runs on a CPU. MACs are batch x heads x queries x keys x (size + value size). */
const RUN: readonly Row[] = [
  [
    'GQA apart, growing cache',
    grouped([f(1, 1, 128), f(1, 1, 32), f(1, 1, 32), cache, cache, ...lengths(16)]),
    8 * 16 * 32,
    192 + 960,
  ],
  [
    'GQA packed, growing cache',
    grouped([f(1, 1, 192), undefined, undefined, cache, cache, ...lengths(16)]),
    8 * 16 * 32,
    192 + 960,
  ],
  [
    'GQA packed, no cache',
    grouped([f(1, 4, 192), undefined, undefined, undefined, undefined, ...lengths(4)]),
    8 * 16 * 32,
    768,
  ],
  [
    'GQA prompt into a shared buffer',
    grouped([f(1, 4, 128), f(1, 4, 32), f(1, 4, 32), f(1, 2, 32, 16), f(1, 2, 32, 16), ...lengths(4)]),
    8 * 4 * 4 * 32,
    768 + 2048,
  ],
  [
    'GQA one token with a shared buffer',
    grouped([f(1, 1, 128), f(1, 1, 32), f(1, 1, 32), f(1, 2, 32, 16), f(1, 2, 32, 16), ...lengths(9)]),
    8 * 9 * 32,
    192 + 2048,
  ],
  [
    'GQA rotary',
    grouped(
      [
        f(1, 1, 192),
        undefined,
        undefined,
        cache,
        cache,
        ...lengths(16),
        weights('float32', 64, 8),
        weights('float32', 64, 8),
      ],
      { do_rotary: 1 },
    ),
    8 * 16 * 32,
    192 + 960,
  ],
  [
    'GQA window',
    grouped([f(1, 1, 192), undefined, undefined, cache, cache, ...lengths(16)], { local_window_size: 4 }),
    8 * 16 * 32,
    192 + 960,
  ],
  ['MHA apart', multi([f(1, 3, 32), f(1, 5, 32), f(1, 5, 64)]), 2 * 15 * (16 + 32), 96 + 160 + 320],
  [
    'MHA with bias and mask',
    multi([f(1, 3, 32), f(1, 5, 32), f(1, 5, 64), weights('float32', 128), i32(1, 5)]),
    2 * 15 * 48,
    96 + 160 + 320 + 5,
  ],
  [
    'MHA with cache',
    multi(
      [
        f(1, 1, 32),
        f(1, 1, 32),
        f(1, 1, 32),
        undefined,
        undefined,
        undefined,
        f(1, 2, 7, 16),
        f(1, 2, 7, 16),
      ],
      3,
    ),
    2 * 8 * 32,
    96 + 448,
  ],
  ['MHA present without past', multi([f(1, 3, 32), f(1, 3, 32), f(1, 3, 32)], 3), 2 * 9 * 32, 288],
  [
    'MHA over the keys of another sequence',
    multi([f(1, 3, 32), f(1, 2, 5, 16), f(1, 2, 5, 16)]),
    2 * 15 * 32,
    96 + 320,
  ],
  [
    'DecoderMasked with shared buffer',
    {
      ...multi(
        [
          f(1, 1, 32),
          f(1, 1, 32),
          f(1, 1, 32),
          undefined,
          undefined,
          f(1, 2, 12, 16),
          f(1, 2, 12, 16),
          whole('int32', 6),
        ],
        3,
        'DecoderMaskedMultiHeadAttention',
      ),
      attributes: { num_heads: 2, past_present_share_buffer: 1 },
    },
    2 * 7 * 32,
    96 + 768,
  ],
  [
    'DecoderMasked over another sequence',
    multi([f(1, 1, 32), f(1, 2, 5, 16), f(1, 2, 5, 16)], 1, 'DecoderMaskedMultiHeadAttention'),
    2 * 5 * 32,
    32 + 320,
  ],
  [
    'Attention',
    {
      op: 'Attention',
      operands: [f(1, 3, 8), weights('float32', 8, 96), weights('float32', 96)],
      attributes: { num_heads: 2 },
      outputs: 1,
    },
    3 * 8 * 96 + 2 * 9 * 32,
    24,
  ],
  [
    'Attention with past, causal',
    {
      op: 'Attention',
      operands: [f(1, 3, 8), weights('float32', 8, 96), weights('float32', 96), undefined, f(2, 1, 2, 4, 16)],
      attributes: { num_heads: 2, unidirectional: 1 },
      outputs: 2,
    },
    3 * 8 * 96 + 2 * 3 * 7 * 32,
    24 + 256,
  ],
  [
    'QAttention with past',
    {
      op: 'QAttention',
      operands: [
        u8(1, 3, 8),
        weights('int8', 8, 96),
        weights('float32', 96),
        scale,
        scale,
        undefined,
        zero(),
        zero('int8'),
        f(2, 1, 2, 4, 16),
      ],
      attributes: { num_heads: 2, unidirectional: 1 },
      outputs: 2,
    },
    3 * 8 * 96 + 2 * 3 * 7 * 32,
    24 + 256,
  ],
];

const standard = (
  operands: Contributed['operands'],
  attributes: Contributed['attributes'] = {},
  outputs = 1,
): Contributed => ({ op: 'Attention', domain: '', opset: 24, operands, attributes, outputs });

const past = f(1, 2, 15, 16);

/** ONNX's own operator. */
const STANDARD: readonly Row[] = [
  ['heads apart', standard([f(1, 8, 3, 16), f(1, 2, 5, 16), f(1, 2, 5, 16)]), 8 * 15 * 32, 384 + 320],
  [
    'heads packed',
    standard([f(1, 3, 128), f(1, 3, 32), f(1, 3, 32)], { q_num_heads: 8, kv_num_heads: 2, is_causal: 1 }),
    8 * 9 * 32,
    576,
  ],
  [
    'with a cache',
    standard(
      [f(1, 1, 128), f(1, 1, 32), f(1, 1, 32), undefined, past, past],
      { q_num_heads: 8, kv_num_heads: 2 },
      3,
    ),
    8 * 16 * 32,
    192 + 960,
  ],
  [
    'with a cache and a mask',
    standard([f(1, 8, 1, 16), f(1, 2, 1, 16), f(1, 2, 1, 16), f(1, 16), past, past], {}, 4),
    8 * 16 * 32,
    192 + 16 + 960,
  ],
];

/** What onnxruntime has kernels for elsewhere: outputs and MACs by hand. */
const ELSEWHERE: readonly (readonly [
  name: string,
  node: Contributed,
  outputs: readonly string[],
  macs: number,
])[] = [
  ['MHA packed QKV', multi([f(1, 3, 2, 3, 16)]), ['float32 1x3x32'], 2 * 9 * 32],
  [
    'MHA packed KV',
    multi([f(1, 3, 32), f(1, 5, 2, 2, 16)], 3),
    ['float32 1x3x32', 'float32 1x2x5x16', 'float32 1x2x5x16'],
    2 * 15 * 32,
  ],
  [
    'decoder packed QKV',
    multi(
      [f(1, 1, 96), undefined, undefined, undefined, undefined, f(1, 2, 7, 16), f(1, 2, 7, 16)],
      3,
      'DecoderMaskedMultiHeadAttention',
    ),
    ['float32 1x1x32', 'float32 1x2x8x16', 'float32 1x2x8x16'],
    2 * 8 * 32,
  ],
  [
    'GQA with a cache of 4 bits',
    grouped(
      [
        f(1, 1, 192),
        undefined,
        undefined,
        u8(1, 2, 15, 8),
        u8(1, 2, 15, 8),
        ...lengths(16),
        undefined,
        undefined,
        undefined,
        undefined,
        undefined,
        scale,
        scale,
      ],
      { kv_cache_bit_width: 4, k_quant_type: 'PER_TENSOR', v_quant_type: 'PER_TENSOR' },
    ),
    ['float32 1x1x128', 'uint8 1x2x16x8', 'uint8 1x2x16x8'],
    8 * 16 * 32,
  ],
  [
    'GQA with a cache as wide as its window',
    grouped([f(1, 1, 192), undefined, undefined, cache, cache, ...lengths(100)], {
      sliding_window_cache: 1,
      local_window_size: 15,
    }),
    ['float32 1x1x128', 'float32 1x2x15x16', 'float32 1x2x15x16'],
    8 * 16 * 32,
  ],
  [
    'paged',
    {
      op: 'PagedAttention',
      operands: [
        f(3, 192),
        undefined,
        undefined,
        f(10, 16, 2, 16),
        f(10, 16, 2, 16),
        whole('int32', 0, 3),
        whole('int32', 20),
        i32(1, 4),
      ],
      attributes: { num_heads: 8, kv_num_heads: 2 },
      outputs: 3,
    },
    ['float32 3x128', 'float32 10x16x2x16', 'float32 10x16x2x16'],
    8 * 3 * 23 * 32,
  ],
  [
    'paged, latent',
    {
      op: 'PagedAttention',
      operands: [
        f(3, 8 * 24),
        f(3, 24),
        undefined,
        f(10, 16, 1, 24),
        undefined,
        whole('int32', 0, 3),
        whole('int32', 20),
        i32(1, 4),
      ],
      attributes: { num_heads: 8, kv_num_heads: 1, kv_cache_layout: 'LATENT', v_head_size: 16 },
      outputs: 2,
    },
    ['float32 3x128', 'float32 10x16x1x24'],
    8 * 3 * 23 * 40,
  ],
  [
    'without padding, projected',
    {
      op: 'PackedAttention',
      operands: [f(7, 8), weights('float32', 8, 96), weights('float32', 96), i32(2, 5), i32(3)],
      attributes: { num_heads: 2 },
    },
    ['float32 7x32'],
    7 * 8 * 96 + 2 * 2 * 25 * 32,
  ],
  [
    'without padding, packed',
    {
      op: 'PackedMultiHeadAttention',
      operands: [f(7, 2, 3, 16), undefined, undefined, undefined, i32(2, 5), i32(3)],
      attributes: { num_heads: 2 },
    },
    ['float32 7x32'],
    2 * 2 * 25 * 32,
  ],
  [
    'sparse',
    {
      op: 'SparseAttention',
      operands: [
        f(1, 1, 192),
        undefined,
        undefined,
        f(1, 2, 32, 16),
        f(1, 2, 32, 16),
        i32(1, 3),
        i32(1, 3),
        whole('int32', 9),
        whole('int32', 9),
      ],
      attributes: { num_heads: 8, kv_num_heads: 2, sparse_block_size: 16 },
      outputs: 3,
    },
    ['float32 1x1x128', 'float32 1x2x32x16', 'float32 1x2x32x16'],
    8 * 9 * 32,
  ],
];

describe.skipIf(withoutRuntime)('attention as onnxruntime runs it', () => {
  it.each([...RUN, ...STANDARD])('%s', async (_, one, macs, read) => {
    const types = (await outputTypes(modelOf(one), fedTypes(one))).map(shown);
    expect(outputsOf(graphOf(one))).toEqual(types);
    const { totals, layers } = profileOf(one);
    expect(totals.macs).toBe(macs);
    expect(layers[0]?.inputElements).toBe(read);
  });
});

describe('attention that runs on other devices', () => {
  it.each(ELSEWHERE)('%s', (_, one, outputs, macs) => {
    expect(outputsOf(graphOf(one))).toEqual(outputs);
    expect(profileOf(one).totals.macs).toBe(macs);
  });

  it('counts a shared buffer of unknown length at its capacity, and says so', () => {
    const length: Operand = ['int32', [1]];
    const buffer = f(1, 2, 12, 16);
    const one = {
      ...multi(
        [f(1, 1, 32), f(1, 1, 32), f(1, 1, 32), undefined, undefined, buffer, buffer, length],
        3,
        'DecoderMaskedMultiHeadAttention',
      ),
      attributes: { num_heads: 2, past_present_share_buffer: 1 },
    };
    expect(profileOf(one).totals.macs).toBe(2 * 12 * 32);
    expect(diagnosticsOf(one)).toEqual([
      expect.stringMatching(
        /counted at their upper bound: out0\[keys\] at 12 \(fix: give one a value: --bind 'out0\[keys\]=100'\)/,
      ),
    ]);
    expect(profileOf(one, new Map([['out0[keys]', 7]])).totals.macs).toBe(2 * 7 * 32);
  });
});

describe('causal attention', () => {
  it.each([
    [
      'all of a prompt',
      [f(1, 4, 192), undefined, undefined, undefined, undefined, ...lengths(4)],
      {},
      '8 heads 4x4x16, causal: 10 of 16 scores seen',
    ],
    [
      'a prompt behind a cache',
      [f(1, 3, 192), undefined, undefined, cache, cache, ...lengths(18)],
      {},
      '8 heads 3x18x16, causal: 51 of 54 scores seen',
    ],
    [
      'with a window',
      [f(1, 4, 192), undefined, undefined, undefined, undefined, ...lengths(4)],
      { local_window_size: 2 },
      '8 heads 4x4x16, causal: 7 of 16 scores seen',
    ],
    [
      'not causal',
      [f(1, 4, 192), undefined, undefined, undefined, undefined, ...lengths(4)],
      { causal: 0 },
      '8 heads 4x4x16',
    ],
  ] as const)('is counted as a rectangle, and the triangle is said: %s', (_, operands, more, detail) => {
    expect(profileOf(grouped(operands, more)).layers[0]?.detail).toBe(detail);
  });
});

describe('what attention makes ready itself', () => {
  it('rotates queries and keys, and reads the rows of its tables', () => {
    const operands = [f(1, 3, 192), undefined, undefined, cache, cache, ...lengths(18)];
    const tables = [weights('float32', 64, 8), weights('float32', 64, 8)];
    const plain = graphOf(grouped(operands));
    const rotated = graphOf(grouped([...operands, ...tables], { do_rotary: 1 }));
    // 3 tokens of 8 + 2 heads of 16: two products and a sum for each number.
    expect(workOfAttention(rotated)).toEqual({
      ...workOfAttention(plain),
      mul: (workOfAttention(plain)?.mul ?? NaN) + 2 * 480,
      add: (workOfAttention(plain)?.add ?? NaN) + 480,
    });
    const gathered = rotated.nodes.filter(({ kind }) => kind === 'gather');
    expect(gathered.flatMap(({ outputs }) => outputs.map((id) => shown(tensorOf(rotated, id).type)))).toEqual(
      ['float32 1x3x8', 'float32 1x3x8'],
    );
  });

  it('adds the bias of the projections to queries, keys and values', () => {
    const operands = [f(1, 3, 32), f(1, 5, 32), f(1, 5, 64)];
    const plain = workOfAttention(graphOf(multi(operands)));
    const biased = graphOf(multi([...operands, weights('float32', 128)]));
    expect(workOfAttention(biased)?.add).toBe((plain?.add ?? NaN) + 96 + 160 + 320);
    expect(profileOf(multi([...operands, weights('float32', 128)])).totals.params).toBe(128);
  });

  it('normalises each head of queries and keys', () => {
    const operands = [f(1, 3, 192), undefined, undefined, undefined, undefined, ...lengths(3)];
    const none = Array.from({ length: 7 }, () => undefined);
    const norm = weights('float32', 16);
    const plain = workOfAttention(graphOf(grouped(operands)));
    const work = workOfAttention(graphOf(grouped([...operands, ...none, norm, norm])));
    // 30 vectors of 16: squares, their mean, its root, and the products with its inverse and the scale.
    expect(work).toEqual({
      ...plain,
      mul: (plain?.mul ?? NaN) + 3 * 480,
      add: (plain?.add ?? NaN) + 480 + 30,
      divide: (plain?.divide ?? NaN) + 60,
      transcendental: (plain?.transcendental ?? NaN) + 30,
    });
  });
});

const workOfAttention = (graph: Graph): Work | undefined => {
  const node = graph.nodes.find(({ kind }) => kind === 'attention');
  return node && workOf(graph, node);
};
