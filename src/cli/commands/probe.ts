import { probe } from '../../probe/index.ts';
import { PROBE_FORMATS, renderProbe } from '../../report/probe.ts';
import { flag, list, text, type Args, type Command } from '../command.ts';
import { widthOf, type Io } from '../io.ts';
import { MODEL_OPTIONS } from '../model.ts';
import { writeResult, writeWarnings } from '../output.ts';
import {
  PROBE_OPTIONS,
  interrupted,
  interruptible,
  probeModels,
  probeOptions,
  progress,
} from '../probing.ts';
import { oneOf, wholeNumber } from '../usage.ts';
import { TOOL } from '../version.ts';

const DEFAULT_TOP = 12;

export const probeCommand: Command = {
  usage: '<models..>',
  positionals: {
    models: { describe: 'built-in networks or files; several take turns, so that ratios hold' },
  },
  options: {
    ...PROBE_OPTIONS,
    format: { type: 'string', default: 'table', describe: `how to print: ${PROBE_FORMATS.join(', ')}` },
    output: { type: 'string', alias: 'o', describe: 'write to this file' },
    top: { type: 'string', describe: `layers to show (${String(DEFAULT_TOP)})` },
    all: { type: 'boolean', describe: 'show every layer, in order' },
    ...MODEL_OPTIONS,
    quiet: { type: 'boolean', describe: 'no warnings and no progress' },
  },
  examples: [
    ['cspresnext50', 'how long each layer takes on this CPU'],
    ['resnext50 cspresnext50', 'the ratio of two networks'],
    ['model.onnx --device webgpu', 'your own model and weights, on a GPU'],
  ],
  async run(args: Args, io: Io): Promise<number> {
    const format = oneOf('format', text(args, 'format') ?? 'table', PROBE_FORMATS);
    const top = text(args, 'top');
    const models = await probeModels(list(args, 'models'), args, io);
    const measurement = await interruptible((signal) =>
      probe(models, { ...probeOptions(args), ...progress(args, io), signal }),
    );
    if (measurement === undefined) return interrupted(io);
    const shown = top === undefined ? DEFAULT_TOP : wholeNumber('top', top, 0);
    writeWarnings(measurement.warnings, args, io);
    writeResult(
      renderProbe(format, measurement, {
        width: widthOf(io),
        top: flag(args, 'all') === true ? 'all' : shown,
        tool: TOOL,
      }),
      args,
      io,
    );
    return 0;
  },
};
