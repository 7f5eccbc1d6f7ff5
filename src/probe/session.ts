import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { latencyQuantile, mulberry32 } from '../analysis/measurement/statistics.ts';
import { encodeNumbers } from '../formats/onnx/writeWeights.ts';
import { elements } from '../units.ts';
import { DEVICES } from './devices.ts';
import type {
  CheckAnswer,
  CheckRequest,
  KernelTime,
  KernelTrace,
  MeasureAnswer,
  MeasureRequest,
  ModelFile,
  ModelTimes,
  OutputComparison,
  SaveAnswer,
  SaveRequest,
  SessionSettings,
} from './messages.ts';
import { tracedRuns, type TraceEvent, type TracedRun } from './trace.ts';

export type Runtime = typeof import('onnxruntime-node');

/** Says what is about to be done; resolves when the parent can no longer miss it. */
export type Step = (step: string, done?: number) => Promise<void>;

/** Level of logging: onnxruntime warns of graphs that it saves for this machine. */
const ERRORS_ONLY = 3;

function sessionOptions({ device, level, threads }: SessionSettings): InferenceSession.SessionOptions {
  return {
    executionProviders: [DEVICES[device].provider],
    graphOptimizationLevel: level,
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: ERRORS_ONLY,
    // A thread that spins for work burns CPU time that no kernel used.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
}

export async function save(ort: Runtime, request: SaveRequest, step: Step): Promise<SaveAnswer> {
  await step('loading the model');
  const options = sessionOptions(request);
  const beside = { optimized_model_external_initializers_file_name: `${basename(request.saveTo)}.data` };
  const session = await ort.InferenceSession.create(request.model, {
    ...options,
    optimizedModelFilePath: request.saveTo,
    ...(request.large ? { extra: { session: beside } } : {}),
  });
  await session.release();
  return { runtime: ort.env.versions.node ?? ort.env.versions.common };
}

export async function check(ort: Runtime, request: CheckRequest, step: Step): Promise<CheckAnswer> {
  const { model, seed } = request;
  const outputsOf = async (settings: SessionSettings): Promise<InferenceSession.OnnxValueMapType> => {
    const session = await ort.InferenceSession.create(model, sessionOptions(settings));
    const outputs = await session.run(feedsOf(ort, session, seed));
    await session.release();
    return outputs;
  };
  await step('running it unoptimised on the CPU');
  const expected = await outputsOf({ device: 'cpu', level: 'disabled', threads: 1 });
  await step('running it');
  const actual = await outputsOf(request);
  return {
    outputs: Object.entries(expected).map(([name, value]) => compare(ort, name, value, actual[name])),
  };
}

/** Seeded inputs in [0, 1). */
function feedsOf(ort: Runtime, session: InferenceSession, seed: number): InferenceSession.OnnxValueMapType {
  const feeds: Record<string, Tensor> = {};
  for (const input of session.inputMetadata) {
    if (!input.isTensor) throw new TypeError(`input "${input.name}" is no tensor`);
    const shape = input.shape.map((extent) => {
      if (typeof extent === 'number') return extent;
      throw new TypeError(`input "${input.name}" has a dimension without an extent`);
    });
    feeds[input.name] = randomTensor(ort, input.type, shape, seed);
  }
  return feeds;
}

function randomTensor(ort: Runtime, type: Tensor.Type, shape: readonly number[], seed: number): Tensor {
  const random = mulberry32(seed);
  const float = type.startsWith('float');
  const count = elements(shape);
  // Whole numbers stay small, since they may be indices.
  const values = Float64Array.from({ length: count }, () => (float ? random() : Math.floor(random() * 2)));
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

function compare(ort: Runtime, name: string, expected: unknown, actual: unknown): OutputComparison {
  const none = { name, dtype: '', relativeError: 0 };
  const isTensor = (value: unknown): value is Tensor => value instanceof ort.Tensor;
  if (!isTensor(expected) || !isTensor(actual)) return { ...none, problem: 'shape' };
  const dtype = expected.type;
  if (expected.dims.join() !== actual.dims.join()) return { ...none, dtype, problem: 'shape' };
  const [a, b] = [numbersOf(expected), numbersOf(actual)];
  if (!dtype.startsWith('float')) {
    let differing = 0;
    for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) differing++;
    return { name, dtype, relativeError: a.length === 0 ? 0 : differing / a.length };
  }
  let [difference, magnitude] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    if (!Number.isFinite(x)) return { ...none, dtype, problem: 'reference not finite' };
    if (!Number.isFinite(y)) return { ...none, dtype, problem: 'not finite' };
    difference = Math.max(difference, Math.abs(x - y));
    magnitude = Math.max(magnitude, Math.abs(x));
  }
  return { name, dtype, relativeError: difference === 0 ? 0 : difference / magnitude };
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

/** A session with its input, timed run by run. */
class Subject {
  readonly cpu: number[] = [];
  readonly wall: number[] = [];
  readonly #session: InferenceSession;
  readonly #feeds: InferenceSession.OnnxValueMapType;

  constructor(session: InferenceSession, feeds: InferenceSession.OnnxValueMapType) {
    this.#session = session;
    this.#feeds = feeds;
  }

  static async load(
    ort: Runtime,
    model: string,
    options: InferenceSession.SessionOptions,
    seed: number,
  ): Promise<Subject> {
    const session = await ort.InferenceSession.create(model, options);
    return new Subject(session, feedsOf(ort, session, seed));
  }

  /** One run; what it took in nanoseconds. */
  async run(): Promise<{ readonly cpu: number; readonly wall: number }> {
    const cpuBefore = process.cpuUsage();
    const wallBefore = process.hrtime.bigint();
    await this.#session.run(this.#feeds);
    const wall = Number(process.hrtime.bigint() - wallBefore);
    const { user, system } = process.cpuUsage(cpuBefore);
    return { cpu: (user + system) * 1000, wall };
  }

  async sample(): Promise<void> {
    const { cpu, wall } = await this.run();
    this.cpu.push(cpu);
    this.wall.push(wall);
  }

  async end(): Promise<void> {
    await this.#session.release();
  }

  endProfiling(): void {
    this.#session.endProfiling();
  }
}

/** Part of the time that goes to runs under the profiler. */
const PROFILED_PART = 0.35;
const LEAST_PROFILED = 4;

export async function measure(ort: Runtime, request: MeasureRequest, step: Step): Promise<MeasureAnswer> {
  const { models, seed, warmup, rounds, target, seconds } = request;
  const start = process.hrtime.bigint();
  const elapsed = (): number => Number(process.hrtime.bigint() - start) * 1e-9;
  const options = sessionOptions(request);
  const useCpuTime = request.device === 'cpu' && request.threads === 1;

  const subjects: Subject[] = [];
  const firstRuns: number[] = [];
  for (const model of models) {
    await step('loading the model');
    const subject = await Subject.load(ort, model.path, options, seed);
    await step('running it');
    firstRuns.push((await subject.run()).wall);
    for (let i = 1; i < warmup; i++) await subject.run();
    subjects.push(subject);
  }
  const timed = seconds * (1 - PROFILED_PART);
  for (let round = 0; round < rounds.most; round++) {
    if (round >= rounds.least) {
      const settled = subjects.every((each) => halfWidth(useCpuTime ? each.cpu : each.wall) < target);
      if (settled || elapsed() > timed) break;
    }
    // Forth and back, so that none of them always runs behind the same other.
    for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
      await step('running it', Math.min(elapsed() / seconds, round / rounds.most));
      await subject.sample();
    }
  }
  for (const subject of subjects) await subject.end();

  const each = (seconds * PROFILED_PART) / models.length;
  const results: ModelTimes[] = [];
  for (const [i, model] of models.entries()) {
    await step('profiling it', 1 - PROFILED_PART + (PROFILED_PART * i) / models.length);
    const { cpu, wall } = subjects[i] as Subject;
    const profiled = await profile(ort, request, model, each);
    results.push({ firstRunNs: firstRuns[i] as number, samples: { cpu, wall }, ...profiled });
  }
  return { dispatchUs: await dispatchTime(ort, request), models: results };
}

