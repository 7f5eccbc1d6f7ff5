import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Measurement, NetworkMeasurement } from '../analysis/measurement/measurement.ts';
import { latencyRatio, pairedRatio } from '../analysis/measurement/ratio.ts';
import {
  bootstrapInterval,
  distribution,
  latencyQuantile,
  median,
  relativeHalfWidth,
} from '../analysis/measurement/statistics.ts';
import { profile } from '../analysis/profile.ts';
import { warning, type Diagnostic } from '../diagnostics.ts';
import { predictLayers, type KernelModel } from '../latency/kernels/model.ts';
import { agreementOf, type Verdict } from './agreement.ts';
import { ask, Interrupted } from './childProcess.ts';
import { currentLoad, environment } from './environment.ts';
import { layerTimes, mergedTrace } from './layerTimes.ts';
import type { MeasureAnswer, ModelTimes, SessionSettings } from './messages.ts';
import { attributedKernels, optimise, type OptimisedModel } from './optimise.ts';
import { coarsenessOf } from './outputScale.ts';
import { writeChain, type ProbeModel } from './prepare.ts';
import { warningsOf } from './warnings.ts';
import { inWorkshop, type RuntimeOptions, type Workshop } from './workshop.ts';

/** How to measure. */
export interface ProbeOptions extends RuntimeOptions {
  /** runs of each process before those that count; by default 2 */
  readonly warmup?: number;
  /** runs of each process; by default as many as the target needs, 10 to 60 */
  readonly runs?: number;
  /** fresh processes; by default as many as the target needs, 3 to 8 */
  readonly processes?: number;
  /** seconds from start to end, by default 60; the least numbers of runs and processes are made all the same */
  readonly budget?: number;
  /** half width of the confidence interval that is enough, relative; by default 0.02 */
  readonly target?: number;
  /** a device that was calibrated by its kernels: what it expects is shown beside what is measured */
  readonly predict?: Predictor;
  /** hears how far it is */
  readonly onProgress?: (progress: Progress) => void;
}

/** A calibration of kernels by the name of its device. */
export interface Predictor {
  /** its id */
  readonly device: string;
  /** what `calibrate` made: expected seconds of kernels, and how far they miss */
  readonly calibration: KernelModel & {
    readonly secondsPerRun: number;
    readonly error: { readonly unseen: number };
  };
}

/** How far a probe is. */
export interface Progress {
  /** what it is doing, in words */
  readonly doing: string;
  /** part of the whole that is done, 0 to 1; absent where it is not known */
  readonly done?: number;
  /** until the end of the whole */
  readonly secondsLeft?: number;
}

const LEAST_PROCESSES = 3;
const MOST_PROCESSES = 8;
const LEAST_RUNS = 10;
const MOST_RUNS = 60;

/** A model that has been loaded, checked and taken apart. */
interface Subject extends OptimisedModel, Verdict {
  readonly model: ProbeModel;
  readonly name: string;
}

/**
 * Runs networks through onnxruntime and says how long each layer takes. Several networks take turns in the same
 * processes, so that their ratios hold on a busy machine as well.
 *
 * @throws ProfileError CSP401 what ONNX cannot express, CSP701 to CSP706 what goes wrong in onnxruntime, CSP707
 *   outputs that differ from those of an unoptimised session, CSP709 the signal
 */
export const probe = (models: readonly ProbeModel[], options: ProbeOptions = {}): Promise<Measurement> =>
  inWorkshop(options, async (workshop) => {
    const { warmup = 2, budget = 60, target = 0.02 } = options;
    const { settings, seed } = workshop;
    const { device } = settings;
    const start = performance.now();
    const clock = { elapsed: (): number => (performance.now() - start) / 1000, budget };
    const loadBefore = currentLoad();
    const subjects = await checkAll(models, workshop, options, clock);
    const processes = await measureAll(subjects, workshop, { warmup, target, options }, clock);
    const networks = subjects.map((subject, i) =>
      withPrediction(networkOf(subject, i, processes, settings), subject, options.predict),
    );
    const ratios = networks.slice(1).map((_, i) => latencyRatio(networks, i + 1, 0));
    return {
      environment: environment(device, subjects[0]?.runtime ?? '', loadBefore),
      settings: { ...settings, warmup, processes: processes.length, seed },
      networks,
      ratios,
      warnings: [
        ...subjects.flatMap(({ warnings }) => warnings),
        ...warningsOf({ networks, ratios, target, device }),
      ],
    };
  });

