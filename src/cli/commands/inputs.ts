import { INPUTS_FORMATS, renderInputs } from '../../report/inputs.ts';
import {
  formatOf,
  formatOption,
  MODEL_POSITIONAL,
  OUTPUT_OPTION,
  text,
  type Args,
  type Command,
} from '../command.ts';
import { widthOf, type Io } from '../io.ts';
import { describeArgument } from '../model.ts';
import { writeResult } from '../output.ts';

export const inputsCommand: Command = {
  usage: '<model>',
  positionals: MODEL_POSITIONAL,
  options: { ...formatOption(INPUTS_FORMATS), ...OUTPUT_OPTION },
  examples: [['net.onnx', 'its inputs and open extents, and the command that gives them values']],
  async run(args: Args, io: Io): Promise<number> {
    const format = formatOf(args, INPUTS_FORMATS);
    const file = text(args, 'model') ?? '';
    const model = { file, ...(await describeArgument(file, args, io)) };
    writeResult(renderInputs(format, model, widthOf(io)), args, io);
    return 0;
  },
};
