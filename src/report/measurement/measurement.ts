import {
  MEASUREMENT_VERSION,
  bytesPerSecond,
  flopsPerSecond,
  kernelSummaries,
  type Absence,
  type Agreement,
  type Distribution,
  type KernelSummary,
  type LatencyRatio,
  type MeasuredLayer,
  type Measurement,
  type NetworkMeasurement,
} from '../../analysis/measurement/measurement.ts';
import { relativeHalfWidth } from '../../analysis/measurement/statistics.ts';
import { shortenMiddle } from '../cells.ts';
import { DASH } from '../columns.ts';
import { gridOf, renderDocument, type Section } from '../document.ts';
import { formatBytes, formatPercent, formatShape, plain } from '../format.ts';
import { renderGrid, type GridColumn } from '../grid.ts';
import { unicodeBar } from '../style.ts';
import { inertJson } from '../../inertJson.ts';
import { renderTrace } from './trace.ts';

export const PROBE_FORMATS = ['table', 'json', 'csv', 'markdown', 'trace'] as const;

export interface ProbeRenderOptions {
  readonly width: number;
  /** columns that lines of tables may fill before they are cut; absent: the width */
  readonly cells?: number;
  /** layers to show, longest first; `all` shows every one in order */
  readonly top: number | 'all';
  readonly tool: { readonly name: string; readonly version: string };
}

/** A measurement as text in one of PROBE_FORMATS. */
export function renderProbe(
  format: (typeof PROBE_FORMATS)[number],
  measurement: Measurement,
  options: ProbeRenderOptions,
): string {
  switch (format) {
    case 'json':
      return renderJson(measurement, options.tool);
    case 'csv':
      return renderGrid('csv', CSV_COLUMNS, measurement.networks.flatMap(rowsOf), options.width);
    case 'table':
    case 'markdown':
      return renderDocument(format, sections(measurement, options), options.width, options.cells);
    case 'trace':
      return renderTrace(measurement);
  }
}

/** The whole measurement; one layer a line, times in whole nanoseconds. */
function renderJson({ networks, ...rest }: Measurement, tool: ProbeRenderOptions['tool']): string {
  const head = inertJson({ schemaVersion: MEASUREMENT_VERSION, tool, ...rest }, 2);
  const measured = networks.map(({ layers, samples, ...network }) => {
    const text = inertJson(network, 2).replaceAll('\n', '\n    ');
    const lines = (items: readonly unknown[]): string =>
      items.map((item) => `\n        ${inertJson(item)}`).join(',');
    return `    ${text.slice(0, -6)},\n      "samples": [${lines(samples)}\n      ],\n      "layers": [${lines(layers)}\n      ]\n    }`;
  });
  return `${head.slice(0, -2)},\n  "networks": [\n${measured.join(',\n')}\n  ]\n}\n`;
}

/** A time with four significant digits: `41.50 ms`, `812.0 µs`. */
export function formatTime(ns: number): string {
  if (ns === 0) return '0';
  const [value, unit] = ns >= 1e9 ? [ns / 1e9, 's'] : ns >= 1e6 ? [ns / 1e6, 'ms'] : [ns / 1e3, 'µs'];
  return `${value.toFixed(value >= 100 ? 1 : value >= 10 ? 2 : 3)} ${unit}`;
}

function sections(measurement: Measurement, options: ProbeRenderOptions): readonly Section[] {
  const { networks, ratios } = measurement;
  return [
    setupSection(measurement),
    ...(ratios.length === 0
      ? []
      : [
          {
            id: 'ratios',
            title: 'Relative to the first network',
            grid: gridOf(ratioColumns(networks), ratios),
          },
        ]),
    ...networks.flatMap((network, i) => [
      networkSection(network, `network${String(i)}`, options),
      ...(network.layers.length === 0 ? [] : [kernelSection(network, `kernels${String(i)}`)]),
    ]),
  ];
}

/** What the figures were measured on and how. */
export const setupSection = (measurement: Measurement): Section => ({
  id: 'setup',
  title: setupTitle(measurement),
  sentences: setup(measurement),
});

const setupTitle = ({ environment, settings: { device, threads, level } }: Measurement): string =>
  [
    `Measured on ${plain(environment.accelerator ?? device)}`,
    ...(threads === undefined ? [] : [plural(threads, 'thread')]),
    ...(level === undefined ? [] : [`optimisation ${level}`]),
    ...(environment.importedFrom === undefined ? [] : [`by ${environment.importedFrom.tool}`]),
  ].join(', ');

const plural = (count: number, noun: string, ending = 's'): string =>
  `${String(count)} ${noun}${count === 1 ? '' : ending}`;

