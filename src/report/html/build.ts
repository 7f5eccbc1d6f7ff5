import { diff } from '../../analysis/diff.ts';
import {
  bytesPerSecond,
  flopsPerSecond,
  type MeasuredLayer,
  type Measurement,
} from '../../analysis/measurement/measurement.ts';
import { METRIC_INFO, type Profile } from '../../analysis/profile.ts';
import { deviceExtension } from '../device/extension.ts';
import { uniqueLabels } from '../labels.ts';
import type { AccuracyTable, Alignment, Measured, MeasuredTime, MetricInfo, Report } from './model.ts';

/** What a report is made of. */
export interface ReportInput {
  readonly tool: Report['tool'];
  readonly profiles: readonly Profile[];
  /** of some of the networks */
  readonly measurement?: Measurement;
  /** printed accuracies; the labels of the networks are given to choose those of the report */
  readonly accuracy?: (labels: readonly string[]) => readonly AccuracyTable[];
}

/** A report of networks: everything that it shows, compared two by two. */
export function buildReport({ tool, profiles, measurement, accuracy }: ReportInput): Report {
  const labels = uniqueLabels(profiles.map(({ network }) => network));
  return {
    tool,
    metrics: metricsOf(profiles),
    networks: profiles.map((profile, i) => {
      const hardware = deviceExtension(profile)?.summary;
      const measured = measurement && measuredOf(profile, measurement);
      return {
        label: labels[i] as string,
        profile,
        ...(hardware === undefined ? {} : { hardware }),
        ...(measured === undefined ? {} : { measured }),
      };
    }),
    alignments: profiles.flatMap((a, i) =>
      profiles.slice(i + 1).map((b, j) => alignment(a, b, i, i + 1 + j)),
    ),
    accuracy: accuracy?.(labels) ?? [],
  };
}

/** The metrics of every profile, and those of hardware that some of these have. */
function metricsOf(profiles: readonly Profile[]): readonly MetricInfo[] {
  // Energies of different tables are never compared.
  const tables = new Set(profiles.flatMap(({ energy }) => (energy === undefined ? [] : energy.table)));
  const [energyUnit] = profiles.flatMap(({ energy }) => energy?.unit ?? []);
  return METRIC_INFO.filter(
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
}

/** What was measured of the network with this name and these inputs. */
function measuredOf(
  { network }: Profile,
  { environment, settings, networks }: Measurement,
): Measured | undefined {
  const shapes = ({ inputs }: Profile['network']): string =>
    inputs.map(({ shape }) => shape.join('x')).join();
  const found = networks.find(
    (each) => each.network.name === network.name && shapes(each.network) === shapes(network),
  );
  if (found === undefined) return undefined;
  const { accelerator, cpu, versions } = environment;
  const threads =
    accelerator === undefined && settings.threads !== undefined
      ? `, ${String(settings.threads)} thread${settings.threads === 1 ? '' : 's'}`
      : '';
  return {
    on: `${accelerator ?? cpu?.model ?? settings.device}${threads}, ${environment.importedFrom?.tool ?? `onnxruntime ${versions.onnxruntime ?? ''}`.trim()}`,
    layers: found.layers.map(measuredTime),
  };
}

function measuredTime(layer: MeasuredLayer): MeasuredTime {
  const [flops, bytes] = [flopsPerSecond(layer), bytesPerSecond(layer)];
  return {
    index: layer.index,
    seconds: layer.ns / 1e9,
    ...(flops === undefined ? {} : { flopsPerSecond: flops }),
    ...(bytes === undefined ? {} : { bytesPerSecond: bytes }),
    kernels: layer.kernels.map(({ op }) => op),
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
