import type { Device } from '../../devices/device.ts';
import type { Graph } from '../../graph/graph.ts';
import { arrayOf } from '../../latency/networkUtilization.ts';
import { NetworkHardware } from '../../metrics/hardware.ts';
import { inDeviceType, utilizationCost } from '../device/withDeviceCost.ts';

/** How much of a device's array idles while it runs a network. */
export interface IdleArray {
  readonly network: string;
  readonly device: string;
  /** `12x14 rs` */
  readonly array: string;
  /** layer after layer */
  readonly cycles: number;
  /** share of the array that does nothing, 0 to 1 */
  readonly idle: number;
  /** cycles of the same FLOPs where it never does */
  readonly idealCycles: number;
  /** cycles of the longest layer: the pace of a pipeline with an array for each layer */
  readonly longest: number;
  /** share of that pace that goes if the cycles are spread evenly over the layers */
  readonly balancedSaves: number;
  /** with the device's buffer, in the element type that it computes in */
  readonly dramBytes: number;
}

/**
 * The utilisation argument: networks on devices that have an array. A device without one is left out.
 *
 * @source arXiv 1911.11929, section 1: a high bottleneck takes more cycles, or leaves arithmetic units idle
 */
export function idleArrays(graphs: readonly Graph[], devices: readonly Device[]): readonly IdleArray[] {
  return devices.flatMap((device) =>
    graphs.flatMap((graph): readonly IdleArray[] => {
      if (arrayOf(device) === undefined) return [];
      const { array, buffer } = new NetworkHardware(inDeviceType(graph, device), { device });
      if (array === undefined || array.layers.length === 0) return [];
      const utilization = utilizationCost(array);
      const { rows, columns, dataflow, cycles, idealCycles, pipeline } = utilization;
      return [
        {
          network: graph.name,
          device: device.id,
          array: `${String(rows)}x${String(columns)} ${dataflow}`,
          cycles,
          idle: 1 - utilization.utilization,
          idealCycles,
          longest: pipeline.cycles,
          balancedSaves: 1 - pipeline.balancedCycles / pipeline.cycles,
          dramBytes: buffer.total,
        },
      ];
    }),
  );
}
