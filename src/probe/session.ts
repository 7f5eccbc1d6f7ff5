import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { latencyQuantile } from '../analysis/measurement/statistics.ts';
import { DEVICES } from './devices.ts';
import type {
  InspectAnswer,
  InspectRequest,
  MeasureAnswer,
  MeasureRequest,
  ModelFile,
  ModelTimes,
  SessionSettings,
} from './messages.ts';
import { compareOutputs, feedsOf, traceOf } from './tensors.ts';
import { tracedRuns, type TraceEvent } from './trace.ts';

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

/** Loads a model unoptimised and as it is asked for, saves both graphs, and compares what they compute. */
export async function inspect(ort: Runtime, request: InspectRequest, step: Step): Promise<InspectAnswer> {
  const { model, named, source, optimised, large, compare } = request;
  type Outputs = InferenceSession.OnnxValueMapType | undefined;
  const outputsOf = async (path: string, settings: SessionSettings, saveTo?: string): Promise<Outputs> => {
    await step('loading the model');
    const session = await ort.InferenceSession.create(path, {
      ...sessionOptions(settings),
      ...(saveTo === undefined ? {} : saving(saveTo, large)),
    });
    await step(settings === UNOPTIMISED ? 'running it unoptimised on the CPU' : 'running it');
    const outputs =
      compare === undefined
        ? undefined
        : await session.run(feedsOf(ort, session, compare.feeds, compare.seed));
    await session.release();
    return outputs;
  };
  const expected = await outputsOf(named, UNOPTIMISED, source);
  let actual = await outputsOf(named, request, optimised);
  if (named !== model) actual = await outputsOf(model, request);
  return {
    runtime: ort.env.versions.node ?? ort.env.versions.common,
    outputs: Object.entries(expected ?? {}).map(([name, value]) =>
      compareOutputs(
        ort,
        compare?.outputs.find((each) => each.name === name) ?? { name },
        value,
        actual?.[name],
      ),
    ),
  };
}

function saving(path: string, large: boolean): InferenceSession.SessionOptions {
  const beside = { optimized_model_external_initializers_file_name: `${basename(path)}.data` };
  return { optimizedModelFilePath: path, ...(large ? { extra: { session: beside } } : {}) };
}

const UNOPTIMISED: SessionSettings = { device: 'cpu', level: 'disabled', threads: 1 };

/** A session with its input, timed run by run. */
class Subject {
  readonly cpu: number[] = [];
  readonly wall: number[] = [];
  readonly #session: InferenceSession;
  readonly #feeds: InferenceSession.OnnxValueMapType;

  private constructor(session: InferenceSession, feeds: InferenceSession.OnnxValueMapType) {
    this.#session = session;
    this.#feeds = feeds;
  }

  static async load(
    ort: Runtime,
    { path, feeds }: ModelFile,
    options: InferenceSession.SessionOptions,
    seed: number,
  ): Promise<Subject> {
    const session = await ort.InferenceSession.create(path, options);
    return new Subject(session, feedsOf(ort, session, feeds, seed));
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
/** Runs after which the least times of kernels hardly become less, once they have taken this long. */
const [ENOUGH_PROFILED, ENOUGH_SECONDS] = [8, 0.25];

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
    const subject = await Subject.load(ort, model, options, seed);
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
    { path, feeds: [] },
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
  model: ModelFile,
  seconds: number,
): Promise<Pick<ModelTimes, 'profiled' | 'trace'>> {
  const { folder, seed, warmup, rounds } = request;
  const options = {
    ...sessionOptions(request),
    enableProfiling: true,
    profileFilePrefix: join(folder, 'profile'),
  };
  const subject = await Subject.load(ort, model, options, seed);
  for (let i = 0; i < warmup; i++) await subject.run();
  const start = process.hrtime.bigint();
  const elapsed = (): number => Number(process.hrtime.bigint() - start) * 1e-9;
  const least = Math.min(LEAST_PROFILED, rounds.least);
  for (let i = 0; i < rounds.most; i++) {
    if (i >= least && elapsed() > seconds) break;
    if (i >= ENOUGH_PROFILED && elapsed() > ENOUGH_SECONDS) break;
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
