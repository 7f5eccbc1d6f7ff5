import { tensorOf, type Graph, type Tensor, type TensorId } from '../../graph/graph.ts';
import type { DType } from '../../ops/dtype.ts';
import { elements } from '../../units.ts';

/**
 * The numbers of a constant tensor, row-major; undefined where the source has none, which makes them random.
 * It is not asked for what the graph itself states.
 */
export type WeightSource = (id: TensorId, tensor: Tensor) => ArrayLike<number> | undefined;

/**
 * Where the numbers of the constants come from.
 * random: weights uniform with He's variance, 2 / fan-in, so that values neither vanish nor explode; scale and
 * variance 1, shift, mean and bias 0. zero: weights 0 and the rest likewise.
 */
export type Weights = 'random' | 'zero' | WeightSource;

/** Elements that are generated at once: 1 MiB of float32. */
const CHUNK = 1 << 18;

/** Fills a piece of a tensor that begins at element `from`. */
type Fill = (target: Float64Array, from: number) => void;

const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** How numbers of each element type are stored; of the others no constants can be written. */
const ENCODERS: Partial<Record<DType, (values: Float64Array) => Uint8Array>> = {
  float64: bytesOf,
  float32: (values) => bytesOf(new Float32Array(values)),
  float16: (values) => bytesOf(Uint16Array.from(values, halfBits)),
  bfloat16: (values) =>
    bytesOf(Uint16Array.from(new Uint32Array(new Float32Array(values).buffer), (bits) => bits >>> 16)),
  int64: (values) => bytesOf(BigInt64Array.from(Array.from(values, BigInt))),
  uint64: (values) => bytesOf(BigUint64Array.from(Array.from(values, BigInt))),
  int32: (values) => bytesOf(new Int32Array(values)),
  uint32: (values) => bytesOf(new Uint32Array(values)),
  int16: (values) => bytesOf(new Int16Array(values)),
  uint16: (values) => bytesOf(new Uint16Array(values)),
  int8: (values) => bytesOf(new Int8Array(values)),
  uint8: (values) => bytesOf(new Uint8Array(values)),
  bool: (values) => bytesOf(new Uint8Array(values)),
  int4: nibbles,
  uint4: nibbles,
};

/** Two numbers a byte, the first in its lower half; pieces of a tensor have an even number of them. */
function nibbles(values: Float64Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length / 2));
  for (const [i, value] of values.entries())
    bytes[i >> 1] = (bytes[i >> 1] as number) | ((value & 15) << (i % 2 === 0 ? 0 : 4));
  return bytes;
}

/**
 * Numbers as they are stored.
 *
 * @throws RangeError for an element type that is not writable
 */
export function encodeNumbers(dtype: DType, values: Float64Array): Uint8Array {
  const encode = ENCODERS[dtype];
  if (encode === undefined) throw new RangeError(`numbers of type ${dtype} are not writable`);
  return encode(values);
}

/** Whether constants of this element type can be written. */
export const isWritable = (dtype: DType): boolean => ENCODERS[dtype] !== undefined;

/** How a constant of the graph is laid out in the file. */
export interface Layout {
  /** which axis of the graph's tensor each written axis is; absent: as it is */
  readonly order?: readonly number[];
  /** numbers that one result sums up; absent: all behind the first axis, as in a filter per output channel */
  readonly fanIn?: number;
}

/** The payload of a constant, piece by piece. */
export type Content = (id: TensorId, layout: Layout) => Iterable<Uint8Array>;

/**
 * The payload of a constant, piece by piece: the same for the same graph, seed and tensor, wherever it is written.
 *
 * @throws RangeError for an element type that is not writable
 */
export function* weightBytes(
  graph: Graph,
  id: TensorId,
  { weights, seed }: { readonly weights: Weights; readonly seed: number },
  { order, fanIn }: Layout,
): Generator<Uint8Array> {
  const tensor = tensorOf(graph, id);
  const { dtype, shape } = tensor.type;
  const given = tensor.values ?? (typeof weights === 'function' ? weights(id, tensor) : undefined);
  const fill =
    given === undefined
      ? synthetic(
          tensor,
          weights === 'zero' ? undefined : randomNumbers(seed, id),
          fanIn ?? elements(shape.slice(1)),
        )
      : copyOf(given, shape, order);
  const count = elements(shape);
  for (let from = 0; from < count; from += CHUNK) {
    const values = new Float64Array(Math.min(CHUNK, count - from));
    fill(values, from);
    yield encodeNumbers(dtype, values);
  }
}

function synthetic({ role, type }: Tensor, random: (() => number) | undefined, fanIn: number): Fill {
  if (!type.dtype.includes('float')) return () => undefined;
  switch (role) {
    case 'weight':
    case 'embedding': {
      if (random === undefined) return () => undefined;
      const bound = Math.sqrt(6 / Math.max(1, fanIn));
      return (target) => {
        for (let i = 0; i < target.length; i++) target[i] = (2 * random() - 1) * bound;
      };
    }
    case 'scale':
    case 'variance':
    case 'constant':
      return (target) => target.fill(1);
    case 'bias':
    case 'shift':
    case 'mean':
    case 'activation':
      return () => undefined;
  }
}

/** Row-major copy in another order of the axes. */
function copyOf(
  source: ArrayLike<number>,
  shape: readonly number[],
  order: readonly number[] = shape.map((_, axis) => axis),
): Fill {
  const strides = shape.map((_, axis) => elements(shape.slice(axis + 1)));
  const steps = order.map((axis) => ({ extent: shape[axis] ?? 1, stride: strides[axis] ?? 1 }));
  return (target, from) => {
    for (let i = 0; i < target.length; i++) {
      let rest = from + i;
      let at = 0;
      for (let axis = steps.length - 1; axis >= 0; axis--) {
        const { extent, stride } = steps[axis] as { extent: number; stride: number };
        at += (rest % extent) * stride;
        rest = Math.floor(rest / extent);
      }
      target[i] = source[at] ?? Number.NaN;
    }
  };
}

/**
 * Uniform numbers in [0, 1), a sequence of its own for each tensor.
 *
 * @source mulberry32 by Tommy Ettinger, public domain
 */
function randomNumbers(seed: number, id: number): () => number {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(id + 1, 0xc2b2ae35);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** Bits of the nearest IEEE half-precision number; ties away from zero. */
function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | Math.round(magnitude * 2 ** 24);
  const exponent = Math.floor(Math.log2(magnitude));
  // Rounding up to the next power of two carries into the exponent, as it should.
  return sign | (((exponent + 15) << 10) + Math.round((magnitude / 2 ** exponent - 1) * 1024));
}
