import { basename, resolve } from 'node:path';
import { importMeasurement } from '../../probe/importers/import.ts';
import { PROBE_FORMATS, renderProbe } from '../../report/measurement/measurement.ts';
import { TOOL } from '../../version.ts';
import {
  formatOf,
  formatOption,
  list,
  OUTPUT_OPTION,
  QUIET_OPTION,
  text,
  TOP_OPTIONS,
  topOf,
  type Args,
  type Command,
} from '../command.ts';
import { readBytes } from '../files.ts';
import { widthOf, type Io } from '../io.ts';
import { loadModel, MODEL_OPTIONS } from '../model.ts';
import { writeResult, writeWarnings } from '../output.ts';
import { usageError, wholeNumber } from '../usage.ts';

export const importCommand: Command = {
  usage: '<files..>',
  positionals: {
    files: { describe: 'what the tool wrote: the profile, and for TensorRT the layer information as well' },
  },
  options: {
    model: {
      type: 'string',
      alias: 'm',
      describe: 'the network that was measured: a built-in one or a file',
    },
    on: { type: 'string', describe: 'what it was measured on: "Pixel 8, GPU"' },
    threads: { type: 'string', describe: 'threads of one run' },
    ...formatOption(PROBE_FORMATS),
    ...OUTPUT_OPTION,
    ...TOP_OPTIONS,
    ...MODEL_OPTIONS,
    ...QUIET_OPTION,
  },
  examples: [
    ['profile.json layers.json --model net.onnx', 'what trtexec measured, layer by layer'],
    [
      'benchmark.txt -m net.tflite --on "Pixel 8" --format json -o pixel.json',
      'from a phone, to report, compare and gate',
    ],
  ],
  async run(args: Args, io: Io): Promise<number> {
    const format = formatOf(args, PROBE_FORMATS);
    const model = text(args, 'model');
    if (model === undefined)
      throw usageError(
        'a profile alone does not say what its layers are',
        'name the network: --model net.onnx',
      );
    const threads = text(args, 'threads');
    const on = text(args, 'on');
    const files = list(args, 'files').map((path) => ({ name: basename(path), text: readText(path, io) }));
    const { graph, diagnostics } = await loadModel(model, args, io);
    writeWarnings(diagnostics, args, io);
    const measurement = importMeasurement(graph, files, {
      ...(on === undefined ? {} : { on }),
      ...(threads === undefined ? {} : { threads: wholeNumber('threads', threads, 1) }),
    });
    writeWarnings(measurement.warnings, args, io);
    writeResult(
      renderProbe(format, measurement, { width: widthOf(io), top: topOf(args), tool: TOOL }),
      args,
      io,
    );
    return 0;
  },
};

const readText = (path: string, io: Io): string =>
  new TextDecoder().decode(readBytes(path, resolve(io.cwd, path)));
