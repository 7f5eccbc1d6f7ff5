import { ProfileError } from '../diagnostics.ts';
import type { LayerInfo, Sketch } from '../graph/builder.ts';
import type { Graph, Layer, OpNode, TensorId } from '../graph/graph.ts';
import type { Inferred } from '../graph/inference.ts';
import { layerViews } from '../graph/layers.ts';
import { secondsBeside } from '../latency/networkLatency.ts';
import { ON_THE_WAY, demandsWhere } from '../latency/operators.ts';
import type { ShapeMemo } from '../latency/shapeMemo.ts';
import { NetworkHardware, type HardwareOptions } from '../metrics/hardware.ts';
import {
  combined,
  isCounted,
  type Hardware,
  type HardwareMetric,
  type MetricContext,
  type Need,
} from '../metrics/metric.ts';
import type { MetricId } from '../metrics/registry.ts';
import { floorSeconds } from '../metrics/time.ts';
import { amount, quantity, QuantityError } from '../units.ts';
import type { KnownLayers } from './counts.ts';

type Metric = HardwareMetric<Need, string, MetricId>;
type Options = HardwareOptions & { readonly memo: ShapeMemo };
type Conventions = Pick<MetricContext, 'flops' | 'cio'>;

/**
 * Numbers of networks on one hardware, each kind of layer costed once however many networks have it: those that
 * `hardwareTotals` gives. What a layer costs follows from its kind, and from which of its operators are applied as
 * results leave.
 */
export class LayerHardware {
  readonly #options: Options;
  readonly #asked: readonly Metric[];
  readonly #metrics: readonly Metric[];
  /** what the totals begin with */
  readonly #beside: readonly number[];
  /** by kind and what is applied on the way, where the numbers of its metrics begin */
  readonly #places = new Map<number, number>();
  #numbers = new Float64Array(1 << 10);
  #known: Pick<KnownLayers, 'memo' | 'generation'> | undefined;
  /** whether the device's calibration is of the networks' element type */
  #predicts = false;

