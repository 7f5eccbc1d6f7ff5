import type { DeviceCost, EnergyPart, Throughput } from '../../analysis/device/cost.ts';
import {
  HARDWARE_INFO,
  type MetricColumn,
  type MetricId,
  type MetricInfo,
  type Need,
  type Profile,
  type ProfileRow,
} from '../../analysis/profile.ts';
import { DASH, layoutOf, shareOf, type Column } from '../columns.ts';
import { formatBytes, formatCount, formatPercent, formatValue } from '../format.ts';
import { rankOf, type Extension } from '../renderer.ts';
import type { Styles } from '../style.ts';
import { wrapped } from '../wrap.ts';
import { formatEnergy, formatSeconds } from './format.ts';

type Metric = MetricInfo<string, MetricId>;

/** Columns and lines of a profile on a device, or under a buffer; undefined where it has neither. */
export function deviceExtension(profile: Profile): Extension | undefined {
  if (profile.traffic === undefined) return undefined;
  const metrics = HARDWARE_INFO.filter((metric) => has(profile, metric));
  const rank = rankOf(metrics);
  const most = Math.max(...profile.layers.flatMap((row) => row[rank.id] ?? []));
  const summary = summaryOf(profile, metrics);
  const on = profile.latency === undefined ? 'buffer' : 'device';
  const chosen = metrics.filter(({ column }) => column?.only === undefined || column.only === on);
  const shares = on === 'buffer' ? [TRAFFIC_SHARE] : [BOUND, TIME_SHARE];
  return {
    columns: [...METRIC_COLUMNS, BOUND, TIME_SHARE, TRAFFIC_SHARE],
    layout: layoutOf([...TEXTS, ...chosen, ...shares], 'table'),
    rank: { ...rank, share: (row) => shareOf(row[rank.id], most) },
    summary,
    lines: (width, style) => lines(summary, width, style),
  };
}

/** The part of a profile that says that a need is met. */
const SECTIONS: Readonly<Record<Need, keyof DeviceCost>> = {
  buffer: 'traffic',
  device: 'latency',
  array: 'utilization',
  energy: 'energy',
};

/** Whether the profile has the metric: its total or, where it has none, what it needs. */
const has = ({ totals, ...profile }: Profile, { id, total, needs = [] }: Metric): boolean =>
  total === 'none' ? needs.every((need) => profile[SECTIONS[need]] !== undefined) : totals[id] !== undefined;

/** Labels, and beside each what it says, in lines that fit. */
function lines(summary: readonly Entry[], width: number, style: Styles): readonly string[] {
  const labelWidth = Math.max(...summary.map(([label]) => label.length));
  const indent = ' '.repeat(labelWidth + 2);
  return summary.flatMap(([label, text]) =>
    wrapped(text, width - indent.length).map((line, i) =>
      i === 0 ? `${style.dim(label.padEnd(labelWidth))}  ${line}` : indent + line,
    ),
  );
}

/** A value of a device metric in its unit, for people. */
function formatMetric(value: number, { unit }: Metric, { energy }: DeviceCost): string {
  switch (unit) {
    case 's':
      return formatSeconds(value);
    case 'energy':
      return energy === undefined ? DASH : formatEnergy(value, energy.unit);
    case '1':
      return formatPercent(value);
    default:
      return formatValue(value, unit);
  }
}

const METRIC_COLUMNS = HARDWARE_INFO.map((metric): Column => ({
  id: metric.id,
  title: metric.title,
  align: 'right',
  value: (row) => row[metric.id],
  text(row, profile) {
    const value = row[metric.id];
    return value === undefined ? DASH : formatMetric(value, metric, profile);
  },
}));

const BOUND: Column = {
  id: 'bound',
  title: 'bound',
  align: 'left',
  value: (row) => row.bound,
  text: (row) => row.bound ?? DASH,
  column: { places: { table: 140 }, priority: 50 },
};

const share = (
  id: string,
  column: MetricColumn,
  value: (row: ProfileRow, profile: Profile) => number | undefined,
): Column => ({
  id,
  column,
  title: 'share',
  align: 'right',
  value,
  text(row, profile) {
    const found = value(row, profile);
    return found === undefined ? DASH : formatPercent(found);
  },
});

const TIME_SHARE = share(
  'timeShare',
  { places: { table: 200 }, priority: 40 },
  ({ predictedSeconds, floorSeconds }, { latency }) =>
    latency?.prediction === undefined
      ? shareOf(floorSeconds, latency?.floor?.seconds)
      : shareOf(predictedSeconds, latency.prediction.seconds),
);

