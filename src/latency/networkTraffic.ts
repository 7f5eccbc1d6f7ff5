import { ProfileError, type Origin } from '../diagnostics.ts';
import type { Graph, Layer } from '../graph/graph.ts';
import { exactly } from './exact.ts';
import { quantity, sum, type Bytes } from '../units.ts';
import type { ConvLayer } from './convLayer.ts';
import type { ShapeMemo } from './shapeMemo.ts';
import { chainsOf } from './fusedLayers.ts';
import { fusedDramTraffic, type FusedTraffic } from './fusion.ts';
import type { Demand } from './demand.ts';
import { demandsOf } from './operators.ts';
import {
  leastDramTraffic,
  trafficBounds,
  trafficCurve,
  type DramTraffic,
  type TrafficBounds,
  type TrafficOptions,
} from './traffic.ts';

/** A buffer and how layers use it. */
export interface NetworkTrafficOptions extends Omit<TrafficOptions, 'dtypeBytes'> {
  /**
   * Layers that hand their maps on without DRAM, wherever this moves less: `pairs` of consecutive layers that move
   * data, or these and whole `stages`. Absent: none.
   */
  readonly fusion?: 'pairs' | 'stages';
  /** what was found for the shapes of other networks; absent: nothing */
  readonly memo?: ShapeMemo;
}

/** DRAM traffic of one layer run alone; `dramBytes` is absent where an operator of it is not known. */
export interface LayerTraffic {
  /** of the layer in `Graph.layers` */
  readonly index: number;
  /** the least that this buffer allows */
  readonly dramBytes?: Bytes;
  /** what no schedule beats, and what the worst one needs */
  readonly bounds?: TrafficBounds;
  /** how its convolutions and products of matrices are tiled, in order */
  readonly schedules: readonly DramTraffic[];
  /** index into the chains: the chain's traffic replaces that of its layers in the total */
  readonly chain?: number;
}

/** Consecutive layers that exchange maps on chip. */
export interface ChainTraffic extends FusedTraffic {
  /** indices of the first and the last layer */
  readonly first: number;
  /** included */
  readonly last: number;
  /** bytes that the layers would move more, one by one */
  readonly saved: Bytes;
}

/** Bytes that a network moves over DRAM, layer by layer, and how. */
export interface NetworkTraffic {
  /** size that this is for */
  readonly bufferBytes: number;
  /** least DRAM bytes of the network's schedule: chains and the layers outside them */
  readonly total: Bytes;
  /** sums over the layers, one by one */
  readonly bounds: TrafficBounds;
  /** in order of execution */
  readonly layers: readonly LayerTraffic[];
  /** empty without fusion */
  readonly chains: readonly ChainTraffic[];
  /** layers without a number: the totals are too low by theirs */
  readonly unknown: number;
}

/**
 * Least DRAM bytes of every layer and of the network for a buffer of `bufferBytes`.
 *
 * Convolutions, fully connected layers and products of matrices as `leastDramTraffic`; batch normalisation and
 * functions of one operand are applied as results leave; views and concatenations move nothing; every other
 * operator reads its operands and writes its results once.
 *
 * @unit   byte, for the dtypes of the graph
 * @throws ProfileError CSP502, with the layer's place, where the buffer does not hold its smallest tiles
 */
export function networkTraffic(graph: Graph, options: NetworkTrafficOptions): NetworkTraffic {
  const demands = demandsOf(graph, options.memo);
  const tile = tiler(options);
  const layers = graph.layers.map((layer) => layerTraffic(layer, demandsIn(demands, layer), tile));
  const { total, chains } = schedule(graph, layers, options);
  const sums = { compulsory: 0, lowerBound: 0, noReuse: 0, noReuseSpilled: 0 };
  let unknown = 0;
  for (const { bounds } of layers) {
    if (bounds === undefined) unknown++;
    else addTo(sums, bounds, 1);
  }
  return {
    bufferBytes: options.bufferBytes,
    total,
    bounds: boundsOf(sums, 0),
    layers:
      chains.length === 0
        ? layers
        : layers.map((layer) => {
            const chain = chains.findIndex(({ first, last }) => first <= layer.index && layer.index <= last);
            return chain === -1 ? layer : { ...layer, chain };
          }),
    chains,
    unknown,
  };
}

type Sums = { -readonly [N in keyof TrafficBounds]: number };

function addTo(sums: Sums, bounds: TrafficBounds, times: number): void {
  sums.compulsory += bounds.compulsory * times;
  sums.lowerBound += bounds.lowerBound * times;
  sums.noReuse += bounds.noReuse * times;
  sums.noReuseSpilled += bounds.noReuseSpilled * times;
}

