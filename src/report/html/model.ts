import type { MetricId, Profile, ProfileRow } from '../../analysis/profile.ts';
import type { Sentence } from '../conclusions.ts';
import { formatEnergy, formatSeconds } from '../device/format.ts';
import { formatValue, plain } from '../format.ts';

/** A metric, or the time that was measured. */
export type ShownId = MetricId | 'measuredSeconds';

/** A layer, with what was measured of it. */
export type ShownRow = ProfileRow & { readonly measuredSeconds?: number };

/** A profile, with what was measured of its network. */
export type ShownProfile = Omit<Profile, 'layers' | 'totals'> & {
  readonly totals: Profile['totals'] & { readonly measuredSeconds?: number };
  readonly layers: readonly ShownRow[];
};

/** What a metric is called and counted in. */
export interface MetricInfo {
  readonly id: ShownId;
  /** of a column */
  readonly title: string;
  /** in full */
  readonly label: string;
  readonly unit: string;
  readonly definition: string;
  readonly total: 'sum' | 'max' | 'none';
  /** whether the table of layers has a column for it, chosen or not */
  readonly listed: boolean;
}

/** A value of a metric for people: `536.9 M`, `8.250 MiB`, `1.2 ms`, `40.1 mJ`. */
export function formatMetric(value: number, { unit }: { readonly unit: string }): string {
  if (unit === 's') return formatSeconds(value);
  return unit === 'pJ' || unit === 'MAC energy'
    ? formatEnergy(value, unit === 'pJ' ? 'pJ' : 'MAC')
    : formatValue(value, unit);
}

/** A network as it was timed. */
export interface Measured {
  /** what ran it */
  readonly on: string;
  /** of one inference: 95 % confidence interval; absent where single runs are not known */
  readonly interval?: readonly [low: number, high: number];
  /** what a calibration expected of it, before it was measured */
  readonly expected?: { readonly seconds: number; readonly interval: readonly [low: number, high: number] };
  readonly layers: readonly MeasuredTime[];
}

/** A layer as it was timed; rates are absent where what they count is not known, or takes no time. */
export interface MeasuredTime {
  readonly index: number;
  readonly seconds: number;
  /** what a calibration expected, before it was measured */
  readonly expectedSeconds?: number;
  readonly flopsPerSecond?: number;
  readonly bytesPerSecond?: number;
  /** operators of the runtime that ran for it */
  readonly kernels: readonly string[];
}

/** Something to change about a network. */
export interface Todo {
  readonly title: string;
  readonly remedy: string;
  readonly why: string;
  /** `saves up to 12.3 % of the FLOPs` */
  readonly saving: string;
  /** indices of layers that it is about, the most important first */
  readonly layers: readonly number[];
}

export interface ReportNetwork {
  /** what the report calls it: its name, made unique among the networks */
  readonly label: string;
  readonly profile: ShownProfile;
  /** what to know before the numbers */
  readonly conclusions: readonly Sentence[];
  /** what to change about it, what saves the most first; absent where only its profile is there */
  readonly advice?: readonly Todo[];
  /** for each layer, the positions of the layers that it reads; absent where only its profile is there */
  readonly sources?: readonly (readonly number[])[];
  /** what it costs on its device, in sentences */
  readonly hardware?: readonly (readonly [label: string, text: string])[];
  readonly measured?: Measured;
}

/** Layers that differ between two networks, by their positions; null: the other network has none like it. */
export interface Alignment {
  readonly a: number;
  readonly b: number;
  readonly layers: readonly (readonly [a: number | null, b: number | null])[];
  /** layers that are the same on both sides */
  readonly unchanged: number;
  /** what to know of the second against the first, and of the first against the second */
  readonly verdicts: readonly [of: readonly Sentence[], back: readonly Sentence[]];
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
  /** how the report was made: the command, and on request the date and the files' hashes */
  readonly made?: readonly string[];
  /** what makes measured numbers less sure than they look */
  readonly warnings: readonly string[];
}

/** What of a report is looked at. */
export interface View {
  readonly report: Report;
  /** what the charts show that can show any metric */
  readonly metric: MetricInfo;
  /** positions of the networks whose difference is shown */
  readonly baseline: number;
  readonly compared: number;
  /** how charts of layers order them */
  readonly order: 'execution' | 'cost';
  /** whether charts of layers have those without cost */
  readonly free: boolean;
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
  readonly row: ShownRow;
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

/** Stages in the order in which data pass them: by resolution where they are called by it, else as they begin. */
export function stagesOf(layers: readonly LayerRow[]): readonly string[] {
  const stages = [...new Set(layers.map(({ stage }) => stage))];
  const places = stages.map((stage) =>
    stage === 'head' || stage === '–' ? Infinity : Number(/^1\/(\d+)$/.exec(stage)?.[1]),
  );
  if (places.some(Number.isNaN)) return stages;
  return stages
    .map((stage, i) => ({ stage, place: places[i] as number }))
    .sort((a, b) => (a.place === b.place ? 0 : a.place - b.place))
    .map(({ stage }) => stage);
}

/** What a device model or a measurement says of each layer, by index. */
export const byIndex = <T extends { readonly index: number }>(
  source: { readonly layers: readonly T[] } | undefined,
): ReadonlyMap<number, T> => new Map(source?.layers.map((layer) => [layer.index, layer]));

/** What a report opens on, unless asked otherwise: the time where it is known, the surest first. */
const OPENS_ON: readonly ShownId[] = ['measuredSeconds', 'predictedSeconds', 'floorSeconds', 'flops'];

/** The metric that a report opens on. */
export const openingMetric = ({ metrics }: Report): string =>
  OPENS_ON.find((id) => metrics.some((metric) => metric.id === id)) ?? 'flops';

/** The view that a report opens with: its first network is the baseline of the second. */
export function firstView(report: Report, metric = openingMetric(report)): View {
  const found = report.metrics.find(({ id }) => id === metric);
  if (found === undefined) throw new RangeError(`the report has no metric "${metric}"`);
  return {
    report,
    metric: found,
    baseline: 0,
    compared: Math.min(1, report.networks.length - 1),
    order: 'execution',
    free: true,
  };
}
