import type { Graph, Layer, OpNode, TensorId } from '../graph/graph.ts';
import type { Quantity } from '../units.ts';
import type { CioConvention } from './conventions/cio.ts';
import type { FlopConvention } from './conventions/flops.ts';

/** One layer as metrics see it. */
export interface LayerView {
  /** name, place and nodes */
  readonly layer: Layer;
  /** in order of execution */
  readonly nodes: readonly OpNode[];
  /** activations that the layer reads from other layers, each once */
  readonly inputs: readonly TensorId[];
  /** activations that it makes and does not use up itself */
  readonly outputs: readonly TensorId[];
  /** constants that it reads and that no earlier layer has read: a shared weight counts once */
  readonly constants: readonly TensorId[];
}

/** What metrics are computed from beside the layer. */
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

/**
 * A number per layer. A new metric is one file and its name in metrics/registry.ts; tables, CSV, JSON, diff
 * and gate take id, title, unit and total from here.
 */
export interface Metric<U extends string = string, Id extends string = string> {
  /** key in rows, totals and limits */
  readonly id: Id;
  /** column title */
  readonly title: string;
  /** what text calls it, in full */
  readonly label: string;
  /** of its values */
  readonly unit: U;
  /** one sentence: the formula in words */
  readonly definition: string;
  /** publication or tool that defines it */
  readonly source: string;
  /** how layers make the network's number; `none` for ratios, which have no total */
  readonly total: 'sum' | 'max' | 'none';
  /** undefined where the metric is not defined for the layer or not known: absent in every output, never 0 */
  readonly measure: (layer: LayerView, context: MetricContext) => Quantity<U> | undefined;
}
