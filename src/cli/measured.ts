import type { ComparedDevice } from '../analysis/device/compare.ts';
import { runtimeText, type TermCalibration, type TermSample } from '../devices/device.ts';
import { isUseful, type MeasuredDevice, type MeasuredRun } from '../devices/measured/measured.ts';
import { formatSeconds } from '../report/device/format.ts';
import { gridOf, type Section } from '../report/document.ts';
import { formatPercent } from '../report/format.ts';
import type { GridColumn } from '../report/grid.ts';
import { unicodeBar } from '../report/style.ts';

const CLASSES: Readonly<Record<string, string>> = {
  phone: 'phones',
  sbc: 'single boards',
  jetson: 'Jetson boards',
  embedded: 'embedded',
  riscv: 'RISC-V boards',
  desktop: 'desktops and laptops',
  server: 'servers',
  npu: 'neural processors',
};

/** A device with what a search looks at. */
export const matches = ({ id, title, class: group, runs }: MeasuredDevice, word: string): boolean =>
  [id, title, group, CLASSES[group] ?? '', ...runs.map(({ runtime }) => runtimeText(runtime))].some((text) =>
    text.toLowerCase().includes(word.toLowerCase()),
  );

const percent = (
  id: string,
  title: string,
  get: (device: MeasuredDevice) => number | undefined,
): GridColumn<MeasuredDevice> => ({
  id,
  title,
  align: 'right',
  value: get,
  text(device) {
    const value = get(device);
    return value === undefined ? '–' : formatPercent(value);
  },
});

/** A list names the first run where all of them are longer; `devices show` has them all. */
const RUNS_WIDTH = 26;

const LIST_COLUMNS: readonly GridColumn<MeasuredDevice>[] = [
  { id: 'id', title: 'id', align: 'left', value: ({ id }) => id },
  { id: 'class', title: 'class', align: 'left', value: (device) => device.class, machineOnly: true },
  { id: 'samples', title: 'networks', align: 'right', value: ({ runs }) => runs[0]?.samples },
  percent('median', 'median', ({ runs }) => runs[0]?.median),
  percent('p90', '9 of 10', ({ runs }) => runs[0]?.p90),
  {
    id: 'useful',
    title: '',
    align: 'left',
    value: ({ runs }) => (runs[0] !== undefined && isUseful(runs[0]) ? 'yes' : 'no'),
    text: ({ runs }) => (runs[0] !== undefined && isUseful(runs[0]) ? '' : '--rough'),
  },
  {
    id: 'runs',
    title: 'runs',
    align: 'left',
    value: ({ runs }) => runs.map(({ id }) => id).join(' '),
    text: ({ runs: [first, ...others] }) => {
      const all = [first, ...others].map((each) => each?.id).join(' ');
      return all.length <= RUNS_WIDTH ? all : `${first?.id ?? ''} +${String(others.length)}`;
    },
  },
  { id: 'title', title: 'device', align: 'left', value: ({ title }) => title },
];

/** Devices that networks were measured on, class by class. */
export const measuredSections = (devices: readonly MeasuredDevice[]): readonly Section[] =>
  Object.entries(CLASSES).flatMap(([group, title]) => {
    const own = devices.filter((device) => device.class === group);
    return own.length === 0
      ? []
      : [{ id: group, title: `Measured: ${title}`, grid: gridOf(LIST_COLUMNS, own) }];
  });

const RUN_COLUMNS: readonly GridColumn<MeasuredRun>[] = [
  { id: 'run', title: 'run', align: 'left', value: ({ id }) => id },
  { id: 'samples', title: 'networks', align: 'right', value: ({ samples }) => samples },
  {
    id: 'median',
    title: 'median',
    align: 'right',
    value: ({ median }) => median,
    text: ({ median }) => formatPercent(median),
  },
  {
    id: 'p90',
    title: '9 of 10',
    align: 'right',
    value: ({ p90 }) => p90,
    text: ({ p90 }) => formatPercent(p90),
  },
  { id: 'runtime', title: 'runtime', align: 'left', value: ({ runtime }) => runtimeText(runtime) },
];