/** Seconds since the start, and those that all may take. */
interface Clock {
  readonly elapsed: () => number;
  readonly budget: number;
}

/** Checks as many models at once as there are cores; the first that fails ends the others. */
async function checkAll(
  models: readonly ProbeModel[],
  workshop: Workshop,
  { onProgress }: ProbeOptions,
  { elapsed, budget }: Clock,
): Promise<readonly Subject[]> {
  const { signal, ...child } = workshop.child;
  const ended = new AbortController();
  const either = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);
  const subjects: Subject[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < models.length && failures.length === 0; i = next++) {
      const model = models[i] as ProbeModel;
      const folder = join(workshop.folder, String(i));
      mkdirSync(folder);
      const onStep = (step: string): void => {
        const doing = `checking ${model.graph.name} (${String(i + 1)} of ${String(models.length)}): ${step}`;
        onProgress?.({ doing, secondsLeft: Math.max(0, budget - elapsed()) });
      };
      onStep('preparing it');
      try {
        subjects[i] = await subjectOf(model, {
          ...workshop,
          folder,
          child: { ...child, signal: either, onStep },
        });
      } catch (error) {
        failures.push(error);
        ended.abort();
      }
    }
  };
  const workers = Math.max(1, Math.floor(availableParallelism() / workshop.settings.threads));
  await Promise.all(Array.from({ length: Math.min(workers, models.length) }, worker));
  if (failures.length > 0) throw failures.find((error) => !(error instanceof Interrupted)) ?? failures[0];
  return subjects;
}

async function subjectOf(model: ProbeModel, workshop: Workshop): Promise<Subject> {
  const { name } = model.graph;
  const optimised = await optimise(model, workshop, true);
  const { agreement, warnings } = agreementOf(
    name,
    optimised.outputs,
    coarsenessOf(model.graph, optimised.source.graph),
  );
  const { changed } = optimised;
  return {
    ...optimised,
    model,
    name,
    agreement,
    warnings: [...optimised.warnings, ...(changed === undefined ? [] : [copied(name, changed)]), ...warnings],
  };
}

const copied = (name: string, why: string): Diagnostic =>
  warning(
    'CSP721',
    `a copy of the file ran, which differs in its head alone: ${why}`,
    'nothing: it computes the same',
    { format: 'cli', argument: name },
  );

/** What every process measured, of every model. */
type ProcessTimes = readonly MeasureAnswer[];

async function measureAll(
  subjects: readonly Subject[],
  { folder, child, settings, seed }: Workshop,
  plan: { readonly warmup: number; readonly target: number; readonly options: ProbeOptions },
  { elapsed, budget }: Clock,
): Promise<ProcessTimes> {
  const { warmup, target, options } = plan;
  const least = options.processes ?? LEAST_PROCESSES;
  const most = options.processes ?? MOST_PROCESSES;
  const rounds = { least: options.runs ?? LEAST_RUNS, most: options.runs ?? MOST_RUNS };
  const names = subjects.map(({ name }) => name).join(', ');
  const begin = elapsed();
  const times: MeasureAnswer[] = [];
  const chain = writeChain(folder);
  while (times.length < most) {
    if (times.length >= least && (elapsed() > budget || uncertainty(times, settings) < target)) break;
    const before = times.length / Math.max(least, times.length + 1);
    const share = 1 / Math.max(least, times.length + 1);
    const report = (part: number): void => {
      const done = before + share * part;
      const took = elapsed() - begin;
      const secondsLeft = done === 0 ? Math.max(0, budget - elapsed()) : (took * (1 - done)) / done;
      options.onProgress?.({ doing: `measuring ${names}`, done, secondsLeft });
    };
    const answer = await ask(
      {
        kind: 'measure',
        models: subjects.map(({ file }) => file),
        seed,
        warmup,
        rounds,
        target,
        seconds: Math.max(0, budget - elapsed()) / Math.max(1, least - times.length),
        folder,
        chain,
        ...settings,
      },
      names,
      { ...child, onProgress: report },
    );
    times.push(answer);
  }
  options.onProgress?.({ doing: `measuring ${names}`, done: 1, secondsLeft: 0 });
  return times;
}

