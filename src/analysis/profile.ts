import { ProfileError, problem, type Origin } from '../diagnostics.ts';
import { formatById } from '../formats/registry.ts';
import { storedShape, tensorOf, typesOf, type Graph, type OpNode, type TensorId } from '../graph/graph.ts';
import { activationTimeline, lifetimesOf } from '../graph/liveness.ts';
import { CIO_CONVENTIONS, type CioConvention } from '../metrics/conventions/cio.ts';
import { FLOP_CONVENTIONS, type FlopConvention } from '../metrics/conventions/flops.ts';
import { layerViewer, workOf, type LayerView } from '../graph/layers.ts';
import type { Bound } from '../latency/roofline.ts';
import { combined, type MetricContext, type MetricInfo } from '../metrics/metric.ts';
import { COUNTS, HARDWARE_METRICS, METRICS, type MetricId } from '../metrics/registry.ts';
import { specOf } from '../ops/registry.ts';
import type { Shape } from '../ops/spec.ts';
import { QuantityError } from '../units.ts';
import { bottleneckOf, type Bottleneck } from './bottleneck.ts';
import type { DeviceCost } from './device/cost.ts';
import { peakOf, type ActivationPeak } from './peak.ts';

/** The counting rules of a profile. */
export interface ProfileOptions {
  /** id of a FLOP convention; by default the one that users of the network's format expect */
  readonly flops?: string;
  /** id of a CIO convention; by default `cspnet` */
  readonly cio?: string;
}

/** One layer of a profile. A metric that is not defined for it, or not known, is absent, never 0. */
export type ProfileRow = Readonly<Partial<Record<MetricId, number>>> & {
  readonly index: number;
  readonly name: string;
  /** kind of the layer's leading operator */
  readonly kind: string;
  /** that operator as a person writes it: `3x3/2 64->128`; absent where the kind says it all */
  readonly detail?: string;
  readonly stage: string;
  readonly origin: Origin;
  readonly inputs: readonly Shape[];
  readonly outputs: readonly Shape[];
  /** what binds the layer's floor; only on a device, and where something takes time */
  readonly bound?: Bound;
};

/** What of a network was counted. */
export interface Coverage {
  /** layers whose arithmetic is known */
  readonly counted: number;
  /** operators whose cost is not known: every total is too low by what they cost */
  readonly uncounted: readonly { readonly op: string; readonly count: number }[];
  /** what the data decide and is counted at a bound, in words; absent: nothing */
  readonly bounds?: readonly string[];
}

/** What goes into a network, or comes out of it. */
export interface NetworkPort {
  /** as the file has it */
  readonly name: string;
  /** as the file has it */
  readonly shape: Shape;
  /** element type */
  readonly dtype: string;
  /** the file has the channels of the map last (NHWC), not second */
  readonly channelsLast?: boolean;
}

/** What a network costs: totals, the bottleneck, what is not covered, and a row for each layer. */
export interface Profile extends DeviceCost {
  /** what was profiled: where it is from, what goes in and what comes out */
  readonly network: {
    readonly name: string;
    readonly source: string;
    readonly format: Graph['format'];
    readonly inputs: readonly NetworkPort[];
    readonly outputs: readonly NetworkPort[];
    /** names of further outputs, whose shape is not known; absent: none */
    readonly shapelessOutputs?: readonly string[];
    /** a row is a layer with the bias, normalisation and activation behind it */
    readonly fused?: boolean;
    /** how many rows there are, where a row is a module of several layers */
    readonly modules?: number;
    /** how it was read, as far as its numbers depend on that; absent: nothing to say */
    readonly notes?: readonly string[];
  };
  /** ids of the counting rules of FLOPs and CIO */
  readonly conventions: { readonly flops: string; readonly cio: string };
  /** of the network, by metric: sums or maxima, as the metric says; absent where not known */
  readonly totals: Readonly<Partial<Record<MetricId, number>>> & { readonly layers: number };
  /** what of the network was counted: every total is too low by the rest */
  readonly coverage: Coverage;
  /** the layer with the most FLOPs; undefined where no layer computes */
  readonly bottleneck: Bottleneck | undefined;
  /** where the activations take the most memory, and which ones; absent where it is not known */
  readonly peak?: ActivationPeak;
  /** in order of execution */
  readonly layers: readonly ProfileRow[];
}

/**
 * What a network costs, layer by layer and in all.
 *
 * @throws ProfileError CSP103 for an unknown convention, CSP202 where a count passes 2^53
 */
