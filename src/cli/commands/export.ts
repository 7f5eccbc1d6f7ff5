import { dirname, join } from 'node:path';
import { METRIC_INFO, profile } from '../../analysis/profile.ts';
import type { Graph } from '../../graph/graph.ts';
import {
  MODEL_POSITIONAL,
  OUTPUT_OPTION,
  QUIET_OPTION,
  CONVENTION_OPTIONS,
  conventionsOf,
  text,
  type Args,
  type Command,
} from '../command.ts';
import type { Io } from '../io.ts';
import { MODEL_OPTIONS, loadModel } from '../model.ts';
import { writePieces, writeResult, writeWarnings } from '../output.ts';
import { oneOf, usageError, wholeNumber } from '../usage.ts';

/** A file in pieces, and what stands beside it. */
interface Written {
  readonly content: string | Iterable<Uint8Array>;
  /** a second file, by the name that the first one calls it */
  readonly beside?: { readonly name: string; readonly content: Iterable<Uint8Array> };
}

const whole = (content: string): Written => ({ content });

/** What a graph can be written as. A new output format is one line here and its folder in formats/. */
const WRITERS = {
  cfg: (graph: Graph) =>
    import('../../formats/darknet/write.ts').then(({ writeDarknet }) => whole(writeDarknet(graph))),
  onnx: writeOnnxFile,
  json: (graph: Graph) =>
    import('../../formats/json/write.ts').then(({ writeJson }) => whole(writeJson(graph))),
  dot: (graph: Graph) => import('../../formats/dot/write.ts').then(({ writeDot }) => whole(writeDot(graph))),
  netron: (graph: Graph, args: Args) =>
    import('../../formats/netron/write.ts').then(({ writeNetron }) =>
      whole(writeNetron(graph, profile(graph, conventionsOf(args)), METRIC_INFO)),
    ),
  'model-explorer': async (graph: Graph, args: Args) => {
    const { writeModelExplorer } = await import('../../formats/model-explorer/write.ts');
    const id = text(args, 'metric') ?? 'flops';
    const metric = METRIC_INFO.find((each) => each.id === id);
    if (metric === undefined) {
      throw usageError(`--metric is "${id}"`, `use one of ${METRIC_INFO.map((each) => each.id).join(', ')}`);
    }
    return whole(writeModelExplorer(graph, profile(graph, conventionsOf(args)), metric));
  },
} as const satisfies Record<string, (graph: Graph, args: Args) => Promise<Written>>;

const WEIGHTS = ['random', 'zero'] as const;
const BATCH_NORM = ['keep', 'fold'] as const;

async function writeOnnxFile(graph: Graph, args: Args): Promise<Written> {
  const [opset, dataFile] = [text(args, 'opset'), text(args, 'external-data')];
  const { writeOnnx } = await import('../../formats/onnx/write.ts');
  const { file, data } = writeOnnx(graph, {
    weights: oneOf('weights', text(args, 'weights') ?? 'random', WEIGHTS),
    seed: wholeNumber('seed', text(args, 'seed') ?? '1', 0),
    batchNorm: oneOf('batch-norm', text(args, 'batch-norm') ?? 'keep', BATCH_NORM),
    ...(opset === undefined ? {} : { opset: wholeNumber('opset', opset, 1) }),
    ...(dataFile === undefined ? {} : { dataFile }),
  });
  return {
    content: file.chunks(),
    ...(data === undefined ? {} : { beside: { name: data.name, content: data.chunks() } }),
  };
}

type Target = keyof typeof WRITERS;

const TARGETS = Object.keys(WRITERS) as readonly Target[];

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
    const { content, beside } = await WRITERS[target](graph, args);
    writeWarnings(diagnostics, args, io);
    if (typeof content === 'string') {
      writeResult(content, args, io);
    } else {
      const output = text(args, 'output');
      if (output === undefined)
        throw usageError(`${target} is a binary format`, 'name a file: -o model.onnx');
      if (beside !== undefined) writePieces(beside.content, join(dirname(output), beside.name), io);
      writePieces(content, output, io);
    }
    return 0;
  },
};
