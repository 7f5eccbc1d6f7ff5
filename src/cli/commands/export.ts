import type { Diagnostic } from '../../diagnostics.ts';
import type { Graph } from '../../graph/graph.ts';
import { text, type Args, type Command } from '../command.ts';
import type { Io } from '../io.ts';
import { MODEL_OPTIONS, loadModel } from '../model.ts';
import { writeResult, writeWarnings } from '../output.ts';
import { oneOf } from '../usage.ts';

interface Written {
  readonly content: string | Uint8Array;
  readonly diagnostics: readonly Diagnostic[];
}

const exact = (content: string): Written => ({ content, diagnostics: [] });

/** What a graph can be written as. A new output format is one line here and its folder in formats/. */
const WRITERS = {
  cfg: (graph: Graph) =>
    import('../../formats/darknet/write.ts').then(({ writeDarknet }) => exact(writeDarknet(graph))),
  json: (graph: Graph) =>
    import('../../formats/json/write.ts').then(({ writeJson }) => exact(writeJson(graph))),
  dot: (graph: Graph) => import('../../formats/dot/write.ts').then(({ writeDot }) => exact(writeDot(graph))),
} as const satisfies Record<string, (graph: Graph) => Promise<Written>>;

type Target = keyof typeof WRITERS;

const TARGETS = Object.keys(WRITERS) as readonly Target[];

export const exportCommand: Command = {
  usage: '<model>',
  positionals: { model: { describe: 'built-in network or file, with @EXTENT for another input' } },
  options: {
    to: { type: 'string', demandOption: true, describe: `format: ${TARGETS.join(', ')}` },
    output: { type: 'string', alias: 'o', describe: 'write to this file' },
    ...MODEL_OPTIONS,
    quiet: { type: 'boolean', describe: 'no warnings' },
  },
  examples: [
    ['cspresnext50 --to cfg -o cspresnext50.cfg', 'a built-in network for Darknet'],
    ['yolov4.cfg --to dot', 'a drawing for Graphviz'],
  ],
  async run(args: Args, io: Io): Promise<number> {
    const target = oneOf('to', text(args, 'to') ?? '', TARGETS);
    const { graph, diagnostics } = await loadModel(text(args, 'model') ?? '', args, io);
    const written = await WRITERS[target](graph);
    writeWarnings([...diagnostics, ...written.diagnostics], args, io);
    writeResult(written.content, args, io);
    return 0;
  },
};
