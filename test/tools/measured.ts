import { readFileSync } from 'node:fs';
import { buildNetwork, zoo } from '../../architectures/zoo.ts';
import {
  flopsPerSecond,
  kernelSummaries,
  type MeasuredLayer,
  type Measurement,
  type NetworkMeasurement,
} from '../../src/analysis/measurement/measurement.ts';
import { latencyQuantile, median } from '../../src/analysis/measurement/statistics.ts';
import { readMeasurement } from '../../src/analysis/measurement/read.ts';
import { profile } from '../../src/analysis/profile.ts';
import { publishedRows } from '../../src/library/paper.ts';
import { gridOf, renderDocument, type Section } from '../../src/report/document.ts';
import { formatTime, setupSection } from '../../src/report/measurement/measurement.ts';
import { measuredTable } from '../../src/report/measurement/paper.ts';
import type { Generator } from './generate.ts';

const FOLDER = 'reports/measured';
const WIDTH = 110;

const parsed = (name: string): unknown => JSON.parse(readFileSync(`${FOLDER}/${name}.json`, 'utf8'));
const measured = (name: string): Measurement => readMeasurement(parsed(name), name);

/** What five invocations on a busy machine said of one ratio. */
interface Repeatability {
  readonly command: string;
  readonly invocations: readonly {
    readonly load: { readonly before: number; readonly after: number };
    readonly ratio: number;
    readonly interval: readonly [number, number];
    readonly utilisation: readonly [number, number];
    readonly wallMedianRatio: number;
  }[];
}

/** The text beside the measurements that are committed; these come from the commands that it names. */
export const measuredReports: Generator = () =>
  new Map([
    [
      `${FOLDER}/README.md`,
      [
        '# Measured',
        'Made with `csp-profile probe` on the machine that each part names; the JSON files hold every run, and this text is generated from them.',
        renderDocument('markdown', [...table5(), ...counterExamples(), repeatability()], WIDTH),
      ].join('\n\n'),
    ],
  ]);

function table5(): readonly Section[] {
  const measurement = measured('table5');
  const rows = publishedRows('table 5');
  const printed = measurement.networks.map(({ network }) => {
    const row = rows.find((each) => each.network === network.name)!;
    const speeds = Object.entries(row.measured).filter(([column]) => column.startsWith('fps'));
    return { row: row.row, speeds: Object.fromEntries(speeds) };
  });
  const missing = rows.filter(
    ({ network }) => !measurement.networks.some((each) => each.network.name === network),
  );
  const [setup, ...tables] = measuredTable(measurement, printed, 'Table 5');
  return [
    {
      ...setup!,
      title: 'Table 5 on this machine',
      sentences: [
        ...setup!.sentences!,
        spreadOf(measurement),
        `csp-profile probe ${measurement.networks.map(nameOf).join(' ')}`,
        ...(missing.length === 0 ? [] : [`not measured: ${missing.map(({ row }) => row).join(' and ')}`]),
      ],
    },
    ...tables,
  ];
}

/** How far apart the processes are that measured the same, and how undisturbed they were. */
function spreadOf({ networks }: Measurement): string {
  const spreads = networks.map(({ samples, latency }) => {
    const latencies = samples.map((process) => latencyQuantile(process[latency.clock]));
    return (Math.max(...latencies) - Math.min(...latencies)) / median(latencies);
  });
  const [widest, middle] = [Math.max(...spreads), median(spreads)].map((part) => (100 * part).toFixed(1));
  const core = Math.min(...networks.flatMap(({ latency }) => latency.utilisation ?? []));
  return `fastest and slowest process of a network are ${widest!} % apart at most, ${middle!} % in the median; every network had a core for at least ${(100 * Math.min(1, core)).toFixed(0)} % of the time`;
}

const nameOf = ({ network }: NetworkMeasurement): string => {
  const { input } = zoo().find(({ name }) => name === network.name)!;
  const height = network.inputs[0]?.shape[2];
  return height === (typeof input === 'number' ? input : input[0])
    ? network.name
    : `${network.name}@${String(height)}`;
};

const percent = (ratio: number): string =>
  `${ratio < 1 ? '-' : '+'}${Math.abs(100 * (ratio - 1)).toFixed(1)} %`;

function counterExamples(): readonly Section[] {
  return [
    ['peleenext', 'PeleeNeXt: groups of 8 channels, too narrow for a kernel in the blocked format'],
    [
      'cspmobilenet-v2',
      'CSP-MobileNet-V2: depthwise convolutions with two results per channel have no kernel in the blocked format',
    ],
  ].flatMap(([file, title]) => {
    const measurement = measured(file!);
    const [reference, smaller] = measurement.networks as [NetworkMeasurement, NetworkMeasurement];
    const [flops, cio] = (['flops', 'cio'] as const).map((metric) => {
      const total = ({ network }: NetworkMeasurement): number =>
        profile(buildNetwork(network.name, { input: network.inputs[0]!.shape[2]! })).totals[metric]!;
      return total(smaller) / total(reference);
    });
    const ratio = measurement.ratios[0]!;
    const [low, high] = ratio.interval!;
    return [
      {
        id: file!,
        title: title!,
        sentences: [
          `csp-profile probe ${nameOf(reference)} ${nameOf(smaller)}`,
          `${smaller.network.name} against ${reference.network.name}: FLOPs ${percent(flops!)}, CIO ${percent(cio!)}, time ${percent(ratio.ratio)} (95 % confidence ${percent(low)} to ${percent(high)})`,
          ...setupSection(measurement).sentences!,
          spreadOf(measurement),
          'why: FusedConv is the kernel for plain NCHW data, nchwc.Conv the one for blocks of channels; what a FusedConv does in a second, and the changes of format around it, are in the table',
        ],
        grid: gridOf(OPERATOR_COLUMNS, [...operatorsOf(reference), ...operatorsOf(smaller)]),
      },
      {
        id: `${file!}Layers`,
        title: `${smaller.network.name}: the ten layers with the lowest rate among those that take 1 % of the time`,
        grid: gridOf(LAYER_COLUMNS, slowest(smaller)),
      },
    ];
  });
}

