import { explain } from '../../analysis/explain/explain.ts';
import { EXPLANATION_FORMATS, renderExplanation } from '../../report/explain.ts';
import {
  MODEL_POSITIONAL,
  formatOption,
  OUTPUT_OPTION,
  QUIET_OPTION,
  CONVENTION_OPTIONS,
  DEVICE_OPTIONS,
  asksForDevice,
  flag,
  formatOf,
  conventionsOf,
  text,
  type Args,
  type Command,
} from '../command.ts';
import { cellWidthOf, widthOf, type Io } from '../io.ts';
import { MODEL_OPTIONS, loadModel } from '../model.ts';
import { writeResult, writeWarnings } from '../output.ts';
import { TOOL } from '../../version.ts';

export const explainCommand: Command = {
  usage: '<model>',
  positionals: MODEL_POSITIONAL,
  options: {
    ...formatOption(EXPLANATION_FORMATS),
    ...OUTPUT_OPTION,
    conventions: {
      type: 'boolean',
      describe: 'also why tools count its FLOPs differently, and what parameters it has',
    },
    ...CONVENTION_OPTIONS,
    ...MODEL_OPTIONS,
    ...DEVICE_OPTIONS,
    ...QUIET_OPTION,
  },
  examples: [
    ['resnet50', 'what to change about it, and what that saves'],
    ['resnet50 --device jetson-tx2', 'the same in time on a device'],
    ['net.onnx --conventions --flops thop', 'what other tools count more or less than thop'],
  ],
  async run(args: Args, io: Io): Promise<number> {
    const format = formatOf(args, EXPLANATION_FORMATS);
    const { graph, diagnostics } = await loadModel(text(args, 'model') ?? '', args, io);
    writeWarnings(diagnostics, args, io);
    const measure = asksForDevice(args)
      ? await (await import('../device.ts')).measureOnDevice(args, io)
      : undefined;
    const found = explain(graph, { ...conventionsOf(args), ...(measure === undefined ? {} : { measure }) });
    writeResult(
      renderExplanation(format, found, {
        width: widthOf(io),
        cells: cellWidthOf(io),
        tool: TOOL,
        ...(flag(args, 'conventions') === true ? { conventions: true } : {}),
      }),
      args,
      io,
    );
    return 0;
  },
};
