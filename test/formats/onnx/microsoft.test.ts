import { describe, expect, it } from 'vitest';
import {
  type Contributed,
  f,
  fedTypes,
  graphOf,
  i32,
  modelOf,
  type Operand,
  outputsOf,
  profileOf,
  scale,
  shown,
  u8,
  weights,
  whole,
  zero,
} from './contrib.ts';
import { stored } from './model.ts';
import { outputTypes, withoutRuntime } from './runtime.ts';

/** MACs by hand; undefined: the cost is not known, and said to be. */
type Row = readonly [node: Contributed, macs: number | undefined, params?: number];

const one = (
  op: string,
  operands: readonly Operand[],
  attributes: Contributed['attributes'] = {},
  outputs = 1,
): Contributed => ({ op, operands, attributes, outputs });

const q = (): readonly Operand[] => [scale, zero()];
const signed = (): readonly Operand[] => [scale, zero('int8')];
const none = undefined;
const real = (...dims: readonly number[]): Operand => weights('float32', ...dims);

/** What onnxruntime runs on a CPU. */
const RUN: readonly Row[] = [
  [
    one('QGemm', [u8(2, 8), ...q(), weights('int8', 4, 8), ...signed(), weights('int32', 4), ...q()], {
      transB: 1,
    }),
    64,
    36,
  ],
  [one('QGemm', [u8(2, 8), ...q(), weights('int8', 8, 4), ...signed()]), 64, 32],
  [one('QLinearAveragePool', [u8(1, 3, 8, 8), ...q(), ...q()], { kernel_shape: [2, 2], strides: [2, 2] }), 0],
  [
    one('QLinearAveragePool', [u8(1, 8, 6, 3), ...q(), ...q()], {
      kernel_shape: [2, 2],
      strides: [2, 2],
      channels_last: 1,
    }),
    0,
  ],
  [one('QLinearGlobalAveragePool', [u8(1, 3, 8, 8), ...q(), ...q()]), 0],
  [one('QLinearGlobalAveragePool', [u8(1, 8, 8, 3), ...q(), ...q()], { channels_last: 1 }), 0],
  [one('QLinearConcat', [...q(), u8(1, 3, 2), ...q(), u8(1, 3, 4), ...q()], { axis: 2 }), 0],
  [one('QLinearSoftmax', [u8(2, 5), ...q(), ...q()], { opset: 13 }), 0],
  [one('QLinearWhere', [['bool', [2, 1]], u8(2, 3), ...q(), u8(1, 3), ...q(), ...q()]), 0],
  [
    one('QLinearConv', [u8(1, 3, 8, 8), ...q(), weights('int8', 4, 3, 3, 3), ...signed(), ...q()], {
      kernel_shape: [3, 3],
    }),
    4 * 36 * 27,
    108,
  ],
  [
    one('QLinearConv', [u8(1, 8, 6, 3), ...q(), weights('int8', 4, 3, 3, 3), ...signed(), ...q()], {
      kernel_shape: [3, 3],
      channels_last: 1,
    }),
    4 * 24 * 27,
    108,
  ],
  [one('QLinearAdd', [u8(2, 3), ...q(), u8(2, 3), ...q(), ...q()]), 0],
  [one('QLinearMul', [u8(2, 3), ...q(), u8(2, 3), ...q(), ...q()]), 0],
  [one('QLinearSigmoid', [u8(2, 3), ...q(), ...q()]), 0],
  [one('QLinearLeakyRelu', [u8(2, 3), ...q(), ...q()]), 0],
  [one('QuantizeLinear', [f(2, 3), ...signed()]), 0],
  [one('DequantizeLinear', [u8(2, 3), ...q()]), 0],
  [one('DynamicQuantizeMatMul', [f(1, 2, 8), weights('int8', 8, 4), scale, zero('int8'), real(4)]), 64, 36],
  [
    one('MatMulIntegerToFloat', [
      u8(1, 2, 8),
      weights('int8', 8, 4),
      scale,
      scale,
      zero(),
      zero('int8'),
      real(4),
    ]),
    64,
    36,
  ],
  [
    one('MatMulInteger16', [
      ['int16', [2, 8]],
      ['int16', [8, 4]],
    ]),
    64,
  ],
  [
    one(
      'DynamicQuantizeLSTM',
      [
        f(3, 1, 8),
        weights('int8', 1, 8, 16),
        weights('int8', 1, 4, 16),
        real(1, 32),
        none,
        none,
        none,
        none,
        real(1),
        weights('int8', 1),
        real(1),
        weights('int8', 1),
      ],
      { hidden_size: 4 },
      3,
    ),
    3 * 16 * 12,
    224,
  ],
  [
    one(
      'EmbedLayerNormalization',
      [i32(2, 5), i32(2, 5), real(30, 8), real(10, 8), real(2, 8), real(8), real(8), i32(2, 5)],
      {},
      3,
    ),
    0,
    352,
  ],
  [
    one(
      'EmbedLayerNormalization',
      [i32(2, 5), none, real(30, 8), real(10, 8), none, real(8), real(8), none, i32(2, 5)],
      { mask_index_type: 0 },
    ),
    0,
    336,
  ],
  [
    one(
      'QEmbedLayerNormalization',
      [
        i32(2, 5),
        i32(2, 5),
        weights('uint8', 30, 8),
        weights('uint8', 10, 8),
        weights('uint8', 2, 8),
        weights('uint8', 8),
        weights('uint8', 8),
        none,
        scale,
        scale,
        scale,
        scale,
        scale,
        zero(),
        zero(),
        zero(),
        zero(),
        zero(),
      ],
      {},
      2,
    ),
    0,
    352,
  ],
  [one('SkipLayerNormalization', [f(1, 3, 8), f(1, 3, 8), real(8), real(8), real(8)]), 0, 24],
  [one('SkipSimplifiedLayerNormalization', [f(1, 3, 8), f(1, 3, 8), real(8)]), 0, 8],
  [one('FusedGemm', [f(2, 8), real(4, 8), real(4)], { transB: 1, activation: 'Relu' }), 64, 36],
  [
    one('FusedConv', [f(1, 3, 8, 8), real(4, 3, 3, 3), real(4), f(1, 4, 6, 6)], { activation: 'Relu' }),
    4 * 36 * 27,
    112,
  ],
  [one('FusedMatMul', [f(2, 5, 3, 8), f(2, 5, 4, 8)], { transB: 1 }), 2 * 5 * 3 * 4 * 8],
  [one('FusedMatMul', [f(3, 2, 5, 8), f(2, 5, 8, 4)], { transBatchA: 1 }), 2 * 5 * 3 * 4 * 8],
  [one('FusedMatMul', [f(2, 3, 8), f(4, 2, 8)], { transBatchB: 1, transB: 1 }), 2 * 3 * 4 * 8],
  [one('FusedMatMul', [f(8, 2, 3), f(2, 8, 4)], { transBatchA: 1, transA: 1 }), 2 * 3 * 4 * 8],
  [one('TransposeMatMul', [f(8, 3), f(8, 4)], { transA: 1 }), 96],
  [one('BiasGelu', [f(2, 8), real(8)]), 0, 8],
  [one('FastGelu', [f(2, 8), real(8)]), 0, 8],
  [one('QuickGelu', [f(2, 8)]), 0],
  [one('Gelu', [f(2, 8)]), 0],
  [one('NhwcMaxPool', [u8(1, 8, 6, 3)], { kernel_shape: [2, 2], strides: [2, 2] }), 0],
  [one('MaxpoolWithMask', [f(1, 3, 8, 8), i32(1, 3, 8, 8)], { kernel_shape: [2, 2], strides: [2, 2] }), 0],
  [
    one(
      'MatMulNBits',
      [f(1, 2, 64), weights('uint8', 16, 2, 16), real(16, 2), weights('uint8', 16, 1), none, real(16)],
      { N: 16, K: 64, bits: 4, block_size: 32 },
    ),
    2 * 64 * 16,
    1024 + 16,
  ],
  [
    one('MatMulNBits', [f(1, 2, 64), weights('uint8', 16, 2, 32), real(16, 2)], {
      N: 16,
      K: 64,
      bits: 8,
      block_size: 32,
    }),
    2 * 64 * 16,
    1024,
  ],
  [
    one('MatMulBnb4', [f(1, 2, 64), weights('uint8', 512), real(32)], {
      N: 16,
      K: 64,
      quant_type: 1,
      block_size: 32,
    }),
    2 * 64 * 16,
    1024,
  ],
  [
    one('GatherBlockQuantized', [weights('uint8', 30, 32), i32(2, 5), real(30, 2)], {
      bits: 4,
      block_size: 32,
      gather_axis: 0,
      quantize_axis: 1,
    }),
    0,
    30 * 64,
  ],
  [
    one('GatherBlockQuantized', [weights('uint8', 30, 64), i32(5), real(30, 2), weights('uint8', 30, 2)], {
      bits: 8,
      block_size: 32,
      gather_axis: 0,
      quantize_axis: 1,
    }),
    0,
    30 * 64,
  ],
  [
    one('GatherBlockQuantized', [weights('uint4', 30, 64), i32(2, 5), real(30, 4), weights('uint4', 30, 4)], {
      block_size: 16,
      gather_axis: 0,
      quantize_axis: 1,
    }),
    0,
    30 * 64,
  ],
  // 6 tokens through 2 of 4 experts of 8 x 16 and 16 x 8.
  [
    one('MoE', [f(6, 8), f(6, 4), real(4, 16, 8), real(4, 16), real(4, 8, 16), real(4, 8)], {
      k: 2,
      activation_type: 'gelu',
    }),
    6 * 2 * 256,
    4 * 256 + 96,
  ],
  [
    one('MoE', [f(1, 6, 8), f(6, 4), real(4, 32, 8), real(4, 32), real(4, 8, 16)], {
      k: 1,
      activation_type: 'swiglu',
      swiglu_fusion: 1,
      activation_alpha: { f: 1 },
      activation_beta: { f: 1 },
    }),
    6 * 384,
    4 * 384 + 128,
  ],
  [
    one(
      'QMoE',
      [
        f(6, 32),
        f(6, 4),
        weights('uint8', 4, 64, 16),
        real(4, 64),
        none,
        weights('uint8', 4, 32, 32),
        real(4, 32),
      ],
      { k: 2, activation_type: 'relu', expert_weight_bits: 4 },
    ),
    6 * 2 * 4096,
    4 * 4096,
  ],
  [
    one(
      'LinearAttention',
      [f(1, 3, 32), f(1, 3, 16), f(1, 3, 24), f(1, 2, 8, 12), f(1, 3, 16), f(1, 3, 2)],
      { q_num_heads: 4, kv_num_heads: 2 },
      2,
    ),
    3 * 4 * 12 * 8 + 2 * 3 * 2 * 8 * 12,
  ],
  [one('LinearAttentionGate', [f(1, 3, 4), real(4), real(4), f(1, 3, 4)], {}, 2), 0, 8],
  [
    one('CausalConvWithState', [f(1, 6, 9), real(6, 1, 4), real(6), f(1, 6, 3)], { activation: 'silu' }, 2),
    6 * 9 * 4,
    30,
  ],
  [
    one(
      'CausalConvWithState',
      [f(1, 9, 6), real(6, 1, 4), real(6), f(1, 6, 6)],
      { channels_last: 1, dilation: 2 },
      2,
    ),
    6 * 9 * 4,
    30,
  ],
  [one('GatedAdd', [f(2, 8), f(2, 8), f(2, 1)]), 0],
  [one('GatedRMSNorm', [f(2, 24), real(8), f(2, 24)]), 0, 8],
  [one('EngramGate', [f(1, 3, 2, 8), f(1, 3, 2, 8), f(1, 3, 8), real(2, 8), real(2, 8)]), undefined, 32],
  [
    one('RotaryEmbedding', [f(1, 3, 32), stored('', 'int64', [1, 3], [0, 1, 2]), real(16, 8), real(16, 8)], {
      num_heads: 2,
      rotary_embedding_dim: 0,
    }),
    0,
    256,
  ],
  [one('CDist', [f(3, 8), f(4, 8)], { metric: 'euclidean' }), 96],
  [one('CropAndResize', [f(1, 3, 8, 8), real(2, 4), weights('int32', 2), whole('int32', 4, 5)]), 0, 8],
  [
    one('ConvTransposeWithDynamicPads', [f(1, 3, 8, 8), real(3, 4, 3, 3), whole('int64', 1, 1, 0, 0)], {
      kernel_shape: [3, 3],
    }),
    3 * 64 * 4 * 9,
    108,
  ],
  [one('ExpandDims', [f(2, 3), stored('', 'int32', [], [1])]), 0],
  [one('GatherND', [f(4, 5), stored('', 'int64', [3, 1], [0, 1, 2])]), 0],
  [one('GridSample', [f(1, 3, 8, 8), f(1, 4, 5, 2)]), 0],
  [one('Inverse', [f(2, 3, 3)]), undefined],
  [one('MurmurHash3', [i32(2, 3)], { positive: 0 }), undefined],
  [one('NGramRepeatBlock', [['int64', [2, 5]], f(2, 9)], { ngram_size: 2 }), undefined],
  [one('Pad', [f(2, 3), whole('int64', 0, 1, 0, 2)]), 0],
  [one('Range', [stored('', 'int64', [], [2]), stored('', 'int64', [], [9])]), 0],
  [one('Trilu', [f(3, 3)]), 0],
  [one('UnfoldTensor', [f(2, 9)], { dim: 1, size: 4, step: 2 }), 0],
  [one('WordConvEmbedding', [i32(3, 6), real(5, 1, 2, 4), real(5), real(40, 4)]), undefined, 205],
];

