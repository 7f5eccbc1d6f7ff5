import { at } from './conv-layer.ts';

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
export function fitNonNegative(samples: readonly Sample[]): readonly number[] {
  const columns = samples[0]?.features.length ?? 1;
  const rows = samples.map(({ features, seconds }) => features.map((feature) => feature / seconds));
  const indices = Array.from({ length: columns }, (_, j) => j);
  // Features differ by many orders of magnitude: work on columns of unit length.
  const scale = indices.map((j) => Math.hypot(...rows.map((row) => at(row, j))) || 1);
  const gram = indices.map((i) =>
    indices.map(
      (j) => rows.reduce((sum, row) => sum + at(row, i) * at(row, j), 0) / (at(scale, i) * at(scale, j)),
    ),
  );
  const target = indices.map((i) => rows.reduce((sum, row) => sum + at(row, i), 0) / at(scale, i));

  let solution = indices.map(() => 0);
  const passive = new Set<number>();
  const gradient = (i: number): number =>
    at(target, i) - indices.reduce((sum, j) => sum + at(at(gram, i), j) * at(solution, j), 0);
  for (let round = 0; round < 3 * columns; round++) {
    const candidates = indices.filter((i) => !passive.has(i) && gradient(i) > 1e-12);
    const next = candidates.sort((i, j) => gradient(j) - gradient(i))[0];
    if (next === undefined) break;
    passive.add(next);
    for (;;) {
      const chosen = [...passive];
      const trial = solve(
        chosen.map((i) => chosen.map((j) => at(at(gram, i), j))),
        chosen.map((i) => at(target, i)),
      );
      const proposed = indices.map((i) => (passive.has(i) ? at(trial, chosen.indexOf(i)) : 0));
      const negative = chosen.filter((i) => at(proposed, i) <= 0);
      if (negative.length === 0) {
        solution = proposed;
        break;
      }
      const step = Math.min(...negative.map((i) => at(solution, i) / (at(solution, i) - at(proposed, i))));
      solution = solution.map((value, i) => value + step * (at(proposed, i) - value));
      for (const i of negative) if (at(solution, i) <= 1e-15) passive.delete(i);
    }
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
