import type { METRIC_INFO, Profile, ProfileRow } from '../../analysis/profile.ts';
import { plain } from '../format.ts';

/** What a metric is called and counted in. */
export type MetricInfo = Pick<
  (typeof METRIC_INFO)[number],
  'id' | 'title' | 'label' | 'unit' | 'definition' | 'total'
>;

/** One layer as a device model sees it; absent what it does not know. */
export interface DeviceLayer {
  readonly index: number;
  /** bytes that cross DRAM */
  readonly dramBytes?: number;
  /** seconds that the roofline allows at least */
  readonly floorSeconds?: number;
  /** seconds that the device's calibration expects */
  readonly predictedSeconds?: number;
}

/** A network on a device, as predicted. */
export interface DeviceEstimate {
  readonly name: string;
  readonly peakFlopsPerSecond: number;
  /** absent: the device states none, and there is no roofline to draw */
  readonly bytesPerSecond?: number;
  readonly layers: readonly DeviceLayer[];
}

/** A network as it was timed. */
export interface Measurement {
  /** what ran it */
  readonly device: string;
  readonly layers: readonly {
    readonly index: number;
    /** median over the runs */
    readonly seconds: number;
    /** interval that the median lies in */
    readonly low?: number;
    readonly high?: number;
  }[];
}

export interface ReportNetwork {
  /** what the report calls it: its name, made unique among the networks */
  readonly label: string;
  readonly profile: Profile;
  readonly device?: DeviceEstimate;
  readonly measurement?: Measurement;
}

/** Layers that differ between two networks, by their positions; null: the other network has none like it. */
export interface Alignment {
  readonly a: number;
  readonly b: number;
  readonly layers: readonly (readonly [a: number | null, b: number | null])[];
  /** layers that are the same on both sides */
  readonly unchanged: number;
}

/** A network whose accuracy and cost were printed. */
export interface PublishedPoint {
  readonly name: string;
  /** height of the input */
  readonly input: number;
  readonly gflops: number;
  readonly accuracy: number;
  /** label of the report's network that it is */
  readonly network?: string;
}

/** Networks that were compared on one task. */
export interface AccuracyTable {
  /** `table 3` */
  readonly where: string;
  /** `top-1 accuracy on ImageNet` */
  readonly measure: string;
  readonly points: readonly PublishedPoint[];
}

/** Everything that a report shows; plain data. */
export interface Report {
  readonly tool: { readonly name: string; readonly version: string };
  readonly metrics: readonly MetricInfo[];
  readonly networks: readonly ReportNetwork[];
  /** for every two networks, in their order */
  readonly alignments: readonly Alignment[];
  readonly accuracy: readonly AccuracyTable[];
}

/** What of a report is looked at. */
export interface View {
  readonly report: Report;
  /** what the charts show that can show any metric */
  readonly metric: MetricInfo;
  /** positions of the networks whose difference is shown */
  readonly baseline: number;
  readonly compared: number;
}

/** One layer of one network. */
export interface LayerRow {
  /** position among the layers of all networks */
  readonly id: number;
  /** position of its network */
  readonly at: number;
  readonly network: string;
  readonly name: string;
  /** `3x3/2 64->128`, or the kind where that says it all */
  readonly operator: string;
  /** `conv 3x3`, `depthwise 3x3`, `add` */
  readonly kind: string;
  readonly stage: string;
  readonly row: ProfileRow;
}

const CONVOLUTION = /^(\d+(?:x\d+)*)\S* (\d+)->\d+(?: g(\d+))?$/;

/** Kind of a layer; convolutions by their window, and apart where they are grouped. */
function kindOf({ kind, detail = '' }: ProfileRow): string {
  const [, window, channels, groups] = CONVOLUTION.exec(detail) ?? [];
  if (kind !== 'conv' || window === undefined) return kind;
  if (groups === undefined) return `conv ${window}`;
  return `${groups === channels ? 'depthwise' : 'grouped'} ${window}`;
}

/** The layers of all networks, one after the other; what names them is safe to show. */
export function layerRows({ networks }: Report): readonly LayerRow[] {
  let id = 0;
  return networks.flatMap(({ label, profile }, at) =>
    profile.layers.map((row): LayerRow => ({
      id: id++,
      at,
      network: label,
      name: plain(row.name),
      operator: plain(row.detail ?? row.kind),
      kind: plain(kindOf(row)),
      stage: row.stage === '' ? '–' : plain(row.stage),
      row,
    })),
  );
}

/** What a device model or a measurement says of each layer, by index. */
export const byIndex = <T extends { readonly index: number }>(
  source: { readonly layers: readonly T[] } | undefined,
): ReadonlyMap<number, T> => new Map(source?.layers.map((layer) => [layer.index, layer]));

export const metricOf = (report: Report, id: string): MetricInfo | undefined =>
  report.metrics.find((metric) => metric.id === id);
