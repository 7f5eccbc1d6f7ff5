import { describe, expect, it } from 'vitest';
import { profile } from '../../../src/analysis/profile.ts';
import { validate } from '../../../src/graph/validate.ts';
import type { Work } from '../../../src/ops/spec.ts';
import { workOf } from '../../../src/graph/layers.ts';
import type { OperatorDraft, SubgraphDraft, TensorDraft } from './build.ts';
import { combining, readOne, type Read } from './model.ts';

const NONE = { i8: 0 };
const SAME = { i8: 0 };
const VALID = { i8: 1 };
const RELU = { i8: 1 };
const i32 = (value: number) => ({ i32: value });

interface Case {
  readonly op: string;
  readonly what: string;
  readonly inputs: readonly (TensorDraft | undefined)[];
  readonly outputs: readonly TensorDraft[];
  readonly about?: Pick<OperatorDraft, 'options' | 'options2' | 'custom'>;
  /** subgraphs behind the first one */
  readonly bodies?: readonly SubgraphDraft[];
  /** multiply-accumulates, by hand */
  readonly macs?: number;
  /** stored weights, by hand */
  readonly weights?: number;
  readonly params?: number;
  /** other work, by hand */
  readonly work?: Work;
  readonly kinds?: readonly string[];
}

const w = (shape: readonly number[], type: TensorDraft['type'] = 'float32'): TensorDraft => ({
  name: `w${shape.join('x')}`,
  shape,
  type,
});
const x = (shape: readonly number[], type: TensorDraft['type'] = 'float32'): TensorDraft => ({ shape, type });
const n = (...values: readonly number[]): TensorDraft => ({ shape: [values.length], type: 'int32', values });
const scalar = (value: number): TensorDraft => ({ shape: [], type: 'int32', values: [value] });

