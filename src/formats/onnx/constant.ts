import { excerpt, ProfileError, problem } from '../../diagnostics.ts';
import { byteLength, type DType } from '../../ops/dtype.ts';
import { dtypeOf } from './dtype.ts';
import type { Messages, Payload, Segment } from './message.ts';
import type { TensorProto } from './proto.ts';
import { type Constant, FOLDED, type Scalar, sharedShape, type Tensor } from './values.ts';
import { bytesSource, type ByteSource } from '../byteSource.ts';
import { WIRE, WireReader } from './wire.ts';

/** The file that tensors were read from: payloads are fetched from it when they are asked for. */
export interface TensorFile {
  readonly source: ByteSource;
  readonly name: string;
}

/** Real numbers of stored tensors that are followed. */
const FEW = 16;

const TWO_32 = 2 ** 32;

/** Payloads above this many bytes stay on disk. */
const LARGEST_PAYLOAD = 16_384;

/**
 * The tensor that a TensorProto stores. Its numbers are read only when asked for, and only small ones;
 * external files are never opened.
 *
 * @throws ProfileError CSP302 for a type or dimensions that no tensor can have, or a payload of another size
 */
export const storedTensor = (
  proto: TensorProto,
  file: TensorFile,
  name: string,
): Tensor & { readonly constant: Constant } => tensorIn([proto], 0, proto, file, name, false);

/**
 * The initialisers of a list, in its order. Where their numbers are asked for, their messages are read again: large
 * files have very many.
 *
 * @throws ProfileError CSP302 for a type or dimensions that no tensor can have, or a payload of another size
 */
export function storedTensors(
  protos: Messages<TensorProto>,
  file: TensorFile,
): (Tensor & { readonly constant: Constant })[] {
  const tensors = new Array<Tensor & { readonly constant: Constant }>(protos.length);
  let index = 0;
  for (const proto of protos) tensors[index] = tensorIn(protos, index++, proto, file, proto.name ?? '', true);
  return tensors;
}

/** `proto` is the message at `index`. */
function tensorIn(
  protos: Messages<TensorProto>,
  index: number,
  proto: TensorProto,
  file: TensorFile,
  name: string,
  initializer: boolean,
): StoredTensor {
  const dtype =
    dtypeOf(proto.dataType) ??
    fail(file, name, `has data type ${String(proto.dataType ?? 'undefined')}, which does not exist`);
  const shape = sharedShape(proto.dims);
  let elements = 1;
  for (const dim of shape) {
    if (!(dim >= 0)) fail(file, name, `has the dimension ${String(dim)}`);
    elements *= dim;
    if (!Number.isSafeInteger(dim) || elements > Number.MAX_SAFE_INTEGER)
      fail(file, name, 'has more than 2^53 elements');
  }
  if (elements === 0 && shape.some((dim) => dim > 2 ** 31)) fail(file, name, 'has a dimension past 2^31');
  const external = proto.dataLocation === 1;
  const rawData = rawDataOf(proto, dtype, elements);
  if (!external && rawData !== undefined && dtype !== 'string') {
    const expected = byteLength(dtype, elements);
    const stored = payloadLength(rawData);
    if (expected !== stored) {
      fail(
        file,
        name,
        `of shape [${shape.join(',')}] needs ${String(expected)} bytes and has ${String(stored)}`,
      );
    }
  }
  // Shape arithmetic is of integers; of real numbers only scales and bounds decide a shape.
  const most = dtype.includes('float') ? FEW : FOLDED;
  const follow = !external && elements <= most && dtype !== 'string' && !dtype.startsWith('complex');
  const type = { dtype, shape, name, initializer, external };
  return new StoredTensor(type, file, follow ? protos : undefined, index);
}

/** A tensor that is its own constant: large files have very many. */
class StoredTensor implements Tensor, Constant {
  readonly kind = 'tensor';
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly name: string;
  readonly initializer: boolean;
  readonly external: boolean;
  readonly #file: TensorFile;
  /** among which its message is; undefined where the numbers are not followed */
  readonly #protos: Messages<TensorProto> | undefined;
  readonly #index: number;