function setup({ environment, settings }: Measurement): readonly string[] {
  const { importedFrom, cpu, accelerator, memoryBytes, os, load, versions, isolated, date } = environment;
  const machine = [
    ...(cpu === undefined
      ? []
      : [
          `${cpu.model}, ${String(cpu.logicalCores)} logical cores${cpu.flags.length === 0 ? '' : ` (${cpu.flags.join(' ')})`}`,
        ]),
    ...(memoryBytes === undefined ? [] : [formatBytes(memoryBytes)]),
  ].join(', ');
  const software = [
    ...(os === undefined ? [] : [os]),
    ...(versions.onnxruntime === undefined ? [] : [`onnxruntime ${versions.onnxruntime}`]),
    ...(versions.node === undefined ? [] : [`Node ${versions.node}`]),
    ...(versions.browser === undefined ? [] : [versions.browser]),
    ...(isolated === undefined ? [] : [isolated ? 'an isolated page' : 'a page that is not isolated']),
    date,
  ].join(', ');
  const runs =
    settings.warmup === undefined || settings.seed === undefined
      ? []
      : [
          `${plural(settings.processes, 'process', 'es')}, ${plural(settings.warmup, 'warm-up run')} in each; random input and weights of seed ${String(settings.seed)} where the model has none`,
        ];
  return [
    ...(importedFrom === undefined
      ? []
      : [`imported from ${plain(importedFrom.file)}, which ${importedFrom.tool} wrote, on ${date}`]),
    ...(machine === '' ? [] : [machine + (accelerator === undefined ? '' : `; ${accelerator}`)]),
    ...(importedFrom !== undefined
      ? []
      : [
          software +
            (load === undefined
              ? ''
              : `; load ${load.before.toFixed(1)} before and ${load.after.toFixed(1)} after`) +
            (cpu?.governor === undefined ? '' : `; frequency governor ${cpu.governor}`),
        ]),
    ...runs,
  ];
}

const interval = ([low, high]: readonly [number, number], text: (value: number) => string): string =>
  `${text(low)} to ${text(high)}`;

function networkSection(
  measured: NetworkMeasurement,
  id: string,
  { top, width }: ProbeRenderOptions,
): Section {
  const { network, latency, agreement, prediction, layers, executorNs, profiling } = measured;
  const clock = latency.clock === 'cpu' ? 'CPU time' : 'elapsed time';
  const inputs = network.inputs.map(({ shape }) => formatShape(shape)).join(', ');
  const rows = top === 'all' ? [...layers] : [...layers].sort((a, b) => b.ns - a.ns).slice(0, top);
  const without = layers.filter(({ absent }) => absent !== undefined);
  return {
    id,
    title: `${network.name} (${inputs}): ${formatTime(latency.ns)}`,
    sentences: [
      ...(latency.interval === undefined
        ? [`${clock} as the tool states it; single runs are not known, nor how certain it is`]
        : [
            `25th percentile of ${clock}; 95 % confidence ${interval(latency.interval, formatTime)} (+-${formatPercent(relativeHalfWidth(latency.interval))}), ${String(latency.wall.n)} runs`,
          ]),
      ...(latency.cpu === undefined ? [] : [spread('CPU time', latency.cpu)]),
      ...(latency.wall.n > 1 ? [spread('elapsed time', latency.wall)] : []),
      ...(latency.firstRunNs === undefined
        ? []
        : [
            `${latency.utilisation === undefined ? '' : `${formatPercent(latency.utilisation)} of a core used; `}first run ${formatTime(latency.firstRunNs)}`,
          ]),
      ...(prediction === undefined
        ? []
        : [
            `${plain(prediction.device)} expected ${formatTime(prediction.ns)} (${interval(prediction.interval, formatTime)}), ${signedPercent(prediction.ns / latency.ns - 1)} off`,
          ]),
      ...(agreement === undefined ? [] : [agreementText(agreement)]),
      ...(profiling === undefined || executorNs === undefined
        ? []
        : [
            `100 % attributed: ${String(profiling.kernels)} kernels to ${String(layers.length - without.length)} layers; executor ${formatTime(executorNs)} (${formatPercent(executorNs / latency.ns)})` +
              (profiling.overhead === undefined
                ? ''
                : `, profiling cost ${formatPercent(profiling.overhead)} and is taken out`),
          ]),
      ...(without.length === 0 ? [] : [absenceText(without)]),
      ...(rows.length === layers.length
        ? []
        : [
            `the ${String(rows.length)} of ${String(layers.length)} layers that take longest; --all shows every one`,
          ]),
    ],
    ...(rows.length === 0 ? {} : { grid: gridOf(layerColumns(measured, rows, width), rows) }),
  };
}

