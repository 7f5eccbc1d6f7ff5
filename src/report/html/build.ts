import { pairSentences, networkSentences } from '../conclusions.ts';
import { reversed } from '../../analysis/conclusions/pair.ts';
import {
  deviceTime,
  deviceVerdict,
  measuredTime,
  measuredVerdict,
  ranOn,
  type TimeVerdict,
} from '../../analysis/conclusions/time.ts';
import type { Advice } from '../../analysis/explain/advice.ts';
import { savingText } from '../advice.ts';
import { diff } from '../../analysis/diff.ts';
import {
  bytesPerSecond,
  flopsPerSecond,
  type MeasuredLayer,
  type Measurement,
  type NetworkMeasurement,
} from '../../analysis/measurement/measurement.ts';
import { latencyRatio } from '../../analysis/measurement/ratio.ts';
import { METRIC_INFO, type Profile } from '../../analysis/profile.ts';
import { deviceExtension } from '../device/extension.ts';
import { uniqueLabels } from '../labels.ts';
import type {
  AccuracyTable,
  Alignment,
  Measured,
  MeasuredTime,
  MetricInfo,
  Report,
  ReportNetwork,
  ShownProfile,
  Todo,
} from './model.ts';

/** What a report is made of. */
export interface ReportInput {
  readonly tool: Report['tool'];
  readonly profiles: readonly Profile[];
  /** of some of the networks */
  readonly measurement?: Measurement;
  /** what to change about each network, by its position; absent for those of which only the profile is there */
  readonly advice?: readonly (readonly Advice[] | undefined)[];
  /** for each network and each of its layers, the layers that it reads; absent as advice is */
  readonly sources?: readonly (ReportNetwork['sources'] | undefined)[];
  /** how the report was made, for its last line */
  readonly made?: readonly string[];
  /** printed accuracies; the labels of the networks are given to choose those of the report */
  readonly accuracy?: (labels: readonly string[]) => readonly AccuracyTable[];
}

/** A report of networks: everything that it shows, compared two by two. */
export function buildReport({
  tool,
  profiles,
  measurement,
  advice,
  sources,
  made,
  accuracy,
}: ReportInput): Report {
  const labels = uniqueLabels(profiles.map(({ network }) => network));
  const timed = profiles.map((profile) => measurement && networkOf(profile, measurement));
  return {
    tool,
    metrics: metricsOf(profiles, timed),
    networks: profiles.map((profile, at) => {
      const hardware = deviceExtension(profile)?.summary;
      const found = timed[at];
      const device = deviceTime(profile);
      const times = [
        ...(measurement === undefined || found === undefined ? [] : [measuredTime(measurement, found)]),
        ...(device === undefined ? [] : [device]),
      ];
      return {
        label: labels[at] as string,
        profile: withMeasured(profile, found),
        conclusions: networkSentences(profile, { at, times }),
        ...(advice?.[at] === undefined ? {} : { advice: advice[at].map(todoOf) }),
        ...(sources?.[at] === undefined ? {} : { sources: sources[at] }),
        ...(hardware === undefined ? {} : { hardware }),
        ...(measurement === undefined || found === undefined
          ? {}
          : { measured: measuredOf(found, measurement) }),
      };
    }),
    alignments: profiles.flatMap((a, i) =>
      profiles.slice(i + 1).map((b, offset) => {
        const j = i + 1 + offset;
        const verdicts = timeVerdicts(measurement, [timed[i], timed[j]], [a, b]);
        return alignment([a, b], [i, j], [labels[i] as string, labels[j] as string], verdicts);
      }),
    ),
    accuracy: accuracy?.(labels) ?? [],
    ...(made === undefined ? {} : { made }),
    warnings:
      measurement === undefined || timed.every((found) => found === undefined)
        ? []
        : measurement.warnings.map(({ message }) => message),
  };
}

function todoOf(advice: Advice): Todo {
  const { title, remedy, hazard, rows } = advice;
  return {
    title,
    remedy,
    why: hazard,
    saving: savingText(advice),
    layers: rows.flatMap(({ layer, layers }) => {
      // A run of layers is told by its ends: `#3-#9`.
      const index = layer ?? /\d+/.exec(String(layers ?? ''))?.[0];
      return index === undefined ? [] : [Number(index)];
    }),
  };
}

/** Which of two networks is faster, from the first to the second and back. */
function timeVerdicts(
  measurement: Measurement | undefined,
  [from, to]: readonly [NetworkMeasurement | undefined, NetworkMeasurement | undefined],
  [a, b]: readonly [Profile, Profile],
): readonly [readonly TimeVerdict[], readonly TimeVerdict[]] {
  const device = [deviceVerdict(a, b), deviceVerdict(b, a)];
  if (measurement === undefined || from === undefined || to === undefined)
    return [device[0] === undefined ? [] : [device[0]], device[1] === undefined ? [] : [device[1]]];
  const { networks } = measurement;
  const [i, j] = [networks.indexOf(from), networks.indexOf(to)];
  return [
    [measuredVerdict(latencyRatio(networks, j, i)), ...(device[0] === undefined ? [] : [device[0]])],
    [measuredVerdict(latencyRatio(networks, i, j)), ...(device[1] === undefined ? [] : [device[1]])],
  ];
}

