import type { EnergyTable } from '../devices/energyTable.ts';
import type { Graph } from '../graph/graph.ts';
import { convGeometry, type ConvLayer } from './convLayer.ts';
import { amount, type Energies, type Seconds } from '../units.ts';
import { energyOf, idleEnergy, sumOf, type Energy, type EnergyPart } from './energy.ts';
import type { NetworkTraffic } from './networkTraffic.ts';
import type { ShapeMemo } from './shapeMemo.ts';
import { demandsOf } from './operators.ts';
import type { OperandBytes } from './traffic.ts';
import { systolicConv, type SystolicArray } from './systolic.ts';

/** What the energy of a network depends on besides its table. */
export interface NetworkEnergyOptions {
  /** DRAM bytes of the graph: what `networkTraffic` gives */
  readonly traffic: NetworkTraffic;
  /** array whose accesses of the buffer count; absent: accesses on chip are not known and not counted */
  readonly array?: SystolicArray;
  /** bytes of a partial sum on chip; 4 by default */
  readonly psumBytes?: number;
  /** what was found for the shapes of other networks; absent: nothing */
  readonly memo?: ShapeMemo;
  /** power drawn in any case, and the seconds that the inference takes */
  readonly idle?: { readonly watts: number; readonly seconds: Seconds };
}

/** Energy of one layer. */
export interface LayerEnergy {
  /** of the layer in `Graph.layers` */
  readonly index: number;
  /** absent where an operator of the layer is not known; its DRAM part is that of the layer run alone */
  readonly energy?: Energy;
}

/** Energy of one inference, in the unit of its table. */
export interface NetworkEnergy extends Energy {
  /** where the energies are from */
  readonly table: EnergyTable;
  /** in order of execution */
  readonly layers: readonly LayerEnergy[];
  /** parts that nothing states: the total is too low by them */
  readonly notCounted: readonly EnergyPart[];
}

/**
 * Energy of one inference by cause: arithmetic of convolutions, fully connected layers and products of
 * matrices; registers and on-chip buffer where they are known; DRAM; power drawn in any case.
 *
 * @unit   that of the table
 * @throws ProfileError CSP505 if the table states no MAC of the element type
 */
export function networkEnergy(
  graph: Graph,
  table: EnergyTable,
  options: NetworkEnergyOptions,
): NetworkEnergy {
  const { traffic, array, psumBytes = 4, idle, memo } = options;
  const demands = demandsOf(graph, memo);
  const parts: Partial<Record<EnergyPart, Energies>> = {};
  const layers = graph.layers.map(({ index, first, last }, position): LayerEnergy => {
    const dramBytes = traffic.layers[position]?.dramBytes;
    if (dramBytes === undefined) return { index };
    const dram = energyOf({ macs: 0, dtype: 'float32', dramBytes }, table).parts.dram;
    const own: Partial<Record<EnergyPart, Energies>> = dram === undefined ? {} : { dram };
    for (const demand of demands.slice(first, last)) {
      if (demand.kind !== 'tiled') continue;
      const { layer, dtype, bytes, repeat } = demand;
      const energy = energyOf(
        {
          macs: convGeometry(layer).macs * repeat,
          dtype,
          ...(array === undefined
            ? {}
            : {
                onChip: {
                  accessedBits: repeat * accessedBits(layer, array, bytes, psumBytes),
                  capacityBytes: traffic.bufferBytes,
                },
              }),
        },
        table,
      );
      for (const part of ['arithmetic', 'registers', 'onChip'] as const) {
        const more = energy.parts[part];
        if (more === undefined) continue;
        add(own, part, more);
        add(parts, part, more);
      }
    }
    return { index, energy: { unit: table.unit, parts: own, total: sumOf(own) } };
  });
  parts.dram = amount(traffic.total * 8 * table.dramPerBit);
  if (idle !== undefined && table.unit === 'pJ') parts.idle = idleEnergy(idle);
  return {
    table,
    unit: table.unit,
    parts,
    total: sumOf(parts),
    layers,
    notCounted: (['registers', 'onChip', 'idle'] as const).filter((part) => parts[part] === undefined),
  };
}

/** Bits that cross between array and buffer: operands, results once, partial sums out and back. */
function accessedBits(
  layer: ConvLayer,
  array: SystolicArray,
  bytes: OperandBytes,
  psumBytes: number,
): number {
  const { inputReads, weightReads, outputWrites, psumReads } = systolicConv(layer, array).sram;
  const results = convGeometry(layer).pixels * layer.outputChannels;
  const psums = outputWrites - results + (psumReads ?? NaN);
  return (
    8 * (inputReads * bytes.input + weightReads * bytes.weights + results * bytes.output + psums * psumBytes)
  );
}

function add(parts: Partial<Record<EnergyPart, Energies>>, part: EnergyPart, energy: Energies): void {
  const before = parts[part];
  parts[part] = before === undefined ? energy : amount(before + energy);
}