function agreementText({ outputs, relativeError, limit, rounding }: Agreement): string {
  if (outputs === 0) return 'outputs could not be compared';
  const from = 'from an unoptimised session on the CPU';
  return rounding === undefined
    ? `outputs differ by ${relativeError.toExponential(1)} of their largest value ${from} (limit ${limit.toExponential(0)})`
    : `outputs differ by rounding to quantised values in ${formatPercent(rounding.differing)} of their values ${from}`;
}

function kernelSection(measured: NetworkMeasurement, id: string): Section {
  const { network, latency } = measured;
  const columns: readonly GridColumn<KernelSummary>[] = [
    { id: 'op', title: 'operator', align: 'left', value: ({ op }) => op },
    { id: 'kernels', title: 'kernels', align: 'right', value: ({ kernels }) => kernels },
    { id: 'ns', title: 'time', align: 'right', value: ({ ns }) => ns, text: ({ ns }) => formatTime(ns) },
    {
      id: 'share',
      title: 'share',
      align: 'right',
      value: ({ ns }) => ns / latency.ns,
      text: ({ ns }) => formatPercent(ns / latency.ns),
    },
    {
      id: 'flopsPerSecond',
      title: 'GFLOP/s',
      align: 'right',
      value: (kernel) => kernel.flopsPerSecond,
      text: (kernel) => rate(kernel.flopsPerSecond),
    },
    { id: 'provider', title: 'provider', align: 'left', value: ({ provider }) => provider },
  ];
  return {
    id,
    title: `${network.name}: kernels by operator`,
    grid: gridOf(columns, kernelSummaries(measured)),
  };
}

const signedPercent = (share: number): string => `${share < 0 ? '-' : '+'}${formatPercent(Math.abs(share))}`;

const rate = (value: number | undefined): string => (value === undefined ? DASH : (value / 1e9).toFixed(1));

const spread = (what: string, { min, p25, median, p95, mad }: Distribution): string =>
  `${what}: min ${formatTime(min)}, p25 ${formatTime(p25)}, median ${formatTime(median)}, p95 ${formatTime(p95)}, MAD ${formatTime(mad)}`;

const REASONS: Readonly<Record<Absence['why'], string>> = {
  fused: 'fused into others',
  merged: 'computed once with an equal one',
  folded: 'computed when the model is loaded',
  removed: 'without work of their own',
  unused: 'that no output needs',
  empty: 'with nothing to run',
  unseen: 'that the imported file does not name',
};

function absenceText(layers: readonly MeasuredLayer[]): string {
  const counts = new Map<Absence['why'], number>();
  for (const { absent } of layers) {
    if (absent === undefined) continue;
    const before = counts.get(absent.why);
    counts.set(absent.why, before === undefined ? 1 : before + 1);
  }
  const list = [...counts].map(([why, count]) => `${String(count)} ${REASONS[why]}`);
  return `layers without a kernel: ${list.join(', ')}`;
}

const kernelText = ({ kernels, absent }: MeasuredLayer): string => {
  if (absent !== undefined)
    return absent.into.length === 0 ? absent.why : `${absent.why} into ${absent.into.join(', ')}`;
  const ops = [...new Set(kernels.map(({ op }) => op))].join(' + ');
  const fused = [...new Set(kernels.flatMap((kernel) => kernel.fused ?? []))];
  return fused.length === 0 ? ops : `${ops} (with ${fused.join(', ')})`;
};

/** What a layer of several networks is in a flat table. */
interface Row {
  readonly measured: NetworkMeasurement;
  readonly layer: MeasuredLayer;
}

const rowsOf = (measured: NetworkMeasurement): readonly Row[] =>
  measured.layers.map((layer) => ({ measured, layer }));

const MAX_NAME = 28;
const MIN_BAR = 8;
const TABLE_COLUMNS = 92;

