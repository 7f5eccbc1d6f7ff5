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
    1024 + 32 + 32 + 16,
  ],
  [
    one('MatMulNBits', [f(1, 2, 64), weights('uint8', 16, 2, 32), real(16, 2)], {
      N: 16,
      K: 64,
      bits: 8,
      block_size: 32,
    }),
    2 * 64 * 16,
    1024 + 32,
  ],
  [
    one('MatMulBnb4', [f(1, 2, 64), weights('uint8', 512), real(32)], {
      N: 16,
      K: 64,
      quant_type: 1,
      block_size: 32,
    }),
    2 * 64 * 16,
    1024 + 32,
  ],
  [
    one('GatherBlockQuantized', [weights('uint8', 30, 32), i32(2, 5), real(30, 2)], {
      bits: 4,
      block_size: 32,
      gather_axis: 0,
      quantize_axis: 1,
    }),
    0,
    30 * 64 + 60,
  ],
  [
    one('GatherBlockQuantized', [weights('uint8', 30, 64), i32(5), real(30, 2), weights('uint8', 30, 2)], {
      bits: 8,
      block_size: 32,
      gather_axis: 0,
      quantize_axis: 1,
    }),
    0,
    30 * 64 + 120,
  ],
  [
    one('GatherBlockQuantized', [weights('uint4', 30, 64), i32(2, 5), real(30, 4), weights('uint4', 30, 4)], {
      block_size: 16,
      gather_axis: 0,
      quantize_axis: 1,
    }),
    0,
    30 * 64 + 240,
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
    4 * 4096 + 384,
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
  ],
  [one('CDist', [f(3, 8), f(4, 8)], { metric: 'euclidean' }), 96],
  [one('CropAndResize', [f(1, 3, 8, 8), real(2, 4), weights('int32', 2), whole('int32', 4, 5)]), 0],
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
      const { totals, coverage } = profileOf(node);
      expect(coverage.uncounted.length).toBe(macs === undefined ? 1 : 0);
      expect(totals.macs ?? undefined).toBe(macs);
      expect(totals.params).toBe(params);
    },
  );
});