const CASES: readonly Case[] = [
  {
    op: 'CONV_2D',
    what: 'SAME, strides and dilations in the order of width and height, a fused activation',
    inputs: [x([1, 9, 8, 3]), w([5, 3, 2, 3]), w([5])],
    // height 9/2 rounded up, width 8/3 rounded up
    outputs: [x([1, 5, 3, 5])],
    about: { options: [1, { 0: SAME, 1: i32(3), 2: i32(2), 3: RELU, 4: i32(1), 5: i32(1) }] },
    macs: 5 * 3 * 5 * (3 * 2 * 3),
    weights: 90,
    params: 95,
    work: { add: 75, compare: 75 },
    kinds: ['conv', 'activation'],
  },
  {
    op: 'CONV_2D',
    what: 'VALID with dilations that differ',
    inputs: [x([2, 9, 8, 3]), w([5, 3, 2, 3])],
    // (9 - 2 * 2 - 1) / 1 + 1 = 5 by (8 - 3 - 1) + 1 = 5
    outputs: [x([2, 5, 5, 5])],
    about: { options: [1, { 0: VALID, 1: i32(1), 2: i32(1), 4: i32(3), 5: i32(2) }] },
    macs: 2 * 5 * 5 * 5 * 18,
    weights: 90,
  },
  {
    op: 'CONV_2D',
    what: 'groups, because the weights have fewer input channels than the map',
    inputs: [x([1, 4, 4, 6]), w([4, 1, 1, 3])],
    outputs: [x([1, 4, 4, 4])],
    about: { options: [1, { 0: VALID, 1: i32(1), 2: i32(1) }] },
    macs: 16 * 4 * 3,
    weights: 12,
  },
  {
    op: 'DEPTHWISE_CONV_2D',
    what: 'a multiplier',
    inputs: [x([1, 6, 5, 2]), w([1, 3, 2, 6]), w([6])],
    outputs: [x([1, 3, 5, 6])],
    about: { options: [2, { 0: SAME, 1: i32(1), 2: i32(2), 3: i32(3), 4: NONE }] },
    macs: 3 * 5 * 6 * 6,
    weights: 36,
    params: 42,
  },
  {
    op: 'TRANSPOSE_CONV',
    what: 'its shape comes first',
    inputs: [n(1, 4, 162, 8), w([8, 3, 3, 16]), x([1, 2, 80, 16])],
    outputs: [x([1, 4, 162, 8])],
    about: { options: [49, { 0: VALID, 1: i32(2), 2: i32(1) }] },
    macs: 2 * 80 * 16 * 8 * 9,
    weights: 1152,
  },
  {
    op: 'CONV_3D',
    what: 'weights with input and output channels last',
    inputs: [x([1, 4, 5, 6, 2]), w([1, 2, 3, 2, 7])],
    outputs: [x([1, 4, 4, 4, 7])],
    about: { options: [106, { 0: VALID, 1: i32(1), 2: i32(1), 3: i32(1) }] },
    macs: 4 * 4 * 4 * 7 * 12,
    weights: 84,
  },
  {
    op: 'AVERAGE_POOL_2D',
    what: 'width before height in the options',
    inputs: [x([1, 6, 4, 3])],
    outputs: [x([1, 2, 4, 3])],
    about: { options: [5, { 0: VALID, 1: i32(1), 2: i32(3), 3: i32(1), 4: i32(3) }] },
    work: { add: 24 * 3, divide: 24 },
  },
  {
    op: 'FULLY_CONNECTED',
    what: 'a map is flattened to rows of as many features as the weights have',
    inputs: [x([2, 3, 2, 2]), w([5, 12]), w([5])],
    outputs: [x([2, 5])],
    about: { options: [8, {}] },
    macs: 2 * 5 * 12,
    weights: 60,
  },
  {
    op: 'FULLY_CONNECTED',
    what: 'dimensions are kept where the options say so',
    inputs: [x([1, 7, 8]), w([4, 8], 'int4'), undefined],
    outputs: [x([1, 7, 4])],
    about: { options: [8, { 2: { i8: 1 } }] },
    macs: 7 * 4 * 8,
    weights: 32,
  },
  {
    op: 'FULLY_CONNECTED',
    what: 'with computed weights',
    inputs: [x([3, 8]), x([4, 8])],
    outputs: [x([3, 4])],
    about: { options: [8, {}] },
    macs: 3 * 4 * 8,
    weights: 0,
  },
  {
    op: 'BATCH_MATMUL',
    what: 'either side transposed',
    inputs: [x([2, 1, 5, 3]), x([4, 6, 5])],
    outputs: [x([2, 4, 3, 6])],
    about: { options: [101, { 0: { i8: 1 }, 1: { i8: 1 } }] },
    macs: 2 * 4 * 3 * 6 * 5,
  },
  {
    op: 'SVDF',
    what: 'features of each step, and a window over the last steps of every feature',
    inputs: [x([2, 8]), w([6, 8]), w([6, 10]), w([3]), { shape: [2, 60], isVariable: true }],
    outputs: [x([2, 3])],
    about: { options: [6, { 0: i32(2), 1: RELU }] },
    macs: 2 * (6 * 8 + 6 * 10),
    weights: 48 + 60,
    params: 48 + 60 + 3,
    // two filters summed to a unit, its bias, its activation
    work: { add: 12 + 6, compare: 6 },
  },
  {
    op: 'UNIDIRECTIONAL_SEQUENCE_LSTM',
    what: 'batch first, one bias for each gate',
    inputs: [
      x([2, 7, 3]),
      ...Array.from({ length: 4 }, () => w([5, 3])),
      ...Array.from({ length: 4 }, () => w([5, 5])),
      undefined,
      undefined,
      undefined,
      ...Array.from({ length: 4 }, () => w([5])),
      undefined,
      undefined,
      { shape: [2, 5], isVariable: true },
      { shape: [2, 5], isVariable: true },
    ],
    outputs: [x([2, 7, 5])],
    about: { options: [71, {}] },
    macs: 7 * 2 * 4 * 5 * (3 + 5),
    weights: 4 * 5 * 8,
    params: 4 * 5 * 9,
  },
  {
    op: 'UNIDIRECTIONAL_SEQUENCE_LSTM',
    what: 'coupled gates and a projection, steps first',
    inputs: [
      x([7, 2, 3]),
      undefined,
      ...Array.from({ length: 3 }, () => w([5, 3])),
      undefined,
      ...Array.from({ length: 3 }, () => w([5, 4])),
      undefined,
      undefined,
      undefined,
      undefined,
      ...Array.from({ length: 3 }, () => w([5])),
      w([4, 5]),
      undefined,
      { shape: [2, 4], isVariable: true },
      { shape: [2, 5], isVariable: true },
    ],
    outputs: [x([7, 2, 4])],
    about: { options: [71, { 3: { i8: 1 } }] },
    macs: 14 * (3 * 5 * (3 + 4) + 4 * 5),
    weights: 3 * 5 * 7 + 20,
  },
  {
    op: 'RNN',
    what: 'one step',
    inputs: [x([2, 3]), w([5, 3]), w([5, 5]), w([5]), { shape: [2, 5], isVariable: true }],
    outputs: [x([2, 5])],
    about: { options: [7, {}] },
    macs: 2 * 5 * 8,
    params: 45,
  },
  {
    op: 'ADD',
    what: 'a vector, broadcast, with a fused activation',
    inputs: [x([1, 4, 4, 6]), w([6])],
    outputs: [x([1, 4, 4, 6])],
    about: { options: [11, { 0: { i8: 3 } }] },
    params: 6,
    work: { add: 96, compare: 192 },
  },
  {
    op: 'STRIDED_SLICE',
    what: 'an ellipsis, a new axis and one that is dropped',
    inputs: [x([5, 6, 7]), n(1, 0, 0, 6), n(2, 0, 0, 0), n(1, 1, 1, -2)],
    outputs: [x([6, 1, 3])],
    // the first axis is dropped, the second is the ellipsis, then a new axis, then 6, 4, 2 backwards
    about: { options: [32, { 2: i32(2), 3: i32(4), 4: i32(1) }] },
    work: {},
  },
  {
    op: 'SLICE',
    what: '-1: to the end',
    inputs: [x([5, 6]), n(1, 2), n(-1, 3)],
    outputs: [x([4, 3])],
    work: {},
  },
  {
    op: 'PACK',
    what: 'a new axis',
    inputs: [x([2, 3]), x([2, 3])],
    outputs: [x([2, 2, 3])],
    about: { options: [59, { 0: i32(2), 1: i32(1) }] },
    work: {},
  },
  {
    op: 'UNPACK',
    what: 'an axis gone',
    inputs: [x([2, 2, 3])],
    outputs: [x([2, 3]), x([2, 3])],
    about: { options: [64, { 0: i32(2), 1: i32(-2) }] },
    work: {},
  },
  {
    op: 'SPLIT',
    what: 'the axis comes first',
    inputs: [scalar(-1), x([2, 6])],
    outputs: [x([2, 3]), x([2, 3])],
    about: { options: [35, { 0: i32(2) }] },
    work: {},
  },
  {
    op: 'SPLIT_V',
    what: 'the rest',
    inputs: [x([2, 6]), n(1, -1), scalar(1)],
    outputs: [x([2, 1]), x([2, 5])],
    work: {},
  },
  {
    op: 'MEAN',
    what: 'negative axes',
    inputs: [x([1, 4, 5, 6]), n(-3, -2)],
    outputs: [x([1, 6])],
    about: { options: [27, {}] },
    work: { add: 120, divide: 6 },
  },
  {
    op: 'ARG_MAX',
    what: 'the axis is gone',
    inputs: [x([1, 4, 5, 6]), scalar(-1)],
    outputs: [x([1, 4, 5], 'int64')],
    work: { compare: 120 },
  },
  {
    op: 'GATHER',
    what: 'an axis',
    inputs: [x([3, 5, 7]), n(0, 4)],
    outputs: [x([3, 2, 7])],
    about: { options: [23, { 0: i32(1) }] },
    work: {},
  },
  {
    op: 'EMBEDDING_LOOKUP',
    what: 'indices first',
    inputs: [x([2], 'int32'), w([9, 4])],
    outputs: [x([2, 4])],
    params: 36,
  },
  {
    op: 'PAD',
    what: 'borders in pairs',
    inputs: [x([1, 2, 3, 4]), { shape: [4, 2], type: 'int32', values: [0, 0, 1, 2, 3, 4, 0, 0] }],
    outputs: [x([1, 5, 10, 4])],
    work: {},
  },
  {
    op: 'SPACE_TO_BATCH_ND',
    what: 'blocks',
    inputs: [x([1, 5, 6, 3]), n(2, 3), { shape: [2, 2], type: 'int32', values: [0, 1, 0, 0] }],
    outputs: [x([6, 3, 2, 3])],
    work: {},
  },
  {
    op: 'BATCH_TO_SPACE_ND',
    what: 'crops',
    inputs: [x([6, 3, 2, 3]), n(2, 3), { shape: [2, 2], type: 'int32', values: [0, 1, 0, 0] }],
    outputs: [x([1, 5, 6, 3])],
    work: {},
  },
  {
    op: 'DEPTH_TO_SPACE',
    what: 'blocks',
    inputs: [x([1, 2, 3, 8])],
    outputs: [x([1, 4, 6, 2])],
    about: { options: [94, { 0: i32(2) }] },
    work: {},
  },
  {
    op: 'RESIZE_NEAREST_NEIGHBOR',
    what: 'a size',
    inputs: [x([1, 2, 3, 8]), n(5, 7)],
    outputs: [x([1, 5, 7, 8])],
    work: {},
  },
  {
    op: 'ONE_HOT',
    what: 'at the end',
    inputs: [x([3, 2], 'int32'), scalar(9), scalar(1), scalar(0)],
    outputs: [x([3, 2, 9])],
    about: { options: [61, { 0: i32(-1) }] },
    work: {},
  },
  {
    op: 'TOPK_V2',
    what: 'rows',
    inputs: [x([3, 8]), scalar(4)],
    outputs: [x([3, 4]), x([3, 4], 'int32')],
    work: { compare: 48 },
  },
  {
    op: 'SQUARED_DIFFERENCE',
    what: 'difference and square',
    inputs: [x([3, 8]), x([3, 8])],
    outputs: [x([3, 8])],
    work: { add: 24, mul: 24 },
  },
  {
    op: 'RSQRT',
    what: 'a root and a quotient',
    inputs: [x([3, 8])],
    outputs: [x([3, 8])],
    work: { transcendental: 24, divide: 24 },
  },
  {
    op: 'QUANTIZE',
    what: 'another type',
    inputs: [x([3, 8])],
    outputs: [x([3, 8], 'int8')],
    work: { divide: 24, add: 24, compare: 48 },
  },
  {
    op: 'LOCAL_RESPONSE_NORMALIZATION',
    what: 'twice the radius and one',
    inputs: [x([1, 2, 3, 8])],
    outputs: [x([1, 2, 3, 8])],
    about: { options: [13, { 0: i32(2) }] },
    work: { add: 5 * 48, mul: 3 * 48, transcendental: 48 },
  },
  { op: 'TILE', what: 'repeats', inputs: [x([2, 3]), n(2, 1)], outputs: [x([4, 3])], work: {} },
  { op: 'BROADCAST_TO', what: 'a shape', inputs: [x([2, 1]), n(4, 2, 3)], outputs: [x([4, 2, 3])], work: {} },
  {
    op: 'STABLEHLO_DOT_GENERAL',
    what: 'batch and contracting axes',
    inputs: [x([4, 2, 3]), x([4, 3, 5])],
    outputs: [x([4, 2, 5])],
    about: { options2: [12, { 0: { i64s: [0] }, 1: { i64s: [0] }, 2: { i64s: [2] }, 3: { i64s: [1] } }] },
    macs: 4 * 2 * 3 * 5,
  },
  {
    op: 'STABLEHLO_CONVOLUTION',
    what: 'channels second, weights [out, in, ...], as torch has them',
    inputs: [x([2, 6, 9, 8]), w([4, 3, 3, 2])],
    // (9 + 1 + 2 - 3) / 2 + 1 = 5 by 8 - 3 * (2 - 1) = 5
    outputs: [x([2, 4, 5, 5])],
    about: {
      options2: [
        4,
        {
          0: { i64s: [2, 1] },
          1: { i64s: [1, 2, 0, 0] },
          3: { i64s: [1, 3] },
          5: { i64: 0 },
          6: { i64: 1 },
          7: { i64s: [2, 3] },
          8: { i64: 1 },
          9: { i64: 0 },
          10: { i64s: [2, 3] },
          11: { i64: 0 },
          12: { i64: 1 },
          13: { i64s: [2, 3] },
          14: { i64: 2 },
          15: { i64: 1 },
        },
      ],
    },
    macs: 2 * 4 * 25 * (3 * 3 * 2),
    weights: 72,
    kinds: ['conv'],
  },
  {
    op: 'STABLEHLO_CONVOLUTION',
    what: 'channels last, weights [..., in, out], as jax has them',
    inputs: [x([1, 7, 5, 3]), w([3, 2, 3, 8])],
    outputs: [x([1, 5, 4, 8])],
    about: {
      options2: [
        4,
        {
          6: { i64: 3 },
          7: { i64s: [1, 2] },
          8: { i64: 2 },
          9: { i64: 3 },
          10: { i64s: [0, 1] },
          12: { i64: 3 },
          13: { i64s: [1, 2] },
          14: { i64: 1 },
        },
      ],
    },
    macs: 5 * 4 * 8 * 18,
    weights: 144,
    kinds: ['layout', 'conv'],
  },
  {
    op: 'STABLEHLO_CONVOLUTION',
    what: 'entries moved apart: a transposed convolution, the result with its axes elsewhere',
    inputs: [x([5, 3, 1]), w([4, 3, 8])],
    // 5 entries two apart are 9, and 9 + 2 + 3 - 3 = 11
    outputs: [x([11, 1, 8])],
    about: {
      options2: [
        4,
        {
          1: { i64s: [2, 3] },
          2: { i64s: [2] },
          5: { i64: 2 },
          6: { i64: 1 },
          7: { i64s: [0] },
          8: { i64: 1 },
          9: { i64: 2 },
          10: { i64s: [0] },
          11: { i64: 1 },
          12: { i64: 2 },
          13: { i64s: [0] },
        },
      ],
    },
    macs: 5 * 3 * 8 * 4,
    weights: 96,
  },
  {
    op: 'STABLEHLO_REDUCE',
    what: 'by the one operator of its subgraph',
    inputs: [x([2, 3, 4]), x([])],
    outputs: [x([3])],
    about: { options2: [6, { 0: { i64s: [0, 2] }, 1: i32(1) }] },
    bodies: [combining('STABLEHLO_MAXIMUM')],
    work: { compare: 24 },
  },
  {
    op: 'STABLEHLO_REDUCE_WINDOW',
    what: 'the maximum under a window over every axis',
    inputs: [x([1, 7, 6, 3]), x([])],
    outputs: [x([1, 4, 2, 3])],
    about: {
      options2: [
        13,
        {
          0: { i64s: [1, 2, 3, 1] },
          1: { i64s: [1, 2, 2, 1] },
          3: { i64s: [1, 1, 2, 1] },
          4: { i64s: [0, 0, 1, 0, 1, 0, 0, 0] },
          5: i32(1),
        },
      ],
    },
    bodies: [combining('MAXIMUM')],
    work: { compare: 24 * 6 },
  },
  {
    op: 'REDUCE_WINDOW',
    what: 'the window in its operands',
    inputs: [x([7, 6]), x([]), n(2, 3), n(2, 1), n(1, 1), n(3, 1)],
    outputs: [x([2, 4])],
    about: { options2: [20, { 0: i32(4) }] },
    work: { compare: 8 * 6 },
  },
  {
    op: 'STABLEHLO_SCATTER',
    what: 'each update added to what is there',
    inputs: [x([9, 4]), x([3, 1], 'int32'), x([3, 4])],
    outputs: [x([9, 4])],
    about: { options2: [7, { 6: i32(1) }] },
    bodies: [combining('STABLEHLO_ADD')],
    work: { add: 12 },
  },
  {
    op: 'STABLEHLO_SCATTER',
    what: 'each update in the place of what is there',
    inputs: [x([9, 4]), x([3, 1], 'int32'), x([3, 4])],
    outputs: [x([9, 4])],
    about: { options2: [7, { 6: i32(1) }] },
    bodies: [combining()],
    work: {},
  },
  {
    op: 'STABLEHLO_SORT',
    what: 'rows along an axis, and what goes with them',
    inputs: [x([3, 8]), x([3, 8], 'int32')],
    outputs: [x([3, 8]), x([3, 8], 'int32')],
    about: { options2: [14, { 0: { i64: 1 }, 2: i32(1) }] },
    bodies: [combining('STABLEHLO_COMPARE')],
    work: { compare: 24 * 3 },
  },
  {
    op: 'SEGMENT_SUM',
    what: 'as many rows as the last number says',
    inputs: [x([5, 4]), n(0, 0, 1, 2, 2)],
    outputs: [x([3, 4])],
    work: { add: 20 },
  },
  {
    op: 'UNSORTED_SEGMENT_PROD',
    what: 'a stated number of rows, numbers for two axes',
    inputs: [x([5, 2, 4]), x([5, 2], 'int32'), scalar(7)],
    outputs: [x([7, 4])],
    work: { mul: 40 },
  },
  {
    op: 'UNSORTED_SEGMENT_MAX',
    what: 'a stated number of rows',
    inputs: [x([5, 4]), x([5], 'int32'), scalar(2)],
    outputs: [x([2, 4])],
    work: { compare: 20 },
  },
  {
    op: 'EMBEDDING_LOOKUP_SPARSE',
    what: 'the sum of weighted rows',
    inputs: [x([6], 'int32'), x([6, 2], 'int32'), n(3, 4), x([6]), w([50, 8])],
    outputs: [x([3, 8])],
    about: { options: [20, { 0: { i8: 0 } }] },
    work: { mul: 48, add: 48 },
    params: 400,
  },
  {
    op: 'EMBEDDING_LOOKUP_SPARSE',
    what: 'divided by the root of the squared weights',
    inputs: [x([6], 'int32'), x([6, 2], 'int32'), n(3, 4), x([6]), w([50, 8])],
    outputs: [x([3, 8])],
    about: { options: [20, { 0: { i8: 2 } }] },
    work: { mul: 48 + 6, add: 48 + 6, transcendental: 3, divide: 24 },
  },
  {
    op: 'HASHTABLE_LOOKUP',
    what: 'keys searched among sorted ones, and their rows',
    inputs: [x([3], 'int32'), x([100], 'int32'), x([100, 8])],
    outputs: [x([3, 8]), x([3], 'uint8')],
    work: { compare: 3 * 7 },
  },
  {
    op: 'BUCKETIZE',
    what: 'a search among the boundaries',
    inputs: [x([3, 5])],
    outputs: [x([3, 5], 'int32')],
    // between 8 boundaries are 9 buckets
    about: { options: [115, { 0: { i32s: [0, 1, 2, 3, 4, 5, 6, 7] } }] },
    work: { compare: 15 * 4 },
  },
  {
    op: 'COMPLEX_ABS',
    what: 'the root of two squares',
    inputs: [x([3, 5], 'complex64')],
    outputs: [x([3, 5])],
    work: { mul: 30, add: 15, transcendental: 15 },
  },
  { op: 'RANDOM_UNIFORM', what: 'a shape', inputs: [n(3, 5)], outputs: [x([3, 5])], work: {} },
  {
    op: 'MULTINOMIAL',
    what: 'draws from each row',
    inputs: [x([3, 5]), scalar(9)],
    outputs: [x([3, 9], 'int32')],
    work: {},
  },
];