function layerColumns(
  { latency }: NetworkMeasurement,
  rows: readonly MeasuredLayer[],
  width: number,
): readonly GridColumn<MeasuredLayer>[] {
  const longest = Math.max(...rows.map(({ ns }) => ns));
  return [
    { id: 'index', title: '#', align: 'right', value: ({ index }) => index },
    {
      id: 'name',
      title: 'layer',
      align: 'left',
      value: ({ name }) => name,
      text: ({ name }) => shortenMiddle(plain(name), MAX_NAME),
    },
    { id: 'operator', title: 'operator', align: 'left', value: ({ kind, detail }) => detail ?? kind },
    { id: 'ns', title: 'time', align: 'right', value: ({ ns }) => ns, text: ({ ns }) => formatTime(ns) },
    ...(rows.some(({ predictedNs }) => predictedNs !== undefined)
      ? [
          {
            id: 'predictedNs',
            title: 'expected',
            align: 'right',
            value: ({ predictedNs }: MeasuredLayer) => predictedNs,
            text: ({ predictedNs }: MeasuredLayer) =>
              predictedNs === undefined ? DASH : formatTime(predictedNs),
          } as const,
        ]
      : []),
    {
      id: 'share',
      title: 'share',
      align: 'right',
      value: ({ ns }) => ns / latency.ns,
      text: ({ ns }) => formatPercent(ns / latency.ns),
    },
    {
      id: 'flopsPerSecond',
      title: 'GFLOP/s',
      align: 'right',
      value: flopsPerSecond,
      text: (layer) => rate(flopsPerSecond(layer)),
    },
    {
      id: 'bytesPerSecond',
      title: 'GB/s',
      align: 'right',
      value: bytesPerSecond,
      text: (layer) => rate(bytesPerSecond(layer)),
    },
    ...(width >= TABLE_COLUMNS + MIN_BAR
      ? [
          {
            id: 'bar',
            title: '',
            align: 'left',
            peopleOnly: true,
            value: ({ ns }: MeasuredLayer) => unicodeBar(ns / longest, MIN_BAR).padEnd(MIN_BAR),
          } as const,
        ]
      : []),
    { id: 'kernels', title: 'kernel', align: 'left', value: kernelText },
  ];
}

const CSV_COLUMNS: readonly GridColumn<Row>[] = [
  { id: 'network', title: 'network', align: 'left', value: ({ measured }) => measured.network.name },
  { id: 'index', title: '#', align: 'right', value: ({ layer }) => layer.index },
  { id: 'name', title: 'layer', align: 'left', value: ({ layer }) => layer.name },
  { id: 'kind', title: 'kind', align: 'left', value: ({ layer }) => layer.kind },
  { id: 'detail', title: 'operator', align: 'left', value: ({ layer }) => layer.detail },
  { id: 'stage', title: 'stage', align: 'left', value: ({ layer }) => layer.stage },
  { id: 'ns', title: 'ns', align: 'right', value: ({ layer }) => layer.ns },
  { id: 'predictedNs', title: 'expected ns', align: 'right', value: ({ layer }) => layer.predictedNs },
  { id: 'reorderNs', title: 'ns for formats', align: 'right', value: ({ layer }) => layer.reorderNs },
  {
    id: 'share',
    title: 'share',
    align: 'right',
    value: ({ layer, measured }) => layer.ns / measured.latency.ns,
  },
  { id: 'flops', title: 'FLOPs', align: 'right', value: ({ layer }) => layer.flops },
  { id: 'bytes', title: 'bytes', align: 'right', value: ({ layer }) => layer.bytes },
  { id: 'flopsPerSecond', title: 'FLOP/s', align: 'right', value: ({ layer }) => flopsPerSecond(layer) },
  { id: 'bytesPerSecond', title: 'byte/s', align: 'right', value: ({ layer }) => bytesPerSecond(layer) },
  { id: 'kernels', title: 'kernel', align: 'left', value: ({ layer }) => kernelText(layer) },
];

function ratioColumns(networks: readonly NetworkMeasurement[]): readonly GridColumn<LatencyRatio>[] {
  const of = (index: number): NetworkMeasurement => networks[index] as NetworkMeasurement;
  const decimals = (value: number): string => value.toFixed(3);
  return [
    { id: 'network', title: 'network', align: 'left', value: ({ network }) => of(network).network.name },
    {
      id: 'latency',
      title: 'time',
      align: 'right',
      value: ({ network }) => of(network).latency.ns,
      text: ({ network }) => formatTime(of(network).latency.ns),
    },
    {
      id: 'ratio',
      title: 'ratio',
      align: 'right',
      value: ({ ratio }) => ratio,
      text: ({ ratio }) => decimals(ratio),
    },
    {
      id: 'interval',
      title: '95 % confidence',
      align: 'left',
      value: (ratio) => (ratio.interval === undefined ? undefined : ratio.interval.join(' ')),
      text: (ratio) =>
        ratio.interval === undefined ? 'machine too busy for a verdict' : interval(ratio.interval, decimals),
    },
    {
      id: 'processes',
      title: 'in each process',
      align: 'left',
      value: ({ processes }) => processes.join(' '),
      text: ({ processes }) => processes.map(decimals).join(' '),
    },
  ];
}