  constructor(
    { dtype, shape, name, initializer, external = false }: Constant,
    file: TensorFile,
    protos: Messages<TensorProto> | undefined,
    index: number,
  ) {
    this.dtype = dtype;
    this.shape = shape;
    this.name = name;
    this.initializer = initializer;
    this.external = external;
    this.#file = file;
    this.#protos = protos;
    this.#index = index;
  }

  get constant(): Constant {
    return this;
  }

  get elements(): Tensor['elements'] {
    const protos = this.#protos;
    if (protos === undefined) return undefined;
    return () => {
      const proto = protos.at(this.#index);
      return proto && read(proto, this, this.#file);
    };
  }
}

function fail(file: TensorFile, name: string, message: string): never {
  throw new ProfileError(
    problem('CSP302', `tensor "${excerpt(name)}" ${message}`, 'export the model again', {
      format: 'onnx',
      file: file.name,
    }),
  );
}

const payloadLength = (payload: Payload): number =>
  payload instanceof Uint8Array ? payload.length : payload.reduce((sum, segment) => sum + segment.length, 0);

/** The bytes of all numbers; some writers leave them empty beside the field that holds the numbers. */
function rawDataOf(proto: TensorProto, dtype: DType, elements: number): Payload | undefined {
  const { rawData } = proto;
  const isEmpty = rawData !== undefined && elements > 0 && payloadLength(rawData) === 0;
  return isEmpty && typedPayload(proto, dtype) !== undefined ? undefined : rawData;
}

function read(
  proto: TensorProto,
  { dtype, shape, name }: Constant,
  file: TensorFile,
): readonly Scalar[] | undefined {
  const elements = shape.reduce((product, extent) => product * extent, 1);
  if (elements === 0) return [];
  const rawData = rawDataOf(proto, dtype, elements);
  if (rawData !== undefined) {
    const bytes = fetch(rawData, file);
    return bytes === undefined ? undefined : fromRaw(dtype, bytes, elements);
  }
  const typed = typedPayload(proto, dtype);
  if (typed === undefined) return fail(file, name, 'has no data');
  const values = fromTyped(typed.payload, typed.read, typed.wire, file);
  if (values === undefined) return undefined;
  // Below a byte, a value of the field is a byte of them.
  const [needed, what] =
    byteLength(dtype, 2) === 1 ? [byteLength(dtype, elements), 'bytes'] : [elements, 'elements'];
  if (values.length !== needed) {
    fail(
      file,
      name,
      `of shape [${shape.join(',')}] needs ${String(needed)} ${what} and has ${String(values.length)}`,
    );
  }
  return unpack(dtype, values, elements);
}

type ReadValue = (reader: WireReader, end: number) => number;

function typedPayload(
  proto: TensorProto,
  dtype: DType,
): { readonly payload: Payload; readonly read: ReadValue; readonly wire: number } | undefined {
  const int: ReadValue = (reader, end) => reader.int64(end);
  const [payload, read, wire] =
    dtype === 'float32'
      ? [proto.floatData, ((reader, end) => reader.float(end)) satisfies ReadValue, WIRE.fixed32]
      : dtype === 'float64'
        ? [proto.doubleData, ((reader, end) => reader.double(end)) satisfies ReadValue, WIRE.fixed64]
        : dtype === 'int64'
          ? [proto.int64Data, int, WIRE.varint]
          : dtype === 'uint64' || dtype === 'uint32'
            ? [proto.uint64Data, ((reader, end) => reader.uint64(end)) satisfies ReadValue, WIRE.varint]
            : [proto.int32Data, int, WIRE.varint];
  return payload === undefined ? undefined : { payload, read, wire };
}

/** All bytes of a payload, or undefined where they are too many to read. */
function fetch(payload: Payload, file: TensorFile): Uint8Array | undefined {
  if (payload instanceof Uint8Array) return payload;
  if (payloadLength(payload) > LARGEST_PAYLOAD) return undefined;
  const [first, ...others] = payload.map((segment) => file.source.read(segment.offset, segment.length));
  if (first === undefined || others.length === 0) return first;
  const all = new Uint8Array(payloadLength(payload));
  let at = 0;
  for (const part of [first, ...others]) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function fromTyped(payload: Payload, read: ReadValue, wire: number, file: TensorFile): number[] | undefined {
  if (payloadLength(payload) > LARGEST_PAYLOAD) return undefined;
  const segments: readonly Segment[] =
    payload instanceof Uint8Array ? [{ offset: 0, length: payload.length, unpacked: false }] : payload;
  const values: number[] = [];
  for (const { offset, length, unpacked } of segments) {
    const bytes = payload instanceof Uint8Array ? payload : file.source.read(offset, length);
    const reader = new WireReader(bytesSource(bytes), file.name);
    while (reader.position < length) {
      if (unpacked && (reader.tag(length) & 7) !== wire) reader.fail('tensor data of another wire type');
      values.push(read(reader, length));
    }
  }
  return values;
}

/** Elements from the values of a typed field: sub-byte types are packed, 16-bit floats are bit patterns. */
function unpack(dtype: DType, values: readonly number[], elements: number): readonly Scalar[] | undefined {
  if (dtype === 'float16' || dtype === 'bfloat16') return values.map((bits) => fromBits16(dtype, bits));
  if (dtype === 'int4' || dtype === 'uint4' || dtype === 'int2' || dtype === 'uint2') {
    return fromRaw(dtype, Uint8Array.from(values), elements);
  }
  // Real numbers of a byte and less are not followed.
  return dtype.startsWith('float') && dtype !== 'float32' && dtype !== 'float64' ? undefined : values;
}

function fromBits16(dtype: 'float16' | 'bfloat16', bits: number): number {
  if (dtype === 'bfloat16') {
    const view = new DataView(new ArrayBuffer(4));
    view.setUint32(0, (bits & 0xffff) << 16);
    return view.getFloat32(0);
  }
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

function fromRaw(dtype: DType, bytes: Uint8Array, elements: number): readonly Scalar[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const each = (size: number, get: (offset: number) => Scalar): Scalar[] => {
    const values = new Array<Scalar>(elements);
    for (let i = 0; i < elements; i++) values[i] = get(i * size);
    return values;
  };
  const bits = (width: number, signed: boolean): Scalar[] =>
    Array.from({ length: elements }, (_, i) => {
      const byte = bytes[Math.floor((i * width) / 8)] ?? NaN;
      const value = (byte >> ((i * width) % 8)) & ((1 << width) - 1);
      return signed && value >> (width - 1) === 1 ? value - (1 << width) : value;
    });
  switch (dtype) {
    case 'float32':
      return each(4, (at) => view.getFloat32(at, true));
    case 'float64':
      return each(8, (at) => view.getFloat64(at, true));
    case 'float16':
    case 'bfloat16':
      return each(2, (at) => fromBits16(dtype, view.getUint16(at, true)));
    case 'int64':
      return each(8, (at) => view.getInt32(at + 4, true) * TWO_32 + view.getUint32(at, true));
    case 'uint64':
      return each(8, (at) => view.getUint32(at + 4, true) * TWO_32 + view.getUint32(at, true));
    case 'int32':
      return each(4, (at) => view.getInt32(at, true));
    case 'uint32':
      return each(4, (at) => view.getUint32(at, true));
    case 'int16':
      return each(2, (at) => view.getInt16(at, true));
    case 'uint16':
      return each(2, (at) => view.getUint16(at, true));
    case 'int8':
      return each(1, (at) => view.getInt8(at));
    case 'uint8':
      return each(1, (at) => view.getUint8(at));
    case 'bool':
      return each(1, (at) => (view.getUint8(at) === 0 ? 0 : 1));
    case 'int4':
      return bits(4, true);
    case 'uint4':
      return bits(4, false);
    case 'int2':
      return bits(2, true);
    case 'uint2':
      return bits(2, false);
    default:
      return undefined;
  }
}
