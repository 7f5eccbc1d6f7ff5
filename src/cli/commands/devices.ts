import {
  bufferOf,
  figuresOf,
  runtimeText,
  type Calibration,
  type Device,
  type FeatureCalibration,
  type Figure,
} from '../../devices/device.ts';
import { MEASURED_DEVICES } from '../../devices/measured/generated/list.ts';
import { measuredModels } from '../../devices/measured/load.ts';
import type { MeasuredDevice } from '../../devices/measured/measured.ts';
import { energyTableOf } from '../../devices/energyTable.ts';
import { DEVICES } from '../../devices/registry.ts';
import { DOCUMENT_FORMATS, gridOf, renderDocument, type Section } from '../../report/document.ts';
import { formatBytes, formatCount, formatPercent } from '../../report/format.ts';
import { formatSmall } from '../../report/device/format.ts';
import type { GridColumn } from '../../report/grid.ts';
import {
  flag,
  formatOption,
  OUTPUT_OPTION,
  QUIET_OPTION,
  formatOf,
  text,
  type Args,
  type Command,
} from '../command.ts';
import { deviceOf } from '../device.ts';
import { cellWidthOf, widthOf, type Io } from '../io.ts';
import { compareSection, matches, measuredSections, runsSection, samplesSection } from '../measured.ts';
import { MODEL_OPTIONS, loadModel } from '../model.ts';
import { writeResult, writeWarnings } from '../output.ts';
import { usageError } from '../usage.ts';
import { inertJson } from '../../inertJson.ts';

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
  if (calibration.kind === 'terms') {
    return [
      `Runtime: ${runtimeText(calibration.runtime)}; for nothing else.`,
      `seconds = ${Object.entries(calibration.secondsPer)
        .map(([term, seconds]) => `${String(seconds)} * ${term}`)
        .join(' + ')}.`,
      `Beyond ${Object.entries(calibration.range.most)
        .map(([name, most]) => `${formatCount(most)} ${name}`.replace('  ', ' '))
        .join(', ')} nothing was measured.`,
    ];
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

function figureSections(device: Device, figures: readonly Stated[]): readonly Section[] {
  const { id, title, array } = device;
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
  ];
}

/** How far a calibration misses, in a sentence. */
function errorText(calibration: Calibration): string {
  const { fit, leaveOneOut, unseen, note } = calibration.error;
  if (calibration.kind !== 'terms')
    return `Mean absolute error ${formatPercent(fit)} on them, ${formatPercent(leaveOneOut)} where each is left out; ${formatPercent(unseen)} is the interval for others. ${note}.`;
  const { median, p90, factor } = calibration.leftOut;
  return `Half of the networks that are left out are missed by less than ${formatPercent(median)}, nine of ten by less than ${formatPercent(p90)} (half of them by ${formatPercent(fit)} as fitted); four of five lie between the prediction over ${factor.toFixed(2)} and times ${factor.toFixed(2)}. ${note}.`;
}

/** Everything that a device file states, with where it is from. */
export function deviceSections(device: Device): readonly Section[] {
  const { id, calibration } = device;
  const figures = figuresOf(device);
  return [
    ...(figures.length === 0 ? [] : figureSections(device, figures)),
    ...(calibration === undefined
      ? []
      : [
          {
            id: 'calibration',
            title: `${id}: what predicts the time`,
            sentences: [
              `Fitted on ${String(calibration.samples)} samples: ${calibration.fittedOn}.`,
              ...formOf(calibration),
              errorText(calibration),
              `Source: ${calibration.source}.`,
            ],
          },
          ...(calibration.kind === 'terms' ? [samplesSection(id, calibration)] : []),
        ]),
  ];
}

