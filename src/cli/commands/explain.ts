import { explain } from '../../analysis/explain/explain.ts';
import { EXPLANATION_FORMATS, renderExplanation } from '../../report/explain.ts';
import {
  MODEL_POSITIONAL,
  formatOption,
  OUTPUT_OPTION,
  QUIET_OPTION,
  CONVENTION_OPTIONS,
  formatOf,
  conventionsOf,
  text,
  type Args,
  type Command,
} from '../command.ts';
import { widthOf, type Io } from '../io.ts';
import { MODEL_OPTIONS, loadModel } from '../model.ts';
import { writeResult, writeWarnings } from '../output.ts';
import { TOOL } from '../../version.ts';

export const explainCommand: Command = {
  usage: '<model>',
  positionals: MODEL_POSITIONAL,
  options: {
    ...formatOption(EXPLANATION_FORMATS),
    ...OUTPUT_OPTION,
    ...CONVENTION_OPTIONS,
    ...MODEL_OPTIONS,
    ...QUIET_OPTION,
  },
  examples: [
    ['resnet50', 'why tools print different FLOPs for it, and what costs more than it need'],
    ['net.onnx --flops thop', 'what the others count more or less than thop'],
  ],
  async run(args: Args, io: Io): Promise<number> {
    const format = formatOf(args, EXPLANATION_FORMATS);
    const { graph, diagnostics } = await loadModel(text(args, 'model') ?? '', args, io);
    writeWarnings(diagnostics, args, io);
    writeResult(
      renderExplanation(format, explain(graph, conventionsOf(args)), { width: widthOf(io), tool: TOOL }),
      args,
      io,
    );
    return 0;
  },
};
