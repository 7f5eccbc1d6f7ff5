import { TERM_NAMES, type Term, type Terms } from './terms.ts';

/** A network that was measured: how much of each term it has, and the time it took. */
export interface MeasuredNetwork {
  /** its name, for which left-out fits leave out all samples of that name */
  readonly network: string;
  readonly terms: Terms;
  /** in any unit; coefficients are in this unit for one of a term */
  readonly time: number;
}

/** The terms that a fit may use. */
export type Form = readonly Term[];

/** Time for one of each term; terms without an entry count nothing. */
export type Coefficients = Readonly<Partial<Record<Term, number>>>;

/** A fit that has not seen a sample, and how it does on it. */
export interface LeftOut {
  readonly coefficients: Coefficients;
  /** predicted over measured time */
  readonly ratio: number;
}

/** Share of a column's mean square that is added to it: ties between terms that vary together go to both. */
const RIDGE = 1e-3;
/** How often samples are weighed anew by what they are missed by, which turns least squares into least deviation. */
const REWEIGHTINGS = 3;
/** Relative deviation below which a sample does not weigh more for being met better. */
const MET = 0.03;
const SWEEPS = 150;
const SETTLED = 1e-4;

/** Samples of one run as a matrix of terms over times, to fit again and again without one of them. */
export class Fitting {
  readonly #samples: readonly MeasuredNetwork[];
  readonly #columns = new Map<Term, Float64Array>();

  constructor(samples: readonly MeasuredNetwork[]) {
    this.#samples = samples;
    for (const term of TERM_NAMES) {
      this.#columns.set(
        term,
        Float64Array.from(samples, ({ terms, time }) => (terms[term] ?? ABSENT) / time),
      );
    }
  }

  /**
   * The mean of what each form gives, which misses networks that it has not seen by less than any form alone. A mean
   * of sums over terms is a sum over terms again.
   *
   * @param leftOut position of a sample that the fit does not see; a term that no other sample has counts nothing
   */
  fit(forms: readonly Form[], leftOut?: number): Coefficients {
    const mean: Partial<Record<Term, number>> = {};
    for (const [form, times] of distinct(forms)) {
      for (const [j, value] of this.#fitForm(form, leftOut).entries()) {
        const term = form[j] as Term;
        const before = mean[term];
        const share = (value * times) / forms.length;
        if (value > 0) mean[term] = before === undefined ? share : before + share;
      }
    }
    return mean;
  }

  /** Coefficients of at least 0 for about the least sum of relative deviations. */
  #fitForm(form: Form, leftOut: number | undefined): Float64Array {
    const p = form.length;
    const rows = this.#samples.flatMap((_, i) => (i === leftOut ? [] : [i]));
    const n = rows.length;
    const matrix = new Float64Array(n * p);
    const scale = new Float64Array(p);
    for (let j = 0; j < p; j++) {
      const column = this.#columns.get(form[j] as Term) as Float64Array;
      let squares = 0;
      for (const i of rows) squares += (column[i] as number) ** 2;
      const length = Math.sqrt(squares / n);
      scale[j] = length;
      if (length === 0) continue;
      for (let r = 0; r < n; r++) matrix[r * p + j] = (column[rows[r] as number] as number) / length;
    }
    const weights = new Float64Array(n).fill(1);
    const solution = new Float64Array(p);
    for (let round = 0; round <= REWEIGHTINGS; round++) {
      solveNonNegative(matrix, weights, scale, solution);
      for (let r = 0; r < n; r++) {
        let predicted = 0;
        for (let j = 0; j < p; j++) predicted += (matrix[r * p + j] as number) * (solution[j] as number);
        weights[r] = 1 / Math.max(Math.abs(predicted - 1), MET);
      }
    }
    return solution.map((value, j) => (scale[j] === 0 ? 0 : value / (scale[j] as number)));
  }

  /** For each sample what a fit gives that has not seen it, and the predicted over the measured time. */
  leavingOut(forms: readonly Form[]): readonly LeftOut[] {
    return this.#samples.map(({ terms, time }, i) => {
      const coefficients = this.fit(forms, i);
      return { coefficients, ratio: predictTime(coefficients, terms) / time };
    });
  }
}

/** A network without a term has none of it. */
const ABSENT = 0;

/** Each form once, with how often it stands in the list. */
function distinct(forms: readonly Form[]): readonly (readonly [Form, number])[] {
  const found = new Map<string, readonly [Form, number]>();
  for (const form of forms) {
    const key = form.join(' ');
    const [, times] = found.get(key) ?? [form, 0];
    found.set(key, [form, times + 1]);
  }
  return [...found.values()];
}

/**
 * Coefficients of at least 0 for the least weighted sum of (row . x - 1)^2, by coordinate descent from `solution`,
 * which it overwrites. Columns of scale 0 keep 0.
 */
function solveNonNegative(
  matrix: Float64Array,
  weights: Float64Array,
  scale: Float64Array,
  solution: Float64Array,
): void {
  const [n, p] = [weights.length, scale.length];
  let all = 0;
  for (let r = 0; r < n; r++) all += weights[r] as number;
  const gram = new Float64Array(p * p);
  const gradient = new Float64Array(p);
  for (let r = 0; r < n; r++) {
    const weight = (weights[r] as number) / all;
    for (let i = 0; i < p; i++) {
      const own = weight * (matrix[r * p + i] as number);
      if (own === 0) continue;
      gradient[i] = (gradient[i] as number) - own;
      for (let j = 0; j <= i; j++)
        gram[i * p + j] = (gram[i * p + j] as number) + own * (matrix[r * p + j] as number);
    }
  }
  for (let i = 0; i < p; i++) {
    gram[i * p + i] = (gram[i * p + i] as number) + RIDGE;
    for (let j = 0; j < i; j++) gram[j * p + i] = gram[i * p + j] as number;
  }
  for (let i = 0; i < p; i++) {
    let slope = gradient[i] as number;
    for (let j = 0; j < p; j++) slope += (gram[i * p + j] as number) * (solution[j] as number);
    gradient[i] = slope;
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let most = 0;
    for (let j = 0; j < p; j++) {
      if (scale[j] === 0) continue;
      const before = solution[j] as number;
      const after = Math.max(0, before - (gradient[j] as number) / (gram[j * p + j] as number));
      const step = after - before;
      if (step === 0) continue;
      solution[j] = after;
      for (let i = 0; i < p; i++) gradient[i] = (gradient[i] as number) + (gram[j * p + i] as number) * step;
      most = Math.max(most, Math.abs(step));
    }
    if (most < SETTLED) break;
  }
}

/** The sum over the terms, in the unit of the coefficients. */
export function predictTime(coefficients: Coefficients, terms: Terms): number {
  let time = 0;
  // Without a list of its own: it is called for every layer.
  for (const term in terms) {
    const each = coefficients[term as Term];
    if (each !== undefined) time += each * (terms[term as Term] as number);
  }
  return time;
}