export const devices: Command = {
  usage: '[action] [name]',
  positionals: {
    action: {
      describe: 'show: what one device states, and its sources; compare: a network on every measured device',
    },
    name: { describe: 'of show: an id of the list, or a device file.json; of compare: a network' },
  },
  options: {
    ...formatOption(DOCUMENT_FORMATS, '; show also: file'),
    search: {
      type: 'string',
      describe: 'only devices whose name, class or runtime has this word: pi, phone, vulkan',
    },
    'all-runs': { type: 'boolean', describe: 'compare: every run of a device, not only its first' },
    rough: { type: 'boolean', describe: 'compare: also devices that miss much' },
    ...MODEL_OPTIONS,
    ...QUIET_OPTION,
    ...OUTPUT_OPTION,
  },
  examples: [
    [
      '',
      'every device: those with stated figures (? marks what is not verified), those with measured networks',
    ],
    ['--search pi', 'those whose name has this word'],
    ['show jetson-tx2', 'each figure with its source, date and status, and how it was calibrated'],
    ['show raspberry-pi-5', 'what was measured on it, and how far each network is missed'],
    ['compare cspresnext50', 'how long a network takes on each device, the fastest first'],
    ['show eyeriss --format file -o my-asic.json', 'a device file of your own to start from'],
  ],
  async run(args: Args, io: Io): Promise<number> {
    const [action, name] = [text(args, 'action'), text(args, 'name')];
    const shown =
      action === undefined
        ? list(args, io)
        : action === 'show'
          ? await show(name, args, io)
          : action === 'compare'
            ? await compare(name, args, io)
            : undefined;
    if (shown === undefined)
      throw usageError(
        `"${String(action)}" is nothing that devices does`,
        'write devices show ID, or devices compare MODEL',
      );
    writeResult(shown, args, io);
    return 0;
  },
};

/** The measured devices that a search leaves. */
function searched(args: Args): readonly MeasuredDevice[] {
  const word = text(args, 'search');
  return word === undefined ? MEASURED_DEVICES : MEASURED_DEVICES.filter((device) => matches(device, word));
}

function list(args: Args, io: Io): string {
  const format = formatOf(args, DOCUMENT_FORMATS);
  const word = text(args, 'search')?.toLowerCase();
  const stated = DEVICES.filter(
    ({ id, title, kind }) =>
      word === undefined || [id, title, kind].some((each) => each.toLowerCase().includes(word)),
  );
  const measured = measuredSections(searched(args));
  if (stated.length === 0 && measured.length === 0)
    throw usageError(
      `no device has "${word ?? ''}" in its name, class or runtime`,
      'csp-profile devices lists all',
    );
  return renderDocument(
    format,
    [
      ...(stated.length === 0
        ? []
        : [{ id: 'devices', title: 'Stated figures', grid: gridOf(DEVICE_COLUMNS, stated) }]),
      ...measured,
    ],
    widthOf(io),
    cellWidthOf(io),
  );
}

async function show(name: string | undefined, args: Args, io: Io): Promise<string> {
  if (name === undefined)
    throw usageError('no device is named', 'write devices show ID, an id of csp-profile devices');
  const format = formatOf(args, SHOW_FORMATS);
  const device = await deviceOf(name, io, { rough: true });
  if (format === 'file') return `${inertJson({ ...device, id: device.id.replaceAll('/', '-') }, 2)}\n`;
  const measured = MEASURED_DEVICES.find(({ id }) => id === device.id.split('/')[0]);
  return renderDocument(
    format,
    [...(measured === undefined ? [] : [runsSection(measured)]), ...deviceSections(device)],
    widthOf(io),
    cellWidthOf(io),
  );
}

async function compare(model: string | undefined, args: Args, io: Io): Promise<string> {
  if (model === undefined) throw usageError('no network is named', 'write devices compare MODEL');
  const format = formatOf(args, DOCUMENT_FORMATS);
  const { graph, diagnostics } = await loadModel(model, args, io);
  writeWarnings(diagnostics, args, io);
  const { compareDevices } = await import('../../analysis/device/compare.ts');
  const rows = compareDevices(graph, searched(args), await measuredModels(), {
    allRuns: flag(args, 'all-runs') ?? false,
    rough: flag(args, 'rough') ?? false,
  });
  if (rows.length === 0)
    throw usageError(
      `there is no measured device to compare ${graph.name} on`,
      'csp-profile devices lists them; an operator that runs an unknown number of times has no time',
    );
  return renderDocument(format, [compareSection(graph.name, rows)], widthOf(io), cellWidthOf(io));
}
