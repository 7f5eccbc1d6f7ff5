import { readFileSync } from 'node:fs';
import type { LocalEnvironment } from '../../src/analysis/measurement/measurement.ts';
import { kendallTau } from '../../src/analysis/paper/kendall.ts';
import { readDevice } from '../../src/devices/validate.ts';
import { gridOf, renderDocument, type Section } from '../../src/report/document.ts';
import { formatPercent } from '../../src/report/format.ts';
import { formatTime } from '../../src/report/measurement/measurement.ts';
import type { GridColumn } from '../../src/report/grid.ts';
import { deviceSections } from '../../src/cli/commands/devices.ts';
import type { Generator } from './generate.ts';

/** Networks that took no part in a calibration: predicted by it, and measured. */
export interface CheckedCalibration {
  readonly device: string;
  readonly environment: LocalEnvironment;
  readonly networks: readonly CheckedNetwork[];
  /** networks that could not be measured, and why */
  readonly refused: readonly { readonly network: string; readonly why: string }[];
}

export interface CheckedNetwork {
  readonly network: string;
  /** whether it was also not looked at while the form of the model was chosen */
  readonly unseen: boolean;
  readonly input: string;
  readonly gflops: number;
  readonly measuredNs: number;
  /** 95 % confidence */
  readonly measuredInterval: readonly [number, number];
  readonly predictedNs: number;
  /** of the layers that spend most of their time in such a kernel */
  readonly operators: Readonly<Record<string, { readonly measuredNs: number; readonly predictedNs: number }>>;
}

const FOLDER = 'reports/measured';
const WIDTH = 110;

/** How well a calibration of this machine predicts networks that took no part in it. */
export const calibrationReport: Generator = () => {
  const deviceFile = `${FOLDER}/calibrated-cpu.json`;
  const device = readDevice(readFileSync(deviceFile, 'utf8'), deviceFile);
  const checked = JSON.parse(readFileSync(`${FOLDER}/calibration.json`, 'utf8')) as CheckedCalibration;
  const unseen = checked.networks.filter((each) => each.unseen);
  return new Map([
    [
      `${FOLDER}/calibration.md`,
      [
        '# A calibration, checked',
        'Made with `csp-profile calibrate -o calibrated-cpu.json`, and with `node test/tools/run.mjs test/oracle/checkCalibration.ts`, which predicts each network from the graph that onnxruntime makes of it and then measures it. No network below took part in the calibration, which knows made-up networks only.',
        renderDocument(
          'markdown',
          [
            {
              id: 'summary',
              title: 'How far off',
              sentences: [
                `${summary(checked.networks)}.`,
                ...(unseen.length === 0
                  ? []
                  : [
                      `The form of the model (amounts, robust fit, cold caches) was chosen while looking at errors on the others; of the ${String(unseen.length)} that nobody had looked at before: ${summary(unseen)}.`,
                    ]),
                conditions(checked.environment),
                worst(checked.networks),
                ...checked.refused.map(({ network, why }) => `Not measured: ${network} (${why}).`),
              ],
            },
            { id: 'networks', title: 'Networks', grid: gridOf(COLUMNS, checked.networks) },
            {
              id: 'operators',
              title: 'By operator',
              grid: gridOf(OPERATOR_COLUMNS, operators(checked.networks)),
            },
            ...deviceSections(device).filter(({ id }) => id === 'calibration'),
          ] satisfies readonly Section[],
          WIDTH,
        ),
      ].join('\n\n'),
    ],
  ]);
};

const errorOf = ({ measuredNs, predictedNs }: Pick<CheckedNetwork, 'measuredNs' | 'predictedNs'>): number =>
  predictedNs / measuredNs - 1;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** How far off the predictions are, in a sentence. */
export function summary(networks: readonly CheckedNetwork[]): string {
  const errors = networks.map((each) => Math.abs(errorOf(each)));
  const within = (limit: number): number => errors.filter((error) => error <= limit).length;
  const pairs = networks.map(({ measuredNs, predictedNs }) => [measuredNs, predictedNs] as const);
  return `${String(networks.length)} networks: ${formatPercent(mean(errors))} off on average (mean absolute error), ${String(within(0.1))} (${formatPercent(within(0.1) / errors.length)}) within 10 % and ${String(within(0.05))} within 5 %; rank correlation ${spearman(pairs).toFixed(4)} (Spearman), ${String(
    kendallTau(
      pairs.map(([measured]) => measured),
      pairs.map(([, predicted]) => predicted),
    )?.toFixed(3),
  )} (Kendall)`;
}

