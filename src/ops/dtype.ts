/** An element type, by the name that ONNX has for it. */
export type DType =
  | 'float64'
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'float8e4m3fn'
  | 'float8e4m3fnuz'
  | 'float8e5m2'
  | 'float8e5m2fnuz'
  | 'float8e8m0'
  | 'float4e2m1'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'int4'
  | 'int2'
  | 'uint64'
  | 'uint32'
  | 'uint16'
  | 'uint8'
  | 'uint4'
  | 'uint2'
  | 'bool'
  | 'complex64'
  | 'complex128'
  | 'string';

/** Bits of one element, for every element type that a model file can hold; undefined: not fixed. */
const BITS: Readonly<Record<DType, number | undefined>> = {
  float64: 64,
  float32: 32,
  float16: 16,
  bfloat16: 16,
  float8e4m3fn: 8,
  float8e4m3fnuz: 8,
  float8e5m2: 8,
  float8e5m2fnuz: 8,
  float8e8m0: 8,
  float4e2m1: 4,
  int64: 64,
  int32: 32,
  int16: 16,
  int8: 8,
  int4: 4,
  int2: 2,
  uint64: 64,
  uint32: 32,
  uint16: 16,
  uint8: 8,
  uint4: 4,
  uint2: 2,
  bool: 8,
  complex64: 64,
  complex128: 128,
  string: undefined,
};

export const DTYPES = Object.keys(BITS) as readonly DType[];

/** Bytes that `count` elements take, sub-byte types packed; undefined for strings, whose size is not fixed. */
export function byteLength(dtype: DType, count: number): number | undefined {
  const bits = BITS[dtype];
  return bits === undefined ? undefined : Math.ceil((count * bits) / 8);
}
