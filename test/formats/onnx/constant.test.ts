import { describe, expect, it } from 'vitest';
import { ProfileError } from '../../../src/diagnostics.ts';
import { bytesSource } from '../../../src/formats/byteSource.ts';
import { storedTensor } from '../../../src/formats/onnx/constant.ts';
import { dataTypeOf } from '../../../src/formats/onnx/dtype.ts';
import { emptyMessage } from '../../../src/formats/onnx/message.ts';
import { TENSOR } from '../../../src/formats/onnx/proto.ts';
import type { DType } from '../../../src/ops/dtype.ts';

const FILE = { source: bytesSource(new Uint8Array()), name: 'net.onnx' };

/** A value of int32_data as a varint of one or two bytes. */
const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, value >> 7]);

/** The numbers of a tensor of as many elements, stored as values of int32_data. */
const numbers = (dtype: DType, elements: number, int32Data: readonly number[]) =>
  storedTensor(
    {
      ...emptyMessage(TENSOR),
      dims: [elements],
      dataType: dataTypeOf(dtype),
      int32Data: Uint8Array.from(int32Data.flatMap(varint)),
    },
    FILE,
    'few',
  ).elements?.();

function complaint(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof ProfileError) return error.message;
    throw error;
  }
  return 'none';
}

describe('numbers of less than a byte in int32_data', () => {
  // onnx.proto: "int32_data: int4 ... the first element is in the 4 least significant bits", one byte to a value
  it.each([
    ['int4', [0x2f, 0x43, 0x08], [-1, 2, 3, 4, -8]],
    ['uint4', [0x2f, 0x43, 0x08], [15, 2, 3, 4, 8]],
    ['int2', [0b11_01_00_01, 0b10], [1, 0, 1, -1, -2]],
    ['uint2', [0b11_01_00_01, 0b10], [1, 0, 1, 3, 2]],
  ] as const)('%s', (dtype, stored, expected) => {
    expect(numbers(dtype, 5, stored)).toEqual(expected);
  });

  it('are not followed where they are real, as of eight bits', () => {
    expect(numbers('float4e2m1', 5, [0x21, 0x43, 0x05])).toBeUndefined();
    expect(numbers('float8e4m3fn', 2, [0x21, 0x43])).toBeUndefined();
  });

  it.each(['int4', 'uint4', 'float4e2m1'] as const)('have as many bytes as %s takes', (dtype) => {
    const needs =
      'net.onnx: tensor "few" of shape [5] needs 3 bytes and has 2 (fix: export the model again) CSP302';
    expect(complaint(() => numbers(dtype, 5, [0x21, 0x43]))).toBe(needs);
    expect(complaint(() => numbers(dtype, 5, [1, 2, 3, 4, 5]))).toBe(needs.replace('has 2', 'has 5'));
  });

  it('are counted one by one from a byte on', () => {
    expect(numbers('int8', 2, [3, 4])).toEqual([3, 4]);
    expect(complaint(() => numbers('int8', 3, [3, 4]))).toMatch(/needs 3 elements and has 2/);
    expect(complaint(() => numbers('float8e4m3fn', 3, [3, 4]))).toMatch(/needs 3 elements and has 2/);
  });
});
