import { problem, type Diagnostic, type Origin } from '../../diagnostics.ts';
import { latencyRatio } from '../measurement/ratio.ts';
import type { Measurement, NetworkMeasurement } from '../measurement/measurement.ts';
import type { Profile, ProfileRow } from '../profile.ts';
import type { Cause, LimitCheck } from './result.ts';
import { allowed, type Limit } from './limit.ts';

/** Measured numbers of a network that a target can limit. */
export const MEASURED_METRICS = [
  { id: 'measuredSeconds', unit: 's' },
  { id: 'measuredRatio', unit: '1' },
] as const;

/** One of MEASURED_METRICS. */
export type MeasuredMetric = (typeof MEASURED_METRICS)[number];

/** The measured number of this name. */
export const measuredMetric = (name: string): MeasuredMetric | undefined =>
  MEASURED_METRICS.find(({ id }) => id === name);

/** An upper limit of a measured number: an amount. */
export interface MeasuredDemand {
  readonly metric: MeasuredMetric;
  readonly limit: Limit;
  /** of what does not keep it */
  readonly severity: 'error' | 'warn';
  readonly place: Origin;
}

/** A measurement, and which of its networks is meant. */
export interface Measured {
  readonly measurement: Measurement;
  /** indices into its networks: of the target's, and of what that is relative to */
  readonly network: number;
  readonly reference?: number;
}

const inputsOf = ({ inputs }: Profile['network']): string =>
  inputs.map(({ shape, dtype }) => `${shape.join('x')} ${dtype}`).join(', ');

/**
 * Which network of a measurement a profile is of: the same name, inputs and layers.
 *
 * @param name of the measurement, for messages
 * @returns its index, or why it is not there
 */
export function networkOf(
  { network, layers }: Profile,
  { networks }: Measurement,
  name: string,
  place: Origin,
): number | Diagnostic {
  const refuse = (message: string): Diagnostic =>
    problem(
      'CSP607',
      `${name} ${message}`,
      `measure again: csp-profile probe REFERENCE ${network.name} --format json -o ${name}`,
      place,
    );
  const differences = networks.map((each) => differenceOf(each, network, layers));
  const found = differences.indexOf(undefined);
  if (found >= 0) return found;
  const namesake = networks.findIndex((each) => each.network.name === network.name);
  return refuse(
    differences[namesake] ??
      `has measured ${networks.map((each) => each.network.name).join(', ')}, and not ${network.name}`,
  );
}

/** In what a network differs from the one that was measured; undefined where it is the same. */
function differenceOf(
  measured: NetworkMeasurement,
  network: Profile['network'],
  layers: readonly ProfileRow[],
): string | undefined {
  const { name } = network;
  if (measured.network.name !== name) return `has measured no ${name}`;
  const [then, now] = [inputsOf(measured.network), inputsOf(network)];
  if (then !== now) return `has measured ${name} with the input ${then}, it now has ${now}`;
  const other = otherLayer(measured, layers);
  return other === undefined
    ? undefined
    : `has measured another ${name}, which differs in layer #${String(other)}`;
}

/** The first layer that is not as it was measured; layers are absent where only the whole could be timed. */
function otherLayer(
  { layers: measured }: NetworkMeasurement,
  layers: readonly ProfileRow[],
): number | undefined {
  if (measured.length === 0) return undefined;
  const textOf = (layer: Pick<ProfileRow, 'name' | 'kind' | 'detail'> | undefined): string =>
    JSON.stringify([layer?.name, layer?.kind, layer?.detail]);
  const at = Array.from({ length: Math.max(measured.length, layers.length) }, (_, i) => i).find(
    (i) => textOf(measured[i]) !== textOf(layers[i]),
  );
  return at === undefined ? undefined : (layers[at] ?? measured[at])?.index;
}

/** Whether a measured number keeps its limit: it does not where its whole confidence interval lies above. */
export function checkMeasured(
  { metric, limit, severity, place }: MeasuredDemand,
  profile: Profile,
  { measurement, network, reference }: Measured,
): LimitCheck | Diagnostic {
  const { networks } = measurement;
  const { latency, layers } = networks[network] as NetworkMeasurement;
  const isRatio = metric.id === 'measuredRatio' && reference !== undefined;
  const { value, interval } = isRatio
    ? ratioOf(networks, network, reference)
    : { value: seconds(latency.ns), interval: latency.interval && both(latency.interval, seconds) };
  const most = allowed(limit, undefined);
  if (interval === undefined || most === undefined) {
    return problem(
      'CSP607',
      `${metric.id} is not known for ${profile.network.name}: the machine was too busy for a verdict`,
      'measure on a quieter machine',
      place,
    );
  }
  const over = interval[0] > most;
  return {
    kind: 'limit',
    name: metric.id,
    unit: metric.unit,
    value,
    interval,
    ...(isRatio ? { reference: (networks[reference] as NetworkMeasurement).network.name } : {}),
    allowed: most,
    demand: limit.text,
    place,
    status: over ? (severity === 'warn' ? 'warn' : 'fail') : 'pass',
    causes: over ? longest(layers, profile.layers) : [],
    causesBy: 'value',
  };
}

type Interval = readonly [low: number, high: number];

const seconds = (ns: number): number => ns / 1e9;

const both = ([low, high]: Interval, change: (end: number) => number): Interval => [
  change(low),
  change(high),
];

function ratioOf(
  networks: readonly NetworkMeasurement[],
  network: number,
  reference: number,
): { readonly value: number; readonly interval: Interval | undefined } {
  const { ratio, interval } = latencyRatio(networks, network, reference);
  return { value: ratio, interval };
}

const MOST_CAUSES = 10;

function longest(measured: NetworkMeasurement['layers'], layers: readonly ProfileRow[]): readonly Cause[] {
  const rows = new Map(layers.map((layer) => [layer.index, layer]));
  return [...measured]
    .sort((a, b) => b.ns - a.ns)
    .slice(0, MOST_CAUSES)
    .flatMap(({ index, ns }) => {
      const layer = rows.get(index);
      return layer === undefined ? [] : [{ layer, value: seconds(ns), unit: 's' }];
    });
}
