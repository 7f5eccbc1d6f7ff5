import {
  bufferOf,
  figuresOf,
  type Calibration,
  type Device,
  type FeatureCalibration,
  type Figure,
} from '../../devices/device.ts';
import { DEVICES, energyTableOf } from '../../devices/registry.ts';
import { DOCUMENT_FORMATS, gridOf, renderDocument, type Section } from '../../report/document.ts';
import { formatBytes, formatCount, formatPercent } from '../../report/format.ts';
import { formatSmall } from '../../report/device/format.ts';
import { GRID_FORMATS, renderGrid, type GridColumn } from '../../report/grid.ts';
import { formatOption, OUTPUT_OPTION, formatOf, text, type Args, type Command } from '../command.ts';
import { deviceOf } from '../device.ts';
import { cellWidthOf, widthOf, type Io } from '../io.ts';
import { writeResult } from '../output.ts';
import { usageError } from '../usage.ts';
import { inertJson } from '../../report/inertJson.ts';

/** `file` is a device file, to change and to use with --device. */
const SHOW_FORMATS = [...DOCUMENT_FORMATS, 'file'] as const;

/** A figure in its unit, for people. */
function figureText({ value, unit }: Figure): string {
  switch (unit) {
    case 'byte':
      return formatBytes(value);
    case 'byte/s':
      return `${formatCount(value)}B/s`;
    case 'op/s':
    case 'Hz':
      return `${formatCount(value)}${unit}`;
    case 's':
    case 'W':
      return formatSmall(value, unit);
    case '1':
      return String(value);
  }
}

const figure = (
  id: string,
  title: string,
  get: (device: Device) => Figure | undefined,
): GridColumn<Device> => ({
  id,
  title,
  align: 'right',
  value: (device) => get(device)?.value,
  text(device) {
    const found = get(device);
    return found === undefined ? '–' : `${figureText(found)}${found.status === 'unverified' ? ' ?' : ''}`;
  },
});

const verifiedShare = (device: Device): string => {
  const figures = figuresOf(device);
  return `${String(figures.filter(({ figure: each }) => each.status === 'verified').length)}/${String(figures.length)}`;
};

export const DEVICE_COLUMNS: readonly GridColumn<Device>[] = [
  { id: 'id', title: 'id', align: 'left', value: ({ id }) => id },
  { id: 'kind', title: 'kind', align: 'left', value: ({ kind }) => kind, machineOnly: true },
  figure('float32', 'float32', ({ peak }) => peak.float32),
  figure('int8', 'int8', ({ peak }) => peak.int8),
  figure('bandwidth', 'DRAM', ({ memory }) => memory[0].bandwidth),
  figure('buffer', 'buffer', (device) => bufferOf(device)?.capacity),
  {
    id: 'calibrated',
    title: 'calibrated',
    align: 'left',
    value: ({ calibration }) => (calibration === undefined ? 'no' : 'yes'),
    text: ({ calibration }) =>
      calibration === undefined ? '' : `±${formatPercent(calibration.error.unseen)}`,
  },
  { id: 'verified', title: 'verified', align: 'right', value: verifiedShare },
  { id: 'title', title: 'device', align: 'left', value: ({ title }) => title },
];

interface Stated {
  readonly path: string;
  readonly figure: Figure;
}

const FIGURE_COLUMNS: readonly GridColumn<Stated>[] = [
  { id: 'path', title: 'figure', align: 'left', value: ({ path }) => path },
  {
    id: 'value',
    title: 'value',
    align: 'right',
    value: ({ figure: { value } }) => value,
    text: ({ figure: each }) => figureText(each),
  },
  {
    id: 'unit',
    title: 'unit',
    align: 'left',
    value: ({ figure: { unit } }) => unit,
    machineOnly: true,
  },
  { id: 'status', title: 'status', align: 'left', value: ({ figure: { status } }) => status },
  {
    id: 'retrieved',
    title: 'read on',
    align: 'left',
    value: ({ figure: { retrieved } }) => retrieved,
    text: ({ figure: { retrieved } }) => retrieved ?? '',
  },
  {
    id: 'source',
    title: 'source',
    align: 'left',
    value: ({ figure: { source } }) => source,
    machineOnly: true,
  },
  {
    id: 'note',
    title: 'note',
    align: 'left',
    value: ({ figure: { note } }) => note,
    text: ({ figure: { note } }) => note ?? '',
  },
];

/** Each source once, with the figures that were read in it. */
function sources(figures: readonly Stated[]): readonly string[] {
  const read = new Map<string, string[]>();
  for (const {
    path,
    figure: { source, retrieved },
  } of figures) {
    if (source === undefined) continue;
    const key = retrieved === undefined ? source : `${source}, read on ${retrieved}`;
    read.set(key, [...(read.get(key) ?? []), path]);
  }
  return [...read].map(([source, paths]) => `${source}: ${paths.join(', ')}`);
}