/** The runs of a device. */
export const runsSection = ({ id, runs }: MeasuredDevice): Section => ({
  id: 'runs',
  title: `${id}: what was run, and how far networks that are left out of a fit are missed`,
  grid: gridOf(RUN_COLUMNS, runs),
});

const SAMPLE_COLUMNS: readonly GridColumn<TermSample>[] = [
  { id: 'network', title: 'network', align: 'left', value: ({ network }) => network },
  {
    id: 'milliseconds',
    title: 'measured',
    align: 'right',
    value: ({ milliseconds }) => milliseconds,
    text: ({ milliseconds }) => formatSeconds(milliseconds / 1000),
  },
  {
    id: 'predicted',
    title: 'left out',
    align: 'right',
    value: ({ predicted }) => predicted,
    text: ({ predicted }) => formatSeconds(predicted / 1000),
  },
  {
    id: 'residual',
    title: 'off by',
    align: 'right',
    value: ({ predicted, milliseconds }) => predicted / milliseconds - 1,
    text({ predicted, milliseconds }) {
      const off = predicted / milliseconds - 1;
      return `${off < 0 ? '-' : '+'}${formatPercent(Math.abs(off))}`;
    },
  },
  {
    id: 'leftOut',
    title: '',
    align: 'left',
    value: ({ leftOut }) => leftOut,
    text: ({ leftOut }) => (leftOut === undefined ? '' : `passed over: ${leftOut}`),
  },
];

/** Every network of a run beside what the model says without it. */
export const samplesSection = (id: string, { networks }: TermCalibration): Section => ({
  id: 'networks',
  title: `${id}: networks measured, and predicted by a fit to the others`,
  grid: gridOf(SAMPLE_COLUMNS, networks),
});

const BAR = 24;

/** The devices by time, with a bar on a logarithmic scale: they lie four decades apart. */
export function compareSection(network: string, devices: readonly ComparedDevice[]): Section {
  const all = devices.flatMap(({ low, high }) => [low, high]);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const place = (seconds: number): number => Math.log(seconds / least) / Math.log(most / least);
  const columns: readonly GridColumn<ComparedDevice>[] = [
    { id: 'device', title: 'device', align: 'left', value: ({ id }) => id },
    { id: 'class', title: 'class', align: 'left', value: (device) => device.class },
    {
      id: 'seconds',
      title: 'time',
      align: 'right',
      value: ({ seconds }) => seconds,
      text: ({ seconds }) => formatSeconds(seconds),
    },
    {
      id: 'low',
      title: 'from',
      align: 'right',
      value: ({ low }) => low,
      text: ({ low }) => formatSeconds(Number(low.toPrecision(3))),
    },
    {
      id: 'high',
      title: 'to',
      align: 'right',
      value: ({ high }) => high,
      text: ({ high }) => formatSeconds(Number(high.toPrecision(3))),
    },
    { id: 'samples', title: 'networks', align: 'right', value: ({ samples }) => samples, machineOnly: true },
    {
      id: 'median',
      title: 'median',
      align: 'right',
      value: ({ median }) => median,
      text: ({ median }) => formatPercent(median),
    },
    {
      id: 'bar',
      title: 'time, logarithmic',
      align: 'left',
      peopleOnly: true,
      value: ({ seconds }) => unicodeBar(place(seconds), BAR),
    },
    { id: 'runtime', title: 'runtime', align: 'left', value: ({ runtime }) => runtime },
  ];
  return {
    id: 'compare',
    title: `${network}: expected on ${String(devices.length)} devices`,
    sentences: [
      'Each is for the runtime that was measured, and for no other; four of five networks lie between from and to.',
    ],
    grid: gridOf(columns, devices),
  };
}
