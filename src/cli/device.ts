import { resolve } from 'node:path';
import type { Profile } from '../analysis/profile.ts';
import type { Device } from '../devices/device.ts';
import { energyTableById, type EnergyTable } from '../devices/energyTable.ts';
import { measuredDevice, measuredIds, type MeasuredOptions } from '../devices/measured/load.ts';
import { warning, type Diagnostic } from '../diagnostics.ts';
import { tensorOf, type Graph } from '../graph/graph.ts';
import { costOn, profileOn, type HardwareRequest, type RuntimeKernels } from '../library/hardware.ts';
import { deviceExtension } from '../report/device/extension.ts';
import type { Extension } from '../report/renderer.ts';
import { byteCount } from './bytes.ts';
import { conventionsOf, flag, text, type Args } from './command.ts';
import { readBytes } from './files.ts';
import type { Io } from './io.ts';
import { oneOf, usageError } from './usage.ts';

export const FUSIONS = ['pairs', 'stages'] as const;

/** The text of a file that an argument names. */
const fileText = (path: string, io: Io): string =>
  new TextDecoder().decode(readBytes(path, resolve(io.cwd, path)));

/**
 * The device that an argument names: an id, that of a device that networks were measured on with or without a run
 * (`raspberry-pi-5/cpu-4`), or a device file of the user's.
 *
 * @throws ProfileError CSP510 for an unknown id, CSP514 and CSP515 as `measuredDevice` does
 */
export async function deviceOf(name: string, io: Io, options: MeasuredOptions = {}): Promise<Device> {
  if (name.endsWith('.json')) {
    const { readDevice } = await import('../devices/validate.ts');
    return readDevice(fileText(name, io), name);
  }
  const measured = await measuredDevice(name, options);
  if (measured !== undefined) return measured;
  const { deviceById } = await import('../devices/registry.ts');
  return deviceById(name, measuredIds());
}

/** The energies that ship by this name, or those of a file of the user's. */
export async function energyTable(name: string, io: Io): Promise<EnergyTable> {
  if (!name.endsWith('.json')) return energyTableById(name);
  const { readEnergyTable } = await import('../devices/validate.ts');
  return readEnergyTable(fileText(name, io), name);
}

/** How tiles use the buffer, from the options. */
export function trafficOptions(args: Args) {
  const fusion = text(args, 'fusion');
  return {
    doubleBuffering: flag(args, 'double-buffering') ?? false,
    haloReuse: flag(args, 'halo-reuse') ?? false,
    ...(fusion === undefined ? {} : { fusion: oneOf('fusion', fusion, FUSIONS) }),
  };
}

/** A profile on a device or under a buffer, with what a renderer shows of it. */
export interface DeviceProfile {
  readonly result: Profile;
  readonly extension: Extension | undefined;
  readonly warnings: readonly Diagnostic[];
}

/**
 * The profile of a graph with its cost on the device, or under the buffer, that the options name. Where the device
 * was calibrated by its kernels, a runtime has to say which kernels it makes of the graph.
 *
 * @param file the ONNX file that the graph was read from
 * @throws ProfileError where an option makes no sense, or the device cannot run the element type
 */
export async function profileOnDevice(
  graph: Graph,
  args: Args,
  io: Io,
  file?: string,
): Promise<DeviceProfile> {
  const { result, warnings } = await profileOn(graph, conventionsOf(args), {
    ...(await hardwareAsked(args, io)),
    kernelsOn: (device, cast) => kernelsOn(device, cast, file),
  });
  return { result, extension: deviceExtension(result), warnings };
}

/** The hardware that the options name; a buffer alone is enough. */
async function hardwareAsked(args: Args, io: Io): Promise<HardwareRequest> {
  const [name, buffer, energy] = [text(args, 'device'), text(args, 'buffer'), text(args, 'energy')];
  if (name === undefined && buffer === undefined) {
    throw usageError(
      'these options need a buffer',
      'name a device (--device jetson-tx2) or a size (--buffer 108KiB)',
    );
  }
  return {
    ...trafficOptions(args),
    ...(name === undefined
      ? {}
      : { device: await deviceOf(name, io, { rough: flag(args, 'rough') ?? false }) }),
    ...(buffer === undefined ? {} : { bufferBytes: byteCount('buffer', buffer) }),
    ...(energy === undefined ? {} : { energy: await energyTable(energy, io) }),
    typed: text(args, 'dtype') !== undefined,
  };
}

/**
 * What graphs cost on the device, or under the buffer, that the options name: for a network and its rewritings, of
 * which no runtime says which kernels it would run.
 *
 * @throws ProfileError where an option makes no sense, or the device cannot run the element type
 */
export async function measureOnDevice(args: Args, io: Io): Promise<(graph: Graph) => Profile> {
  const hardware = await hardwareAsked(args, io);
  return (graph) => costOn(graph, conventionsOf(args), hardware);
}

/**
 * What onnxruntime makes of the graph, for a device that was calibrated by its kernels; undefined for others, and
 * for element types that it was not calibrated for.
 *
 * @throws ProfileError CSP701 where onnxruntime is not installed
 */
async function kernelsOn(
  { id, calibration }: Device,
  graph: Graph,
  file: string | undefined,
): Promise<RuntimeKernels | undefined> {
  const [input] = graph.inputs;
  const dtype = input === undefined ? undefined : tensorOf(graph, input.tensor).type.dtype;
  if (calibration?.kind !== 'kernels' || calibration.dtype !== dtype) return undefined;
  const { runtimeKernels, RUNTIME_DEVICES, OPTIMISATION_LEVELS } = await import('../probe/index.ts');
  const { device, level, threads, onnxruntime } = calibration.runtime;
  const { runtime, kernels } = await runtimeKernels(
    { graph, ...(file === undefined ? {} : { file }) },
    {
      device: oneOf('device', device, RUNTIME_DEVICES),
      level: oneOf('level', level, OPTIMISATION_LEVELS),
      threads,
    },
  );
  const warnings =
    runtime === onnxruntime
      ? []
      : [
          warning(
            'CSP513',
            `${id} was calibrated with onnxruntime ${onnxruntime}, and ${runtime} optimises the network here: the prediction may miss by more than it says`,
            'calibrate again: csp-profile calibrate',
          ),
        ];
  return { kernels, warnings };
}
