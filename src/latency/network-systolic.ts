import type { Graph } from '../graph/graph.ts';
import { convGeometry } from './conv-layer.ts';
import { demandsOf } from './operators.ts';
import { systolicConv, type SystolicArray } from './systolic.ts';

/** A layer on a systolic array; layers without convolutions or products of matrices have none. */
export interface LayerSystolic {
  readonly index: number;
  readonly macs: number;
  readonly cycles: number;
  /** MACs / (cycles * processing elements); the rest of the array idles */
  readonly utilization: number;
  /** cycles that a layer of as many MACs would take if every processing element worked all the time */
  readonly idealCycles: number;
}

export interface NetworkSystolic {
  readonly array: SystolicArray;
  readonly macs: number;
  readonly cycles: number;
  readonly utilization: number;
  readonly idealCycles: number;
  readonly layers: readonly LayerSystolic[];
}

/** Cycles and utilisation of every convolution and product of matrices of a network, one after the other. */
export function networkSystolic(graph: Graph, array: SystolicArray): NetworkSystolic {
  const demands = demandsOf(graph);
  const elements = array.rows * array.columns;
  const costOf = (macs: number, cycles: number) => ({
    macs,
    cycles,
    utilization: macs / (cycles * elements),
    idealCycles: Math.ceil(macs / elements),
  });
  let macsInAll = 0;
  let cyclesInAll = 0;
  const layers = graph.layers.flatMap(({ index, first, last }): readonly LayerSystolic[] => {
    let macs = 0;
    let cycles = 0;
    for (const demand of demands.slice(first, last)) {
      if (demand.kind !== 'tiled') continue;
      macs += convGeometry(demand.layer).macs * demand.repeat;
      cycles += systolicConv(demand.layer, array).cycles * demand.repeat;
    }
    macsInAll += macs;
    cyclesInAll += cycles;
    return cycles === 0 ? [] : [{ index, ...costOf(macs, cycles) }];
  });
  return { array, ...costOf(macsInAll, cyclesInAll), layers };
}