/** Work of all nodes together; not a number where that of one is not known. */
function total({ graph }: Read): Work {
  const all: { -readonly [P in keyof Work]: Work[P] } = {};
  for (const node of graph.nodes) {
    const work: Work = workOf(graph, node) ?? { add: Number.NaN };
    for (const primitive of Object.keys(work) as (keyof Work)[]) {
      const count = work[primitive];
      if (count !== undefined && count !== 0) all[primitive] = (all[primitive] ?? 0) + count;
    }
  }
  return all;
}

describe.each(CASES)(
  '$op: $what',
  ({ op, inputs, outputs, about, bodies, macs, weights, params, work, kinds }) => {
    const made = readOne(op, inputs, outputs, about, {}, bodies);
    const { network, totals, coverage, layers } = profile(made.graph);

    it('makes the shapes of the file', () => {
      expect(made.diagnostics).toEqual([]);
      expect(network.outputs.map(({ shape, dtype }) => ({ shape, type: dtype }))).toEqual(
        outputs.map(({ shape, type = 'float32' }) => ({ shape, type })),
      );
      expect(validate(made.graph)).toEqual([]);
      expect(layers).toHaveLength(1);
      expect(layers[0]?.outputs).toEqual(outputs.map(({ shape }) => shape));
    });

    it('costs what it costs by hand', () => {
      expect(coverage.uncounted).toEqual([]);
      if (macs !== undefined) expect(totals.macs).toBe(macs);
      if (weights !== undefined) expect(totals.weights).toBe(weights);
      if (params !== undefined) expect(totals.params).toBe(params);
      if (work !== undefined) expect({ ...total(made), mac: undefined }).toEqual({ ...work, mac: undefined });
      if (kinds !== undefined) expect(made.graph.nodes.map(({ kind }) => kind)).toEqual(kinds);
    });
  },
);