describe.skipIf(withoutRuntime)('operators of com.microsoft as onnxruntime runs them', () => {
  it.each(RUN.map(([node, ...rest], i) => [`${node.op} (${String(i)})`, node, ...rest] as const))(
    '%s',
    async (_, node, macs, params = 0) => {
      const types = (await outputTypes(modelOf(node), fedTypes(node))).map(shown);
      expect(outputsOf(graphOf(node))).toEqual(types);
      const { totals, coverage, layers } = profileOf(node);
      expect(coverage.uncounted.length).toBe(macs === undefined ? 1 : 0);
      // What is made of stored numbers alone is no layer.
      if (layers.length === 0) return;
      expect(totals.macs).toBe(macs);
      expect(totals.params).toBe(params);
    },
  );
});

describe('quantised sums and products', () => {
  const pair = (op: string, ...other: readonly number[]): Contributed =>
    one(op, [u8(1, 3, 4), ...q(), u8(...other), ...q(), ...q()]);

  it.each([
    ['QLinearAdd', [1, 3, 4], 'add'],
    ['QLinearMul', [1, 3, 4], 'mul'],
    ['QLinearAdd', [3, 1], 'elementwise'],
    ['QLinearMul', [3, 1], 'elementwise'],
  ] as const)('are layers of the kind of real ones: %s of %s', (op, other, kind) => {
    const [layer] = profileOf(pair(op, ...other)).layers;
    expect(layer?.kind).toBe(kind);
    expect(layer?.outputs).toEqual([[1, 3, 4]]);
  });
});

