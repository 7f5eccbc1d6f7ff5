import { basename, resolve } from 'node:path';
import { adaptedDevice, type OwnMeasurement } from '../analysis/device/adapt.ts';
import type { Device, MeasuredRuntime } from '../devices/device.ts';
import { measuredDevices, measuredModels } from '../devices/measured/load.ts';
import type { Measurement, NetworkMeasurement } from '../analysis/measurement/measurement.ts';
import { excerpt, problem, ProfileError } from '../diagnostics.ts';
import { tensorOf, type Graph } from '../graph/graph.ts';
import { formatShape } from '../ops/spec.ts';
import { text, type Args } from './command.ts';
import { readBytes } from './files.ts';
import type { Io } from './io.ts';
import { loadMeasurement } from './measurement.ts';
import { loadModel } from './model.ts';
import { oneOf, wholeNumber } from './usage.ts';

const BACKENDS = ['cpu', 'vulkan', 'npu'] as const;

/** A network that was measured: the model argument that names it, and how the options are to be read for it. */
interface Sample {
  readonly model: string;
  readonly args: Args;
  readonly milliseconds: number;
  /** shapes of its inputs as they were measured */
  readonly shapes?: string;
}

/** What files of measurements say together. */
interface Samples {
  readonly samples: readonly Sample[];
  /** what ran them, as far as the files say */
  readonly runtime: Partial<MeasuredRuntime>;
}

/**
 * The device file of networks that were measured: as files that `probe` and `import` write, or as CSV with a line for
 * each, the network (a built-in one or a file) and milliseconds, below a first line `network,milliseconds`.
 *
 * @throws ProfileError CSP516 for a file that is neither, too few networks, or networks that are no longer the same
 */
export async function deviceFromMeasurements(
  files: readonly string[],
  id: string,
  args: Args,
  io: Io,
): Promise<Device> {
  const read = files.map((file) => samplesIn(file, args, io));
  const measurements: OwnMeasurement[] = [];
  for (const { model, args: own, milliseconds, shapes } of read.flatMap(({ samples }) => samples)) {
    const { graph } = await loadModel(model, own, io);
    if (shapes !== undefined && shapes !== shapesText(graph))
      throw new ProfileError(
        problem(
          'CSP516',
          `${excerpt(model)} reads ${shapesText(graph)}, and was measured with ${shapes}`,
          'measure it again: csp-profile probe',
        ),
      );
    measurements.push({ network: basename(model).replace(/@.*$|\.[a-z]+$/, ''), graph, milliseconds });
  }
  const stated = Object.assign({}, ...read.map(({ runtime }) => runtime)) as Partial<MeasuredRuntime>;
  const backend = oneOf('backend', text(args, 'backend') ?? stated.backend ?? 'cpu', BACKENDS);
  const threads = text(args, 'threads');
  const runtime: MeasuredRuntime = {
    precision: 'as measured',
    ...stated,
    name: text(args, 'runtime') ?? stated.name ?? 'the runtime that was measured',
    backend,
    ...(backend === 'cpu'
      ? { threads: threads === undefined ? (stated.threads ?? 1) : wholeNumber('threads', threads, 1) }
      : {}),
  };
  const source = files.join(', ');
  return adaptedDevice(
    measurements,
    { id, title: `${id}, from ${source}`, runtime, source },
    await measuredDevices(),
    await measuredModels(),
  );
}

const shapesText = (graph: Graph): string =>
  graph.inputs
    .map(({ name, tensor }) => `${name} ${formatShape(tensorOf(graph, tensor).type.shape)}`)
    .join(', ');

function samplesIn(file: string, args: Args, io: Io): Samples {
  const measurement = loadMeasurement(file, io);
  if (measurement !== undefined) return samplesOf(measurement, args);
  const rows = measuredRows(new TextDecoder().decode(readBytes(file, resolve(io.cwd, file))), file);
  return {
    samples: rows.map(({ network, milliseconds }) => ({ model: network, args, milliseconds })),
    runtime: {},
  };
}

/** The networks of a measurement, each as it was measured. */
function samplesOf({ networks, settings, environment }: Measurement, args: Args): Samples {
  const { device, threads } = settings;
  const { importedFrom, date, versions } = environment;
  const backend = BACKENDS.find((each) => each === device);
  return {
    samples: networks.map(({ network, latency }) => ({
      ...requestOf(network, args),
      milliseconds: latency.wall.median / 1e6,
      shapes: network.inputs.map(({ name, shape }) => `${name} ${formatShape(shape)}`).join(', '),
    })),
    runtime: {
      name: importedFrom?.tool ?? 'onnxruntime',
      ...(versions.onnxruntime === undefined ? {} : { version: versions.onnxruntime }),
      date,
      ...(backend === undefined ? {} : { backend }),
      ...(threads === undefined ? {} : { threads }),
      precision: networks[0]?.network.inputs[0]?.dtype ?? 'as measured',
    },
  };
}

/** Formats whose extents an argument gives behind an @; those of others are options by the names of their inputs. */
const SIZED: readonly string[] = ['zoo', 'darknet'];

function requestOf(
  { source, format, inputs }: NetworkMeasurement['network'],
  args: Args,
): Pick<Sample, 'model' | 'args'> {
  const [batch, , height, width] = inputs[0]?.shape ?? [];
  if (SIZED.includes(format) && height !== undefined && width !== undefined)
    return {
      model: `${source.replace(/@.*$/, '')}@${String(height)}x${String(width)}`,
      args: { ...args, batch: String(batch) },
    };
  return {
    model: source,
    args: { ...args, input: inputs.map(({ name, shape }) => `${name}:${shape.join('x')}`) },
  };
}

function measuredRows(
  content: string,
  file: string,
): readonly { readonly network: string; readonly milliseconds: number }[] {
  const [header = '', ...lines] = content.replace(/^\uFEFF/, '').split(/\r?\n/);
  const refuse = (line: number, what: string, fix: string): never => {
    throw new ProfileError(
      problem('CSP516', what, fix, { format: 'cli', argument: `${file}:${String(line)}` }),
    );
  };
  const columns = header.split(',').map((cell) => cell.trim());
  const [network, milliseconds] = [columns.indexOf('network'), columns.indexOf('milliseconds')];
  if (network < 0 || milliseconds < 0)
    refuse(
      1,
      'is no measurement, and its first line names no columns network and milliseconds',
      'give a file of csp-profile probe -o, or begin the file with network,milliseconds',
    );
  return lines.flatMap((line, i) => {
    if (line.trim() === '') return [];
    const cells = line.split(',').map((cell) => cell.trim());
    const [name = ''] = [cells[network]];
    const time = Number(cells[milliseconds]);
    if (name === '' || !(time > 0))
      refuse(
        i + 2,
        `"${line}" states no network and time`,
        'write a network and its milliseconds: resnet50,12.5',
      );
    return [{ network: name, milliseconds: time }];
  });
}
