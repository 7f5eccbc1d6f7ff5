import type { DType } from '../../../src/ops/dtype.ts';
import type { TensorType } from '../../../src/ops/spec.ts';
import { elements } from '../../../src/units.ts';

/** The part of onnxruntime-node's interface that the tests use: the package is optional, and so are its types. */
interface Runtime {
  readonly InferenceSession: {
    create(model: Uint8Array | string, options: Readonly<Record<string, unknown>>): Promise<Session>;
  };
  readonly Tensor: new (
    type: string,
    data: ArrayLike<number> | BigInt64Array,
    dims: readonly number[],
  ) => RuntimeTensor;
}

interface RuntimeTensor {
  readonly data: ArrayLike<number>;
  readonly dims: readonly number[];
  readonly type: string;
}

interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, RuntimeTensor>>): Promise<Readonly<Record<string, RuntimeTensor>>>;
  release(): Promise<void>;
}

export interface Values {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

// Not a literal, so that the compiler does not look for the package.
const name: string = 'onnxruntime-node';

const runtime = await (import(name) as Promise<{ readonly default: Runtime }>).then(
  (module) => module.default,
  () => undefined,
);

/** Why tests that run models are skipped, if they are. */
export const withoutRuntime = runtime === undefined ? 'onnxruntime-node is not installed' : false;

/** Outputs of a float32 model, by name; `level` is onnxruntime's graph optimisation level. */
export async function run(
  model: Uint8Array | string,
  inputs: ReadonlyMap<string, Values>,
  level: 'disabled' | 'all' = 'disabled',
): Promise<ReadonlyMap<string, Values>> {
  if (runtime === undefined) throw new TypeError(String(withoutRuntime));
  const session = await runtime.InferenceSession.create(model, {
    graphOptimizationLevel: level,
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  try {
    const feeds = Object.fromEntries(
      Array.from(inputs, ([input, { shape, data }]) => [
        input,
        new runtime.Tensor('float32', Float32Array.from(data), shape),
      ]),
    );
    const results = await session.run(feeds);
    return new Map(
      Object.entries(results).map(([output, { dims, data }]) => [output, { shape: dims, data }]),
    );
  } finally {
    await session.release();
  }
}

/** Whether a session of the model can be made: what a runtime checks before it runs one. */
export async function loads(model: Uint8Array | string): Promise<readonly string[]> {
  if (runtime === undefined) throw new TypeError(String(withoutRuntime));
  const session = await runtime.InferenceSession.create(model, {
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
  });
  try {
    return session.outputNames;
  } finally {
    await session.release();
  }
}

/** Types of the outputs that a model has when it runs on zeros, in order. */
export async function outputTypes(
  model: Uint8Array,
  inputs: readonly TensorType[],
): Promise<readonly TensorType[]> {
  if (runtime === undefined) throw new TypeError(String(withoutRuntime));
  const session = await runtime.InferenceSession.create(model, {
    graphOptimizationLevel: 'disabled',
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  try {
    const feeds = session.inputNames.map((name, i) => {
      const { dtype, shape } = inputs[i] as TensorType;
      const make = ARRAYS[dtype];
      if (make === undefined) throw new RangeError(`no array of ${dtype}`);
      return [name, new runtime.Tensor(dtype, make(elements(shape)), shape)] as const;
    });
    const results = await session.run(Object.fromEntries(feeds));
    return session.outputNames.map((name) => {
      const { type, dims } = results[name] as RuntimeTensor;
      return { dtype: type as DType, shape: dims };
    });
  } finally {
    await session.release();
  }
}

const ARRAYS: Partial<Record<DType, (length: number) => ArrayLike<number> | BigInt64Array>> = {
  float32: (length) => new Float32Array(length),
  int64: (length) => new BigInt64Array(length),
  int32: (length) => new Int32Array(length),
  int16: (length) => new Int16Array(length),
  int8: (length) => new Int8Array(length),
  uint8: (length) => new Uint8Array(length),
  bool: (length) => new Uint8Array(length),
};
