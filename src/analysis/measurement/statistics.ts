import type { Distribution } from './measurement.ts';

const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

/** The `p` quantile of sorted values, linear between neighbours; not a number where there are none. */
function sortedQuantile(sorted: readonly number[], p: number): number {
  const at = (sorted.length - 1) * p;
  const below = sorted[Math.floor(at)];
  const above = sorted[Math.ceil(at)];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/**
 * The `p` quantile, linear between neighbours.
 *
 * @source R. Hyndman and Y. Fan, Sample Quantiles in Statistical Packages, 1996, definition 7
 */
export const quantile = (values: readonly number[], p: number): number =>
  sortedQuantile(ascending(values), p);

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The quantile that stands for a latency: of what disturbs a run nothing makes it faster. */
export const latencyQuantile = (values: readonly number[]): number => quantile(values, LATENCY_QUANTILE);

const LATENCY_QUANTILE = 0.25;

/** What a person wants to know about some run times. */
export function distribution(values: readonly number[]): Distribution {
  const sorted = ascending(values);
  const middle = sortedQuantile(sorted, 0.5);
  return {
    n: values.length,
    min: sortedQuantile(sorted, 0),
    p25: sortedQuantile(sorted, LATENCY_QUANTILE),
    median: middle,
    p95: sortedQuantile(sorted, 0.95),
    mad: median(values.map((value) => Math.abs(value - middle))),
  };
}

/** One process: runs, each with a time for every network that took part in the round. */
export type Rounds = readonly (readonly number[])[];

const RESAMPLES = 1000;
const CONFIDENCE = 0.95;

/**
 * Confidence interval of a statistic of processes, which is the median over processes of a statistic of their
 * rounds: processes are drawn with replacement, then the rounds of each, whole, so that pairs stay together.
 *
 * @param processes rounds of each process; a round is one time for each network
 * @param statistic of the rounds of one process
 * @source B. Efron and R. Tibshirani, An Introduction to the Bootstrap, 1993, percentile interval; two-stage
 *   resampling as in A. Davison and D. Hinkley, Bootstrap Methods, 1997, section 3.8
 */
export function bootstrapInterval(
  processes: readonly Rounds[],
  statistic: (rounds: Rounds) => number,
  seed = 1,
): readonly [low: number, high: number] {
  const random = mulberry32(seed);
  return interval(() => drawn(processes, statistic, random));
}

/**
 * Confidence interval of the ratio of a statistic of some processes to that of others, which ran at another time or
 * elsewhere: both are drawn by themselves.
 *
 * @returns of `above` over `below`
 */
export function independentRatioInterval(
  above: readonly Rounds[],
  below: readonly Rounds[],
  statistic: (rounds: Rounds) => number,
  seed = 1,
): readonly [low: number, high: number] {
  const random = mulberry32(seed);
  return interval(() => drawn(above, statistic, random) / drawn(below, statistic, random));
}

/** The median over processes of a statistic of their rounds, in one resampling of both. */
function drawn(
  processes: readonly Rounds[],
  statistic: (rounds: Rounds) => number,
  random: () => number,
): number {
  const draw = <T>(from: readonly T[]): T[] => from.map(() => from[Math.floor(random() * from.length)] as T);
  return median(draw(processes).map((rounds) => statistic(draw(rounds))));
}

function interval(estimate: () => number): readonly [low: number, high: number] {
  const estimates = Array.from({ length: RESAMPLES }, estimate);
  const tail = (1 - CONFIDENCE) / 2;
  return [quantile(estimates, tail), quantile(estimates, 1 - tail)];
}

/** Half the width of an interval over its middle: the `+-2 %` of a result. */
export const relativeHalfWidth = ([low, high]: readonly [number, number]): number =>
  (high - low) / (high + low);

/**
 * Uniform numbers in [0, 1).
 *
 * @source mulberry32 by Tommy Ettinger, public domain
 */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/**
 * Whole numbers in proportion to the weights, with this exact sum: largest remainders get the last ones.
 *
 * @param total whole, not negative
 * @param weights not negative, not all 0
 */
export function apportion(total: number, weights: readonly number[]): readonly number[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const exact = weights.map((weight) => (total * weight) / whole);
  const parts = exact.map(Math.floor);
  const order = exact.map((_, i) => i).sort((a, b) => rest(b) - rest(a) || a - b);
  const left = total - parts.reduce((sum, part) => sum + part, 0);
  for (const i of order.slice(0, left)) parts[i] = (parts[i] as number) + 1;
  return parts;

  function rest(i: number): number {
    return (exact[i] as number) - (parts[i] as number);
  }
}