/** What onnxruntime has kernels for elsewhere, or none at all: outputs by hand. */
const ELSEWHERE: readonly (readonly [
  node: Contributed,
  outputs: readonly string[],
  macs: number | undefined,
  params?: number,
])[] = [
  [one('QLinearReduceMean', [u8(2, 3, 4), ...q(), ...q()], { axes: [1, 2], keepdims: 0 }), ['uint8 2'], 0],
  [one('MulInteger', [u8(2, 3), zero(), u8(3), zero()]), ['int32 2x3'], 0],
  [one('ReduceSumInteger', [u8(2, 3)], { axes: [1], keepdims: 1 }), ['int32 2x1'], 0],
  [
    one('BiasSoftmax', [f(2, 4, 3, 3), f(2, 1, 1, 3)], { axis: 3, is_inner_broadcast: 1 }),
    ['float32 2x4x3x3'],
    0,
  ],
  [one('BiasAdd', [f(1, 4, 8), real(8), f(1, 4, 8)]), ['float32 1x4x8'], 0, 8],
  [one('BiasDropout', [f(2, 8), real(8), f(2, 8)], {}, 2), ['float32 2x8', 'bool 2x8'], 0, 8],
  [one('BiasSplitGelu', [f(1, 4, 16), real(16)]), ['float32 1x4x8'], 0, 16],
  [
    one('NhwcConv', [f(1, 8, 6, 3), real(4, 3, 3, 3), real(4)], { kernel_shape: [3, 3] }),
    ['float32 1x6x4x4'],
    4 * 24 * 27,
    112,
  ],
  [
    one('NhwcFusedConv', [f(1, 8, 6, 3), real(4, 3, 3, 3), none, f(1, 6, 4, 4)], {
      kernel_shape: [3, 3],
      activation: 'Relu',
    }),
    ['float32 1x6x4x4'],
    4 * 24 * 27,
    108,
  ],
  [
    one('GroupNorm', [f(1, 4, 5, 8), real(8), real(8)], { groups: 4, activation: 1 }),
    ['float32 1x4x5x8'],
    0,
    16,
  ],
  [
    one('GroupNorm', [f(1, 8, 4, 5), real(8), real(8)], { groups: 4, activation: 0, channels_last: 0 }),
    ['float32 1x8x4x5'],
    0,
    16,
  ],
  [
    one(
      'SkipGroupNorm',
      [f(1, 4, 5, 8), real(8), real(8), f(1, 8), real(8)],
      { groups: 4, activation: 1 },
      2,
    ),
    ['float32 1x4x5x8', 'float32 1x4x5x8'],
    0,
    24,
  ],
  [one('FusedMatMulActivation', [f(2, 8), f(8, 4)], { activation: 'Relu' }), ['float32 2x4'], 64],
  [
    one('FusedMatMulActivation', [f(2, 8), f(8, 4)], { activation: 'Softmax', activation_axis: -1 }),
    ['float32 2x4'],
    64,
  ],
  [one('GemmFastGelu', [f(1, 2, 8), real(8, 4), real(4)]), ['float32 1x2x4'], 64, 36],
  [
    one('MatMulBlockQuantizedFp8Weight', [f(2, 64), weights('float8e4m3fn', 16, 64), real(16, 2)], {
      block_size: 32,
    }),
    ['float32 2x16'],
    2048,
    1024,
  ],
  [
    one(
      'MatMulBlockQuantizedFp4Weight',
      [f(2, 64), weights('uint8', 16, 32), weights('uint8', 16, 4), scale],
      {},
    ),
    ['float32 2x16'],
    2048,
    1024,
  ],
  [
    one(
      'MatMulNBitsMlp',
      [
        f(2, 64),
        none,
        real(64),
        weights('uint8', 16, 2, 16),
        real(16, 2),
        none,
        weights('uint8', 16, 2, 16),
        real(16, 2),
      ],
      { N: 16, K: 64, bits: 4, block_size: 32, activation: 'silu' },
    ),
    ['float32 2x16'],
    4096,
    64 + 2 * 1024,
  ],
  [
    one(
      'MatMulNBitsQkv',
      [
        f(2, 64),
        f(2, 64),
        real(64),
        weights('uint8', 32, 2, 16),
        real(32, 2),
        none,
        weights('uint8', 16, 2, 16),
        real(16, 2),
        none,
        weights('uint8', 16, 2, 16),
        real(16, 2),
      ],
      { Nq: 32, Nkv: 16, K: 64, bits: 4, block_size: 32 },
      4,
    ),
    ['float32 2x32', 'float32 2x16', 'float32 2x16', 'float32 2x64'],
    8192,
    64 + 4096,
  ],
  [one('ComplexMul', [f(2, 3, 2), f(2, 3, 2)]), ['float32 2x3x2'], 0],
  [
    one(
      'GemmaRotaryEmbedding',
      [f(1, 3, 8), f(1, 2, 3, 8), f(1, 2, 3, 8), f(1, 2, 3, 8), f(1, 2, 3, 8)],
      {},
      2,
    ),
    ['float32 1x2x3x8', 'float32 1x2x3x8'],
    0,
  ],
  [one('TorchEmbedding', [real(30, 8), ['int64', [2, 5]]]), ['float32 2x5x8'], 0, 240],
  [one('RemovePadding', [f(2, 5, 8), i32(2)], {}, 4), ['float32 10x8', 'int32 2x5', 'int32 3', 'int32 1'], 0],
  [one('RestorePadding', [f(7, 8), i32(2, 5)]), ['float32 2x5x8'], 0],
  [
    one('RelativePositionBias', [real(32, 4), stored('', 'int64', [1], [6]), stored('', 'int64', [1], [6])], {
      max_distance: 8,
    }),
    ['float32 1x4x6x6'],
    0,
    128,
  ],
  [
    one('GatedDeltaNet', [f(6, 2, 8), f(6, 2, 8), f(6, 4, 12), i32(3)], {}, 2),
    ['float32 6x4x12', 'float32 2x4x12x8'],
    undefined,
  ],
  [
    one(
      'GatedRelativePositionBias',
      [f(2, 6, 32), real(32), f(1, 4, 6, 6), real(8, 4), real(4), real(1, 4, 1, 1)],
      { num_heads: 4 },
    ),
    ['float32 2x4x6x6'],
    undefined,
    72,
  ],
  [
    one(
      'NGramHashMapping',
      [i32(2, 5), i32(3), i32(4)],
      { pad_id: 0, n_head_per_ngram: 2, max_ngram_size: 3 },
      2,
    ),
    ['int32 2x5x4', 'int32 2x2'],
    undefined,
  ],
  [
    one('AttnLSTM', [f(3, 2, 8), real(1, 16, 8), real(1, 16, 4)], { hidden_size: 4 }, 3),
    ['float32 3x1x2x4', 'float32 1x2x4', 'float32 1x2x4'],
    undefined,
    192,
  ],
  [one('DynamicTimeWarping', [f(3, 4)]), ['int32 2x6'], undefined],
  [
    { op: 'SwiGLU', domain: '', opset: 28, operands: [f(2, 8), f(2, 8)], attributes: { alpha: { f: 0.5 } } },
    ['float32 2x8'],
    0,
  ],
];

