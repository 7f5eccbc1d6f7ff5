import type { DType } from '../../ops/dtype.ts';

/** TensorProto.DataType, by number. */
const DATA_TYPES: readonly (DType | undefined)[] = [
  undefined,
  'float32',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'string',
  'bool',
  'float16',
  'float64',
  'uint32',
  'uint64',
  'complex64',
  'complex128',
  'bfloat16',
  'float8e4m3fn',
  'float8e4m3fnuz',
  'float8e5m2',
  'float8e5m2fnuz',
  'uint4',
  'int4',
  'float4e2m1',
  'float8e8m0',
  'uint2',
  'int2',
];

/** The element type with this number in TensorProto.DataType; undefined if there is none. */
export const dtypeOf = (dataType: number | undefined): DType | undefined =>
  dataType === undefined ? undefined : DATA_TYPES[dataType];

/** The number of an element type in TensorProto.DataType. */
export const dataTypeOf = (dtype: DType): number => DATA_TYPES.indexOf(dtype);

export const isInteger = (dtype: DType | undefined): boolean => dtype !== undefined && /^u?int/.test(dtype);
