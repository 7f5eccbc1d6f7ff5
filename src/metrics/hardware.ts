import type { Device } from '../devices/device.ts';
import { bufferOf } from '../devices/device.ts';
import type { EnergyTable } from '../devices/energyTable.ts';
import type { Graph } from '../graph/graph.ts';
import type { AttributedKernel } from '../latency/kernels/kernel.ts';
import { exactly } from '../latency/exact.ts';
import { networkEnergy } from '../latency/networkEnergy.ts';
import { networkLatency } from '../latency/networkLatency.ts';
import { networkTraffic, type NetworkTrafficOptions } from '../latency/networkTraffic.ts';
import { arrayOf, networkUtilization } from '../latency/networkUtilization.ts';
import type { Hardware } from './metric.ts';

/** A buffer or a device, and how it is used. */
export interface HardwareOptions extends Omit<Partial<NetworkTrafficOptions>, 'psumBytes'> {
  /** hardware to cost the network on; absent: a buffer alone, so no time */
  readonly device?: Device;
  /** energies of single operations; absent: no energy is stated */
  readonly energy?: EnergyTable;
  /** what a runtime makes of the graph, where the device's calibration is of kernels */
  readonly kernels?: readonly AttributedKernel[];
}

/** Bytes of the buffer that the traffic is for; undefined: the device states none, and every operand moves once. */
export const statedBuffer = ({ bufferBytes, device }: HardwareOptions): number | undefined =>
  bufferBytes ?? (device && bufferOf(device)?.capacity?.value);

type Possible = { readonly [N in keyof Hardware]: Hardware[N] | undefined };

/**
 * What hardware makes of a network: each part when it is first asked for, and undefined where its device, array or
 * energy table is not named. The buffer is the device's unless `bufferBytes` says another.
 *
 * @throws ProfileError, from the part that is asked for: CSP502 for too small a buffer, CSP504 and CSP505 if the
 *         device states no peak, or the table no energy, of the element type
 */
export class NetworkHardware implements Possible {
  readonly #graph: Graph;
  readonly #options: HardwareOptions;
  readonly #made: { -readonly [N in keyof Hardware]?: Possible[N] } = {};

  constructor(graph: Graph, options: HardwareOptions) {
    this.#graph = graph;
    this.#options = options;
  }

  get buffer(): Hardware['buffer'] {
    const { doubleBuffering, haloReuse, fusion, memo } = this.#options;
    return (this.#made.buffer ??= exactly(this.#graph, () =>
      networkTraffic(this.#graph, {
        ...(doubleBuffering === undefined ? {} : { doubleBuffering }),
        ...(haloReuse === undefined ? {} : { haloReuse }),
        ...(fusion === undefined ? {} : { fusion }),
        ...(memo === undefined ? {} : { memo }),
        bufferBytes: statedBuffer(this.#options) ?? Number.MAX_SAFE_INTEGER,
      }),
    ));
  }

  get device(): Hardware['device'] | undefined {
    const { device, bufferBytes, kernels, memo } = this.#options;
    return (
      device &&
      (this.#made.device ??= exactly(this.#graph, () =>
        networkLatency(this.#graph, device, {
          traffic: this.buffer,
          ...(bufferBytes === undefined ? {} : { bufferBytes }),
          ...(kernels === undefined ? {} : { kernels }),
          ...(memo === undefined ? {} : { memo }),
        }),
      ))
    );
  }

  get array(): Hardware['array'] | undefined {
    const array = this.#options.device && arrayOf(this.#options.device);
    if (array === undefined || this.#made.array !== undefined) return this.#made.array;
    const found = exactly(this.#graph, () => networkUtilization(this.#graph, array, this.#options.memo));
    this.#made.array = { ...found, byIndex: new Map(found.layers.map((layer) => [layer.index, layer])) };
    return this.#made.array;
  }

  get energy(): Hardware['energy'] | undefined {
    const { device, energy: table, memo } = this.#options;
    if (table === undefined || this.#made.energy !== undefined) return this.#made.energy;
    const array = device && arrayOf(device);
    const seconds = this.device?.prediction?.seconds ?? this.device?.floor?.seconds;
    const watts = device?.staticPower?.value;
    this.#made.energy = exactly(this.#graph, () =>
      networkEnergy(this.#graph, table, {
        traffic: this.buffer,
        ...(memo === undefined ? {} : { memo }),
        ...(array === undefined || array.dataflow === 'rs'
          ? {}
          : { array: { ...array, dataflow: array.dataflow } }),
        ...(watts === undefined || seconds === undefined ? {} : { idle: { watts, seconds } }),
      }),
    );
    return this.#made.energy;
  }
}