const TRAFFIC_SHARE = share(
  'trafficShare',
  { places: { table: 130 }, priority: 80 },
  ({ dramBytes }, { layers }) =>
    shareOf(
      dramBytes,
      layers.reduce((sum, layer) => (layer.dramBytes === undefined ? sum : sum + layer.dramBytes), 0),
    ),
);

/** What a table says of each layer beside its metrics. */
const TEXTS: readonly Pick<Column, 'id' | 'column'>[] = [
  { id: 'index', column: { places: { table: 0 }, priority: 0 } },
  { id: 'name', column: { places: { table: 2 }, priority: 1 } },
  { id: 'detail', column: { places: { table: 4 }, priority: 5 } },
  { id: 'outputs', column: { places: { table: 5 }, priority: 120 } },
];

type Entry = readonly [label: string, text: string];

function summaryOf(profile: Profile, metrics: readonly Metric[]): readonly Entry[] {
  return [
    ...deviceEntries(profile),
    ...latencyEntries(profile),
    ...trafficEntries(profile),
    ...energyEntries(profile),
    ...utilizationEntries(profile),
    ...otherEntries(profile, metrics),
    ...sourceEntries(profile),
  ];
}

/** Metrics whose totals stand in the sentences of the other entries. */
const SAID: readonly MetricId[] = [
  'dramBytes',
  'dramBytesCompulsory',
  'dramBytesNoReuse',
  'floorSeconds',
  'predictedSeconds',
  'cycles',
  'energy',
  'energyArithmetic',
  'energyRegisters',
  'energyOnChip',
  'energyDram',
];

const otherEntries = (profile: Profile, metrics: readonly Metric[]): readonly Entry[] =>
  metrics.flatMap((metric): readonly Entry[] => {
    const total = profile.totals[metric.id];
    return total === undefined || SAID.includes(metric.id)
      ? []
      : [[metric.label, formatMetric(total, metric, profile)]];
  });

const deviceEntries = ({ device, latency }: Profile): readonly Entry[] =>
  device === undefined || latency === undefined
    ? []
    : [['device', `${device.title}, ${device.dtype}, batch ${String(latency.batch)}`]];

const ratesText = ({ framesPerSecond, flopsPerSecond, peakShare }: Throughput): string =>
  [
    `${String(Number(framesPerSecond.toPrecision(3)))} fps`,
    `${formatCount(flopsPerSecond)}FLOP/s`,
    ...(peakShare === undefined ? [] : [`${formatPercent(peakShare)} of the peak`]),
  ].join(', ');

function latencyEntries({ latency, layers }: Profile): readonly Entry[] {
  if (latency === undefined) return [];
  const { floor, prediction, bottleneck, boundSeconds } = latency;
  const entries: Entry[] = [];
  if (prediction !== undefined) {
    const { seconds, low, high, fittedOn, samples, error, measured } = prediction;
    entries.push(
      [
        'time',
        `${formatSeconds(seconds)} (${formatSeconds(low)} to ${formatSeconds(high)}), ${ratesText(prediction)}`,
      ],
      ...(measured === undefined
        ? ([
            [
              'calibrated',
              `on ${String(samples)} samples: ${fittedOn}; off by ${formatPercent(error.fit)} on them, ` +
                `${formatPercent(error.leaveOneOut)} where each is left out, ${formatPercent(error.unseen)} is allowed for others`,
            ],
          ] as const)
        : ([
            ['runtime', `${measured.runtime}: for nothing else`],
            [
              'measured',
              `${String(samples)} ${fittedOn}; half of those left out are missed by less than ${formatPercent(measured.median)}, ` +
                `nine of ten by less than ${formatPercent(measured.p90)}; four of five lie in the interval`,
            ],
            ...(measured.outside === undefined ? [] : ([['outside', measured.outside]] as const)),
          ] as const)),
    );
  }
  const above = layers.filter(
    ({ predictedSeconds, floorSeconds }) =>
      predictedSeconds !== undefined && floorSeconds !== undefined && floorSeconds > predictedSeconds,
  ).length;
  if (above > 0) {
    entries.push([
      'layers',
      `${String(above)} have a floor above their part of the time: a calibration is for the whole, and less exact for single layers`,
    ]);
  }
  if (floor !== undefined) {
    entries.push([
      'floor',
      `${formatSeconds(floor.seconds)}, ${ratesText(floor)}: no run layer by layer is faster; not a prediction`,
    ]);
  }
  const all = Object.values(boundSeconds).reduce((sum, each) => sum + each, 0);
  if (all > 0) {
    const parts = Object.entries(boundSeconds).flatMap(([bound, seconds]) =>
      seconds > 0 ? [`${bound} ${formatPercent(seconds / all)}`] : [],
    );
    entries.push(['bound by', `${parts.join(', ')} of the floor`]);
  }
  if (bottleneck !== undefined) {
    const row = layers[bottleneck.layer];
    entries.push([
      'bottleneck',
      `#${String(bottleneck.layer)} ${row?.name ?? ''}: ${formatSeconds(bottleneck.seconds)}, ` +
        `${formatPercent(bottleneck.share)} of the ${prediction === undefined ? 'floor' : 'time'}`,
    ]);
  }
  return entries;
}