/** The metrics of every profile, and those of hardware that some of these have. */
function metricsOf(
  profiles: readonly Profile[],
  timed: readonly (NetworkMeasurement | undefined)[],
): readonly MetricInfo[] {
  // Energies of different tables are never compared.
  const tables = new Set(profiles.flatMap(({ energy }) => (energy === undefined ? [] : energy.table)));
  const [energyUnit] = profiles.flatMap(({ energy }) => energy?.unit ?? []);
  const counted = METRIC_INFO.filter(
    ({ id, unit, needs }) =>
      needs === undefined ||
      ((unit !== 'energy' || tables.size === 1) &&
        profiles.some(({ layers }) => layers.some((row) => row[id] !== undefined))),
  ).map(({ id, title, label, unit, definition, total, column }) => ({
    id,
    title,
    label,
    unit: unit !== 'energy' ? unit : energyUnit === 'pJ' ? 'pJ' : 'MAC energy',
    definition,
    total,
    listed: column?.places.page !== undefined,
  }));
  return timed.every((found) => found === undefined) ? counted : [MEASURED_SECONDS, ...counted];
}

/** The measured time, among the metrics: sorted, charted and chosen as they are. */
const MEASURED_SECONDS: MetricInfo = {
  id: 'measuredSeconds',
  title: 'measured',
  label: 'measured time',
  unit: 's',
  definition:
    'time of one inference: 25th percentile of the runs; of a layer: its kernels, at the same clock',
  total: 'sum',
  listed: true,
};

/** What was measured of the network with this name and these inputs. */
function networkOf({ network }: Profile, { networks }: Measurement): NetworkMeasurement | undefined {
  const shapes = ({ inputs }: Profile['network']): string =>
    inputs.map(({ shape }) => shape.join('x')).join();
  return networks.find(
    (each) => each.network.name === network.name && shapes(each.network) === shapes(network),
  );
}

/** The profile with the measured times in its rows and totals. */
function withMeasured(profile: Profile, found: NetworkMeasurement | undefined): ShownProfile {
  if (found === undefined) return profile;
  const times = new Map(found.layers.map(({ index, ns }) => [index, ns / 1e9]));
  return {
    ...profile,
    totals: { ...profile.totals, measuredSeconds: found.latency.ns / 1e9 },
    layers: profile.layers.map((row) => {
      const seconds = times.get(row.index);
      return seconds === undefined ? row : { ...row, measuredSeconds: seconds };
    }),
  };
}

function measuredOf({ latency, layers, prediction }: NetworkMeasurement, measurement: Measurement): Measured {
  const seconds = ([low, high]: readonly [number, number]): readonly [number, number] => [
    low / 1e9,
    high / 1e9,
  ];
  return {
    on: ranOn(measurement),
    ...(latency.interval === undefined ? {} : { interval: seconds(latency.interval) }),
    ...(prediction === undefined
      ? {}
      : { expected: { seconds: prediction.ns / 1e9, interval: seconds(prediction.interval) } }),
    layers: layers.map(layerTime),
  };
}

function layerTime(layer: MeasuredLayer): MeasuredTime {
  const [flops, bytes] = [flopsPerSecond(layer), bytesPerSecond(layer)];
  return {
    index: layer.index,
    seconds: layer.ns / 1e9,
    ...(layer.predictedNs === undefined ? {} : { expectedSeconds: layer.predictedNs / 1e9 }),
    ...(flops === undefined ? {} : { flopsPerSecond: flops }),
    ...(bytes === undefined ? {} : { bytesPerSecond: bytes }),
    kernels: layer.kernels.map(({ op }) => op),
  };
}

function alignment(
  [a, b]: readonly [Profile, Profile],
  at: readonly [number, number],
  labels: readonly [string, string],
  [forward, backward]: readonly [readonly TimeVerdict[], readonly TimeVerdict[]],
): Alignment {
  const difference = diff(a, b);
  const { layers, unchanged } = difference;
  const [positionsA, positionsB] = [positions(a), positions(b)];
  return {
    a: at[0],
    b: at[1],
    layers: layers.map((pair) => [
      pair.a === undefined ? null : (positionsA.get(pair.a) as number),
      pair.b === undefined ? null : (positionsB.get(pair.b) as number),
    ]),
    unchanged,
    verdicts: [
      pairSentences(difference, { labels, at, times: forward }),
      pairSentences(reversed(difference), {
        labels: [labels[1], labels[0]],
        at: [at[1], at[0]],
        times: backward,
      }),
    ],
  };
}

const positions = ({ layers }: Profile): ReadonlyMap<unknown, number> =>
  new Map(layers.map((row, position) => [row, position]));
