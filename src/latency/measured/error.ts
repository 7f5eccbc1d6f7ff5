/** How far a model misses networks that it has not seen; relative, 0.1 is 10 %. */
export interface LeftOutError {
  /** half of them are missed by less */
  readonly median: number;
  /** nine of ten are missed by less */
  readonly p90: number;
  /** four of five are within predicted / factor and predicted * factor */
  readonly factor: number;
}

/** Share of networks that the interval of a prediction is to hold. */
const COVERED = 0.8;

/** The error behind ratios of predicted to measured time. */
export function leftOutError(ratios: readonly number[]): LeftOutError {
  const misses = ratios.map((ratio) => Math.abs(ratio - 1)).sort((a, b) => a - b);
  return {
    median: quantile(misses, 0.5),
    p90: quantile(misses, 0.9),
    factor: intervalFactor(ratios),
  };
}

/** The factor within which `COVERED` of further networks are to be expected. */
export function intervalFactor(ratios: readonly number[]): number {
  const logs = ratios.map((ratio) => Math.abs(Math.log(ratio))).sort((a, b) => a - b);
  // One more than there are stands for the network to come, as conformal prediction has it; between two ranks in
  // proportion, since with a dozen networks the one above would cover 83 of 100.
  const rank = Math.min(logs.length, COVERED * (logs.length + 1));
  return logs.length === 0 ? Infinity : Math.exp(between(logs, rank - 1));
}

/** Between the values beside it; values in order. */
export const quantile = (ordered: readonly number[], share: number): number =>
  between(ordered, share * (ordered.length - 1));

function between(ordered: readonly number[], place: number): number {
  const [below, above] = [ordered[Math.floor(place)], ordered[Math.ceil(place)]];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}