function trafficEntries({ traffic }: Profile): readonly Entry[] {
  if (traffic === undefined) return [];
  const { bufferBytes, dramBytes, compulsory, noReuse, fusion, chains, doubleBuffering, haloReuse } = traffic;
  const how = [
    bufferBytes === undefined
      ? 'no buffer is stated: every operand once'
      : `with a buffer of ${formatBytes(bufferBytes)}`,
    ...(doubleBuffering ? ['double buffering'] : []),
    ...(haloReuse ? ['halo reuse'] : []),
  ].join(', ');
  const entries: Entry[] = [
    [
      'DRAM',
      `${formatBytes(dramBytes)} ${how}; ${formatBytes(compulsory)} if every operand moves once, ${formatBytes(noReuse)} without reuse`,
    ],
  ];
  if (fusion !== undefined) {
    const saved = chains.reduce((sum, chain) => sum + chain.saved, 0);
    entries.push([
      'fusion',
      `${String(chains.length)} ${fusion === 'pairs' ? 'pairs' : 'chains'} save ${formatBytes(saved)}`,
    ]);
  }
  return entries;
}

const CAUSES: Readonly<Record<EnergyPart, string>> = {
  arithmetic: 'arithmetic',
  registers: 'registers',
  onChip: 'on-chip buffer',
  dram: 'DRAM',
  idle: 'idle power',
};

function energyEntries({ energy }: Profile): readonly Entry[] {
  if (energy === undefined) return [];
  const { table, title, unit, total, parts, notCounted } = energy;
  const stated = Object.entries(CAUSES).flatMap(([cause, name]) => {
    const part = parts[cause as EnergyPart];
    return part === undefined ? [] : [`${name} ${formatEnergy(part, unit)}`];
  });
  const missing = notCounted.map((cause) => CAUSES[cause]);
  return [
    [
      'energy',
      `${formatEnergy(total, unit)} by table ${table} (${title}): ${stated.join(', ')}` +
        (missing.length === 0 ? '' : `; not known: ${missing.join(', ')}`),
    ],
  ];
}

const DATAFLOWS = { os: 'output', ws: 'weight', is: 'input', rs: 'row' } as const;

function utilizationEntries({ utilization, layers }: Profile): readonly Entry[] {
  if (utilization === undefined) return [];
  const { rows, columns, dataflow, cycles, idealCycles, pipeline } = utilization;
  const name = layers[pipeline.layer]?.name ?? '';
  return [
    [
      'array',
      `${String(rows)}x${String(columns)}, ${DATAFLOWS[dataflow]}-stationary: ${formatPercent(1 - utilization.utilization)} idle over ` +
        `${formatCount(cycles)} cycles; the same FLOPs take ${formatCount(idealCycles)} where every unit works`,
    ],
    [
      'pipeline',
      `an array for each layer waits for #${String(pipeline.layer)} ${name}: ${formatCount(pipeline.cycles)} cycles, ` +
        `${formatPercent(1 - pipeline.balancedCycles / pipeline.cycles)} fewer if all layers were alike`,
    ],
  ];
}

function sourceEntries({ device }: Profile): readonly Entry[] {
  if (device === undefined) return [];
  const { id, unverified, notStated } = device;
  return [
    ...(unverified.length === 0
      ? []
      : ([['unverified', `${unverified.join(', ')} (csp-profile devices show ${id})`]] as const)),
    ...(notStated.length === 0
      ? []
      : ([['not stated', `${notStated.join(', ')}: left out of the floor`]] as const)),
  ];
}