export function profile(graph: Graph, options: ProfileOptions = {}): Profile {
  const { flops, cio } = conventionsOf(graph, options);
  const timed = graph.fused ?? graph;
  const lifetimes = lifetimesOf(timed);
  const timeline = activationTimeline(timed, lifetimes);
  const liveBytes = liveBytesOf(graph, timeline);
  const context: MetricContext = { graph, flops, cio, liveBytes };
  const sums = new Float64Array(COUNTS.length).fill(graph.layers.length === 0 ? 0 : Number.NaN);
  const viewOf = layerViewer(graph);
  const layers = graph.layers.map((layer) => rowOf(viewOf(layer), context, sums));
  COUNTS.forEach(({ ofNetwork, title }, i) => {
    if (ofNetwork === undefined) return;
    try {
      sums[i] = ofNetwork(context) ?? Number.NaN;
    } catch (error) {
      throw error instanceof QuantityError ? tooLarge(title, error, graph.layers[0]?.origin) : error;
    }
  });
  const peak = peakOf(timed, lifetimes, timeline);
  return {
    network: {
      name: graph.name,
      source: graph.source,
      format: graph.format,
      inputs: portsOf(graph, graph.inputs),
      outputs: portsOf(graph, graph.outputs),
      ...(graph.shapelessOutputs === undefined ? {} : { shapelessOutputs: graph.shapelessOutputs }),
      ...(graph.fused !== undefined ? { fused: true } : {}),
      ...(graph.notes === undefined ? {} : { notes: graph.notes }),
    },
    conventions: { flops: flops.id, cio: cio.id },
    totals: totalsOf(layers.length, sums, graph.layers[0]?.origin),
    coverage: coverageOf(graph),
    bottleneck: bottleneckOf(layers),
    ...(peak === undefined ? {} : { peak }),
    layers,
  };
}

/** Bytes of activations alive while each node runs: of a layer that runs as one, the same for all its nodes. */
const liveBytesOf = (graph: Graph, timeline: readonly (number | undefined)[]): MetricContext['liveBytes'] =>
  graph.fused === undefined
    ? timeline
    : graph.layers.flatMap(({ first, last }, i) => Array.from({ length: last - first }, () => timeline[i]));

/** @throws ProfileError CSP103 for a graph of no known format */
function expectedFlops({ format }: Pick<Graph, 'format'>): string {
  const flops = formatById(format)?.flops;
  if (flops !== undefined) return flops;
  throw new ProfileError(
    problem(
      'CSP103',
      `what users of "${format}" count as FLOPs is not known`,
      'name a FLOP convention, such as standard',
    ),
  );
}

/**
 * The counting rules that the options name, or the defaults of the graph's format.
 *
 * @throws ProfileError CSP103 for an unknown convention
 */
export const conventionsOf = (
  graph: Pick<Graph, 'format'>,
  options: ProfileOptions,
): Pick<MetricContext, 'flops' | 'cio'> => ({
  flops: conventionOf('FLOP', FLOP_CONVENTIONS, options.flops ?? expectedFlops(graph)),
  cio: conventionOf('CIO', CIO_CONVENTIONS, options.cio ?? 'cspnet'),
});

function conventionOf<C extends FlopConvention | CioConvention>(
  what: string,
  all: readonly C[],
  id: string,
): C {
  const found = all.find((convention) => convention.id === id);
  if (found !== undefined) return found;
  throw new ProfileError(
    problem(
      'CSP103',
      `there is no ${what} convention "${id}"`,
      `use one of ${all.map((each) => each.id).join(', ')}`,
    ),
  );
}

type Place = Pick<ProfileRow, 'index' | 'name' | 'stage' | 'origin'>;

/** What every row has; an engine reserves room for the numbers that follow in what a constructor makes. */
class Row {
  readonly index: number;
  readonly name: string;
  readonly kind: string;
  readonly stage: string;
  readonly origin: Origin;
  readonly inputs: readonly Shape[];
  readonly outputs: readonly Shape[];

  constructor(layer: Place, kind: string, inputs: readonly Shape[], outputs: readonly Shape[]) {
    this.index = layer.index;
    this.name = layer.name;
    this.kind = kind;
    this.stage = layer.stage;
    this.origin = layer.origin;
    this.inputs = inputs;
    this.outputs = outputs;
  }
}

/** A row to add numbers to. A literal with these many properties would be a table of hashes, of ten times the size. */
export const copyOf = (row: ProfileRow): WritableRow =>
  Object.assign(new Row(row, row.kind, row.inputs, row.outputs), row);

type WritableRow = { -readonly [K in keyof ProfileRow]: ProfileRow[K] };

