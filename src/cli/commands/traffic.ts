import { trafficCurves, trafficSchedules, type TrafficCurves } from '../../analysis/device/traffic.ts';
import {
  LAYER_CURVE_COLUMNS,
  LAYER_POINT_COLUMNS,
  SCHEDULE_COLUMNS,
  pointColumns,
} from '../../report/device/traffic.ts';
import { DOCUMENT_FORMATS, gridOf, renderDocument, type Grid } from '../../report/document.ts';
import { formatBytes } from '../../report/format.ts';
import { byteCount } from '../bytes.ts';
import {
  MODEL_POSITIONAL,
  formatOption,
  OUTPUT_OPTION,
  QUIET_OPTION,
  BUFFER_OPTIONS,
  formatOf,
  text,
  type Args,
  type Command,
} from '../command.ts';
import { trafficOptions } from '../device.ts';
import { cellWidthOf, widthOf, type Io } from '../io.ts';
import { MODEL_OPTIONS, loadModel } from '../model.ts';
import { writeResult, writeWarnings } from '../output.ts';
import { oneOf, usageError, wholeNumber } from '../usage.ts';
import { inertJson } from '../../inertJson.ts';

const FORMATS = [...DOCUMENT_FORMATS, 'vega-lite'] as const;
const SHOWN = ['network', 'layers', 'schedule'] as const;
const DEFAULT_BUFFERS = '16KiB..8MiB';

/**
 * The sizes that `--buffers` names: a list, or a range that doubles from the first to the last size, or goes
 * there in `count` even ratios.
 */
export function bufferSizes(option: string, count: string | undefined): readonly number[] {
  const [from, to, ...more] = option.split('..');
  if (from === undefined || to === undefined || more.length > 0) {
    if (count !== undefined)
      throw usageError('--points divides a range', 'give --buffers as FROM..TO, or leave out --points');
    return option.split(',').map((size) => byteCount('buffers', size));
  }
  const [first, last] = [byteCount('buffers', from), byteCount('buffers', to)];
  if (last <= first) throw usageError(`--buffers is "${option}"`, 'give the smaller size first');
  if (count === undefined) {
    const doublings = Math.floor(Math.log2(last / first));
    const sizes = Array.from({ length: doublings + 1 }, (_, i) => first * 2 ** i);
    return sizes.at(-1) === last ? sizes : [...sizes, last];
  }
  const points = wholeNumber('points', count, 2, 1000);
  const ratio = last / first;
  const sizes = Array.from({ length: points }, (_, i) => Math.round(first * ratio ** (i / (points - 1))));
  return [...new Set(sizes)];
}

function gridFor(
  shown: (typeof SHOWN)[number],
  format: (typeof DOCUMENT_FORMATS)[number],
  curves: TrafficCurves,
): Grid {
  if (shown === 'network') return gridOf(pointColumns(curves.points), curves.points);
  return format === 'json' || format === 'csv'
    ? gridOf(LAYER_POINT_COLUMNS, curves.layers.flat())
    : gridOf(LAYER_CURVE_COLUMNS, curves.layers);
}

export const trafficCommand: Command = {
  usage: '<model>',
  positionals: MODEL_POSITIONAL,
  options: {
    buffers: {
      type: 'string',
      default: DEFAULT_BUFFERS,
      describe: 'sizes of the on-chip buffer: a range that doubles, or a list (64KiB,108KiB)',
    },
    points: { type: 'string', describe: 'sizes in the range, in even ratios, instead of doublings' },
    show: {
      type: 'string',
      default: 'network',
      describe: `what: ${SHOWN.join(', ')} (operand that stays, tiles, loops)`,
    },
    ...formatOption(FORMATS),
    ...OUTPUT_OPTION,
    ...BUFFER_OPTIONS,
    ...MODEL_OPTIONS,
    ...QUIET_OPTION,
  },
  examples: [
    ['cspresnext50', 'DRAM bytes against the size of the buffer'],
    ['cspresnext50 --buffers 64KiB..2MiB --show layers', 'which layers a larger buffer helps'],
    ['yolov4.cfg --buffers 108KiB --show schedule', 'how each layer is tiled'],
    ['cspresnext50 --points 20 --format vega-lite', 'the curve as a chart'],
  ],
  async run(args: Args, io: Io): Promise<number> {
    const format = formatOf(args, FORMATS);
    const shown = oneOf('show', text(args, 'show') ?? 'network', SHOWN);
    const sizes = bufferSizes(text(args, 'buffers') ?? DEFAULT_BUFFERS, text(args, 'points'));
    const { fusion, ...options } = trafficOptions(args);
    const { graph, diagnostics } = await loadModel(text(args, 'model') ?? '', args, io);
    writeWarnings(diagnostics, args, io);
    if (shown === 'schedule') {
      if (format === 'vega-lite') throw usageError('a schedule is no chart', 'choose another --format');
      if (fusion !== undefined)
        throw usageError('a schedule is that of layers one by one', 'leave out --fusion');
      const grid = gridOf(SCHEDULE_COLUMNS, trafficSchedules(graph, sizes, options));
      const title = `${graph.name}: schedules that move the least over DRAM`;
      writeResult(
        renderDocument(format, [{ id: 'schedule', title, grid }], widthOf(io), cellWidthOf(io)),
        args,
        io,
      );
      return 0;
    }
    const curves = trafficCurves(graph, sizes, { ...options, ...(fusion === undefined ? {} : { fusion }) });
    if (curves.points.every(({ dramBytes }) => dramBytes === undefined)) {
      throw usageError(
        `no buffer of these sizes holds the smallest tiles of every layer`,
        `try larger ones than ${formatBytes(Math.max(...sizes))}`,
      );
    }
    if (format === 'vega-lite') {
      const { trafficCurve } = await import('../../report/charts/trafficCurve.ts');
      const chart = trafficCurve(graph.name, curves, shown);
      writeResult(`${inertJson(chart, 2)}\n`, args, io);
      return 0;
    }
    const section = {
      id: shown,
      title: `${graph.name}: bytes over DRAM against the size of the on-chip buffer`,
      sentences: sentences(curves, { ...options, fusion }),
      grid: gridFor(shown, format, curves),
    };
    writeResult(renderDocument(format, [section], widthOf(io), cellWidthOf(io)), args, io);
    return 0;
  },
};

function sentences(
  { unknown }: TrafficCurves,
  {
    doubleBuffering,
    haloReuse,
    fusion,
  }: { doubleBuffering: boolean; haloReuse: boolean; fusion: string | undefined },
): readonly string[] {
  const how = [
    'the least over all tilings and loop orders of each layer',
    ...(doubleBuffering ? ['half of the buffer loads the next tiles'] : []),
    ...(haloReuse ? ['rows that neighbouring tiles share stay on chip'] : []),
    ...(fusion === undefined ? [] : [`${fusion} of layers exchange maps on chip in the total`]),
  ];
  return [
    `${how.join('; ')}.`,
    'Compulsory: every operand once, layer by layer.',
    ...(unknown === 0 ? [] : [`${String(unknown)} layers are not known: the totals are too low by theirs.`]),
  ];
}
