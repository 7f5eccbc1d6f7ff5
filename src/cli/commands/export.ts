import { dirname, join } from 'node:path';
import { COUNT_INFO, profile } from '../../analysis/profile.ts';
import type { Format, Measured, WriteOptions, Written } from '../../formats/format.ts';
import { FORMATS, VIEWER_FORMATS } from '../../formats/registry.ts';
import type { Graph } from '../../graph/graph.ts';
import {
  MODEL_POSITIONAL,
  OUTPUT_OPTION,
  QUIET_OPTION,
  CONVENTION_OPTIONS,
  binaryOutput,
  conventionsOf,
  text,
  type Args,
  type Command,
} from '../command.ts';
import type { Io } from '../io.ts';
import { MODEL_OPTIONS, loadModel } from '../model.ts';
import { tellWritten, writeResult, writeWarnings } from '../output.ts';
import { writeFiles } from '../write.ts';
import { oneOf, usageError, wholeNumber } from '../usage.ts';

/** What `--to` calls a format: as its files end, or its id where they end in nothing. */
const targetOf = ({ id, extensions: [extension] }: Format): string => extension?.slice(1) ?? id;

const WRITABLE = FORMATS.filter((format) => format.write !== undefined);

const TARGETS = [...WRITABLE.map(targetOf), ...VIEWER_FORMATS.map(({ id }) => id)];

const WEIGHTS = ['random', 'zero'] as const;
const BATCH_NORM = ['keep', 'fold'] as const;

async function write(graph: Graph, target: string, args: Args): Promise<Written> {
  const viewer = VIEWER_FORMATS.find(({ id }) => id === target);
  if (viewer !== undefined) return viewer.write(graph, measuredOf(graph, args));
  const { writeModel } = await import('../../formats/model.ts');
  const format = WRITABLE.find((each) => targetOf(each) === target);
  return writeModel(graph, format?.id ?? target, writeOptions(args));
}

function measuredOf(graph: Graph, args: Args): Measured {
  const id = text(args, 'metric') ?? 'flops';
  const measure = COUNT_INFO.find((each) => each.id === id);
  if (measure === undefined) {
    throw usageError(`--metric is "${id}"`, `use one of ${COUNT_INFO.map((each) => each.id).join(', ')}`);
  }
  return { measurements: profile(graph, conventionsOf(args)), measures: COUNT_INFO, measure };
}

function writeOptions(args: Args): WriteOptions {
  const [opset, dataFile] = [text(args, 'opset'), text(args, 'external-data')];
  return {
    weights: oneOf('weights', text(args, 'weights') ?? 'random', WEIGHTS),
    seed: wholeNumber('seed', text(args, 'seed') ?? '1', 0),
    batchNorm: oneOf('batch-norm', text(args, 'batch-norm') ?? 'keep', BATCH_NORM),
    ...(opset === undefined ? {} : { opset: wholeNumber('opset', opset, 1) }),
    ...(dataFile === undefined ? {} : { dataFile }),
  };
}

export const exportCommand: Command = {
  usage: '<model>',
  positionals: MODEL_POSITIONAL,
  options: {
    to: { type: 'string', demandOption: true, describe: `format: ${TARGETS.join(', ')}` },
    ...OUTPUT_OPTION,
    weights: { type: 'string', describe: 'ONNX: random (default) or zero' },
    seed: { type: 'string', describe: 'ONNX: of the random weights (1)' },
    'batch-norm': { type: 'string', describe: 'ONNX: keep (default), or fold into convolutions' },
    opset: { type: 'string', describe: 'ONNX: version of the operator set (17)' },
    'external-data': { type: 'string', describe: 'ONNX: weights go into this file beside the model' },
    metric: { type: 'string', describe: 'Model Explorer: the number to show (flops)' },
    ...CONVENTION_OPTIONS,
    ...MODEL_OPTIONS,
    ...QUIET_OPTION,
  },
  examples: [
    ['cspresnext50 --to cfg -o cspresnext50.cfg', 'a built-in network for Darknet'],
    ['yolov4.cfg --to onnx -o yolov4.onnx', 'a model that runs, with made-up weights'],
    ['resnet50.onnx --to dot', 'a drawing for Graphviz'],
    ['resnet50.onnx --to netron -o cost.json', 'numbers per node for the viewer Netron'],
  ],
  async run(args: Args, io: Io): Promise<number> {
    const target = oneOf('to', text(args, 'to') ?? '', TARGETS);
    const { graph, diagnostics } = await loadModel(text(args, 'model') ?? '', args, io);
    const { content, beside, diagnostics: written = [] } = await write(graph, target, args);
    writeWarnings([...diagnostics, ...written], args, io);
    if (typeof content === 'string') {
      writeResult(content, args, io);
    } else {
      const output = binaryOutput(target, 'model.onnx', args, io);
      const data =
        beside === undefined ? [] : [{ target: join(dirname(output), beside.name), pieces: beside.content }];
      writeFiles([...data, { target: output, pieces: content }], io.cwd);
      tellWritten(output, args, io);
    }
    return 0;
  },
};
