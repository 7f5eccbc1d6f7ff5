import type { OutputComparison, OutputScale } from './messages.ts';

/** Part of 1 that single precision rounds to. */
const FLOAT_STEP = 2 ** -23;
/** Steps of a bounded value that rounding on the way to it explains. */
const STEPS = 4;
/** Relative error that rounding explains. */
export const ROUNDING = 1e-4;
/** The least normal number of single precision: logarithms of less are no better. */
const LEAST = 2 ** -126;

/** How two lists of numbers for one output differ. */
export function compareNumbers(
  expected: ArrayLike<number>,
  actual: ArrayLike<number>,
  { logarithm, bound, step }: OutputScale,
): Omit<OutputComparison, 'name' | 'dtype'> {
  const number = (value: number): number => (logarithm === true ? Math.log(Math.max(value, LEAST)) : value);
  const count = expected.length;
  let [difference, magnitude, differing] = [0, 0, 0];
  let [sum, squares, errors] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const [a, b] = [number(expected[i] as number), number(actual[i] as number)];
    const none = { relativeError: 0, differing: 0, noise: 0 };
    if (!Number.isFinite(a)) return { ...none, problem: 'reference not finite' };
    if (!Number.isFinite(b)) return { ...none, problem: 'not finite' };
    const error = Math.abs(a - b);
    if (error > 0) differing++;
    difference = Math.max(difference, error);
    magnitude = Math.max(magnitude, Math.abs(a));
    sum += a;
    squares += a * a;
    errors += error * error;
  }
  if (differing === 0)
    return { relativeError: 0, differing: 0, noise: 0, ...(step === undefined ? {} : { steps: 0 }) };
  const floor = bound === undefined || logarithm === true ? 0 : (STEPS * FLOAT_STEP * bound) / ROUNDING;
  const spread = squares - (sum * sum) / count;
  return {
    relativeError: difference / Math.max(magnitude, floor),
    differing: differing / count,
    noise: Math.sqrt(errors / Math.max(spread, Number.MIN_VALUE)),
    ...(step === undefined ? {} : { steps: difference / step }),
  };
}
