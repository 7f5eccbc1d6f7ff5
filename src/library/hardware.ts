import { inDeviceType, statesEnergy, withDeviceCost } from '../analysis/device/withDeviceCost.ts';
import { profile, type Profile, type ProfileOptions } from '../analysis/profile.ts';
import type { Device } from '../devices/device.ts';
import { energyTableById, energyTableOf, type EnergyTable } from '../devices/energyTable.ts';
import { warning, type Diagnostic } from '../diagnostics.ts';
import type { Graph } from '../graph/graph.ts';

/** Energies in 45 nm: a scale for devices that state none of their own. */
const DEFAULT_ENERGY = 'horowitz45';

type Options = Parameters<typeof withDeviceCost>[2];

/** What a network is costed on. */
export interface HardwareRequest extends Omit<Options, 'kernels'> {
  /** whether the element type was chosen: else it is the one that the device has, where it lacks the graph's */
  readonly typed: boolean;
}

/** What a runtime makes of a graph, and what makes that less sure. */
export interface RuntimeKernels {
  readonly kernels: NonNullable<Options['kernels']>;
  readonly warnings: readonly Diagnostic[];
}

/**
 * The profile of a graph with its cost on a device, or under a buffer.
 *
 * @param request.kernelsOn the kernels that a runtime makes of the graph, where the device was calibrated by them
 * @throws ProfileError CSP5xx where the device or the energy table does not fit the graph
 */
export async function profileOn(
  graph: Graph,
  rules: ProfileOptions,
  {
    kernelsOn,
    ...hardware
  }: HardwareRequest & {
    readonly kernelsOn?: (device: Device, graph: Graph) => Promise<RuntimeKernels | undefined>;
  },
): Promise<{ readonly result: Profile; readonly warnings: readonly Diagnostic[] }> {
  const { device } = hardware;
  const cast = castFor(graph, hardware);
  const predicted = device && (await kernelsOn?.(device, cast));
  const result = costOn(cast, rules, hardware, predicted?.kernels);
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

/**
 * The same without a runtime that says which kernels it would run, unless they are known.
 *
 * @throws ProfileError CSP5xx where the device or the energy table does not fit the graph
 */
export function costOn(
  graph: Graph,
  rules: ProfileOptions,
  request: HardwareRequest,
  kernels?: RuntimeKernels['kernels'],
): Profile {
  const { device, energy: named } = request;
  const cast = castFor(graph, request);
  const energy = named ?? (device && ownEnergy(device, cast));
  return withDeviceCost(cast, profile(cast, rules), {
    ...request,
    ...(kernels === undefined ? {} : { kernels }),
    ...(energy === undefined ? {} : { energy }),
  });
}

/** The graph in an element type of the device, unless one was chosen. */
const castFor = (graph: Graph, { device, typed }: HardwareRequest): Graph =>
  device === undefined || typed ? graph : inDeviceType(graph, device);

/** The device's own table, or the default one, where that knows the element types. */
function ownEnergy(device: Device, graph: Graph): EnergyTable | undefined {
  const table = energyTableOf(device) ?? energyTableById(DEFAULT_ENERGY);
  return statesEnergy(table, graph) ? table : undefined;
}
