import type { Architecture, PrintedRow } from '../../../architectures/architecture.ts';
import {
  valuesText,
  valueText,
  type Parameter,
  type ParameterValue,
} from '../../../architectures/parameter.ts';
import { TOTALS } from '../../../architectures/totals.ts';
import { families, findFamily, zoo } from '../../../architectures/zoo.ts';
import { formatCount } from '../../report/format.ts';
import { GRID_FORMATS, renderGrid, type GridColumn } from '../../report/grid.ts';
import { formatOption, OUTPUT_OPTION, formatOf, text, type Args, type Command } from '../command.ts';
import { cellWidthOf, type Io } from '../io.ts';
import { writeResult } from '../output.ts';

interface Entry {
  readonly architecture: Architecture;
  readonly totals: { readonly layers?: number; readonly flops?: number; readonly weights?: number };
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

/** A parameter of a family; of a network, where that is asked for, with its own default. */
interface ParameterEntry {
  readonly name: string;
  readonly id: string;
  readonly parameter: Parameter;
  readonly byDefault: ParameterValue;
}

const numberOf =
  (key: 'least' | 'most' | 'step') =>
  ({ parameter }: ParameterEntry): number | undefined =>
    parameter.kind === 'choice' ? undefined : parameter[key];

const PARAMETER_COLUMNS: readonly GridColumn<ParameterEntry>[] = [
  { id: 'family', title: 'family', align: 'left', value: ({ name }) => name },
  { id: 'parameter', title: 'parameter', align: 'left', value: ({ id }) => id },
  { id: 'kind', title: 'kind', align: 'left', value: ({ parameter }) => parameter.kind, machineOnly: true },
  {
    id: 'default',
    title: 'default',
    align: 'right',
    value: ({ byDefault }) => (typeof byDefault === 'object' ? valueText(byDefault) : byDefault),
  },
  { id: 'least', title: 'least', align: 'right', value: numberOf('least'), machineOnly: true },
  { id: 'most', title: 'most', align: 'right', value: numberOf('most'), machineOnly: true },
  { id: 'step', title: 'step', align: 'right', value: numberOf('step'), machineOnly: true },
  {
    id: 'choices',
    title: 'choices',
    align: 'left',
    value: ({ parameter }) => (parameter.kind === 'choice' ? parameter.choices.join(' ') : undefined),
    machineOnly: true,
  },
  {
    id: 'unit',
    title: 'unit',
    align: 'left',
    value: ({ parameter }) => (parameter.kind === 'choice' ? undefined : parameter.unit),
    machineOnly: true,
  },
  {
    id: 'values',
    title: 'values',
    align: 'left',
    value: ({ parameter }) => valuesText(parameter),
    peopleOnly: true,
  },
  { id: 'title', title: 'what it is', align: 'left', value: ({ parameter }) => parameter.title },
];

/** The parameters of one family or network, or of all families (name ''). */
function parameterEntries(name: string): readonly ParameterEntry[] {
  const chosen =
    name === '' ? families().map((family) => ({ family, network: undefined })) : [findFamily(name)];
  return chosen.flatMap(({ family, network }) =>
    Object.entries(family.parameters).map(([id, parameter]) => ({
      name: network?.name ?? family.name,
      id,
      parameter,
      byDefault: (id === 'input' ? network?.input : network?.parameters[id]) ?? parameter.default,
    })),
  );
}

/** FLOPs here are the paper's, so that they stand beside what it printed. */
const CONVENTION = 'darknet-2019';

/** What the table means, for people. */
const LEGEND = `FLOPs counted as ${CONVENTION}, for the input named; printed: what the source of the network prints beside it (BFLOPs, parameters)
class: exact, defined by a publication; or how the network was made where none defines it (csp-profile reproduce has the residuals)
`;

/** The counts of a network at its own input, as they are generated. */
function totalsOf({ name }: Architecture): Entry['totals'] {
  const [layers, flops, weights] = TOTALS[name] ?? [];
  return {
    ...(layers === undefined ? {} : { layers }),
    ...(flops === undefined ? {} : { flops }),
    ...(weights === undefined ? {} : { weights }),
  };
}

export const list: Command = {
  usage: '',
  positionals: {},
  options: {
    params: {
      type: 'string',
      describe: 'parameters of a family or network, with their ranges; without a name, of every family',
    },
    ...formatOption(GRID_FORMATS),
    ...OUTPUT_OPTION,
  },
  examples: [
    ['', `each network with its input, its source, and printed beside computed totals (${CONVENTION})`],
    ['--format json', 'the same for other programs'],
    ['--params csppeleenet', 'what can be chosen: csp-profile analyze csppeleenet:gamma=0.25,width=2'],
  ],
  run(args: Args, io: Io): Promise<number> {
    const format = formatOf(args, GRID_FORMATS);
    const family = text(args, 'params');
    if (family !== undefined) {
      writeResult(renderGrid(format, PARAMETER_COLUMNS, parameterEntries(family), cellWidthOf(io)), args, io);
      return Promise.resolve(0);
    }
    const entries = zoo().map((architecture) => ({
      architecture,
      totals: totalsOf(architecture),
    }));
    const legend = format === 'table' ? LEGEND : '';
    writeResult(renderGrid(format, COLUMNS, entries, cellWidthOf(io)) + legend, args, io);
    return Promise.resolve(0);
  },
};
