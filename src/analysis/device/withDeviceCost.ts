import { runtimeText, type Device } from '../../devices/device.ts';
import type { EnergyTable } from '../../devices/energyTable.ts';
import { tensorOf, withDType, type Graph } from '../../graph/graph.ts';
import { layerViews } from '../../graph/layers.ts';
import { activationTimeline } from '../../graph/liveness.ts';
import { exactly } from '../../latency/exact.ts';
import type { NetworkEnergy } from '../../latency/networkEnergy.ts';
import type { NetworkLatency } from '../../latency/networkLatency.ts';
import type { NetworkTraffic } from '../../latency/networkTraffic.ts';
import type { NetworkUtilization } from '../../latency/networkUtilization.ts';
import { demandsOf } from '../../latency/operators.ts';
import { NetworkHardware, statedBuffer, type HardwareOptions } from '../../metrics/hardware.ts';
import {
  combined,
  isCounted,
  type Hardware,
  type HardwareMetric,
  type MetricContext,
  type Need,
} from '../../metrics/metric.ts';
import { HARDWARE_METRICS, type MetricId } from '../../metrics/registry.ts';
import { DTYPES, type DType } from '../../ops/dtype.ts';
import { quantity } from '../../units.ts';
import { conventionsOf, copyOf, type Profile, type ProfileRow } from '../profile.ts';
import type {
  DeviceCost,
  DeviceUsed,
  EnergyCost,
  LatencyCost,
  TrafficCost,
  UtilizationCost,
} from './cost.ts';

/**
 * The profile with what the network costs on hardware: bytes over DRAM for a buffer and, on a device, time,
 * utilisation and energy. The buffer is the device's unless `bufferBytes` says another.
 *
 * @throws ProfileError CSP502 for too small a buffer, CSP504 and CSP505 if the device states no peak, or the
 *         table no energy, of the element type
 */
export function withDeviceCost(graph: Graph, base: Profile, options: HardwareOptions): Profile {
  const hardware = new NetworkHardware(graph, options);
  const cost = costOf(hardware, options);
  const { totals, layers } = measured(graph, base, hardware);
  return { ...base, ...cost, totals: { ...base.totals, ...totals }, layers };
}

function costOf(hardware: NetworkHardware, options: HardwareOptions): DeviceCost {
  const { buffer, device, array, energy } = hardware;
  const { doubleBuffering = false, haloReuse = false, fusion } = options;
  const bufferBytes = statedBuffer(options);
  return {
    traffic: {
      ...trafficCost(buffer),
      ...(bufferBytes === undefined ? {} : { bufferBytes }),
      doubleBuffering,
      haloReuse,
      ...(fusion === undefined ? {} : { fusion }),
    },
    ...(options.device === undefined || device === undefined
      ? {}
      : { device: deviceUsed(options.device, device), latency: latencyCost(device) }),
    ...(energy === undefined ? {} : { energy: energyCost(energy) }),
    ...(array === undefined || array.layers.length === 0 ? {} : { utilization: utilizationCost(array) }),
  };
}

type Numbers = Partial<Record<MetricId, number>>;

/**
 * The network's numbers of some metrics on hardware, without those of its layers; absent where what they need is not
 * named, or they are not known.
 *
 * @throws ProfileError as `withDeviceCost` does
 */
export function hardwareTotals(
  graph: Graph,
  conventions: Profile['conventions'],
  options: HardwareOptions,
  metrics: readonly HardwareMetric<Need, string, MetricId>[],
): Numbers {
  const hardware = new NetworkHardware(graph, options);
  const totals: Numbers = {};
  const summed: (typeof metrics)[number][] = [];
  for (const metric of metrics) {
    const { id, total, ofNetwork } = metric;
    if (total === 'none' || !has(hardware, metric)) continue;
    const value = ofNetwork?.(hardware as Hardware);
    if (value !== undefined) totals[id] = value;
    else if (ofNetwork === undefined) summed.push(metric);
  }
  if (summed.length === 0) return totals;
  const context = contextOf(graph, conventions);
  for (const view of layerViews(graph)) {
    for (const { id, total, measure } of summed) {
      const value = measure(view, hardware as Hardware, context);
      if (value !== undefined) totals[id] = combined(total, totals[id] ?? Number.NaN, value);
    }
  }
  return exact(graph, totals);
}

