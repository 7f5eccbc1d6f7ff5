import { diff } from '../../analysis/diff.ts';
import { METRIC_INFO, type Profile } from '../../analysis/profile.ts';
import { plain } from '../format.ts';
import type { AccuracyTable, Alignment, DeviceEstimate, Measurement, Report, View } from './model.ts';

/** What a report is made of. */
export interface ReportInput {
  readonly tool: Report['tool'];
  readonly networks: readonly {
    readonly profile: Profile;
    readonly device?: DeviceEstimate;
    readonly measurement?: Measurement;
  }[];
  /** printed accuracies; the labels of the networks are given to choose those of the report */
  readonly accuracy?: (labels: readonly string[]) => readonly AccuracyTable[];
}

/** A report of networks: everything that it shows, compared two by two. */
export function buildReport({ tool, networks, accuracy }: ReportInput): Report {
  const labels = uniqueLabels(networks.map(({ profile }) => profile));
  return {
    tool,
    metrics: METRIC_INFO.map(({ id, title, label, unit, definition, total }) => ({
      id,
      title,
      label,
      unit,
      definition,
      total,
    })),
    networks: networks.map((network, i) => ({ label: labels[i] as string, ...network })),
    alignments: networks.flatMap(({ profile: a }, i) =>
      networks.slice(i + 1).map(({ profile: b }, j) => alignment(a, b, i, i + 1 + j)),
    ),
    accuracy: accuracy?.(labels) ?? [],
  };
}

function alignment(a: Profile, b: Profile, i: number, j: number): Alignment {
  const { layers, unchanged } = diff(a, b);
  const [positionsA, positionsB] = [positions(a), positions(b)];
  return {
    a: i,
    b: j,
    layers: layers.map((pair) => [
      pair.a === undefined ? null : (positionsA.get(pair.a) as number),
      pair.b === undefined ? null : (positionsB.get(pair.b) as number),
    ]),
    unchanged,
  };
}

const positions = ({ layers }: Profile): ReadonlyMap<unknown, number> =>
  new Map(layers.map((row, position) => [row, position]));

/** The networks' names; those that are alike with their input's extent, or else a number. */
export function uniqueLabels(profiles: readonly Profile[]): readonly string[] {
  const names = profiles.map(({ network }) => plain(network.name));
  const isUnique = (label: string, all: readonly string[]): boolean =>
    all.indexOf(label) === all.lastIndexOf(label);
  const sized = names.map((name, i) => {
    const extent = profiles[i]?.network.inputs[0]?.shape.slice(2).join('x');
    return isUnique(name, names) || extent === undefined || extent === '' ? name : `${name}@${extent}`;
  });
  const labels: string[] = [];
  for (const label of sized) {
    let unique = label;
    for (let copy = 2; labels.includes(unique); copy++) unique = `${label} (${String(copy)})`;
    labels.push(unique);
  }
  return labels;
}

/** The report as it is seen first: the first network is the baseline of the second. */
export function firstView(report: Report, metric: string): View {
  const found = report.metrics.find(({ id }) => id === metric) ?? (report.metrics[0]);
  return { report, metric: found, baseline: 0, compared: Math.min(1, report.networks.length - 1) };
}