const CHAIN_RUNS = 50;

/** A profiler's own time lies mostly between kernels, so what the runtime needs there is measured without one. */
async function dispatchTime(ort: Runtime, request: MeasureRequest): Promise<number> {
  const { path, kernels } = request.chain;
  const subject = await Subject.load(
    ort,
    path,
    { ...sessionOptions(request), executionProviders: ['cpu'] },
    request.seed,
  );
  for (let i = 0; i < CHAIN_RUNS; i++) await subject.sample();
  await subject.end();
  return Math.min(...subject.wall) / 1000 / kernels;
}

/** Half the width of the 95 % interval of the latency over the latency, by order statistics. */
function halfWidth(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [n, p] = [sorted.length, 0.25];
  const spread = 1.96 * Math.sqrt(n * p * (1 - p));
  const low = sorted[Math.max(0, Math.floor(n * p - spread))] as number;
  const high = sorted[Math.min(n - 1, Math.ceil(n * p + spread))] as number;
  return (high - low) / 2 / latencyQuantile(sorted);
}

async function profile(
  ort: Runtime,
  request: MeasureRequest,
  { path, optimised }: ModelFile,
  seconds: number,
): Promise<Pick<ModelTimes, 'profiled' | 'trace'>> {
  const { folder, seed, warmup, rounds } = request;
  const options = {
    ...sessionOptions({ ...request, level: optimised === undefined ? request.level : 'disabled' }),
    enableProfiling: true,
    profileFilePrefix: join(folder, 'profile'),
  };
  const subject = await Subject.load(ort, optimised ?? path, options, seed);
  for (let i = 0; i < warmup; i++) await subject.run();
  const start = process.hrtime.bigint();
  const least = Math.min(LEAST_PROFILED, rounds.least);
  for (let i = 0; i < rounds.most; i++) {
    if (i >= least && Number(process.hrtime.bigint() - start) * 1e-9 > seconds) break;
    await subject.sample();
  }
  subject.endProfiling();
  await subject.end();
  const { cpu, wall } = subject;
  const runs = tracedRuns(readProfile(folder))?.slice(warmup);
  return { profiled: { cpu, wall }, ...(runs === undefined ? {} : { trace: traceOf(runs, wall) }) };
}

/** The one profile in the folder, which goes with it. */
function readProfile(folder: string): readonly TraceEvent[] {
  const name = readdirSync(folder).find((each) => /^profile_.*\.json$/.test(each));
  if (name === undefined) throw new TypeError('onnxruntime wrote no profile');
  const file = join(folder, name);
  const events = JSON.parse(readFileSync(file, 'utf8')) as readonly TraceEvent[];
  rmSync(file);
  return events;
}

function traceOf(runs: readonly TracedRun[], wallNs: readonly number[]): KernelTrace {
  const least = new Map<string, KernelTime>();
  for (const { kernels } of runs) {
    for (const kernel of kernels) {
      const before = least.get(kernel.node);
      if (before === undefined || kernel.us < before.us) least.set(kernel.node, kernel);
    }
  }
  return {
    kernels: [...least.values()],
    runs: runs.length,
    callUs: Math.min(...runs.map((run, i) => (wallNs[i] as number) / 1000 - run.runUs)),
  };
}