  /** @param metrics of which `isLayerwise` holds */
  constructor(options: Options, metrics: readonly Metric[]) {
    const { device } = options;
    this.#options = options;
    this.#asked = metrics.filter(
      ({ total, needs }) =>
        total !== 'none' &&
        needs.every(
          (need) => need === 'buffer' || (need === 'device' ? device : device?.array) !== undefined,
        ),
    );
    // What a calibration expects is held to the floor.
    this.#metrics = [...new Set(device === undefined ? this.#asked : [...this.#asked, floorSeconds])];
    const beside: Partial<Record<MetricId, number>> = device === undefined ? {} : secondsBeside(device);
    this.#beside = this.#metrics.map(
      ({ id, ofNetwork }) => beside[id] ?? (ofNetwork === undefined ? Number.NaN : 0),
    );
  }

  /** By id of the metric; undefined where only the network as a whole says it, or what is wrong with it. */
  totals(network: KnownLayers, conventions: Conventions): Partial<Record<MetricId, number>> | undefined {
    const applied = appliedIn(network.sketch);
    if (applied === undefined) return undefined;
    if (this.#known?.memo !== network.memo || this.#known.generation !== network.generation) {
      this.#known = network;
      this.#places.clear();
    }
    const keys = Float64Array.from(network.kinds, (kind, layer) => (applied[layer] as number) * KINDS + kind);
    try {
      if (!this.#learn(network.sketch, keys, applied, conventions)) return undefined;
      return this.#stated(this.#summed(keys));
    } catch (error) {
      // Where the place is, and what the whole network says of it, is found by those who look at it whole.
      if (error instanceof QuantityError || error instanceof ProfileError) return undefined;
      throw error;
    }
  }

  #summed(keys: Float64Array): Float64Array {
    const sums = Float64Array.from(this.#beside);
    for (const key of keys) {
      const begin = this.#places.get(key) as number;
      for (let i = 0; i < sums.length; i++) {
        const value = this.#numbers[begin + i] as number;
        if (!Number.isNaN(value))
          sums[i] = combined((this.#metrics[i] as Metric).total, sums[i] as number, value);
      }
    }
    return sums;
  }

  #stated(sums: Float64Array): Partial<Record<MetricId, number>> {
    const totals: Partial<Record<MetricId, number>> = {};
    const floor = sums[this.#metrics.indexOf(floorSeconds)] as number;
    for (const [i, { id, unit }] of this.#asked.entries()) {
      const sum = sums[i] as number;
      if (Number.isNaN(sum) || (id === 'predictedSeconds' && !this.#predicts)) continue;
      const value = id === 'predictedSeconds' ? Math.max(sum, floor) : sum;
      totals[id] = isCounted(unit) ? quantity(value) : amount(value);
    }
    return totals;
  }

  /** Costs the layers that were not met before, as a network of their own; false where not all is known of them. */
  #learn(sketch: Sketch, keys: Float64Array, applied: Int32Array, conventions: Conventions): boolean {
    const met = new Map<number, number>();
    for (let layer = 0; layer < keys.length; layer++) {
      const key = keys[layer] as number;
      if (!this.#places.has(key)) met.set(key, layer);
    }
    if (met.size === 0) return true;
    const { graph, onTheWay } = partOf(sketch, [...met.values()], applied);
    const demands = demandsWhere(graph, this.#options.memo, (node) => onTheWay[node] === true);
    // A network computes in one type here: that of what goes into it.
    const [input] = sketch.inputs;
    const type = input && sketch.tensors[input.tensor]?.type.dtype;
    if (demands.some((demand) => demand.kind === 'tiled' && demand.dtype !== type)) return false;
    const hardware = new NetworkHardware(graph, this.#options);
    if (hardware.buffer.unknown > 0 || (hardware.device?.unknown ?? 0) > 0) return false;
    this.#predicts = hardware.device?.prediction !== undefined;
    const context = { graph, ...conventions, liveBytes: [] };
    const numbers: number[] = [];
    for (const view of layerViews(graph)) {
      for (const { measure } of this.#metrics)
        numbers.push(measure(view, hardware as Hardware, context) ?? Number.NaN);
    }
    this.#add([...met.keys()], numbers);
    return true;
  }

  #add(keys: readonly number[], numbers: readonly number[]): void {
    const width = this.#metrics.length;
    const begin = this.#places.size * width;
    if (begin + numbers.length > this.#numbers.length) {
      const before = this.#numbers;
      this.#numbers = new Float64Array(2 * before.length + numbers.length);
      this.#numbers.set(before);
    }
    this.#numbers.set(numbers, begin);
    for (const [i, key] of keys.entries()) this.#places.set(key, begin + i * width);
  }
}

/** Whether what these metrics say of a network on this hardware is that of its layers, one after the other. */
export const isLayerwise = ({ device, fusion }: HardwareOptions, metrics: readonly Metric[]): boolean =>
  fusion === undefined &&
  (device?.calibration === undefined || device.calibration.kind === 'features') &&
  metrics.every(({ needs }) => needs.every((need) => need !== 'energy'));

/** More kinds of layers than there are. */
const KINDS = 2 ** 21;

/** The most nodes of a layer, for what is applied of it to be a number. */
const MOST_NODES = 31;

/** Some layers of a network in a graph of their own, and which of its nodes are applied on the way. */
function partOf(
  { format, tensors, inputs, starts, layers, nodeAt }: Sketch,
  wanted: readonly number[],
  applied: Int32Array,
): { readonly graph: Graph; readonly onTheWay: readonly boolean[] } {
  const nodes: OpNode[] = [];
  const onTheWay: boolean[] = [];
  const own = wanted.map((layer, index): Layer => {
    const { name, origin } = layers[layer] as LayerInfo;
    const from = starts[layer] as number;
    const first = nodes.length;
    for (let i = from; i < (starts[layer + 1] as number); i++) {
      nodes.push(nodeAt(i));
      onTheWay.push(((applied[layer] as number) & (1 << (i - from))) !== 0);
    }
    return { index, name, stage: '', origin, first, last: nodes.length };
  });
  const graph = { name: '', source: '', format, inputs, outputs: [], nodes, tensors, layers: own };
  return { graph, onTheWay };
}

/** For each layer, a bit for every node that `appliedOnTheWay` says of; undefined where a layer has too many. */
function appliedIn(sketch: Sketch): Int32Array | undefined {
  const { tensors, operators, operands, results, starts, layers } = sketch;
  const readers = new Uint32Array(tensors.length);
  for (const read of operands) for (const id of read) readers[id] = (readers[id] as number) + 1;
  for (const { tensor } of sketch.outputs()) readers[tensor] = (readers[tensor] as number) + 1;
  const made = new Uint8Array(tensors.length);
  const applied = new Int32Array(layers.length);
  for (let layer = 0; layer < layers.length; layer++) {
    const first = starts[layer] as number;
    const end = starts[layer + 1] as number;
    if (end - first > MOST_NODES) return undefined;
    for (let i = first; i < end; i++) {
      const { kind, outputs } = operators[i] as Inferred;
      if (ON_THE_WAY.has(kind) && isOnlyReader(operands[i] as readonly TensorId[]))
        applied[layer] = (applied[layer] as number) | (1 << (i - first));
      made.fill(1, results[i], (results[i] as number) + outputs.length);
    }
  }
  return applied;

  function isOnlyReader(read: readonly TensorId[]): boolean {
    let only: TensorId | undefined;
    for (const id of read) {
      if (tensors[id]?.role !== 'activation') continue;
      if (only !== undefined) return false;
      only = id;
    }
    return only !== undefined && made[only] === 1 && readers[only] === 1;
  }
}