/** The rows and the totals with every metric for which what it needs is there. */
function measured(
  graph: Graph,
  base: Profile,
  hardware: NetworkHardware,
): { readonly totals: Numbers; readonly layers: readonly ProfileRow[] } {
  const metrics = HARDWARE_METRICS.filter((metric) => has(hardware, metric));
  const context = contextOf(graph, base.conventions);
  const sums = metrics.map(() => Number.NaN);
  const views = [...layerViews(graph)];
  const layers = base.layers.map((row, position): ProfileRow => {
    const view = views[position];
    const full = copyOf(row);
    for (let i = 0; view !== undefined && i < metrics.length; i++) {
      const { id, total, measure } = metrics[i] as (typeof metrics)[number];
      const value = measure(view, hardware as Hardware, context);
      if (value === undefined) continue;
      full[id] = value;
      sums[i] = combined(total, sums[i] as number, value);
    }
    const bound = hardware.device?.layers[row.index]?.floor?.bound;
    if (bound !== undefined) full.bound = bound;
    return full;
  });
  const totals: Numbers = {};
  metrics.forEach(({ id, total, ofNetwork }, i) => {
    const value = ofNetwork === undefined ? sums[i] : ofNetwork(hardware as Hardware);
    if (total !== 'none' && value !== undefined && !Number.isNaN(value)) totals[id] = value;
  });
  return { totals: exact(graph, totals), layers };
}

/** The totals, of which none that is a count was rounded. */
const exact = (graph: Graph, totals: Numbers): Numbers =>
  exactly(graph, () => {
    for (const { id, unit } of HARDWARE_METRICS) {
      const value = totals[id];
      if (value !== undefined && isCounted(unit)) quantity(value);
    }
    return totals;
  });

/** Whether everything that the metric needs is named. */
const has = (hardware: NetworkHardware, { needs }: HardwareMetric): boolean =>
  needs.every((need) => hardware[need] !== undefined);

/** The context of the profile's counts; liveness, which few metrics of hardware ask for, only then. */
function contextOf(graph: Graph, conventions: Profile['conventions']): MetricContext {
  let live: MetricContext['liveBytes'] | undefined;
  return {
    graph,
    ...conventionsOf(graph, conventions),
    get liveBytes() {
      return (live ??= activationTimeline(graph));
    },
  };
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
    ...(peakFlopsPerSecond === undefined ? {} : { peakFlopsPerSecond }),
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
    ...(floor === undefined ? {} : { floor }),
    ...(prediction === undefined ? {} : { prediction: predictionCost(prediction) }),
    ...(bottleneck === undefined ? {} : { bottleneck }),
    boundSeconds,
    unknown,
  };
}

/** The layer with the longest time of the network's prediction, or of its floor where it has none. */
function longestLayer({ layers, prediction, floor }: NetworkLatency): LatencyCost['bottleneck'] {
  const total = (prediction ?? floor)?.seconds;
  if (total === undefined) return undefined;
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
    ...(calibration.kind === 'terms'
      ? {
          measured: {
            runtime: runtimeText(calibration.runtime),
            median: calibration.leftOut.median,
            p90: calibration.leftOut.p90,
            ...(caveat === undefined ? {} : { outside: caveat }),
          },
        }
      : {}),
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

/** What the use of an array says of the network. */
export function utilizationCost(found: NetworkUtilization): UtilizationCost {
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
  // A quantised network takes real numbers and computes in others.
  const computes = demandsOf(graph).find((demand) => demand.kind === 'tiled')?.dtype ?? dtype;
  if (dtype !== 'float32' || computes !== 'float32' || device.peak.float32 !== undefined) return graph;
  const widest = widestType(device);
  return widest === undefined ? graph : withDType(graph, widest);
}

/** The widest element type that the device states a peak for, float32 apart. */
export const widestType = (device: Device): DType | undefined =>
  WIDEST_FIRST.find((each) => device.peak[each] !== undefined);

const WIDEST_FIRST: readonly DType[] = ['float16', 'bfloat16', 'int16', 'int8', ...DTYPES];
