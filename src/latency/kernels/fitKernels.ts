import { at } from '../convLayer.ts';
import { fitLeastDeviation, meanAbsolute } from '../fit.ts';
import type { CalibratedClass } from '../../devices/device.ts';
import type { KernelAmounts } from './features.ts';
import type { Kernel } from './kernel.ts';
import {
  amountOf,
  costsOf,
  predictCosts,
  secondsOf,
  withCold,
  type Costs,
  type KernelModel,
} from './model.ts';

/** A network whose kernels were measured. */
export interface MeasuredKernels {
  /** of the network */
  readonly name: string;
  /** in order of execution; a kernel of which too little is known is left out of the fit */
  readonly kernels: readonly { readonly kernel: Kernel | undefined; readonly seconds: number }[];
  /** of a whole run, measured without a profiler */
  readonly seconds: number;
}

/** How far a fit misses networks that took no part in it, as relative errors of their latencies. */
export interface FittedKernels {
  readonly model: KernelModel;
  readonly errors: {
    readonly fit: readonly number[];
    readonly leftOut: readonly number[];
  };
}

/** A class that rests on fewer kernels leaves its place to its family. */
const LEAST_SAMPLES = 6;

const CACHES = [2, 8, 32].map((mebibytes) => mebibytes * 2 ** 20);
const FOLDS = 8;

/**
 * The model that misses the kernels of left-out networks least. Each class is fitted by itself, for the least sum
 * of relative deviations: what disturbs a measurement makes it longer, and squares would follow that.
 */
export function fitKernels(measured: readonly MeasuredKernels[]): FittedKernels {
  const networks = measured.map((network) => ({
    ...network,
    costs: costsOf(network.kernels.map(({ kernel }) => kernel)),
  }));
  let best: { readonly cacheBytes: number; readonly crossed: Crossed; readonly error: number } | undefined;
  for (const cacheBytes of CACHES) {
    const crossed = crossValidate(networks, cacheBytes);
    const error = meanAbsolute(crossed.errors);
    if (best === undefined || error < best.error) best = { cacheBytes, crossed, error };
  }
  if (best === undefined) throw new RangeError('no cache sizes');
  const { cacheBytes, crossed } = best;
  const fitted = fitOn(networks, cacheBytes);
  const classes = Object.fromEntries(
    Object.entries(fitted.classes).map(([kind, own]) => {
      const missed = crossed.byClass.get(kind);
      return [kind, { ...own, error: missed === undefined ? own.error : missed.deviation / missed.seconds }];
    }),
  );
  const model = { ...fitted, classes };
  return {
    model,
    errors: { fit: networks.map((network) => latencyError(model, network)), leftOut: crossed.errors },
  };
}

interface Prepared extends MeasuredKernels {
  readonly costs: Costs;
}

interface Crossed {
  readonly errors: readonly number[];
  readonly byClass: ReadonlyMap<string, { readonly deviation: number; readonly seconds: number }>;
}

function crossValidate(networks: readonly Prepared[], cacheBytes: number): Crossed {
  const byClass = new Map<string, { deviation: number; seconds: number }>();
  const errors: number[] = networks.map(() => 0);
  for (let fold = 0; fold < FOLDS; fold++) {
    const model = fitOn(
      networks.filter((_, i) => i % FOLDS !== fold),
      cacheBytes,
    );
    for (const [i, network] of networks.entries()) {
      if (i % FOLDS !== fold) continue;
      errors[i] = latencyError(model, network);
      const predicted = predictCosts(model, network.costs);
      for (const [k, { seconds }] of network.kernels.entries()) {
        const found = predicted[k];
        if (found === undefined) continue;
        const sums = byClass.get(found.kind) ?? { deviation: 0, seconds: 0 };
        byClass.set(found.kind, sums);
        sums.deviation += Math.abs(found.seconds / model.scale - seconds);
        sums.seconds += seconds;
      }
    }
  }
  return { errors, byClass };
}

/** (predicted - measured) / measured, of a whole run. */
function latencyError(model: KernelModel, { costs, seconds }: Prepared): number {
  const known = predictCosts(model, costs).flatMap((kernel) => kernel?.seconds ?? []);
  return known.reduce((sum, own) => sum + own, 0) / seconds - 1;
}

/** Seconds below which a kernel's time is mostly what measuring it leaves uncertain. */
const UNCERTAIN = 10e-6;

function fitOn(networks: readonly Prepared[], cacheBytes: number): KernelModel {
  const groups = new Map<string, { readonly amounts: KernelAmounts; readonly seconds: number }[]>();
  for (const { kernels, costs } of networks) {
    for (const [i, { seconds }] of kernels.entries()) {
      const cost = costs.kernels[i];
      if (cost === undefined) continue;
      const amounts = withCold(cost, costs, cacheBytes);
      for (const name of [cost.kind, cost.family]) {
        const group = groups.get(name);
        if (group === undefined) groups.set(name, [{ amounts, seconds }]);
        else group.push({ amounts, seconds });
      }
    }
  }
  const classes = Object.fromEntries(
    [...groups]
      .filter(([, samples]) => samples.length >= LEAST_SAMPLES)
      .map(([name, samples]) => [name, classOf(samples)]),
  );
  const { scale, perKernel } = overheads(networks);
  const whole = Object.entries(classes).map(([name, own]) => {
    const { kernels } = own.secondsPer;
    const each = perKernel / scale + (kernels === undefined ? 0 : kernels);
    return [name, each === 0 ? own : { ...own, secondsPer: { ...own.secondsPer, kernels: each } }] as const;
  });
  return { classes: Object.fromEntries(whole), cacheBytes, scale };
}

/**
 * What a run takes beside the least times of its kernels: a part of them, for caches and clocks that are not always at
 * their best, and something for each kernel. As a part alone, it would be that of the made-up networks, whose kernels
 * are shorter than those of most others.
 */
function overheads(networks: readonly Prepared[]): { readonly scale: number; readonly perKernel: number } {
  const rows = networks.map(({ kernels, seconds }) => ({
    features: [kernels.reduce((sum, kernel) => sum + kernel.seconds, 0), kernels.length],
    seconds,
  }));
  const [scale = 0, perKernel = 0] = fitLeastDeviation(rows, UNCERTAIN);
  if (scale > 0) return { scale, perKernel };
  return { scale: median(rows.map(({ features, seconds }) => seconds / at(features, 0))), perKernel: 0 };
}

function classOf(
  samples: readonly { readonly amounts: KernelAmounts; readonly seconds: number }[],
): CalibratedClass {
  const names = [...new Set(samples.flatMap(({ amounts }) => Object.keys(amounts)))];
  const rows = samples.map(({ amounts, seconds }) => ({
    features: names.map((name) => amountOf(amounts, name)),
    seconds,
  }));
  const coefficients = fitLeastDeviation(rows, UNCERTAIN);
  const secondsPer = Object.fromEntries(
    names.flatMap((name, i) => (at(coefficients, i) === 0 ? [] : [[name, at(coefficients, i)] as const])),
  );
  const deviation = samples.reduce(
    (sum, { amounts, seconds }) => sum + Math.abs(secondsOf({ secondsPer }, amounts) - seconds),
    0,
  );
  return {
    secondsPer,
    samples: samples.length,
    error: deviation / samples.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (at(sorted, Math.ceil(middle) - 1) + at(sorted, Math.floor(middle))) / 2;
}
