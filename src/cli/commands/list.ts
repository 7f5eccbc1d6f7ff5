import { buildNetwork, zoo } from '../../../architectures/zoo.ts';
import type { Architecture, PrintedRow } from '../../../architectures/architecture.ts';
import { profile, type Profile } from '../../analysis/profile.ts';
import { formatCount } from '../../report/format.ts';
import { GRID_FORMATS, renderGrid, type GridColumn } from '../../report/grid.ts';
import { formatOption, OUTPUT_OPTION, formatOf, type Args, type Command } from '../command.ts';
import { widthOf, type Io } from '../io.ts';
import { writeResult } from '../output.ts';

interface Entry {
  readonly architecture: Architecture;
  readonly totals: Profile['totals'];
}

const printed = ({ architecture }: Entry, column: keyof PrintedRow['values']): string =>
  architecture.printed.find((row) => row.input === undefined && row.values[column] !== undefined)?.values[
    column
  ] ?? '';

const COLUMNS: readonly GridColumn<Entry>[] = [
  { id: 'name', title: 'name', align: 'left', value: ({ architecture }) => architecture.name },
  {
    id: 'input',
    title: 'input',
    align: 'right',
    value: ({ architecture }) => [architecture.input].flat().join('x'),
  },
  { id: 'layers', title: 'layers', align: 'right', value: ({ totals }) => totals.layers },
  {
    id: 'flops',
    title: 'FLOPs',
    align: 'right',
    value: ({ totals }) => totals.flops,
    text: ({ totals }) => (totals.flops === undefined ? '–' : formatCount(totals.flops)),
  },
  { id: 'printedBflops', title: 'printed', align: 'right', value: (entry) => printed(entry, 'bflops') },
  {
    id: 'weights',
    title: 'weights',
    align: 'right',
    value: ({ totals }) => totals.weights,
    text: ({ totals }) => (totals.weights === undefined ? '–' : formatCount(totals.weights)),
  },
  { id: 'printedParams', title: 'printed', align: 'right', value: (entry) => printed(entry, 'params') },
  {
    id: 'reproduction',
    title: 'class',
    align: 'left',
    value: ({ architecture }) => architecture.reproduction,
  },
  { id: 'source', title: 'source', align: 'left', value: ({ architecture }) => architecture.source },
];

/** FLOPs here are the paper's, so that they stand beside what it printed. */
const CONVENTION = 'darknet-2019';

export const list: Command = {
  usage: '',
  positionals: {},
  options: {
    ...formatOption(GRID_FORMATS),
    ...OUTPUT_OPTION,
  },
  examples: [
    ['', `each network with its input, its source, and printed beside computed totals (${CONVENTION})`],
    ['--format json', 'the same for other programs'],
  ],
  run(args: Args, io: Io): Promise<number> {
    const format = formatOf(args, GRID_FORMATS);
    const entries = zoo().map((architecture) => ({
      architecture,
      totals: profile(buildNetwork(architecture.name), { flops: CONVENTION }).totals,
    }));
    writeResult(renderGrid(format, COLUMNS, entries, widthOf(io)), args, io);
    return Promise.resolve(0);
  },
};
