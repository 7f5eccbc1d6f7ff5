import type { Measurement, NetworkMeasurement, ProcessSamples } from './measurement.ts';
import { independentRatioInterval, latencyQuantile, median, type Rounds } from './statistics.ts';

/** How the latency of a network differs between two measurements. */
export interface LatencyChange {
  readonly network: string;
  /** nanoseconds */
  readonly before: number;
  readonly after: number;
  /** network that both measured at the same time, relative to which the change is stated */
  readonly relativeTo?: string;
  /** latency after over before; of their ratios to that network where there is one */
  readonly ratio: number;
  readonly interval: readonly [low: number, high: number];
  /** whether the interval leaves out that nothing changed */
  readonly verdict: 'faster' | 'slower' | 'no difference' | 'not certain';
  /** layers by index, those with the largest change first; absent where the layers are not the same */
  readonly layers?: readonly LayerTimeChange[];
}

export interface LayerTimeChange {
  readonly index: number;
  readonly name: string;
  readonly before: number;
  readonly after: number;
}

/**
 * The networks that two measurements have in common. Where the first network of both is the same and there are
 * others, these are compared relative to it, which holds on another machine or at another load too.
 */
export function diffMeasurements(before: Measurement, after: Measurement): readonly LatencyChange[] {
  const [reference] = before.networks;
  const same = reference !== undefined && reference.network.name === after.networks[0]?.network.name;
  const others = before.networks.length > 1 && after.networks.length > 1;
  return before.networks.flatMap((a, i) => {
    const b = after.networks.find(({ network }) => network.name === a.network.name);
    if (b === undefined) return [];
    const relative = same && others && i > 0;
    return [change(a, b, relative ? [before, after] : undefined)];
  });
}

function change(
  a: NetworkMeasurement,
  b: NetworkMeasurement,
  relativeTo: readonly [Measurement, Measurement] | undefined,
): LatencyChange {
  const [was, is] = [a, b].map((measured, side) => rounds(measured, relativeTo?.[side]?.networks[0])) as [
    readonly Rounds[],
    readonly Rounds[],
  ];
  const statistic = relativeTo === undefined ? ownLatency : relativeLatency;
  const ratio = median(is.map(statistic)) / median(was.map(statistic));
  const interval = independentRatioInterval(is, was, statistic);
  const layers = layerChanges(a, b);
  const reference = relativeTo?.[0].networks[0]?.network.name;
  return {
    network: a.network.name,
    before: a.latency.ns,
    after: b.latency.ns,
    ...(reference === undefined ? {} : { relativeTo: reference }),
    ratio,
    interval,
    verdict:
      a.latency.interval === undefined || b.latency.interval === undefined
        ? 'not certain'
        : interval[0] > 1
          ? 'slower'
          : interval[1] < 1
            ? 'faster'
            : 'no difference',
    ...(layers === undefined ? {} : { layers }),
  };
}

/** The times of a network by process and round, with those of the reference in the same round. */
function rounds({ samples, latency }: NetworkMeasurement, reference?: NetworkMeasurement): readonly Rounds[] {
  const times = (process: ProcessSamples): readonly number[] => process[latency.clock];
  return samples.map((process, p) => {
    const beside = reference?.samples[p];
    return times(process).map((time, i) =>
      beside === undefined ? [time] : [time, times(beside)[i] as number],
    );
  });
}

const ownLatency = (of: Rounds): number => latencyQuantile(of.map(([time]) => time as number));

const relativeLatency = (of: Rounds): number =>
  ownLatency(of) / latencyQuantile(of.map(([, reference]) => reference as number));

function layerChanges(a: NetworkMeasurement, b: NetworkMeasurement): readonly LayerTimeChange[] | undefined {
  const same =
    a.layers.length === b.layers.length && a.layers.every(({ name }, i) => name === b.layers[i]?.name);
  if (!same) return undefined;
  return a.layers
    .map(({ index, name, ns }, i) => ({
      index,
      name,
      before: ns,
      after: (b.layers[i] as { readonly ns: number }).ns,
    }))
    .sort((x, y) => Math.abs(y.after - y.before) - Math.abs(x.after - x.before) || x.index - y.index);
}