/** The row of a layer; its numbers go into the totals, one for each metric, that are NaN until one is known. */
function rowOf(view: LayerView, context: MetricContext, totals: Float64Array): ProfileRow {
  const { layer, nodes } = view;
  const { graph } = context;
  const leading = leadingOf(nodes);
  const row: WritableRow = new Row(
    layer,
    leading === undefined ? 'identity' : kindOf(leading),
    shapesOf(graph, view.inputs),
    shapesOf(graph, view.outputs),
  );
  const detail = leading && specOf(leading.kind).label?.(typesOf(graph, leading.inputs), leading.attrs);
  if (detail !== undefined) row.detail = detail;
  for (let i = 0; i < COUNTS.length; i++) {
    const metric = COUNTS[i] as (typeof COUNTS)[number];
    try {
      const value = metric.measure(view, context);
      if (value === undefined) continue;
      row[metric.id] = value;
      totals[i] = combined(metric.total, totals[i] as number, value);
    } catch (error) {
      throw error instanceof QuantityError ? tooLarge(metric.title, error, layer.origin) : error;
    }
  }
  return row;
}

/** The node that a layer is there for: what only views or quantises comes before it. */
const leadingOf = (nodes: readonly OpNode[]): OpNode | undefined =>
  nodes.find((node) => !prepares(node)) ?? nodes[0];

const prepares = (node: OpNode): boolean =>
  node.kind === 'elementwise' ? node.attrs.fn === 'quantize' : specOf(node.kind).memory === 'view';

const kindOf = (node: OpNode): string => (node.kind === 'opaque' ? node.attrs.op : node.kind);

function shapesOf(graph: Graph, ids: readonly TensorId[]): readonly Shape[] {
  const [only] = ids;
  return only !== undefined && ids.length === 1
    ? listOf(storedShape(tensorOf(graph, only)))
    : ids.map((id) => storedShape(tensorOf(graph, id)));
}

/** A list of this shape alone: one object for all rows, of which most have one input and one output. */
function listOf(shape: Shape): readonly Shape[] {
  let list = lists.get(shape);
  if (list === undefined) lists.set(shape, (list = [shape]));
  return list;
}

const lists = new WeakMap<Shape, readonly Shape[]>();

const portsOf = (graph: Graph, ports: Graph['inputs']): readonly NetworkPort[] =>
  ports.map(({ name, tensor }) => {
    const port = tensorOf(graph, tensor);
    const about = { name, dtype: port.type.dtype, shape: storedShape(port) };
    return port.channelsLast === true ? { ...about, channelsLast: true } : about;
  });

/**
 * The network's numbers, by position in `COUNTS` and NaN where they are not known, by name.
 *
 * @throws ProfileError CSP202, with this place, where one passes 2^53
 */
export function totalsOf(layers: number, numbers: Float64Array, origin?: Origin): Profile['totals'] {
  const totals: { -readonly [K in keyof Profile['totals']]: Profile['totals'][K] } = { layers };
  COUNTS.forEach(({ id, total, title }, i) => {
    const result = numbers[i] as number;
    if (total === 'none' || Number.isNaN(result)) return;
    if (result > Number.MAX_SAFE_INTEGER) {
      throw tooLarge(
        `total of ${title}`,
        new QuantityError(`${String(result)} is past 2^53, where counts stop being exact`),
        origin,
      );
    }
    totals[id] = result;
  });
  return totals;
}

const tooLarge = (what: string, error: QuantityError, origin: Origin | undefined): ProfileError =>
  new ProfileError(
    problem(
      'CSP202',
      `the ${what} cannot be stated: ${error.message}`,
      'check the extents of the layer',
      origin,
    ),
  );

function coverageOf(graph: Graph): Coverage {
  const uncounted = new Map<string, number>();
  let counted = 0;
  for (const layer of graph.layers) {
    let known = true;
    for (let i = layer.first; i < layer.last; i++) {
      const node = graph.nodes[i] as OpNode;
      if (workOf(graph, node) !== undefined) continue;
      known = false;
      const op = node.kind === 'opaque' ? node.attrs.op : `${node.kind} in a loop of unknown length`;
      const before = uncounted.get(op);
      uncounted.set(op, before === undefined ? 1 : before + 1);
    }
    if (known) counted++;
  }
  return {
    counted,
    uncounted: [...uncounted].map(([op, count]) => ({ op, count })),
    ...(graph.bounds === undefined ? {} : { bounds: graph.bounds }),
  };
}

export type { MetricColumn, MetricInfo, Need, Place } from '../metrics/metric.ts';
export type { MetricId } from '../metrics/registry.ts';

/** What the metrics are called and counted in, for whoever shows them. */
export const METRIC_INFO: readonly MetricInfo<string, MetricId>[] = METRICS;

/** Those that follow from the network alone: every profile has them. */
export const COUNT_INFO: readonly MetricInfo<string, MetricId>[] = COUNTS;

/** Those that a buffer, a device or an energy table has to be named for. */
export const HARDWARE_INFO: readonly MetricInfo<string, MetricId>[] = HARDWARE_METRICS;
