import type { Device } from '../../devices/device.ts';
import type { EnergyTable } from '../../devices/energyTable.ts';
import { tensorOf, withDType, type Graph } from '../../graph/graph.ts';
import { networkEnergy, type NetworkEnergy } from '../../latency/networkEnergy.ts';
import type { AttributedKernel } from '../../latency/kernels/kernel.ts';
import { networkLatency, type NetworkLatency } from '../../latency/networkLatency.ts';
import {
  networkTraffic,
  type NetworkTraffic,
  type NetworkTrafficOptions,
} from '../../latency/networkTraffic.ts';
import { arrayOf, networkUtilization, type NetworkUtilization } from '../../latency/networkUtilization.ts';
import { demandsOf } from '../../latency/operators.ts';
import type { SystolicArray } from '../../latency/systolic.ts';
import { DTYPES, type DType } from '../../ops/dtype.ts';
import type { Profile, ProfileRow } from '../profile.ts';
import type {
  DeviceCost,
  DeviceUsed,
  EnergyCost,
  LatencyCost,
  TrafficCost,
  UtilizationCost,
} from './cost.ts';
import { DEVICE_METRICS, type DeviceMetricId } from './metrics.ts';

/** A buffer or a device, and how it is used. */
export interface DeviceCostOptions extends Omit<Partial<NetworkTrafficOptions>, 'psumBytes'> {
  /** hardware to cost the network on; absent: a buffer alone, so no time */
  readonly device?: Device;
  /** energies of single operations; absent: no energy is stated */
  readonly energy?: EnergyTable;
  /** what a runtime makes of the graph, where the device's calibration is of kernels */
  readonly kernels?: readonly AttributedKernel[];
}

/**
 * The profile with what the network costs on hardware: bytes over DRAM for a buffer and, on a device, time,
 * utilisation and energy. The buffer is the device's unless `bufferBytes` says another.
 *
 * @throws ProfileError CSP502 for too small a buffer, CSP504 and CSP505 if the device states no peak, or the
 *         table no energy, of the element type
 */
export function withDeviceCost(graph: Graph, base: Profile, options: DeviceCostOptions): Profile {
  const { device, energy: table, doubleBuffering = false, haloReuse = false, fusion } = options;
  const stated = options.bufferBytes ?? device?.memory[1]?.capacity?.value;
  const traffic = networkTraffic(graph, {
    doubleBuffering,
    haloReuse,
    ...(fusion === undefined ? {} : { fusion }),
    bufferBytes: stated ?? Number.MAX_SAFE_INTEGER,
  });
  const latency =
    device === undefined
      ? undefined
      : networkLatency(graph, device, {
          traffic,
          ...(options.bufferBytes === undefined ? {} : { bufferBytes: options.bufferBytes }),
          ...(options.kernels === undefined ? {} : { kernels: options.kernels }),
        });
  const array = device === undefined ? undefined : arrayOf(device);
  const utilization = array === undefined ? undefined : networkUtilization(graph, array);
  const seconds = latency?.prediction?.seconds ?? latency?.floor.seconds;
  const watts = device?.staticPower?.value;
  const energy =
    table === undefined
      ? undefined
      : networkEnergy(graph, table, {
          traffic,
          ...(array === undefined || array.dataflow === 'rs'
            ? {}
            : { array: { ...array, dataflow: array.dataflow } satisfies SystolicArray }),
          ...(watts === undefined || seconds === undefined ? {} : { idle: { watts, seconds } }),
        });
  const parts = { traffic, latency, utilization, energy };
  const cost: DeviceCost = {
    traffic: {
      ...trafficCost(traffic),
      ...(stated === undefined ? {} : { bufferBytes: stated }),
      doubleBuffering,
      haloReuse,
      ...(fusion === undefined ? {} : { fusion }),
    },
    ...(device === undefined || latency === undefined
      ? {}
      : {
          device: deviceUsed(device, latency),
          latency: latencyCost(latency),
        }),
    ...(energy === undefined ? {} : { energy: energyCost(energy) }),
    ...(utilization === undefined || utilization.layers.length === 0
      ? {}
      : { utilization: utilizationCost(utilization) }),
  };
  return {
    ...base,
    ...cost,
    totals: { ...base.totals, ...totalsOf(parts) },
    layers: rowsOf(base.layers, parts),
  };
}

interface Parts {
  readonly traffic: NetworkTraffic;
  readonly latency: NetworkLatency | undefined;
  readonly utilization: NetworkUtilization | undefined;
  readonly energy: NetworkEnergy | undefined;
}

type DeviceNumbers = Readonly<Partial<Record<DeviceMetricId, number>>>;

/** Only what is known: a metric without a value is absent. */
function numbers(values: Readonly<Record<DeviceMetricId, number | undefined>>): DeviceNumbers {
  const known: Partial<Record<DeviceMetricId, number>> = {};
  for (const { id } of DEVICE_METRICS) {
    const value = values[id];
    if (value !== undefined) known[id] = value;
  }
  return known;
}

const totalsOf = ({ traffic, latency, utilization, energy }: Parts): DeviceNumbers =>
  numbers({
    dramBytes: traffic.total,
    dramBytesCompulsory: traffic.bounds.compulsory,
    dramBytesNoReuse: traffic.bounds.noReuse,
    floorSeconds: latency?.floor.seconds,
    predictedSeconds: latency?.prediction?.seconds,
    peakShare: undefined,
    cycles: utilization?.cycles,
    utilization: undefined,
    energy: energy?.total,
    energyArithmetic: energy?.parts.arithmetic,
    energyRegisters: energy?.parts.registers,
    energyOnChip: energy?.parts.onChip,
    energyDram: energy?.parts.dram,
  });

