import { at } from './convLayer.ts';

/** A measurement: what the model sums and what was measured. */
export interface Sample {
  readonly features: readonly number[];
  readonly seconds: number;
}

/**
 * Coefficients of at least 0 that minimise the sum of squared relative errors, sum (c . x / t - 1)^2.
 *
 * @source Lawson and Hanson, Solving Least Squares Problems, 1974, chapter 23 (NNLS)
 */
export const fitNonNegative = (samples: readonly Sample[]): readonly number[] =>
  weightedNonNegative(
    samples,
    samples.map(({ seconds }) => 1 / seconds),
  );

const REWEIGHTINGS = 8;
/** Relative deviation below which a sample does not weigh more for being met better. */
const MET = 0.03;

/**
 * Coefficients of at least 0 for the least sum of relative deviations, about: squares are reweighted by what they
 * came from, halfway to absolute values. Times below `uncertain` seconds weigh less, since they are not known well.
 */
export function fitLeastDeviation(samples: readonly Sample[], uncertain: number): readonly number[] {
  let weights = samples.map(({ seconds }) => 1 / (seconds + uncertain));
  let fit = weightedNonNegative(samples, weights);
  for (let round = 0; round < REWEIGHTINGS; round++) {
    weights = samples.map(({ features, seconds }) => {
      const expected = predict(fit, features);
      const deviation = Math.abs(expected - seconds) / (Math.max(expected, seconds) + uncertain);
      return (
        1 /
        (Math.sqrt(Math.max(expected, uncertain / 30) * seconds) + uncertain) /
        Math.sqrt(Math.max(deviation, MET))
      );
    });
    fit = weightedNonNegative(samples, weights);
  }
  return fit;
}

/** Coefficients of at least 0 that minimise sum (w (c . x - t))^2. */
function weightedNonNegative(samples: readonly Sample[], weights: readonly number[]): readonly number[] {
  const columns = samples[0]?.features.length ?? 1;
  const indices = Array.from({ length: columns }, (_, j) => j);
  // One flat array: these sums are most of the work of a fit.
  const sums = new Float64Array(columns * columns);
  const target = indices.map(() => 0);
  for (const [s, { features, seconds }] of samples.entries()) {
    const weight = at(weights, s) ** 2;
    for (let i = 0; i < columns; i++) {
      const own = weight * (features[i] as number);
      if (own === 0) continue;
      for (let j = 0; j <= i; j++)
        sums[i * columns + j] = (sums[i * columns + j] as number) + own * (features[j] as number);
      target[i] = at(target, i) + own * seconds;
    }
  }
  const gram = indices.map((i) => indices.map((j) => sums[i * columns + j] as number));
  // Features differ by many orders of magnitude: work on columns of unit length.
  const scale = indices.map((i) => Math.sqrt(at(at(gram, i), i)) || 1);
  for (const i of indices) {
    target[i] = at(target, i) / at(scale, i);
    for (let j = 0; j <= i; j++) {
      const product = at(at(gram, i), j) / (at(scale, i) * at(scale, j));
      (gram[i] as number[])[j] = product;
      (gram[j] as number[])[i] = product;
    }
  }

  let solution = indices.map(() => 0);
  const passive = new Set<number>();
  // A column that rounding errors let in and throw out again at once has had its chance.
  const rejected = new Set<number>();
  const gradient = (i: number): number =>
    at(target, i) - indices.reduce((sum, j) => sum + at(at(gram, i), j) * at(solution, j), 0);
  for (;;) {
    let [next, steepest] = [-1, 1e-12];
    for (const i of indices) {
      if (passive.has(i) || rejected.has(i)) continue;
      const slope = gradient(i);
      if (slope > steepest) [next, steepest] = [i, slope];
    }
    if (next === -1) break;
    passive.add(next);
    for (;;) {
      const chosen = [...passive];
      const trial = solve(
        chosen.map((i) => chosen.map((j) => at(at(gram, i), j))),
        chosen.map((i) => at(target, i)),
      );
      const proposed = indices.map(() => 0);
      for (const [k, i] of chosen.entries()) proposed[i] = at(trial, k);
      const negative = chosen.filter((i) => at(proposed, i) <= 0);
      if (negative.length === 0) {
        solution = proposed;
        break;
      }
      const step = Math.min(...negative.map((i) => at(solution, i) / (at(solution, i) - at(proposed, i))));
      solution = solution.map((value, i) => value + step * (at(proposed, i) - value));
      for (const i of negative) if (at(solution, i) <= 1e-15) passive.delete(i);
    }
    if (passive.has(next)) rejected.clear();
    else rejected.add(next);
  }
  return solution.map((value, i) => value / at(scale, i));
}

/** Solves a small linear system by Gauss-Jordan elimination with partial pivoting. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): readonly number[] {
  const n = right.length;
  const rows = matrix.map((row, i) => [...row, at(right, i)]);
  for (let i = 0; i < n; i++) {
    let pivot = i;
    for (let j = i + 1; j < n; j++)
      if (Math.abs(at(at(rows, j), i)) > Math.abs(at(at(rows, pivot), i))) pivot = j;
    [rows[i], rows[pivot]] = [at(rows, pivot), at(rows, i)];
    const lead = at(rows, i);
    for (let j = 0; j < n; j++) {
      if (j === i) continue;
      const factor = at(at(rows, j), i) / at(lead, i);
      rows[j] = at(rows, j).map((value, k) => value - factor * at(lead, k));
    }
  }
  return rows.map((row, i) => at(row, n) / at(row, i));
}

export const predict = (coefficients: readonly number[], features: readonly number[]): number =>
  coefficients.reduce((sum, coefficient, j) => sum + coefficient * at(features, j), 0);

/** Relative errors of the model, each sample predicted by a fit without its group: (predicted - measured) / measured. */
export function errorsLeavingOut(samples: readonly Sample[], groups: readonly string[]): readonly number[] {
  const fits = new Map<string, readonly number[]>();
  return samples.map(({ features, seconds }, i) => {
    const group = at(groups, i);
    let fit = fits.get(group);
    if (fit === undefined) {
      fit = fitNonNegative(samples.filter((_, j) => at(groups, j) !== group));
      fits.set(group, fit);
    }
    return predict(fit, features) / seconds - 1;
  });
}

/** Mean of the absolute values. */
export const meanAbsolute = (errors: readonly number[]): number =>
  errors.reduce((sum, error) => sum + Math.abs(error), 0) / errors.length;
