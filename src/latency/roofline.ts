import { amount, type Seconds } from '../units.ts';

/** What a layer asks of a device; parts that are absent are not known. */
export interface RooflineDemand {
  /** what the arithmetic takes at the stated rate */
  readonly computeSeconds: Seconds;
  /** what the bytes take at the stated bandwidth */
  readonly memorySeconds?: Seconds;
  /** what a launch takes whatever runs */
  readonly overheadSeconds?: Seconds;
}

/** What a time is spent on: arithmetic, transfers over DRAM, or launches. */
export type Bound = 'compute' | 'memory' | 'overhead';

/** Seconds of one layer by the roofline. */
export interface RooflineTime extends RooflineDemand {
  /** the longest of the three, and the launch */
  readonly seconds: Seconds;
  /** what takes the longest of the three; absent where nothing takes any time */
  readonly bound?: Bound;
}

/**
 * max(compute, memory) + overhead: no device of these rates is faster when arithmetic and transfers overlap
 * fully. A floor, not a prediction.
 *
 * @unit   second
 * @source roofline model, Williams, Waterman, Patterson, CACM 2009
 */
export function roofline(demand: RooflineDemand): RooflineTime {
  const { computeSeconds, memorySeconds, overheadSeconds } = demand;
  let bound: Bound | undefined = computeSeconds > 0 ? 'compute' : undefined;
  let longest = Math.max(computeSeconds, 0);
  if (memorySeconds !== undefined && memorySeconds > longest) {
    bound = 'memory';
    longest = memorySeconds;
  }
  if (overheadSeconds !== undefined && overheadSeconds > longest) bound = 'overhead';
  const busy = memorySeconds === undefined ? computeSeconds : Math.max(computeSeconds, memorySeconds);
  const seconds = amount<'s'>(overheadSeconds === undefined ? busy : busy + overheadSeconds);
  const time: { -readonly [N in keyof RooflineTime]: RooflineTime[N] } = { computeSeconds, seconds };
  if (memorySeconds !== undefined) time.memorySeconds = memorySeconds;
  if (overheadSeconds !== undefined) time.overheadSeconds = overheadSeconds;
  if (bound !== undefined) time.bound = bound;
  return time;
}
