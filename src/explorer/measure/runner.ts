import type { InferenceSession } from 'onnxruntime-node';
import type {
  Agreement,
  Environment,
  Measurement,
  NetworkMeasurement,
} from '../../analysis/measurement/measurement.ts';
import { latencyRatio } from '../../analysis/measurement/ratio.ts';
import {
  bootstrapInterval,
  distribution,
  latencyQuantile,
  median,
} from '../../analysis/measurement/statistics.ts';
import { profile } from '../../analysis/profile.ts';
import { ProfileError, problem, warning, type Diagnostic } from '../../diagnostics.ts';
import { bytesSource } from '../../formats/byteSource.ts';
import { layerIndexOf } from '../../formats/onnx/writeNames.ts';
import { writeOnnx } from '../../formats/onnx/write.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import type { Graph } from '../../graph/graph.ts';
import { agreementOf } from '../../probe/agreement.ts';
import { attribute } from '../../probe/attribute.ts';
import { layerTimes, mergedTrace } from '../../probe/layerTimes.ts';
import type { MeasureAnswer, ModelTimes } from '../../probe/messages.ts';
import { coarsenessOf, outputScales } from '../../probe/outputScale.ts';
import { readRuntimeGraph, type RuntimeGraph, type RuntimeNode } from '../../probe/runtimeGraph.ts';
import { compareOutputs, feedsOf, traceOf, type Tensors } from '../../probe/tensors.ts';
import { tracedRuns, type TraceEvent } from '../../probe/trace.ts';
import { warningsOf } from '../../probe/warnings.ts';
import type { Where } from '../runtimes.ts';
import { kernelGraph } from './kernelGraph.ts';

export interface RunSettings {
  readonly where: Where;
  readonly threads: number;
  readonly seed: number;
  readonly warmup: number;
  readonly rounds: { readonly least: number; readonly most: number };
  /** for one round of measuring, all networks together */
  readonly seconds: number;
}

/** The runtime, as far as it is used. */
export interface BrowserRuntime extends Tensors {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly env: { readonly versions: { readonly web?: string; readonly common: string } };
}

/** What the page hears meanwhile. */
export type Tell = (doing: string, done?: number) => void;

/** A network that was checked, ready to be timed. */
interface Subject {
  readonly graph: Graph;
  readonly model: Uint8Array;
  readonly source: RuntimeGraph;
  readonly layerOf: readonly number[];
  readonly agreement: Agreement;
  readonly warnings: readonly Diagnostic[];
}

const ERRORS_ONLY = 3;

/** Measures networks in one worker, which is to be fresh: the runtime keeps its threads and its log. */
export class Runner {
  readonly #ort: BrowserRuntime;
  readonly #settings: RunSettings;
  readonly #log: string[];
  readonly #tell: Tell;

  /** @param log what the runtime prints, from its start on */
  constructor(ort: BrowserRuntime, settings: RunSettings, log: string[], tell: Tell) {
    this.#ort = ort;
    this.#settings = settings;
    this.#log = log;
    this.#tell = tell;
  }

  /**
   * The measurement of all rounds so far, this worker's included.
   *
   * @param before what workers before this one measured
   * @throws ProfileError CSP401 what ONNX cannot express, CSP703 what the runtime refuses, CSP707 wrong results
   */
  async measure(
    graphs: readonly Graph[],
    before: readonly MeasureAnswer[],
    environment: Environment,
  ): Promise<{ readonly times: readonly MeasureAnswer[]; readonly measurement: Measurement }> {
    const subjects: Subject[] = [];
    const refused: Diagnostic[] = [];
    for (const graph of graphs) {
      try {
        subjects.push(await this.#subject(graph));
      } catch (error) {
        // One that cannot be run does not keep the others from it.
        if (!(error instanceof ProfileError) || graphs.length === 1) throw error;
        refused.push(...error.diagnostics);
      }
    }
    const [first, ...others] = refused;
    if (first !== undefined && subjects.length === 0) throw new ProfileError(first, ...others);
    const times = [...before, await this.#times(subjects)];
    return { times, measurement: this.#measurement(subjects, refused, times, environment) };
  }

  #options(where: Where, level: 'disabled' | 'all'): InferenceSession.SessionOptions {
    return {
      executionProviders: [where === 'wasm' ? 'wasm' : PROVIDER],
      graphOptimizationLevel: level,
      executionMode: 'sequential',
      logSeverityLevel: ERRORS_ONLY,
    };
  }

  async #session(
    graph: Graph,
    model: Uint8Array,
    options: InferenceSession.SessionOptions,
  ): Promise<InferenceSession> {
    try {
      return await this.#ort.InferenceSession.create(model, options);
    } catch (error) {
      throw new ProfileError(
        problem(
          'CSP703',
          `onnxruntime-web does not load it: ${error instanceof Error ? error.message : String(error)}`,
          'choose another device here, or measure it with csp-profile probe',
          { format: 'cli', argument: graph.name },
        ),
      );
    }
  }

  async #subject(graph: Graph): Promise<Subject> {
    const { name } = graph;
    const { seed, where } = this.#settings;
    this.#tell(`writing ${name}`);
    const model = joined(writeOnnx(graph, { seed }).file);
    const source = readRuntimeGraph(bytesSource(model), name);
    this.#tell(`checking ${name}: running it unoptimised on the CPU`);
    const expected = await this.#outputs(graph, model, this.#options('wasm', 'disabled'));
    this.#tell(`checking ${name}: running it`);
    const actual = await this.#outputs(graph, model, this.#options(where, 'all'));
    const scales = outputScales(source);
    const compared = Object.entries(expected).map(([output, value]) =>
      compareOutputs(
        this.#ort,
        scales.find((scale) => scale.name === output) ?? { name: output },
        value,
        actual[output],
      ),
    );
    return {
      graph,
      model,
      source,
      layerOf: source.nodes.map(layerOf),
      ...agreementOf(name, compared, coarsenessOf(graph, source)),
    };
  }