/** The sums with bytes that all schedules move. */
const boundsOf = (sums: Sums, once: number): TrafficBounds => ({
  compulsory: quantity<'byte'>(sums.compulsory + once),
  lowerBound: quantity<'byte'>(sums.lowerBound + once),
  noReuse: quantity<'byte'>(sums.noReuse + once),
  noReuseSpilled: quantity<'byte'>(sums.noReuseSpilled + once),
});

/** DRAM bytes against the size of the buffer, layer by layer; undefined where the buffer holds no tile. */
export interface NetworkTrafficCurve {
  /** in bytes, in the order given */
  readonly bufferSizes: readonly number[];
  /** `dramBytes` by buffer size */
  readonly layers: readonly { readonly index: number; readonly dramBytes: readonly (Bytes | undefined)[] }[];
  /** sums over the layers; undefined where one of them is */
  readonly totals: readonly (Bytes | undefined)[];
}

/** `networkTraffic` without fusion at each buffer size; layers whose operators are not known are left out. */
export function networkTrafficCurve(
  graph: Graph,
  bufferSizes: readonly number[],
  options: Omit<TrafficOptions, 'bufferBytes' | 'dtypeBytes'> = {},
): NetworkTrafficCurve {
  return exactly(graph, () => curveOf(graph, bufferSizes, options));
}

function curveOf(
  graph: Graph,
  bufferSizes: readonly number[],
  options: Omit<TrafficOptions, 'bufferBytes' | 'dtypeBytes'>,
): NetworkTrafficCurve {
  const demands = demandsOf(graph);
  const curves = new Map<ConvLayer, readonly (DramTraffic | undefined)[]>();
  const layers = graph.layers.flatMap((layer) => {
    const own = demandsIn(demands, layer);
    if (own.some(({ kind }) => kind === 'unknown')) return [];
    const dramBytes = bufferSizes.map((_, size) => {
      let bytes: number | undefined = 0;
      for (const demand of own) {
        if (demand.kind === 'once') bytes += demand.bytes;
        if (demand.kind !== 'tiled') continue;
        let curve = curves.get(demand.layer);
        if (curve === undefined) {
          curve = trafficCurve(demand.layer, bufferSizes, { ...options, dtypeBytes: demand.bytes });
          curves.set(demand.layer, curve);
        }
        const point = curve[size];
        if (point === undefined) return undefined;
        bytes += point.total * demand.repeat;
      }
      return quantity<'byte'>(bytes);
    });
    return [{ index: layer.index, dramBytes }];
  });
  const totals = bufferSizes.map((_, size) => {
    const points = layers.map(({ dramBytes }) => dramBytes[size]);
    return points.every((point) => point !== undefined) ? sum(points) : undefined;
  });
  return { bufferSizes, layers, totals };
}

type Tiled = Extract<Demand, { kind: 'tiled' }>;
type Tile = (
  demand: Tiled,
  layer: Layer,
) => { readonly schedule: DramTraffic; readonly bounds: TrafficBounds };

/** Searches each shape once; an error names the layer that met it first. */
function tiler(options: NetworkTrafficOptions): Tile {
  const { memo, bufferBytes, doubleBuffering, haloReuse, psumBytes } = options;
  const found =
    memo?.results<ReturnType<Tile>>(`traffic ${bufferBytes} ${doubleBuffering} ${haloReuse} ${psumBytes}`) ??
    new Map<ConvLayer, ReturnType<Tile>>();
  return ({ layer, bytes }, { origin, name }) => {
    let result = found.get(layer);
    if (result === undefined) {
      const all = { ...options, dtypeBytes: bytes };
      try {
        result = { schedule: leastDramTraffic(layer, all), bounds: trafficBounds(layer, all) };
      } catch (error) {
        if (!(error instanceof ProfileError)) throw error;
        const place: Origin = origin.architecture === undefined ? origin : { ...origin, scope: name };
        const [first, ...others] = error.diagnostics.map((each) => ({ ...each, origin: place }));
        throw first === undefined ? error : new ProfileError(first, ...others);
      }
      found.set(layer, result);
    }
    return result;
  };
}

const demandsIn = (demands: readonly Demand[], { first, last }: Layer): readonly Demand[] =>
  demands.slice(first, last);