describe('operators of com.microsoft that run on other devices', () => {
  it.each(ELSEWHERE.map(([node, ...rest], i) => [`${node.op} (${String(i)})`, node, ...rest] as const))(
    '%s',
    (_, node, outputs, macs, params = 0) => {
      expect(outputsOf(graphOf(node))).toEqual(outputs);
      const { totals, coverage, layers } = profileOf(node);
      expect(coverage.uncounted.length).toBe(macs === undefined ? 1 : 0);
      // What is made of stored numbers alone is no layer.
      if (layers.length === 0) return;
      expect(totals.macs).toBe(macs);
      expect(totals.params).toBe(params);
    },
  );
});

describe('weights of a few bits', () => {
  it('are stored as they are packed, with their scales and zero points', () => {
    const packed = one(
      'MatMulNBits',
      [f(1, 1, 128), weights('uint8', 256, 4, 16), real(256, 4), weights('uint8', 256, 2)],
      { N: 256, K: 128, bits: 4, block_size: 32 },
    );
    // 32,768 weights of half a byte, 1,024 scales of four bytes, 1,024 zero points of half a byte.
    expect(profileOf(packed).totals.parameterBytes).toBe(16384 + 4096 + 512);
    const nf4 = one('MatMulBnb4', [f(1, 1, 128), weights('uint8', 16384), real(1024)], {
      N: 256,
      K: 128,
      quant_type: 1,
      block_size: 32,
    });
    expect(profileOf(nf4).totals.parameterBytes).toBe(16384 + 4096);
    const table = one('GatherBlockQuantized', [weights('uint8', 100, 64), i32(5), real(100, 4)], {
      bits: 4,
      block_size: 32,
    });
    expect(profileOf(table).totals.parameterBytes).toBe(6400 + 1600);
  });
});

describe('a mixture of experts', () => {
  it('is counted for the experts in use, and says how many weights there are', () => {
    const layer = one('MoE', [f(6, 8), f(6, 4), real(4, 16, 8), none, real(4, 8, 16)], { k: 2 });
    const [row] = profileOf(layer).layers;
    // Files from before onnxruntime 1.16 have rows and columns the other way round: 32 features between.
    const turned = one('MoE', [f(6, 8), f(6, 4), real(4, 8, 32), none, real(4, 32, 8)], { k: 2 });
    expect(profileOf(turned).layers[0]?.detail).toBe('2 of 4 experts: a token meets 1024 of 2048 weights');
    expect(row?.detail).toBe('2 of 4 experts: a token meets 512 of 1024 weights');
    expect(row?.macs).toBe(6 * 512);
    expect(row?.weights).toBe(1024);
  });
});