function samples({ networks = [] }: FeatureCalibration): readonly string[] {
  const list = networks.map(
    ({ network, input, framesPerSecond }) => `${network}@${String(input)} (${String(framesPerSecond)} fps)`,
  );
  return list.length === 0 ? [] : [`Samples: ${list.join(', ')}.`];
}

/** What predicts, in words. */
function formOf(calibration: Calibration): readonly string[] {
  if (calibration.kind === 'features') {
    const terms = Object.entries(calibration.secondsPer).map(
      ([feature, seconds]) => `${String(seconds)} * ${feature}`,
    );
    return [`seconds = ${terms.join(' + ')}, in ${calibration.dtype}`, ...samples(calibration)];
  }
  const { runtime, classes, scale, secondsPerRun } = calibration;
  const { onnxruntime, device, level, threads } = runtime;
  return [
    `seconds = ${scale.toFixed(3)} * the sum over the kernels that onnxruntime ${onnxruntime} makes of the network (${device}, level ${level}, ${String(threads)} thread${threads === 1 ? '' : 's'}) + ${formatSmall(secondsPerRun, 's')}, in ${calibration.dtype}.`,
    `Kernels by class, with the error of networks left out: ${Object.entries(classes)
      .map(([name, { samples: count, error }]) => `${name} ${formatPercent(error)} (${String(count)})`)
      .join(', ')}.`,
  ];
}

const DATAFLOWS = { os: 'output', ws: 'weight', is: 'input', rs: 'row' } as const;

/** Everything that a device file states, with where it is from. */
export function deviceSections(device: Device): readonly Section[] {
  const { id, title, calibration, array } = device;
  const figures = figuresOf(device);
  const energy = energyTableOf(device);
  const unverified = figures.filter((stated) => stated.figure.status === 'unverified');
  return [
    {
      id: 'device',
      title: `${id}: ${title}${array === undefined ? '' : ` (${DATAFLOWS[array.dataflow]}-stationary array)`}`,
      grid: gridOf(FIGURE_COLUMNS, figures),
    },
    {
      id: 'sources',
      title: `${id}: sources`,
      sentences: [
        ...sources(figures),
        unverified.length === 0
          ? 'Every figure was read in the source that it names.'
          : `${String(unverified.length)} of ${String(figures.length)} figures are not verified: no source that deserves trust was read for them.`,
        ...(energy === undefined ? [] : [`Energy table ${energy.id} (${energy.title}): ${energy.source}.`]),
      ],
    },
    ...(calibration === undefined
      ? []
      : [
          {
            id: 'calibration',
            title: `${id}: what predicts the time`,
            sentences: [
              `Fitted on ${String(calibration.samples)} samples: ${calibration.fittedOn}.`,
              ...formOf(calibration),
              `Mean absolute error ${formatPercent(calibration.error.fit)} on them, ${formatPercent(calibration.error.leaveOneOut)} where each is left out; ${formatPercent(calibration.error.unseen)} is the interval for others. ${calibration.error.note}.`,
              `Source: ${calibration.source}.`,
            ],
          },
        ]),
  ];
}

export const devices: Command = {
  usage: '[action] [device]',
  positionals: {
    action: { describe: 'show: what one device states, and its sources' },
    device: { describe: 'id of the list, or a device file.json' },
  },
  options: {
    ...formatOption(GRID_FORMATS, '; show also: file'),
    ...OUTPUT_OPTION,
  },
  examples: [
    ['', 'every device: peak, bandwidth, buffer, what is verified (? marks what is not)'],
    ['show jetson-tx2', 'each figure with its source, date and status, and how it was calibrated'],
    ['show eyeriss --format file -o my-asic.json', 'a device file of your own to start from'],
  ],
  run(args: Args, io: Io): Promise<number> {
    const [action, name] = [text(args, 'action'), text(args, 'device')];
    if (action === undefined) {
      const format = formatOf(args, GRID_FORMATS);
      writeResult(renderGrid(format, DEVICE_COLUMNS, DEVICES, cellWidthOf(io)), args, io);
      return Promise.resolve(0);
    }
    if (action !== 'show')
      throw usageError(`"${action}" is nothing that devices does`, 'write devices show ID');
    if (name === undefined)
      throw usageError('no device is named', 'write devices show ID, an id of csp-profile devices');
    const format = formatOf(args, SHOW_FORMATS);
    const device = deviceOf(name, io);
    const shown =
      format === 'file'
        ? `${inertJson(device, 2)}\n`
        : renderDocument(format, deviceSections(device), widthOf(io), cellWidthOf(io));
    writeResult(shown, args, io);
    return Promise.resolve(0);
  },
};
