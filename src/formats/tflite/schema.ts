import type { DType } from '../../ops/dtype.ts';
import type { Table } from './flatbuffer.ts';

/**
 * Builtin operators by code.
 *
 * @source google-ai-edge/LiteRT f674577, tflite/converter/schema/schema.fbs (BuiltinOperator)
 */
export const BUILTINS: readonly string[] = `
  ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE EMBEDDING_LOOKUP
  FLOOR FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION
  LOGISTIC LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR RNN
  SOFTMAX SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM EMBEDDING_LOOKUP_SPARSE PAD
  UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV SQUEEZE
  UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX
  DELEGATE BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM ARG_MAX MINIMUM LESS NEG PADV2 GREATER
  GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN TRANSPOSE_CONV SPARSE_TO_DENSE TILE EXPAND_DIMS EQUAL
  NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW ARG_MIN FAKE_QUANT REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR
  ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK REDUCE_MIN FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD
  RANGE RESIZE_NEAREST_NEIGHBOR LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL
  REVERSE_V2 ADD_N GATHER_ND COS WHERE RANK ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG
  ROUND HARD_SWISH IF WHILE NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY
  SEGMENT_SUM BATCH_MATMUL PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D
  IMAG REAL COMPLEX_ABS HASHTABLE HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL
  CONV_3D_TRANSPOSE VAR_HANDLE READ_VARIABLE ASSIGN_VARIABLE BROADCAST_ARGS RANDOM_STANDARD_NORMAL
  BUCKETIZE RANDOM_UNIFORM MULTINOMIAL GELU DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD
  UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_SUM ATAN2 UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR
  RIGHT_SHIFT STABLEHLO_LOGISTIC STABLEHLO_ADD STABLEHLO_DIVIDE STABLEHLO_MULTIPLY STABLEHLO_MAXIMUM
  STABLEHLO_RESHAPE STABLEHLO_CLAMP STABLEHLO_CONCATENATE STABLEHLO_BROADCAST_IN_DIM
  STABLEHLO_CONVOLUTION STABLEHLO_SLICE STABLEHLO_CUSTOM_CALL STABLEHLO_REDUCE STABLEHLO_ABS
  STABLEHLO_AND STABLEHLO_COSINE STABLEHLO_EXPONENTIAL STABLEHLO_FLOOR STABLEHLO_LOG STABLEHLO_MINIMUM
  STABLEHLO_NEGATE STABLEHLO_OR STABLEHLO_POWER STABLEHLO_REMAINDER STABLEHLO_RSQRT STABLEHLO_SELECT
  STABLEHLO_SUBTRACT STABLEHLO_TANH STABLEHLO_SCATTER STABLEHLO_COMPARE STABLEHLO_CONVERT
  STABLEHLO_DYNAMIC_SLICE STABLEHLO_DYNAMIC_UPDATE_SLICE STABLEHLO_PAD STABLEHLO_IOTA
  STABLEHLO_DOT_GENERAL STABLEHLO_REDUCE_WINDOW STABLEHLO_SORT STABLEHLO_WHILE STABLEHLO_GATHER
  STABLEHLO_TRANSPOSE DILATE STABLEHLO_RNG_BIT_GENERATOR REDUCE_WINDOW STABLEHLO_COMPOSITE
  STABLEHLO_SHIFT_LEFT STABLEHLO_CBRT STABLEHLO_CASE
`
  .trim()
  .split(/\s+/);

/** Codes from here on are in the newer field of an operator code only. */
export const CUSTOM = BUILTINS.indexOf('CUSTOM');

/** Element types by number; undefined: handles to things that are no tensors (resources, variants). */
export const TENSOR_TYPES: readonly (DType | undefined)[] = [
  'float32',
  'float16',
  'int32',
  'uint8',
  'int64',
  'string',
  'bool',
  'int16',
  'complex64',
  'int8',
  'float64',
  'complex128',
  'uint64',
  undefined,
  undefined,
  'uint32',
  'uint16',
  'int4',
  'bfloat16',
  'int2',
  'uint4',
  'float8e4m3fn',
  'float8e5m2',
];

/** Numbers of the fields of the tables that are read. */
export const MODEL = { version: 0, operatorCodes: 1, subgraphs: 2, buffers: 4, signatures: 7 } as const;
export const OPERATOR_CODE = { oldCode: 0, custom: 1, version: 2, code: 3 } as const;
export const SUBGRAPH = { tensors: 0, inputs: 1, outputs: 2, operators: 3, name: 4 } as const;
export const TENSOR = {
  shape: 0,
  type: 1,
  buffer: 2,
  name: 3,
  quantization: 4,
  isVariable: 5,
  signature: 7,
  hasRank: 8,
} as const;
export const QUANTIZATION = { detailsType: 4, details: 5 } as const;
/** A member of the union of quantisation details, whose fields are indices of tensors. */
export const BLOCKWISE = { scales: 0, zeroPoints: 1 } as const;
export const BLOCKWISE_MEMBER = 2;
export const OPERATOR = {
  code: 0,
  inputs: 1,
  outputs: 2,
  optionsType: 3,
  options: 4,
  custom: 5,
  options2Type: 11,
  options2: 12,
} as const;
export const BUFFER = { data: 0, offset: 1, size: 2 } as const;
export const SIGNATURE = { inputs: 0, outputs: 1, key: 2, subgraph: 4 } as const;
export const TENSOR_MAP = { name: 0, tensor: 1 } as const;

