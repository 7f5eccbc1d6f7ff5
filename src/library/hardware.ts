import { inDeviceType, statesEnergy, withDeviceCost } from '../analysis/device/withDeviceCost.ts';
import { profile, type Profile, type ProfileOptions } from '../analysis/profile.ts';
import type { Device } from '../devices/device.ts';
import type { EnergyTable } from '../devices/energyTable.ts';
import { energyTableById, energyTableOf } from '../devices/registry.ts';
import { warning, type Diagnostic } from '../diagnostics.ts';
import type { Graph } from '../graph/graph.ts';

/** Energies in 45 nm: a scale for devices that state none of their own. */
const DEFAULT_ENERGY = 'horowitz45';

type Options = Parameters<typeof withDeviceCost>[2];

/** What a network is costed on. */
export interface HardwareRequest extends Omit<Options, 'kernels'> {
  /** whether the element type was chosen: else it is the one that the device has, where it lacks the graph's */
  readonly typed: boolean;
  /** the kernels that a runtime makes of the graph, where the device was calibrated by them */
  readonly kernelsOn?: (device: Device, graph: Graph) => Promise<RuntimeKernels | undefined>;
}

/** What a runtime makes of a graph, and what makes that less sure. */
export interface RuntimeKernels {
  readonly kernels: NonNullable<Options['kernels']>;
  readonly warnings: readonly Diagnostic[];
}

/**
 * The profile of a graph with its cost on a device, or under a buffer.
 *
 * @throws ProfileError CSP5xx where the device or the energy table does not fit the graph
 */
export async function profileOn(
  graph: Graph,
  rules: ProfileOptions,
  { typed, kernelsOn, energy: named, ...hardware }: HardwareRequest,
): Promise<{ readonly result: Profile; readonly warnings: readonly Diagnostic[] }> {
  const { device } = hardware;
  const cast = device === undefined || typed ? graph : inDeviceType(graph, device);
  const base = profile(cast, rules);
  const energy = named ?? (device && ownEnergy(device, cast));
  const predicted = device && (await kernelsOn?.(device, cast));
  const result = withDeviceCost(cast, base, {
    ...hardware,
    ...(predicted === undefined ? {} : { kernels: predicted.kernels }),
    ...(energy === undefined ? {} : { energy }),
  });
  const warnings = [
    ...(predicted?.warnings ?? []),
    ...(cast === graph || device === undefined
      ? []
      : [
          warning(
            'CSP512',
            `${device.id} states no peak for float32: the network is costed in ${String(result.device?.dtype)}`,
            'choose an element type with --dtype',
          ),
        ]),
  ];
  return { result, warnings };
}

/** The device's own table, or the default one, where that knows the element types. */
function ownEnergy(device: Device, graph: Graph): EnergyTable | undefined {
  const table = energyTableOf(device) ?? energyTableById(DEFAULT_ENERGY);
  return statesEnergy(table, graph) ? table : undefined;
}
