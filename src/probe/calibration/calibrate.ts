import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalEnvironment } from '../../analysis/measurement/measurement.ts';
import { latencyQuantile, median } from '../../analysis/measurement/statistics.ts';
import type { MeasuredKernels } from '../../latency/kernels/fitKernels.ts';
import { ask } from '../childProcess.ts';
import { currentLoad, environment } from '../environment.ts';
import { matchKernels, mergedTrace } from '../layerTimes.ts';
import type { MeasureAnswer, ModelFile, SessionSettings } from '../messages.ts';
import { attributedKernels, optimise } from '../optimise.ts';
import { writeChain } from '../prepare.ts';
import type { Progress } from '../probe.ts';
import { inWorkshop, type RuntimeOptions, type Workshop } from '../workshop.ts';
import { COVERING, design } from './designs.ts';

/** How to calibrate. */
export interface CalibrateOptions extends RuntimeOptions {
  /** seconds to measure for, by default 200: made-up networks are measured until they are over, 12 to 80 of them */
  readonly budget?: number;
  /** made-up networks at most, by default 80 */
  readonly most?: number;
  /** what an earlier run measured: it is not measured again */
  readonly known?: readonly MeasuredDesign[];
  /** hears of each network as soon as it is measured, to keep it */
  readonly onMeasured?: (measured: MeasuredDesign) => void;
  /** hears how far it is */
  readonly onProgress?: (progress: Progress) => void;
}

/** A made-up network, measured. */
export interface MeasuredDesign extends MeasuredKernels {
  /** which one: `design` makes it again */
  readonly index: number;
}

/** All that a calibration is fitted to. */
export interface CalibrationMeasurement {
  /** the machine that measured */
  readonly environment: LocalEnvironment;
  /** how the kernels were run */
  readonly settings: SessionSettings;
  /** in order of their index */
  readonly designs: readonly MeasuredDesign[];
  /** what a run takes outside of its kernels */
  readonly secondsPerRun: number;
}

/** Every kind of kernel has been measured then. */
const LEAST_DESIGNS = COVERING;
const MOST_DESIGNS = 80;
/** Fresh processes for each: memory lies anew in each, and one of two may have been disturbed. */
const PROCESSES = 2;
const ROUNDS = { least: 8, most: 14 };
const SECONDS = 2;
const WARMUP = 2;

/**
 * Measures the kernels of made-up networks, until the time is over.
 *
 * @throws ProfileError CSP701 to CSP706 what goes wrong in onnxruntime, CSP709 the signal
 */
export const measureDesigns = (options: CalibrateOptions = {}): Promise<CalibrationMeasurement> =>
  inWorkshop(options, async (workshop) => {
    const { budget = 200, most = MOST_DESIGNS, known = [], onMeasured, onProgress } = options;
    const { settings } = workshop;
    const loadBefore = currentLoad();
    const start = performance.now();
    const elapsed = (): number => (performance.now() - start) / 1000;
    const chain = await measureChain(workshop);
    const designs = [...known];
    for (let index = designs.length; index < most; index++) {
      const took = elapsed();
      if (index >= LEAST_DESIGNS && took > budget) break;
      // The least number may take longer than the budget: what one takes says how long.
      const made = index - known.length;
      const least = made === 0 ? 0 : (took / made) * (LEAST_DESIGNS - known.length);
      const longest = made === 0 ? Number.POSITIVE_INFINITY : (took / made) * (most - known.length);
      const whole = Math.min(longest, Math.max(budget, least));
      onProgress?.({
        doing: `measuring made-up network ${String(index + 1)}`,
        done: Math.min(took / whole, 0.99),
        secondsLeft: Math.max(0, whole - took),
      });
      const measured = await measureDesign(index, workshop, chain);
      designs.push(measured);
      onMeasured?.(measured);
    }
    onProgress?.({ doing: '', done: 1, secondsLeft: 0 });
    return {
      environment: environment(settings.device, chain.runtime, loadBefore),
      settings,
      designs,
      secondsPerRun: chain.callSeconds,
    };
  });

/** What kernels with nothing to do take. */
interface ChainTimes {
  readonly runtime: string;
  /** by which the profiler makes each kernel longer, what the runtime needs to start one already taken off */
  readonly profilerSeconds: number;
  /** of a run outside of the runtime */
  readonly callSeconds: number;
}

async function measureChain(workshop: Workshop): Promise<ChainTimes> {
  const { path } = writeChain(workshop.folder);
  const onCpu = workshop.settings.device === 'cpu';
  const saved = (name: string): string => join(workshop.folder, name);
  const { runtime } = await ask(
    {
      kind: 'inspect',
      ...{ model: path, named: path, source: saved('source.onnx'), optimised: saved('optimised.onnx') },
      large: false,
      ...workshop.settings,
    },
    'calibration',
    workshop.child,
  );
  const answer = await measured({ path, feeds: [] }, workshop);
  const [times] = answer.models;
  const trace = times?.trace;
  if (trace === undefined) return { runtime, profilerSeconds: 0, callSeconds: 0 };
  const kernelUs = trace.kernels.reduce((sum, { us }) => sum + us, 0) / trace.kernels.length;
  return {
    runtime,
    // A GPU's clock runs for the kernels alone.
    profilerSeconds: onCpu ? Math.max(0, kernelUs - answer.dispatchUs) * 1e-6 : 0,
    callSeconds: trace.callUs * 1e-6,
  };
}

/** Times below this are rounding: profiles count whole microseconds. */
const LEAST_SECONDS = 0.2e-6;

async function measureDesign(
  index: number,
  workshop: Workshop,
  { profilerSeconds }: ChainTimes,
): Promise<MeasuredDesign> {
  const folder = join(workshop.folder, String(index));
  mkdirSync(folder);
  try {
    const own = { ...workshop, folder };
    const graph = design(index);
    const model = await optimise({ graph }, own, false);
    const answers: MeasureAnswer[] = [];
    for (let i = 0; i < PROCESSES; i++) answers.push(await measured(model.file, own));
    const times = answers.flatMap(({ models }) => models);
    const clock = workshop.settings.device === 'cpu' && workshop.settings.threads === 1 ? 'cpu' : 'wall';
    const dispatchUs = Math.min(...answers.map((answer) => answer.dispatchUs));
    const trace = mergedTrace(times, dispatchUs, clock);
    const kernels = attributedKernels(model);
    const { nodes } = matchKernels(trace?.kernels ?? [], model.optimised);
    const callNs = 1000 * Math.min(...times.flatMap((each) => each.trace?.callUs ?? []));
    const latency = median(times.map(({ samples }) => latencyQuantile(samples[clock])));
    return {
      index,
      name: graph.name,
      seconds: (latency - callNs) * 1e-9,
      kernels: (trace?.kernels ?? []).map(({ us }, i) => ({
        kernel: kernels[nodes[i] ?? -1]?.kernel,
        seconds: Math.max(LEAST_SECONDS, us * 1e-6 - profilerSeconds),
      })),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const measured = (file: ModelFile, { folder, settings, seed, child }: Workshop): Promise<MeasureAnswer> =>
  ask(
    {
      kind: 'measure',
      models: [file],
      seed,
      warmup: WARMUP,
      rounds: ROUNDS,
      target: 0.005,
      seconds: SECONDS,
      folder,
      chain: writeChain(folder),
      ...settings,
    },
    'calibration',
    child,
  );