function rowsOf(rows: readonly ProfileRow[], parts: Parts): readonly ProfileRow[] {
  const arrays = new Map(parts.utilization?.layers.map((layer) => [layer.index, layer]));
  return rows.map((row, i) => {
    const traffic = parts.traffic.layers[i];
    const latency = parts.latency?.layers[i];
    const array = arrays.get(row.index);
    const energy = parts.energy?.layers[i]?.energy;
    const bound = latency?.floor?.bound;
    return {
      ...row,
      ...numbers({
        dramBytes: traffic?.dramBytes,
        dramBytesCompulsory: traffic?.bounds?.compulsory,
        dramBytesNoReuse: traffic?.bounds?.noReuse,
        floorSeconds: latency?.floor?.seconds,
        predictedSeconds: latency?.predicted,
        peakShare: latency?.peakShare,
        cycles: array?.cycles,
        utilization: array?.utilization,
        energy: energy?.total,
        energyArithmetic: energy?.parts.arithmetic,
        energyRegisters: energy?.parts.registers,
        energyOnChip: energy?.parts.onChip,
        energyDram: energy?.parts.dram,
      }),
      ...(bound === undefined ? {} : { bound }),
    };
  });
}

const trafficCost = ({
  total,
  bounds,
  chains,
  unknown,
}: NetworkTraffic): Omit<TrafficCost, 'doubleBuffering' | 'haloReuse'> => ({
  dramBytes: total,
  ...bounds,
  chains: chains.map((chain) => ({
    first: chain.first,
    last: chain.last,
    dramBytes: chain.total,
    saved: chain.saved,
    stripes: chain.stripes,
  })),
  unknown,
});

function deviceUsed({ id, title, kind, memory }: Device, latency: NetworkLatency): DeviceUsed {
  const { dtype, peakFlopsPerSecond, unverified, notStated } = latency;
  const { bandwidth } = memory[0];
  return {
    id,
    title,
    kind,
    dtype,
    peakFlopsPerSecond,
    ...(bandwidth === undefined ? {} : { bytesPerSecond: bandwidth.value }),
    unverified,
    notStated,
  };
}

function latencyCost(latency: NetworkLatency): LatencyCost {
  const { batch, floor, prediction, boundSeconds, unknown } = latency;
  const bottleneck = longestLayer(latency);
  return {
    batch,
    floor,
    ...(prediction === undefined ? {} : { prediction: predictionCost(prediction) }),
    ...(bottleneck === undefined ? {} : { bottleneck }),
    boundSeconds,
    unknown,
  };
}

/** The layer with the longest time of the network's prediction, or of its floor where it has none. */
function longestLayer({ layers, prediction, floor }: NetworkLatency): LatencyCost['bottleneck'] {
  const { seconds: total } = prediction ?? floor;
  let longest: LatencyCost['bottleneck'];
  for (const { index, predicted, floor: own } of layers) {
    const seconds = prediction === undefined ? own?.seconds : predicted;
    if (seconds === undefined || seconds === 0) continue;
    if (longest === undefined || seconds > longest.seconds)
      longest = { layer: index, seconds, share: seconds / total };
  }
  return longest;
}

function predictionCost({
  calibration,
  caveat,
  ...rates
}: NonNullable<NetworkLatency['prediction']>): NonNullable<LatencyCost['prediction']> {
  const { fittedOn, samples, error } = calibration;
  const { fit, leaveOneOut, unseen, note } = error;
  return {
    ...rates,
    fittedOn,
    samples,
    error: { fit, leaveOneOut, unseen },
    note: caveat === undefined ? note : `${note}; ${caveat}`,
  };
}

const energyCost = ({ table, unit, total, parts, notCounted }: NetworkEnergy): EnergyCost => ({
  table: table.id,
  title: table.title,
  source: table.source,
  unit,
  total,
  parts,
  notCounted,
});

function utilizationCost(found: NetworkUtilization): UtilizationCost {
  const { array, cycles, utilization, idealCycles, layers } = found;
  const longest = layers.reduce((most, layer) => (layer.cycles > most.cycles ? layer : most));
  return {
    ...array,
    cycles,
    utilization,
    idealCycles,
    pipeline: {
      layer: longest.index,
      cycles: longest.cycles,
      balancedCycles: Math.ceil(cycles / layers.length),
    },
  };
}

/** Whether the table states the energy of every multiply-accumulate of the network. */
export const statesEnergy = (table: EnergyTable, graph: Graph): boolean =>
  demandsOf(graph).every((demand) => demand.kind !== 'tiled' || table.mac[demand.dtype] !== undefined);

/**
 * The graph in an element type that the device computes in: as it is where the device states its peak, else in
 * the widest that it does. Only float32 is cast: other types are a choice that somebody made.
 */
export function inDeviceType(graph: Graph, device: Device): Graph {
  const [input] = graph.inputs;
  const dtype = input === undefined ? 'float32' : tensorOf(graph, input.tensor).type.dtype;
  if (dtype !== 'float32' || device.peak.float32 !== undefined) return graph;
  const widest = WIDEST_FIRST.find((each) => device.peak[each] !== undefined);
  return widest === undefined ? graph : withDType(graph, widest);
}

const WIDEST_FIRST: readonly DType[] = ['float16', 'bfloat16', 'int16', 'int8', ...DTYPES];