/** Correlation of the ranks; no two values are equal. */
function spearman(pairs: readonly (readonly [number, number])[]): number {
  const ranks = (which: 0 | 1): ReadonlyMap<number, number> =>
    new Map(
      pairs
        .map((pair) => pair[which])
        .sort((a, b) => a - b)
        .map((value, rank) => [value, rank] as const),
    );
  const [a, b] = [ranks(0), ranks(1)];
  const squares = pairs.reduce((sum, [x, y]) => sum + ((a.get(x) ?? NaN) - (b.get(y) ?? NaN)) ** 2, 0);
  return 1 - (6 * squares) / (pairs.length * (pairs.length ** 2 - 1));
}

const conditions = ({ cpu, os, load, versions, date }: LocalEnvironment): string =>
  `Measured on ${date}: ${cpu.model}, ${String(cpu.logicalCores)} logical cores, one thread, ${os}, onnxruntime ${versions.onnxruntime}, Node ${versions.node}${load === undefined ? '' : `, load ${load.before.toFixed(1)} to ${load.after.toFixed(1)}`}; 25th percentile of CPU time, three processes each.`;

function worst(networks: readonly CheckedNetwork[]): string {
  const far = networks
    .filter((each) => Math.abs(errorOf(each)) > 0.1)
    .map((each) => {
      const [op, sums] = Object.entries(each.operators).reduce((a, b) =>
        Math.abs(b[1].predictedNs - b[1].measuredNs) > Math.abs(a[1].predictedNs - a[1].measuredNs) ? b : a,
      );
      return `${each.network} (${signed(errorOf(each))}; most of it by ${op}, ${signed(errorOf(sums))})`;
    });
  return far.length === 0 ? 'None is more than 10 % off.' : `More than 10 % off: ${far.join(', ')}.`;
}

const signed = (share: number): string => `${share < 0 ? '-' : '+'}${formatPercent(Math.abs(share))}`;

const COLUMNS: readonly GridColumn<CheckedNetwork>[] = [
  { id: 'network', title: 'network', align: 'left', value: ({ network }) => network },
  { id: 'input', title: 'input', align: 'left', value: ({ input }) => input },
  { id: 'gflops', title: 'GFLOPs', align: 'right', value: ({ gflops }) => gflops.toFixed(2) },
  { id: 'measured', title: 'measured', align: 'right', value: ({ measuredNs }) => formatTime(measuredNs) },
  {
    id: 'spread',
    title: '+-',
    align: 'right',
    value: ({ measuredInterval: [low, high], measuredNs }) => formatPercent((high - low) / 2 / measuredNs),
  },
  { id: 'predicted', title: 'expected', align: 'right', value: ({ predictedNs }) => formatTime(predictedNs) },
  { id: 'error', title: 'off', align: 'right', value: (each) => signed(errorOf(each)) },
  { id: 'unseen', title: 'looked at before', align: 'left', value: ({ unseen }) => (unseen ? 'no' : 'yes') },
];

interface Operator {
  readonly op: string;
  readonly measuredNs: number;
  readonly predictedNs: number;
  readonly share: number;
}

/** Over all networks, those of the most time first; each network weighs the same. */
function operators(networks: readonly CheckedNetwork[]): readonly Operator[] {
  const sums = new Map<string, { measuredNs: number; predictedNs: number; share: number }>();
  for (const network of networks) {
    for (const [op, { measuredNs, predictedNs }] of Object.entries(network.operators)) {
      const own = sums.get(op) ?? { measuredNs: 0, predictedNs: 0, share: 0 };
      own.measuredNs += measuredNs;
      own.predictedNs += predictedNs;
      own.share += measuredNs / network.measuredNs / networks.length;
      sums.set(op, own);
    }
  }
  return [...sums]
    .map(([op, own]) => ({ op, ...own }))
    .filter(({ measuredNs }) => measuredNs > 0)
    .sort((a, b) => b.share - a.share);
}

const OPERATOR_COLUMNS: readonly GridColumn<Operator>[] = [
  { id: 'op', title: 'operator', align: 'left', value: ({ op }) => op },
  { id: 'share', title: 'share of the time', align: 'right', value: ({ share }) => formatPercent(share) },
  { id: 'error', title: 'off', align: 'right', value: (each) => signed(errorOf(each)) },
];
