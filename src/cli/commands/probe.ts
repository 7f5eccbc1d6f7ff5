import { probe, type Predictor } from '../../probe/index.ts';
import { PROBE_FORMATS, renderProbe } from '../../report/measurement/measurement.ts';
import {
  formatOption,
  OUTPUT_OPTION,
  QUIET_OPTION,
  TOP_OPTIONS,
  formatOf,
  topOf,
  list,
  text,
  type Args,
  type Command,
} from '../command.ts';
import { deviceOf } from '../device.ts';
import { cellWidthOf, widthOf, type Io } from '../io.ts';
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
import { usageError } from '../usage.ts';
import { TOOL } from '../../version.ts';

export const probeCommand: Command = {
  usage: '<models..>',
  positionals: {
    models: { describe: 'built-in networks or files; several take turns, so that ratios hold' },
  },
  options: {
    ...PROBE_OPTIONS,
    predict: {
      type: 'string',
      describe: 'device file of calibrate: what it expects, beside what is measured',
    },
    ...formatOption(PROBE_FORMATS),
    ...OUTPUT_OPTION,
    ...TOP_OPTIONS,
    ...MODEL_OPTIONS,
    ...QUIET_OPTION,
  },
  examples: [
    ['cspresnext50', 'how long each layer takes on this CPU'],
    ['resnext50 cspresnext50', 'the ratio of two networks'],
    ['model.onnx --format trace -o trace.json', 'a timeline of layers and kernels, for ui.perfetto.dev'],
    ['model.onnx --device webgpu', 'your own model and weights, on a GPU'],
  ],
  async run(args: Args, io: Io): Promise<number> {
    const format = formatOf(args, PROBE_FORMATS);
    const predict = await predictorOf(args, io);
    const models = await probeModels(list(args, 'models'), args, io);
    const measurement = await interruptible((signal) =>
      probe(models, { ...probeOptions(args), ...predict, ...progress(args, io), signal }),
    );
    if (measurement === undefined) return interrupted(io);
    writeWarnings(measurement.warnings, args, io);
    writeResult(
      renderProbe(format, measurement, {
        width: widthOf(io),
        cells: cellWidthOf(io),
        top: topOf(args),
        tool: TOOL,
      }),
      args,
      io,
    );
    return 0;
  },
};

/**
 * The calibration that the options name.
 *
 * @throws ProfileError CSP801 where it is none of kernels, or of other settings than those to measure with
 */
async function predictorOf(args: Args, io: Io): Promise<{ readonly predict?: Predictor }> {
  const file = text(args, 'predict');
  if (file === undefined) return {};
  const { id, calibration } = await deviceOf(file, io);
  if (calibration?.kind !== 'kernels')
    throw usageError(
      `${file} does not say what kernels take`,
      'make a device file that does: csp-profile calibrate -o my-machine.json',
    );
  const asked = probeOptions(args);
  const { device, level, threads } = calibration.runtime;
  const wanted = { device, level, threads };
  const given = { device: asked.device, level: asked.level, threads: asked.threads ?? 1 };
  for (const name of ['device', 'level', 'threads'] as const) {
    if (wanted[name] === given[name]) continue;
    throw usageError(
      `${file} was calibrated with --${name} ${String(wanted[name])}, and this measures with ${String(given[name])}`,
      `add --${name} ${String(wanted[name])}, or calibrate again`,
    );
  }
  return { predict: { device: id, calibration } };
}
