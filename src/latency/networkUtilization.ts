import type { ArrayDataflow, Device } from '../devices/device.ts';
import type { Graph } from '../graph/graph.ts';
import { convGeometry, type ConvLayer } from './convLayer.ts';
import type { ShapeMemo } from './shapeMemo.ts';
import { demandsOf } from './operators.ts';
import { rowStationaryConv } from './rowStationary.ts';
import { systolicConv } from './systolic.ts';

/** An array of processing elements: a systolic one (`os`, `ws`, `is`) or one that keeps rows (`rs`). */
export interface ArrayShape {
  /** processing elements along one side */
  readonly rows: number;
  /** processing elements along the other side */
  readonly columns: number;
  /** what stays in the processing elements */
  readonly dataflow: ArrayDataflow;
}

/** A layer on an array; layers without convolutions or products of matrices have none. */
export interface LayerUtilization {
  /** of the layer in `Graph.layers` */
  readonly index: number;
  /** of its convolutions and products of matrices */
  readonly macs: number;
  /** of the array, one product after the other */
  readonly cycles: number;
  /** MACs / (cycles * processing elements); the rest of the array idles */
  readonly utilization: number;
  /** cycles that a layer of as many MACs would take if every processing element worked all the time */
  readonly idealCycles: number;
}

/** A network on an array, layer after layer. */
export interface NetworkUtilization {
  /** that this is for */
  readonly array: ArrayShape;
  /** of all layers here */
  readonly macs: number;
  /** layer after layer */
  readonly cycles: number;
  /** MACs / (cycles * processing elements), 0 to 1 */
  readonly utilization: number;
  /** cycles if every processing element worked all the time */
  readonly idealCycles: number;
  /** those that have products, in order of execution */
  readonly layers: readonly LayerUtilization[];
}

/** Cycles of a convolution on an array, of any dataflow. */
export function arrayCycles(
  layer: ConvLayer,
  { rows, columns, dataflow }: ArrayShape,
  memo?: ShapeMemo,
): number {
  const known = memo?.results<number>(`cycles ${dataflow} ${rows} ${columns}`);
  let cycles = known?.get(layer);
  if (cycles === undefined) {
    cycles =
      dataflow === 'rs'
        ? rowStationaryConv(layer, { rows, columns }).cycles
        : systolicConv(layer, { rows, columns, dataflow }).cycles;
    known?.set(layer, cycles);
  }
  return cycles;
}

/** The array of a device that has one. */
export const arrayOf = ({ array }: Device): ArrayShape | undefined =>
  array === undefined
    ? undefined
    : { rows: array.rows.value, columns: array.columns.value, dataflow: array.dataflow };

/** Cycles and utilisation of every convolution and product of matrices of a network, one after the other. */
export function networkUtilization(graph: Graph, array: ArrayShape, memo?: ShapeMemo): NetworkUtilization {
  const demands = demandsOf(graph, memo);
  const elements = array.rows * array.columns;
  const costOf = (macs: number, cycles: number) => ({
    macs,
    cycles,
    utilization: macs / (cycles * elements),
    idealCycles: Math.ceil(macs / elements),
  });
  let macsInAll = 0;
  let cyclesInAll = 0;
  const layers = graph.layers.flatMap(({ index, first, last }): readonly LayerUtilization[] => {
    let macs = 0;
    let cycles = 0;
    for (const demand of demands.slice(first, last)) {
      if (demand.kind !== 'tiled') continue;
      macs += convGeometry(demand.layer).macs * demand.repeat;
      cycles += arrayCycles(demand.layer, array, memo) * demand.repeat;
    }
    macsInAll += macs;
    cyclesInAll += cycles;
    return cycles === 0 ? [] : [{ index, ...costOf(macs, cycles) }];
  });
  return { array, ...costOf(macsInAll, cyclesInAll), layers };
}