export type Field<T> = (table: Table | undefined) => T;

export const i8 =
  (field: number, otherwise = 0): Field<number> =>
  (table) =>
    table?.i8(field, otherwise) ?? otherwise;
export const i32 =
  (field: number, otherwise = 0): Field<number> =>
  (table) =>
    table?.i32(field, otherwise) ?? otherwise;
export const i64 =
  (field: number, otherwise = 0): Field<number> =>
  (table) =>
    table?.i64(field, otherwise) ?? otherwise;
export const flag =
  (field: number, otherwise = false): Field<boolean> =>
  (table) =>
    table === undefined ? otherwise : table.u8(field, otherwise ? 1 : 0) !== 0;
export const i32s =
  (field: number): Field<readonly number[] | undefined> =>
  (table) =>
    table?.i32s(field);
export const i64s =
  (field: number): Field<readonly number[]> =>
  (table) =>
    table?.i64s(field) ?? [];

/** The options of an operator: which member of which union they are, and their fields. */
export interface Options<T> {
  readonly union: 1 | 2;
  readonly member: number;
  readonly fields: { readonly [K in keyof T]: Field<T[K]> };
}

export const options = <T>(member: number, fields: Options<T>['fields']): Options<T> => ({
  union: 1,
  member,
  fields,
});
export const options2 = <T>(member: number, fields: Options<T>['fields']): Options<T> => ({
  union: 2,
  member,
  fields,
});

const axis = { axis: i32(0) };
const fused = { fused: i8(0) };

/** What is read of the options, by the name of their table; a field that the file leaves out has its default. */
export const OPTIONS = {
  Conv2D: options(1, {
    padding: i8(0),
    strideW: i32(1),
    strideH: i32(2),
    fused: i8(3),
    dilationW: i32(4, 1),
    dilationH: i32(5, 1),
  }),
  DepthwiseConv2D: options(2, {
    padding: i8(0),
    strideW: i32(1),
    strideH: i32(2),
    fused: i8(4),
    dilationW: i32(5, 1),
    dilationH: i32(6, 1),
  }),
  Pool2D: options(5, {
    padding: i8(0),
    strideW: i32(1),
    strideH: i32(2),
    filterW: i32(3),
    filterH: i32(4),
    fused: i8(5),
  }),
  FullyConnected: options(8, { fused: i8(0), keepDims: flag(2) }),
  Concatenation: options(10, { axis: i32(0), fused: i8(1) }),
  Add: options(11, fused),
  L2Norm: options(12, fused),
  LocalResponseNormalization: options(13, { radius: i32(0) }),
  Reshape: options(17, { shape: i32s(0) }),
  SpaceToDepth: options(19, { block: i32(0) }),
  Mul: options(21, fused),
  Gather: options(23, { axis: i32(0), batchDims: i32(1) }),
  Reducer: options(27, { keepDims: flag(0) }),
  Sub: options(28, fused),
  Div: options(29, fused),
  Squeeze: options(30, { axes: i32s(0) }),
  StridedSlice: options(32, {
    beginMask: i32(0),
    endMask: i32(1),
    ellipsisMask: i32(2),
    newAxisMask: i32(3),
    shrinkMask: i32(4),
    offset: flag(5),
  }),
  TransposeConv: options(49, { padding: i8(0), strideW: i32(1), strideH: i32(2), fused: i8(3) }),
  Pack: options(59, { count: i32(0), axis: i32(1) }),
  OneHot: options(61, axis),
  Unpack: options(64, { count: i32(0), axis: i32(1) }),
  DepthToSpace: options(94, { block: i32(0) }),
  BatchMatMul: options(101, { adjointX: flag(0), adjointY: flag(1) }),
  Conv3D: options(106, {
    padding: i8(0),
    strideD: i32(1),
    strideW: i32(2),
    strideH: i32(3),
    fused: i8(4),
    dilationD: i32(5, 1),
    dilationW: i32(6, 1),
    dilationH: i32(7, 1),
  }),
  StablehloConcatenate: options2(1, { dimension: i64(0) }),
  StablehloSlice: options2(3, { starts: i64s(0), limits: i64s(1), strides: i64s(2) }),
  StablehloDynamicSlice: options2(9, { sizes: i64s(0) }),
  StablehloPad: options2(10, { low: i64s(0), high: i64s(1), interior: i64s(2) }),
  StablehloTranspose: options2(17, { permutation: i64s(0) }),
} as const;

/** What the numbers of `fused_activation_function` mean. */
export const FUSED = ['none', 'relu', 'reluN1To1', 'relu6', 'tanh', 'signBit'] as const;
