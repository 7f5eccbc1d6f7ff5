/** What a session is given and gives, in a process and in a browser alike. */
import type { InferenceSession, Tensor, TensorConstructor } from 'onnxruntime-node';
import { mulberry32 } from '../analysis/measurement/statistics.ts';
import { encodeNumbers } from '../formats/onnx/writeWeights.ts';
import { elements } from '../units.ts';
import { compareNumbers } from './compare.ts';
import type { Feed, KernelTime, KernelTrace, OutputComparison, OutputScale } from './messages.ts';
import type { TracedRun } from './trace.ts';

/** What makes tensors: onnxruntime-node and onnxruntime-web are alike there. */
export interface Tensors {
  readonly Tensor: TensorConstructor;
}

/** The inputs of a session; what is not given is made up, in [0, 1). */
export function feedsOf(
  ort: Tensors,
  session: InferenceSession,
  feeds: readonly Feed[],
  seed: number,
): InferenceSession.OnnxValueMapType {
  return Object.fromEntries(
    session.inputMetadata.map((input) => {
      if (!input.isTensor) throw new TypeError(`input "${input.name}" is no tensor`);
      const given = feeds.find(({ name }) => name === input.name);
      const shape = (given?.shape ?? input.shape).map((extent) => {
        if (typeof extent === 'number') return extent;
        throw new TypeError(`input "${input.name}" has a dimension without an extent`);
      });
      const values = given?.values ?? madeUp(input.type, elements(shape), seed);
      return [input.name, tensorOf(ort, input.type, values, shape)];
    }),
  );
}

/** Whole numbers stay small, since they may be indices; those of eight bits are none. */
function madeUp(type: Tensor.Type, count: number, seed: number): readonly number[] {
  const random = mulberry32(seed);
  const range = type === 'uint8' ? [0, 256] : type === 'int8' ? [-128, 128] : [0, 2];
  const [low = 0, high = 0] = range;
  return Array.from({ length: count }, () =>
    type.startsWith('float') ? random() : Math.floor(low + random() * (high - low)),
  );
}

function tensorOf(
  ort: Tensors,
  type: Tensor.Type,
  numbers: readonly number[],
  shape: readonly number[],
): Tensor {
  const values = Float64Array.from(numbers);
  const count = values.length;
  switch (type) {
    case 'float32':
      return new ort.Tensor(type, Float32Array.from(values), shape);
    case 'float64':
      return new ort.Tensor(type, values, shape);
    case 'float16': {
      const bytes = encodeNumbers('float16', values);
      return new ort.Tensor(type, new Uint16Array(bytes.buffer, bytes.byteOffset, count), shape);
    }
    case 'int64':
      return new ort.Tensor(
        type,
        BigInt64Array.from(values, (value) => BigInt(value)),
        shape,
      );
    case 'int32':
      return new ort.Tensor(type, Int32Array.from(values), shape);
    case 'int8':
      return new ort.Tensor(type, Int8Array.from(values), shape);
    case 'uint8':
      return new ort.Tensor(type, Uint8Array.from(values), shape);
    case 'bool':
      return new ort.Tensor(type, Uint8Array.from(values), shape);
    default:
      throw new TypeError(`inputs of type ${type} are not made up`);
  }
}

/** How two results for one output differ. */
export function compareOutputs(
  ort: Tensors,
  scale: OutputScale,
  expected: unknown,
  actual: unknown,
): OutputComparison {
  const { name } = scale;
  const other = { name, dtype: '', relativeError: 0, differing: 0, noise: 0, problem: 'shape' } as const;
  const isTensor = (value: unknown): value is Tensor => value instanceof ort.Tensor;
  if (!isTensor(expected) || !isTensor(actual)) return other;
  const dtype = expected.type;
  if (expected.dims.join() !== actual.dims.join()) return { ...other, dtype };
  return { name, dtype, ...compareNumbers(numbersOf(expected), numbersOf(actual), scale) };
}

function numbersOf({ type, data }: Tensor): ArrayLike<number> {
  if (type === 'float16') return Float64Array.from(data as Uint16Array, halfNumber);
  return type === 'string' ? [] : Float64Array.from(data as Iterable<number | bigint>, Number);
}

/** The number that these bits are in IEEE half precision. */
function halfNumber(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 0x1f, bits & 0x3ff];
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** The kernels of all runs, each with its least time. */
export function traceOf(runs: readonly TracedRun[], wallNs: readonly number[]): KernelTrace {
  const least = new Map<string, KernelTime>();
  for (const { kernels } of runs) {
    for (const kernel of kernels) {
      const before = least.get(kernel.key);
      if (before === undefined || kernel.us < before.us) least.set(kernel.key, kernel);
    }
  }
  return {
    kernels: [...least.values()],
    runs: runs.length,
    callUs: Math.min(...runs.map((run, i) => (wallNs[i] as number) / 1000 - run.runUs)),
  };
}
