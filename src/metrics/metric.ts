import type { Graph } from '../graph/graph.ts';
import type { LayerView } from '../graph/layers.ts';
import type { NetworkEnergy } from '../latency/networkEnergy.ts';
import type { NetworkLatency } from '../latency/networkLatency.ts';
import type { NetworkTraffic } from '../latency/networkTraffic.ts';
import type { LayerUtilization, NetworkUtilization } from '../latency/networkUtilization.ts';
import type { Quantity } from '../units.ts';
import type { CioConvention } from './conventions/cio.ts';
import type { FlopConvention } from './conventions/flops.ts';

/** What counts are measured from. */
export interface MetricContext {
  /** that the layer is of */
  readonly graph: Graph;
  /** rules for FLOPs */
  readonly flops: FlopConvention;
  /** rules for CIO */
  readonly cio: CioConvention;
  /** bytes of activations alive while each node runs; undefined where that is not known */
  readonly liveBytes: readonly (number | undefined)[];
}

/** Whether numbers of hardware in this unit are counts, of which none is rounded. */
export const isCounted = (unit: HardwareMetric['unit']): boolean => unit === 'byte' || unit === 'cycle';

/** How layers make the network's number, one after the other; not a number before the first. */
export const combined = (total: MetricInfo['total'], before: number, value: number): number =>
  Number.isNaN(before) ? value : total === 'max' ? Math.max(before, value) : before + value;

/** What hardware makes of a network, by what has to be named for it: computed once, when first asked for. */
export interface Hardware {
  /** DRAM traffic for a buffer */
  readonly buffer: NetworkTraffic;
  /** the time on a device */
  readonly device: NetworkLatency;
  /** cycles on the device's array; layers that it does not run have none */
  readonly array: NetworkUtilization & { readonly byIndex: ReadonlyMap<number, LayerUtilization> };
  /** energy by an energy table */
  readonly energy: NetworkEnergy;
}

/** What a metric of hardware needs: a buffer, a device, the array of one, an energy table. */
export type Need = keyof Hardware;

/** Where people read a metric without asking for it. What hardware adds stands in Markdown as in the table. */
export type Place = 'table' | 'markdown' | 'page';

/** The column of a metric. */
export interface MetricColumn {
  /** where it stands, from left to right: the lower, the further left */
  readonly places: Readonly<Partial<Record<Place, number>>>;
  /** the lower, the sooner a narrow terminal shows it */
  readonly priority: number;
  /** shown only on a device, or only under a buffer without one */
  readonly only?: 'device' | 'buffer';
}

/** What everybody who shows a metric has to know. */
export interface MetricInfo<U extends string = string, Id extends string = string> {
  /** name in JSON, CSV, limits and rules */
  readonly id: Id;
  /** column title */
  readonly title: string;
  /** what text calls it, in full */
  readonly label: string;
  /** `energy`: in the unit of the energy table, so that those of two tables are never compared */
  readonly unit: U;
  /** one sentence: the formula in words */
  readonly definition: string;
  /** publication or tool that defines it */
  readonly source: string;
  /** how layers make the network's number; `none` for ratios, which have no total */
  readonly total: 'sum' | 'max' | 'none';
  /** what has to be named beside the network; absent: nothing */
  readonly needs?: readonly Need[] | undefined;
  /** absent: shown only to those who ask for it */
  readonly column?: MetricColumn;
  /** layers with the most of it come first, unless a metric of higher `order` is there; and what these are called */
  readonly rank?: { readonly order: number; readonly largest: string };
}

/** A number per layer that follows from the network alone. */
export interface Count<U extends string = string, Id extends string = string> extends MetricInfo<U, Id> {
  /** nothing beside the network */
  readonly needs?: undefined;
  /** undefined where the metric is not defined for the layer or not known: absent in every output, never 0 */
  readonly measure: (layer: LayerView, context: MetricContext) => Quantity<U> | undefined;
  /** `network`: a layer's number depends on others too, as of what is alive beside it; absent: on its own nodes only */
  readonly reach?: 'network';
  /** the network's number, where layers make none */
  readonly ofNetwork?: (context: MetricContext) => Quantity<U> | undefined;
}

/** A number per layer that needs hardware too, and is absent where that is not named. */
export interface HardwareMetric<
  N extends Need = Need,
  U extends string = string,
  Id extends string = string,
> extends MetricInfo<U, Id> {
  /** what has to be named beside the network */
  readonly needs: readonly [N, ...N[]];
  /** undefined where the metric is not defined for the layer or not known: absent in every output, never 0 */
  readonly measure: (
    layer: LayerView,
    hardware: Pick<Hardware, N>,
    context: MetricContext,
  ) => Quantity<U> | undefined;
  /** the network's number, where it is not the total of its layers: what fusion saves, or an inference costs once */
  readonly ofNetwork?: (hardware: Pick<Hardware, N>) => Quantity<U> | undefined;
}

/**
 * A number per layer. A new metric is one file and its name in metrics/registry.ts: every format, the schema, the
 * page, `diff`, `gate` and the reference take it from here.
 */
export type Metric = Count | HardwareMetric;
