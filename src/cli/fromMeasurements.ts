import { basename, resolve } from 'node:path';
import { adaptedDevice, type OwnMeasurement } from '../analysis/device/adapt.ts';
import type { Device, MeasuredRuntime } from '../devices/device.ts';
import { measuredDevices, measuredModels } from '../devices/measured/load.ts';
import { problem, ProfileError } from '../diagnostics.ts';
import { text, type Args } from './command.ts';
import { readBytes } from './files.ts';
import type { Io } from './io.ts';
import { loadModel } from './model.ts';
import { oneOf, wholeNumber } from './usage.ts';

const BACKENDS = ['cpu', 'vulkan', 'npu'] as const;

/**
 * The device file of the networks that a CSV file says were measured: a line for each, the network (a built-in one or
 * a file) and milliseconds, below a first line `network,milliseconds`.
 *
 * @throws ProfileError CSP516 for a file that is not this, or too few networks
 */
export async function deviceFromMeasurements(file: string, id: string, args: Args, io: Io): Promise<Device> {
  const rows = measuredRows(new TextDecoder().decode(readBytes(file, resolve(io.cwd, file))), file);
  const measurements: OwnMeasurement[] = [];
  for (const { network, milliseconds } of rows) {
    const { graph } = await loadModel(network, args, io);
    measurements.push({ network: basename(network).replace(/\.[a-z]+$/, ''), graph, milliseconds });
  }
  const backend = oneOf('backend', text(args, 'backend') ?? 'cpu', BACKENDS);
  const threads = text(args, 'threads');
  const runtime: MeasuredRuntime = {
    name: text(args, 'runtime') ?? 'the runtime that was measured',
    backend,
    ...(backend === 'cpu' ? { threads: threads === undefined ? 1 : wholeNumber('threads', threads, 1) } : {}),
    precision: 'as measured',
  };
  return adaptedDevice(
    measurements,
    { id, title: `${id}, from ${file}`, runtime, source: file },
    await measuredDevices(),
    await measuredModels(),
  );
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
      'the first line names no columns network and milliseconds',
      'begin the file with network,milliseconds',
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
