import { specOf } from '../../ops/registry.ts';
import { typesOf, type Graph, type Layer } from '../../graph/graph.ts';
import {
  networkTraffic,
  networkTrafficCurve,
  type NetworkTrafficOptions,
} from '../../latency/networkTraffic.ts';
import type { TileLoop } from '../../latency/traffic.ts';

type TrafficOptions = Omit<NetworkTrafficOptions, 'bufferBytes'>;

/** DRAM traffic of a network at one size of the buffer. */
export interface TrafficPoint {
  readonly bufferBytes: number;
  /** absent where the buffer does not hold the smallest tiles of some layer */
  readonly dramBytes?: number;
  /** every operand once, layer by layer: what no buffer avoids without fusion */
  readonly compulsory: number;
  /** dramBytes / compulsory */
  readonly overCompulsory?: number;
}

/** The same for one layer. */
export interface LayerTrafficPoint extends TrafficPoint {
  readonly index: number;
  readonly name: string;
  /** operator as a person writes it, or its kind */
  readonly operator: string;
}

/** Traffic against the size of the buffer. */
export interface TrafficCurves {
  readonly points: readonly TrafficPoint[];
  /** layer by layer, each at every size; layers that move nothing are left out */
  readonly layers: readonly (readonly LayerTrafficPoint[])[];
  /** layers whose operators are not known: the totals are too low by theirs */
  readonly unknown: number;
}

/**
 * DRAM bytes of every layer and of the network at each size of the buffer; with fusion the network's points count
 * what chains keep on chip, its layers stand alone.
 */
export function trafficCurves(
  graph: Graph,
  bufferSizes: readonly number[],
  options: TrafficOptions = {},
): TrafficCurves {
  const { fusion, ...single } = options;
  const curve = networkTrafficCurve(graph, bufferSizes, single);
  const { bounds, layers: bounded } = networkTraffic(graph, { bufferBytes: Number.MAX_SAFE_INTEGER });
  const pointOf = (size: number, dramBytes: number | undefined, compulsory: number): TrafficPoint => ({
    bufferBytes: bufferSizes[size] as number,
    ...(dramBytes === undefined ? {} : { dramBytes }),
    compulsory,
    ...(dramBytes === undefined || compulsory === 0 ? {} : { overCompulsory: dramBytes / compulsory }),
  });
  const points = bufferSizes.map((bufferBytes, size) => {
    const alone = curve.totals[size];
    const total =
      alone === undefined || fusion === undefined
        ? alone
        : networkTraffic(graph, { ...options, bufferBytes }).total;
    return pointOf(size, total, bounds.compulsory);
  });
  const layers = curve.layers.flatMap(({ index, dramBytes }) => {
    const layer = graph.layers[index];
    const compulsory = bounded[index]?.bounds?.compulsory;
    if (layer === undefined || compulsory === undefined || compulsory === 0) return [];
    const place = { index, name: layer.name, operator: operatorOf(graph, layer) };
    return [dramBytes.map((bytes, size) => ({ ...place, ...pointOf(size, bytes, compulsory) }))];
  });
  return { points, layers, unknown: graph.layers.length - curve.layers.length };
}

function operatorOf(graph: Graph, { first }: Layer): string {
  const node = graph.nodes[first];
  if (node === undefined) return '';
  return specOf(node.kind).label?.(typesOf(graph, node.inputs), node.attrs) ?? node.kind;
}

/** How a layer is tiled so that it moves no more than it must. */
export interface LayerSchedule {
  readonly bufferBytes: number;
  readonly index: number;
  readonly name: string;
  readonly operator: string;
  readonly dramBytes: number;
  readonly input: number;
  readonly weights: number;
  readonly output: number;
  /** partial sums, out and back */
  readonly psums: number;
  /** operand whose tile stays while the innermost loop runs; `all` where every operand fits */
  readonly stationary: 'output' | 'input' | 'weights' | 'all';
  /** tile: images, output channels and input channels of a group, extents of the output */
  readonly tile: readonly [batch: number, outputChannels: number, inputChannels: number, ...output: number[]];
  /** loops over tiles, from the outermost to the innermost */
  readonly loops: readonly TileLoop[];
  /** bytes that the tiles occupy */
  readonly footprint: number;
}

/**
 * The best schedule of every convolution, fully connected layer and product of matrices at each size.
 *
 * @throws ProfileError CSP502, with the layer's place, where a buffer does not hold its smallest tiles
 */
export function trafficSchedules(
  graph: Graph,
  bufferSizes: readonly number[],
  options: Omit<TrafficOptions, 'fusion'> = {},
): readonly LayerSchedule[] {
  return bufferSizes.flatMap((bufferBytes) =>
    networkTraffic(graph, { ...options, bufferBytes }).layers.flatMap(({ index, schedules }) => {
      const layer = graph.layers[index];
      if (layer === undefined) return [];
      return schedules.map(({ total, tile, ...rest }): LayerSchedule => ({
        bufferBytes,
        index,
        name: layer.name,
        operator: operatorOf(graph, layer),
        dramBytes: total,
        ...rest,
        tile: [tile.batch, tile.outputChannels, tile.inputChannels, ...tile.output],
      }));
    }),
  );
}