const usesCpuTime = ({ device, threads }: SessionSettings): boolean => device === 'cpu' && threads === 1;

/** Times that stand for the latency of a model, by process. */
const clockTimes = (
  times: ProcessTimes,
  model: number,
  settings: SessionSettings,
): readonly (readonly number[])[] =>
  times.map(({ models }) => {
    const { samples } = models[model] as ModelTimes;
    return usesCpuTime(settings) ? samples.cpu : samples.wall;
  });

const latencyInterval = (times: readonly (readonly number[])[]): readonly [number, number] =>
  bootstrapInterval(
    times.map((process) => process.map((time) => [time])),
    (rounds) => latencyQuantile(rounds.map(([time]) => time as number)),
  );

/** Half width of the widest interval that matters: of the ratios, or of the latency of a single model. */
function uncertainty(times: ProcessTimes, settings: SessionSettings): number {
  const first = clockTimes(times, 0, settings);
  const count = times[0]?.models.length ?? 1;
  if (count === 1) return relativeHalfWidth(latencyInterval(first));
  const widths = Array.from({ length: count - 1 }, (_, i) =>
    relativeHalfWidth(pairedRatio(clockTimes(times, i + 1, settings), first).interval),
  );
  return Math.max(...widths);
}

function networkOf(
  subject: Subject,
  index: number,
  times: ProcessTimes,
  settings: SessionSettings,
): NetworkMeasurement {
  const { graph } = subject.model;
  const costs = profile(graph, { flops: 'standard' });
  const own = times.map(({ models }) => models[index] as ModelTimes);
  const clock = clockTimes(times, index, settings);
  const ns = Math.round(median(clock.map(latencyQuantile)));
  const cpu = own.flatMap(({ samples }) => samples.cpu);
  const wall = own.flatMap(({ samples }) => samples.wall);
  const trace = mergedTrace(
    own,
    Math.min(...times.map(({ dispatchUs }) => dispatchUs)),
    usesCpuTime(settings) ? 'cpu' : 'wall',
  );
  return {
    network: costs.network,
    latency: {
      clock: usesCpuTime(settings) ? 'cpu' : 'wall',
      ns,
      interval: latencyInterval(clock),
      cpu: distribution(cpu),
      wall: distribution(wall),
      utilisation: sum(cpu) / sum(wall),
      firstRunNs: own[0]?.firstRunNs ?? Number.NaN,
    },
    samples: own.map(({ samples }) => samples),
    agreement: subject.agreement,
    ...(trace === undefined
      ? { layers: [] }
      : layerTimes(ns, trace, settings.device === 'cpu', subject.optimised, subject.attribution, costs)),
  };
}

/** The network with what the calibration expects of it, as a whole and layer by layer. */
function withPrediction(
  network: NetworkMeasurement,
  subject: Subject,
  predictor: Predictor | undefined,
): NetworkMeasurement {
  if (predictor === undefined) return network;
  const { device, calibration } = predictor;
  const { byLayer, seconds } = predictLayers(calibration, attributedKernels(subject));
  const ns = (seconds + calibration.secondsPerRun) * 1e9;
  const { unseen } = calibration.error;
  return {
    ...network,
    prediction: { device, ns, interval: [ns * Math.max(0, 1 - unseen), ns * (1 + unseen)] },
    layers: network.layers.map((layer) => ({ ...layer, predictedNs: 1e9 * (byLayer.get(layer.index) ?? 0) })),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