  async #outputs(
    graph: Graph,
    model: Uint8Array,
    options: InferenceSession.SessionOptions,
  ): Promise<InferenceSession.OnnxValueMapType> {
    const session = await this.#session(graph, model, options);
    const outputs = await session.run(feedsOf(this.#ort, session, [], this.#settings.seed));
    await session.release();
    return outputs;
  }

  async #times(subjects: readonly Subject[]): Promise<MeasureAnswer> {
    const { where, seed, warmup, rounds, seconds } = this.#settings;
    const start = performance.now();
    const elapsed = (): number => (performance.now() - start) / 1000;
    const timed = seconds * (1 - PROFILED_PART);
    const running: {
      readonly run: () => Promise<number>;
      readonly end: () => Promise<void>;
      readonly first: number;
      readonly wall: number[];
    }[] = [];
    for (const { graph, model } of subjects) {
      const session = await this.#session(graph, model, this.#options(where, 'all'));
      const run = this.#timer(session, seed);
      const first = await run();
      for (let i = 1; i < warmup; i++) await run();
      running.push({ run, first, wall: [], end: () => session.release() });
    }
    for (let round = 0; round < rounds.most; round++) {
      if (round >= rounds.least && elapsed() > timed) break;
      this.#tell('measuring', Math.min(1, elapsed() / seconds));
      // Forth and back, so that none of them always runs behind the same other.
      for (const each of round % 2 === 0 ? running : running.toReversed()) each.wall.push(await each.run());
    }
    const models: ModelTimes[] = [];
    for (const each of running) await each.end();
    for (const [i, subject] of subjects.entries()) {
      this.#tell('profiling', PROFILED_PART + ((1 - PROFILED_PART) * i) / subjects.length);
      const { first, wall } = running[i] as (typeof running)[number];
      models.push({ firstRunNs: first, samples: { cpu: [], wall }, ...(await this.#profiled(subject)) });
    }
    return { dispatchUs: where === 'wasm' ? await this.#dispatchUs() : 0, models };
  }

  /** One run; what it took in nanoseconds. */
  #timer(session: InferenceSession, seed: number): () => Promise<number> {
    const feeds = feedsOf(this.#ort, session, [], seed);
    return async () => {
      const before = performance.now();
      const outputs = await session.run(feeds);
      const took = performance.now() - before;
      for (const output of Object.values(outputs)) output.dispose();
      return Math.round(took * 1e6);
    };
  }

  async #profiled({ graph, model }: Subject): Promise<Pick<ModelTimes, 'profiled' | 'trace'>> {
    const { where, seed, warmup, rounds } = this.#settings;
    this.#log.length = 0;
    const session = await this.#session(graph, model, {
      ...this.#options(where, 'all'),
      enableProfiling: true,
    });
    const run = this.#timer(session, seed);
    for (let i = 0; i < warmup; i++) await run();
    const wall: number[] = [];
    for (let i = 0; i < Math.min(PROFILED_RUNS, rounds.most); i++) wall.push(await run());
    session.endProfiling();
    const events = eventsIn(this.#log);
    await session.release();
    const runs = tracedRuns(events)?.slice(warmup);
    return {
      profiled: { cpu: [], wall },
      ...(runs === undefined || runs.length === 0 ? {} : { trace: traceOf(runs, wall) }),
    };
  }

  /** What the runtime needs to start a kernel: least time of a chain of kernels with next to nothing to do, by kernel. */
  async #dispatchUs(): Promise<number> {
    const graph = chain();
    const session = await this.#session(
      graph,
      joined(writeOnnx(graph, {}).file),
      this.#options('wasm', 'all'),
    );
    const run = this.#timer(session, 1);
    const times: number[] = [];
    // The clock has steps: many runs are timed as one.
    for (let i = 0; i < CHAIN_RUNS; i++) times.push(await run());
    await session.release();
    return median(times) / 1000 / CHAIN;
  }

  #measurement(
    subjects: readonly Subject[],
    refused: readonly Diagnostic[],
    times: readonly MeasureAnswer[],
    environment: Environment,
  ): Measurement {
    const { where, threads, warmup, seed } = this.#settings;
    const device = where === 'wasm' ? 'cpu' : 'webgpu';
    const networks = subjects.map((subject, i) => networkOf(subject, i, times, where));
    const ratios = networks.slice(1).map((_, i) => latencyRatio(networks, i + 1, 0));
    return {
      environment,
      settings: { device, level: 'all', threads, warmup, processes: times.length, seed },
      networks,
      ratios,
      warnings: [
        ...refused.map((each) => ({ ...each, severity: 'warning' as const })),
        ...subjects.flatMap(({ warnings }) => warnings),
        ...clockWarnings(environment),
        ...warningsOf({ networks, ratios, target: TARGET, device }).map(forPage),
      ],
    };
  }
}

