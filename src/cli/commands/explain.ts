import { explain } from '../../analysis/explain/explain.ts';
import { EXPLANATION_FORMATS, renderExplanation } from '../../report/explain.ts';
import { CONVENTION_OPTIONS, conventionsOf, text, type Args, type Command } from '../command.ts';
import { widthOf, type Io } from '../io.ts';
import { MODEL_OPTIONS, loadModel } from '../model.ts';
import { writeResult, writeWarnings } from '../output.ts';
import { oneOf } from '../usage.ts';
import { TOOL } from '../version.ts';

export const explainCommand: Command = {
  usage: '<model>',
  positionals: { model: { describe: 'built-in network or file, with @EXTENT for another input' } },
  options: {
    format: { type: 'string', default: 'table', describe: `how to print: ${EXPLANATION_FORMATS.join(', ')}` },
    output: { type: 'string', alias: 'o', describe: 'write to this file' },
    ...CONVENTION_OPTIONS,
    ...MODEL_OPTIONS,
    quiet: { type: 'boolean', describe: 'no warnings' },
  },
  examples: [
    ['resnet50', 'why tools print different FLOPs for it, and what costs more than it need'],
    ['net.onnx --flops thop', 'what the others count more or less than thop'],
  ],
  async run(args: Args, io: Io): Promise<number> {
    const format = oneOf('format', text(args, 'format') ?? 'table', EXPLANATION_FORMATS);
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
