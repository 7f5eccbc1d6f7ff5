import { resolve } from 'node:path';
import type { Grouping } from '../../analysis/grouping.ts';
import { profile, type Profile } from '../../analysis/profile.ts';
import { COLUMN_IDS } from '../../report/columns.ts';
import { FORMATS, type Format } from '../../report/registry.ts';
import {
  MODEL_POSITIONAL,
  formatOption,
  OUTPUT_OPTION,
  QUIET_OPTION,
  COLOR_OPTION,
  TOP_OPTIONS,
  CONVENTION_OPTIONS,
  GROUP_OPTION,
  DEVICE_OPTIONS,
  formatOf,
  topOf,
  colored,
  asksForDevice,
  conventionsOf,
  groupingOf,
  text,
  type Args,
  type Command,
} from '../command.ts';
import { isWatched, widthOf, type Io } from '../io.ts';
import { MODEL_OPTIONS, loadModel, onnxFileOf } from '../model.ts';
import { writeResult, writeWarnings } from '../output.ts';
import { usageError } from '../usage.ts';
import { TOOL } from '../../version.ts';

const FORMAT_NAMES = Object.keys(FORMATS) as readonly Format[];

export const analyze: Command = {
  usage: '<model>',
  positionals: MODEL_POSITIONAL,
  options: {
    ...formatOption(FORMAT_NAMES),
    ...OUTPUT_OPTION,
    ...TOP_OPTIONS,
    sort: { type: 'string', describe: 'column that orders the layers, largest first' },
    columns: { type: 'string', describe: 'columns to show: a,b,c' },
    ...CONVENTION_OPTIONS,
    ...GROUP_OPTION,
    ...MODEL_OPTIONS,
    ...DEVICE_OPTIONS,
    ...QUIET_OPTION,
    ...COLOR_OPTION,
  },
  examples: [
    ['cspresnext50', 'a built-in network'],
    ['yolov4.cfg@416 --all --sort cio', 'a Darknet file at 416x416, every layer by CIO'],
    ['cspresnext50 --device jetson-tx2', 'time, DRAM traffic and energy, and what binds each layer'],
    ['cspresnext50 --format json -o profile.json', 'everything, for other programs'],
  ],
  async run(args: Args, io: Io): Promise<number> {
    const format = formatOf(args, FORMAT_NAMES);
    const spec = text(args, 'model') ?? '';
    const { graph: read, diagnostics } = await loadModel(spec, args, io);
    const graph =
      groupingOf(args) === 'fused'
        ? (await import('../../analysis/grouping.ts')).grouped(read, 'fused')
        : read;
    const { result, extension, warnings } = asksForDevice(args)
      ? await (
          await import('../device.ts')
        ).profileOnDevice(
          graph,
          args,
          io,
          onnxFileOf(spec, (path) => resolve(io.cwd, path)),
        )
      : { result: profile(graph, conventionsOf(args)), extension: undefined, warnings: [] };
    const rows = await grouping(result, groupingOf(args));
    const known = [...COLUMN_IDS, ...(extension?.columns.map(({ id }) => id) ?? [])];
    const columns = text(args, 'columns')
      ?.split(',')
      .map((id) => columnId('columns', id.trim(), known));
    const sort = text(args, 'sort');
    const render = await FORMATS[format]();
    const rendered = render(rows, {
      width: widthOf(io),
      cut: isWatched(io),
      color: colored(args, io),
      top: topOf(args, format === 'table' || format === 'markdown' ? undefined : 'all'),
      ...(sort === undefined ? {} : { sort: columnId('sort', sort, known) }),
      ...(columns === undefined ? {} : { columns }),
      ...(extension === undefined ? {} : { extension }),
      tool: TOOL,
    });
    writeWarnings([...diagnostics, ...warnings], args, io);
    writeResult(rendered, args, io);
    return 0;
  },
};

/** The profile with the rows that are asked for, where they are no layers. */
async function grouping(result: Profile, by: Grouping | undefined): Promise<Profile> {
  if (by === undefined || by === 'layer' || by === 'fused') return result;
  const { inRows } = await import('../../analysis/modules.ts');
  return inRows(result, by);
}

function columnId(option: string, id: string, known: readonly string[]): string {
  if (known.includes(id)) return id;
  throw usageError(
    `--${option} names "${id}", which is no column`,
    `use ${known.join(', ')}${known.length === COLUMN_IDS.length ? '; --device and --buffer add others' : ''}`,
  );
}