describe('forms that are not known', () => {
  const convolution = {
    5: { i64: 0 },
    6: { i64: 1 },
    7: { i64s: [2] },
    8: { i64: 1 },
    10: { i64s: [2] },
    12: { i64: 1 },
    13: { i64s: [2] },
  };
  it.each([
    [
      'a window without a name',
      'REDUCE_WINDOW',
      [x([4]), x([]), n(2), n(1), n(1), n(1)],
      [20, { 0: i32(1) }],
      [],
    ],
    [
      'a body of two operators',
      'STABLEHLO_REDUCE',
      [x([3, 4]), x([])],
      [6, { 0: { i64s: [0] }, 1: i32(1) }],
      [combining('ADD', 'MUL')],
    ],
    [
      'groups of the batch',
      'STABLEHLO_CONVOLUTION',
      [x([2, 3, 4]), w([4, 3, 1])],
      [4, { ...convolution, 15: { i64: 2 } }],
      [],
    ],
  ] as const)('%s', (_, op, inputs, options2, bodies) => {
    const reading = (onUnknown?: 'opaque'): Read =>
      readOne(op, inputs, [x([4])], { options2 }, onUnknown && { onUnknown }, bodies);
    expect(() => reading()).toThrow(`1 operator is not known: ${op} (1, first at`);
    expect(profile(reading('opaque').graph).coverage.uncounted).toHaveLength(1);
  });
});
