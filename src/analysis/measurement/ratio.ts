import type { LatencyRatio, NetworkMeasurement } from './measurement.ts';
import { bootstrapInterval, latencyQuantile, median, type Rounds } from './statistics.ts';

/** Run times of a network, by process and round. */
export type ProcessTimes = readonly (readonly number[])[];

/**
 * Ratio of the latencies of two networks within each process, and its 95 % confidence interval; rounds stay pairs.
 *
 * @param above times of one network
 * @param below times of the other in the same rounds of the same processes
 */
export function pairedRatio(
  above: ProcessTimes,
  below: ProcessTimes,
): { readonly processes: readonly number[]; readonly interval: readonly [low: number, high: number] } {
  const pairs = above.map((process, p) =>
    process.map((time, i) => [time, (below[p] as readonly number[])[i] as number]),
  );
  const ratio = (rounds: Rounds): number =>
    latencyQuantile(rounds.map((pair) => pair[0] as number)) /
    latencyQuantile(rounds.map((pair) => pair[1] as number));
  return { processes: pairs.map(ratio), interval: bootstrapInterval(pairs, ratio) };
}

/** Below this part of a core a process was waiting more than running: no verdict. */
const LEAST_UTILISATION = 0.2;

/** The latency of one network over that of another, of the same measurement; both are indices into its networks. */
export function latencyRatio(
  networks: readonly NetworkMeasurement[],
  network: number,
  reference: number,
): LatencyRatio {
  const of = (index: number) => networks[index] as NetworkMeasurement;
  const timesOf = ({ samples, latency }: NetworkMeasurement) => samples.map((each) => each[latency.clock]);
  const { processes, interval } = pairedRatio(timesOf(of(network)), timesOf(of(reference)));
  const busy = [of(network), of(reference)].some(
    ({ latency: { clock, utilisation } }) =>
      clock === 'cpu' && utilisation !== undefined && utilisation < LEAST_UTILISATION,
  );
  return { network, reference, ratio: median(processes), processes, ...(busy ? {} : { interval }) };
}