function layerTraffic(layer: Layer, demands: readonly Demand[], tile: Tile): LayerTraffic {
  const { index } = layer;
  const alone = onlyProduct(demands);
  if (alone !== undefined) {
    const { schedule, bounds } = tile(alone, layer);
    return { index, dramBytes: schedule.total, bounds, schedules: [schedule] };
  }
  let once = 0;
  let least = 0;
  const schedules: DramTraffic[] = [];
  const sums = { compulsory: 0, lowerBound: 0, noReuse: 0, noReuseSpilled: 0 };
  for (const demand of demands) {
    if (demand.kind === 'unknown') return { index, schedules: [] };
    if (demand.kind === 'once') once += demand.bytes;
    if (demand.kind !== 'tiled') continue;
    const { repeat } = demand;
    const found = tile(demand, layer);
    schedules.push(found.schedule);
    least += found.schedule.total * repeat;
    addTo(sums, found.bounds, repeat);
  }
  return {
    index,
    dramBytes: quantity<'byte'>(least + once),
    bounds: boundsOf(sums, once),
    schedules,
  };
}

/** The product that is all that moves data, once; undefined where there is more. */
function onlyProduct(demands: readonly Demand[]): Tiled | undefined {
  let only: Tiled | undefined;
  for (const demand of demands) {
    if (demand.kind === 'none') continue;
    if (demand.kind !== 'tiled' || only !== undefined || demand.repeat !== 1) return undefined;
    only = demand;
  }
  return only;
}

/** The cheapest way to cut the layers into chains and single layers, by dynamic programming over the layers. */
function schedule(
  graph: Graph,
  layers: readonly LayerTraffic[],
  options: NetworkTrafficOptions,
): { readonly total: Bytes; readonly chains: readonly ChainTraffic[] } {
  if (options.fusion === undefined) {
    let bytes = 0;
    for (const { dramBytes = NO_BYTES } of layers) bytes += dramBytes;
    return { total: quantity<'byte'>(bytes), chains: [] };
  }
  const before: { readonly bytes: number; readonly chain?: ChainTraffic }[] = [{ bytes: 0 }];
  const ending = new Map<number, ChainTraffic[]>();
  for (const chain of candidates(graph, layers, options)) {
    const same = ending.get(chain.last);
    if (same === undefined) ending.set(chain.last, [chain]);
    else same.push(chain);
  }
  layers.forEach(({ dramBytes = NO_BYTES }, i) => {
    let best: (typeof before)[number] = { bytes: bytesBefore(i) + dramBytes };
    for (const chain of ending.get(i) ?? []) {
      const bytes = bytesBefore(chain.first) + chain.total;
      if (bytes < best.bytes) best = { bytes, chain };
    }
    before.push(best);
  });
  const chains: ChainTraffic[] = [];
  for (let i = layers.length; i > 0;) {
    const chain = before[i]?.chain;
    if (chain !== undefined) chains.unshift(chain);
    i = chain?.first ?? i - 1;
  }
  return { total: quantity<'byte'>(bytesBefore(layers.length)), chains };

  function bytesBefore(i: number): number {
    const entry = before[i];
    if (entry === undefined) throw new RangeError(`no layer ${i}`);
    return entry.bytes;
  }
}

/** A layer that is not known adds nothing to a total that says how many are unknown. */
const NO_BYTES = quantity<'byte'>(0);

/** Chains that move less than their layers one by one: pairs of layers that move data, and whole stages. */
function candidates(
  graph: Graph,
  layers: readonly LayerTraffic[],
  options: NetworkTrafficOptions,
): readonly ChainTraffic[] {
  const chainOf = chainsOf(graph);
  const moving = layers
    .filter(({ dramBytes }) => dramBytes === undefined || dramBytes > 0)
    .map(({ index }) => index);
  const runs = moving.flatMap((index, i) => {
    const next = moving[i + 1];
    return next === undefined ? [] : [[index, next] as const];
  });
  if (options.fusion === 'stages') {
    let start = 0;
    graph.layers.forEach(({ stage, index }) => {
      if (graph.layers[index + 1]?.stage === stage) return;
      if (index > start) runs.push([start, index]);
      start = index + 1;
    });
  }
  return runs.flatMap(([first, last]) => {
    const alone = layers.slice(first, last + 1).map(({ dramBytes }) => dramBytes);
    if (!alone.every((bytes) => bytes !== undefined)) return [];
    const found = chainOf(first, last);
    const traffic =
      found === undefined
        ? undefined
        : fusedDramTraffic(found.chain, { ...options, dtypeBytes: found.elementBytes });
    const bytes = sum(alone);
    return traffic === undefined || traffic.total >= bytes
      ? []
      : [{ ...traffic, first, last, saved: quantity<'byte'>(bytes - traffic.total) }];
  });
}
