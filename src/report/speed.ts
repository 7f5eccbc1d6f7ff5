import type { PredictedSpeed, SpeedError } from '../analysis/paper/speed.ts';
import type { IdleArray } from '../analysis/paper/utilization.ts';
import { formatBytes, formatCount, formatPercent } from './format.ts';
import type { GridColumn } from './grid.ts';

/** Columns of the paper that print frames per second. */
export const SPEED_COLUMN_TITLES: Readonly<Record<string, string>> = {
  fpsGtx1080Ti: 'fps 1080 Ti',
  fpsI9_9900K: 'fps i9',
  fpsJetsonTx2: 'fps TX2',
};

/** What those columns were measured on. */
export const SPEED_COLUMN_DEVICES: Readonly<Record<string, string>> = {
  fpsGtx1080Ti: 'GTX 1080 Ti',
  fpsI9_9900K: 'i9-9900K',
  fpsJetsonTx2: 'Jetson TX2',
};

const device = <Row extends { readonly column: string }>(): GridColumn<Row> => ({
  id: 'column',
  title: 'speed',
  align: 'left',
  value: ({ column }) => column,
  text: ({ column }) => SPEED_COLUMN_TITLES[column] ?? column,
});

const signed = (share: number): string => `${share < 0 ? '-' : '+'}${Math.abs(100 * share).toFixed(1)} %`;

const fps = (
  id: string,
  title: string,
  value: (speed: PredictedSpeed) => number | undefined,
): GridColumn<PredictedSpeed> => ({
  id,
  title,
  align: 'right',
  value,
  text(speed) {
    const found = value(speed);
    return found === undefined ? '' : found.toFixed(found < 100 ? 1 : 0);
  },
});

/** Frames per second, printed beside predicted: a line for each printed one. */
export const SPEED_COLUMNS: readonly GridColumn<PredictedSpeed>[] = [
  { id: 'where', title: 'where', align: 'left', value: ({ where }) => where, machineOnly: true },
  { id: 'row', title: 'row', align: 'left', value: ({ row }) => row },
  { id: 'input', title: 'input', align: 'right', value: ({ input }) => input },
  device<PredictedSpeed>(),
  { id: 'printed', title: 'printed', align: 'right', value: ({ printed }) => printed },
  fps('predicted', 'predicted', ({ predicted }) => predicted),
  {
    id: 'error',
    title: 'error',
    align: 'right',
    value: ({ error }) => error,
    text: ({ error }) => signed(error),
  },
  fps('leftOut', 'row out', ({ leftOut }) => leftOut),
  fps('groupLeftOut', 'group out', ({ groupLeftOut }) => groupLeftOut),
  { id: 'class', title: 'class', align: 'left', value: ({ class: each }) => each },
];

export const SPEED_ERROR_COLUMNS: readonly GridColumn<SpeedError>[] = [
  { id: 'where', title: 'where', align: 'left', value: ({ where }) => where },
  device<SpeedError>(),
  { id: 'how', title: 'rows', align: 'left', value: ({ how }) => how },
  { id: 'rows', title: 'n', align: 'right', value: ({ rows }) => rows },
  {
    id: 'error',
    title: 'mean error of fps',
    align: 'right',
    value: ({ error }) => error,
    text: ({ error }) => formatPercent(error),
  },
  {
    id: 'within10',
    title: 'within 10 %',
    align: 'right',
    value: ({ within10 }) => within10,
    text: ({ within10 }) => formatPercent(within10),
  },
  {
    id: 'inInterval',
    title: 'in interval',
    align: 'right',
    value: ({ inInterval }) => inInterval,
    text: ({ inInterval }) => (inInterval === undefined ? '' : formatPercent(inInterval)),
  },
  {
    id: 'worst',
    title: 'worst',
    align: 'right',
    value: ({ worst }) => worst,
    text: ({ worst }) => signed(worst),
  },
  {
    id: 'tau',
    title: 'Kendall tau',
    align: 'right',
    value: ({ tau }) => tau,
    text: ({ tau }) => (tau === undefined ? '–' : tau.toFixed(3)),
  },
];

/** How to read the classes and errors of predicted speeds. */
export const SPEED_NOTES: readonly string[] = [
  'fitted: the row is one of the samples of the calibration (csp-profile devices show ID lists them); row out and group out are predicted by a fit of the same form without the row, and without all networks of its group.',
  'new: measured by the same authors and not among the samples. The formula was frozen before the Reference networks existed here, so they are its first true test; that they are about half as deep as PeleeNet was suggested by the printed speeds, so it is not a blind one.',
  'quoted: detectors without YOLO heads, whose speed is that of their own authors in another framework: the calibration is not meant for them.',
  'The i9 and TX2 columns have no new rows: their calibrations were fitted on all that is printed, and are not validated.',
  'Errors here are of frames per second; those that a device file states are of the time (the i9, each row left out: 12.9 % here, 10.6 % there).',
  "Table 5's CPU column: measured anew in OpenCV DNN, the engine of the paper, its six comparable rows keep their order (Kendall 0.87), but the printed ratios are flatter. 5.5 ms + the time of OpenCV + 0.94 us for each box gives all six to 2.7 % (FLOPs with 5.25 ms and 1.25 us: 4.0 %; left out 10 % for both): handling of frames and of boxes is part of what was timed. The ThunderNets come from another framework. The EFM rows have no CPU number, most likely because OpenCV's importer ignores maxpool_depth and makes an identity of the maxout.",
];

/** An array that idles: a line for each network and device. */
export const IDLE_COLUMNS: readonly GridColumn<IdleArray>[] = [
  { id: 'network', title: 'network', align: 'left', value: ({ network }) => network },
  { id: 'device', title: 'device', align: 'left', value: ({ device: id }) => id },
  { id: 'array', title: 'array', align: 'left', value: ({ array }) => array },
  count('cycles', 'cycles', ({ cycles }) => cycles),
  {
    id: 'idle',
    title: 'idle',
    align: 'right',
    value: ({ idle }) => idle,
    text: ({ idle }) => formatPercent(idle),
  },
  count('idealCycles', 'all busy', ({ idealCycles }) => idealCycles),
  count('longest', 'longest layer', ({ longest }) => longest),
  {
    id: 'balancedSaves',
    title: 'balanced saves',
    align: 'right',
    value: ({ balancedSaves }) => balancedSaves,
    text: ({ balancedSaves }) => formatPercent(balancedSaves),
  },
  {
    id: 'dramBytes',
    title: 'DRAM',
    align: 'right',
    value: ({ dramBytes }) => dramBytes,
    text: ({ dramBytes }) => formatBytes(dramBytes),
  },
];

function count(id: string, title: string, value: (row: IdleArray) => number): GridColumn<IdleArray> {
  return { id, title, align: 'right', value, text: (row) => formatCount(value(row)) };
}

export const IDLE_NOTES: readonly string[] = [
  'idle: share of the array that does nothing, layer after layer; all busy: the cycles of the same FLOPs where it never does.',
  "balanced saves: with an array for each layer, the pipeline of the paper's argument, the longest layer sets the pace; this share of it goes if the same cycles are spread evenly.",
];