interface OperatorRow {
  readonly network: string;
  readonly op: string;
  readonly kernels: number;
  readonly ns: number;
  readonly share: number;
  readonly rate?: number;
}

const operatorsOf = (each: NetworkMeasurement): readonly OperatorRow[] =>
  kernelSummaries(each)
    .filter(({ ns }) => ns > each.latency.ns / 200)
    .map(({ op, kernels, ns, flopsPerSecond: rate }) => ({
      network: each.network.name,
      op,
      kernels,
      ns,
      share: ns / each.latency.ns,
      ...(rate === undefined ? {} : { rate }),
    }));

const gigaflops = (rate: number | undefined): string => (rate === undefined ? '–' : (rate / 1e9).toFixed(1));

const OPERATOR_COLUMNS = [
  { id: 'network', title: 'network', align: 'left', value: ({ network }: OperatorRow) => network },
  { id: 'op', title: 'operator', align: 'left', value: ({ op }: OperatorRow) => op },
  { id: 'kernels', title: 'kernels', align: 'right', value: ({ kernels }: OperatorRow) => kernels },
  { id: 'ns', title: 'time', align: 'right', value: ({ ns }: OperatorRow) => formatTime(ns) },
  {
    id: 'share',
    title: 'share',
    align: 'right',
    value: ({ share }: OperatorRow) => `${(100 * share).toFixed(1)} %`,
  },
  { id: 'rate', title: 'GFLOP/s', align: 'right', value: ({ rate }: OperatorRow) => gigaflops(rate) },
] as const;

const slowest = ({ layers, latency }: NetworkMeasurement): readonly MeasuredLayer[] =>
  layers
    .filter((layer) => flopsPerSecond(layer) !== undefined && layer.ns > latency.ns / 100)
    .sort((a, b) => flopsPerSecond(a)! - flopsPerSecond(b)!)
    .slice(0, 10);

const LAYER_COLUMNS = [
  { id: 'index', title: '#', align: 'right', value: ({ index }: MeasuredLayer) => index },
  { id: 'name', title: 'layer', align: 'left', value: ({ name }: MeasuredLayer) => name },
  {
    id: 'operator',
    title: 'operator',
    align: 'left',
    value: ({ detail, kind }: MeasuredLayer) => detail ?? kind,
  },
  { id: 'ns', title: 'time', align: 'right', value: ({ ns }: MeasuredLayer) => formatTime(ns) },
  {
    id: 'reorder',
    title: 'of it format',
    align: 'right',
    value: ({ reorderNs }: MeasuredLayer) => formatTime(reorderNs),
  },
  {
    id: 'rate',
    title: 'GFLOP/s',
    align: 'right',
    value: (layer: MeasuredLayer) => gigaflops(flopsPerSecond(layer)),
  },
  {
    id: 'kernel',
    title: 'kernels',
    align: 'left',
    value: ({ kernels }: MeasuredLayer) => kernels.map(({ op }) => op).join(' + '),
  },
] as const;

function repeatability(): Section {
  const { command, invocations } = parsed('repeatability') as Repeatability;
  const ratios = invocations.map(({ ratio }) => ratio).sort((a, b) => a - b);
  const middle = ratios[Math.floor(ratios.length / 2)]!;
  return {
    id: 'repeatability',
    title: 'Repeatability on a machine that does other things',
    sentences: [
      `${String(invocations.length)} invocations of ${command} while other processes used both cores: their ratios of CPU time are within ${percent(ratios[0]! / middle)} and ${percent(ratios.at(-1)! / middle)} of their median, ${middle.toFixed(3)}`,
    ],
    grid: gridOf(
      [
        {
          id: 'ratio',
          title: 'time of ResNeXt-50 / CSPResNeXt-50',
          align: 'right',
          value: ({ ratio }) => ratio.toFixed(4),
        },
        {
          id: 'interval',
          title: '95 % confidence',
          align: 'left',
          value: ({ interval }) => interval.map((end) => end.toFixed(4)).join(' to '),
        },
        {
          id: 'used',
          title: 'of a core',
          align: 'left',
          value: ({ utilisation }) => utilisation.map((part) => `${(100 * part).toFixed(0)} %`).join(', '),
        },
        {
          id: 'load',
          title: 'load before, after',
          align: 'left',
          value: ({ load }) => `${load.before.toFixed(1)}, ${load.after.toFixed(1)}`,
        },
        {
          id: 'wall',
          title: 'by median elapsed time',
          align: 'right',
          value: ({ wallMedianRatio }) => wallMedianRatio.toFixed(4),
        },
      ],
      invocations,
    ),
  };
}