/** NCHW keeps the names of nodes, and puts no transpositions around them. */
const PROVIDER = { name: 'webgpu', preferredLayout: 'NCHW' } as const;
/** Part of the time that goes to runs under the profiler. */
const PROFILED_PART = 0.35;
const PROFILED_RUNS = 8;
const CHAIN = 256;
const CHAIN_RUNS = 50;
/** Half width of the confidence interval that is aimed at, relative. */
const TARGET = 0.02;

function networkOf(
  subject: Subject,
  index: number,
  times: readonly MeasureAnswer[],
  where: Where,
): NetworkMeasurement {
  const { graph, source, layerOf, agreement } = subject;
  const costs = profile(graph, { flops: 'standard' });
  const own = times.map(({ models }) => models[index] as ModelTimes);
  const walls = own.map(({ samples }) => samples.wall);
  const ns = Math.round(median(walls.map(latencyQuantile)));
  const trace = mergedTrace(own, Math.min(...times.map(({ dispatchUs }) => dispatchUs)), 'wall');
  const optimised = kernelGraph(source, trace?.kernels ?? []);
  return {
    network: costs.network,
    latency: {
      clock: 'wall',
      ns,
      interval: bootstrapInterval(
        walls.map((process) => process.map((time) => [time])),
        (rounds) => latencyQuantile(rounds.map(([time]) => time as number)),
      ),
      wall: distribution(walls.flat()),
      firstRunNs: own[0]?.firstRunNs ?? Number.NaN,
    },
    samples: own.map(({ samples }) => samples),
    agreement,
    ...(trace === undefined
      ? { layers: [] }
      : layerTimes(ns, trace, where === 'wasm', optimised, attribute(source, layerOf, optimised), costs)),
  };
}

/** What a page can do about it, where the command line names an option of its own. */
const forPage = (diagnostic: Diagnostic): Diagnostic =>
  diagnostic.fix.includes('--')
    ? { ...diagnostic, fix: 'measure for longer, with nothing else running here' }
    : diagnostic;

function clockWarnings({ isolated }: Environment): readonly Diagnostic[] {
  return isolated === false
    ? [
        warning(
          'CSP727',
          'the page is not isolated from others: its clock has steps of 100 us, and the runtime one thread',
          'open it with csp-profile open, or serve it with the headers in _headers',
        ),
      ]
    : [];
}

/** The layer that a node of a file of ours is part of. */
function layerOf({ name, label }: RuntimeNode): number {
  const layer = layerIndexOf(name) ?? layerIndexOf(label);
  if (layer === undefined) throw new RangeError(`node ${name} names no layer`);
  return layer;
}

/** The events in what the runtime printed: one a line. */
function eventsIn(lines: readonly string[]): readonly TraceEvent[] {
  return lines.flatMap((text) =>
    text.split('\n').flatMap((line) => {
      const [object] = /\{.*\}/.exec(line) ?? [];
      return object === undefined ? [] : [JSON.parse(object) as TraceEvent];
    }),
  );
}

function joined({
  length,
  chunks,
}: {
  readonly length: number;
  readonly chunks: () => Iterable<Uint8Array>;
}): Uint8Array {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks()) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

function chain(): Graph {
  const builder = new GraphBuilder({ name: 'chain', source: 'chain', format: 'zoo' });
  let value = builder.input('x', { dtype: 'float32', shape: [1] });
  for (let i = 0; i < CHAIN; i++) {
    builder.layer({ name: '', origin: { format: 'zoo', architecture: 'chain' } });
    value = builder.add('activation', [value], { fn: i % 2 === 0 ? 'logistic' : 'tanh' });
  }
  builder.output('y', value);
  return builder.build();
}
