import { inWords } from '../format.ts';
import type { LayerRow, Report, View } from '../html/model.ts';

/** A Vega-Lite specification: plain data, self-contained. */
export type VegaLiteSpec = Readonly<Record<string, unknown>> & { readonly $schema: string };

/** A part of a specification, or one that still lacks its data. */
export type Spec = Readonly<Record<string, unknown>>;

export type Datum = Readonly<Record<string, string | number | boolean | null>>;

/** Rows by the name that the specification gives them. */
export type Datasets = Readonly<Record<string, readonly Datum[]>>;

/** Layers that a mark stands for, as a choice of the table; what is absent does not narrow it. */
export interface LayerGroup {
  readonly network?: string;
  readonly stage?: string;
  readonly kind?: string;
  /** what no list of names offers, and what it is called */
  readonly within?: { readonly label: string; readonly has: (layer: LayerRow) => boolean };
}

/**
 * One chart of a report. A new one is its file and its name in charts/registry.ts.
 *
 * The specification names its data and depends on the networks only, so that it is compiled once; the data
 * depends on what is looked at. Names of networks and layers are data, never part of an expression.
 */
export interface Chart {
  readonly id: string;
  readonly section: 'distribution' | 'memory' | 'device' | 'changes' | 'accuracy';
  /** how much of the page's width it takes; absent: half */
  readonly size?: 'wide' | 'small';
  readonly title: (view: View, panel: number) => string;
  /** how to read it, in a sentence */
  readonly caption: (view: View) => string;
  /** how many of it a report has: 0 without the data for it, else 1, or one for each network */
  readonly panels: (report: Report) => number;
  readonly spec: (report: Report, panel: number) => Spec;
  readonly data: (view: View, panel: number) => Datasets;
  /** the layers that a mark stands for; absent: it stands for no group of layers */
  readonly group?: (datum: Datum, report: Report) => LayerGroup;
  /** what is drawn of the rows of `selected`: those rows of the dataset `of` whose `id` is the layer's */
  readonly linked?: {
    readonly of: string;
    readonly layers: (report: Report, panel: number) => readonly Spec[];
    /** fields that place a row: which layer the pointer is nearest to, along x or in the plane; of lines, that which names a row's line */
    readonly near?: {
      readonly x: string;
      readonly y: string;
      readonly along: 'x' | 'plane';
      readonly series?: string;
    };
    /** what its rows say of a layer, beside its name; absent: the metric that is looked at */
    readonly tell?: (rows: readonly Datum[]) => readonly (readonly [label: string, value: string])[];
  };
}

const VEGA_LITE_SCHEMA = 'https://vega.github.io/schema/vega-lite/v6.json';

/** One colour per network, told apart by colour-blind readers, and dark enough to write with on white. */
export const LIGHT = {
  ink: '#16191d',
  muted: '#5d6673',
  line: '#e3e6ea',
  better: '#0a7f5f',
  worse: '#b8380a',
  networks: ['#0b6bb8', '#c2500a', '#0a7f5f', '#a3457e', '#7d6200', '#5b5bd6', '#4a5058'],
  faint: '#8a94a3',
  kinds: ['#3f6ba8', '#e08a4c', '#6ba37f', '#9b7bb8', '#d3b04a', '#c0626e', '#5aa5b5', '#a3a9b2'],
} as const;

/** The same on a dark page. */
export const DARK = {
  ink: '#e9ecef',
  muted: '#9ba5b2',
  line: '#2c3239',
  better: '#4fd1a5',
  worse: '#ff9470',
  networks: ['#6cb6ff', '#ff9e5e', '#4fd1a5', '#e59ccb', '#e3c54f', '#a8acf8', '#c7ccd3'],
  faint: '#7b8694',
  kinds: ['#6c9bd9', '#e59a63', '#7fbf98', '#b093d1', '#d9bd62', '#d47a86', '#6cb9c9', '#8b929c'],
} as const satisfies Record<keyof typeof LIGHT, string | readonly string[]>;

export type Theme = typeof LIGHT | typeof DARK;

/** The size that a chart has where nothing else gives it one. */
const WIDTH = 720;

/** Columns of a legend above a chart of this width. */
export const legendColumns = (width: number): number => Math.max(1, Math.floor((width - 40) / 125));

const FONT = 'system-ui, -apple-system, "Segoe UI", "Noto Sans", "Helvetica Neue", Arial, sans-serif';

/** Vega's configuration: few lines, no boxes, the colours that the specifications name. */
export function config(theme: Theme): Spec {
  const { ink, muted, faint, line, networks, kinds, better, worse } = theme;
  return {
    background: null,
    font: FONT,
    aria: false,
    // The feet of letters reach below what Vega reckons with.
    padding: { left: 3, top: 0, right: 2, bottom: 4 },
    range: {
      category: networks,
      kinds,
      changes: [better, worse, muted],
      // Of each network: what goes in is faint, what comes out has its colour.
      ...Object.fromEntries(networks.map((color, at) => [`sides${String(at)}`, [faint, color]])),
    },
    text: { font: FONT },
    title: {
      font: FONT,
      color: ink,
      anchor: 'start',
      fontSize: 13,
      fontWeight: 600,
      offset: 12,
      frame: 'group',
      subtitleFont: FONT,
      subtitleColor: muted,
      subtitleFontSize: 11,
    },
    axis: {
      domain: false,
      ticks: false,
      gridColor: line,
      labelColor: muted,
      labelFontSize: 11,
      labelPadding: 6,
      titleColor: muted,
      titleFontSize: 11,
      titleFontWeight: 400,
      titlePadding: 8,
    },
    legend: {
      labelColor: ink,
      labelFontSize: 12,
      symbolSize: 90,
      columnPadding: 18,
      offset: 18,
      labelLimit: 320,
    },
    style: { 'guide-label': { font: FONT }, 'guide-title': { font: FONT }, cell: { stroke: null } },
    signals: [
      { name: 'ink', value: ink },
      { name: 'muted', value: muted },
      { name: 'worse', value: worse },
      { name: 'legendColumns', value: legendColumns(WIDTH) },
    ],
  };
}

/** `500 M`, `1.5 G`; small and fractional numbers as they are. */
export const SHORT_LABELS = "datum.value >= 1000 ? format(datum.value, '~s') : format(datum.value, '~g')";

let numbers: Intl.NumberFormat | undefined;

/** A number of a row with every digit: `536,870,912`. */
export function whole(value: Datum[string] | undefined): string {
  // The first of a process reads the languages' data, for 30 ms that the command need not spend.
  numbers ??= new Intl.NumberFormat('en', { maximumFractionDigits: 4 });
  return typeof value === 'number' ? numbers.format(value) : '–';
}

/** The same in a tooltip of Vega-Lite. */
export const EXACT = ',.4~f';

/** What a value is drawn in where its unit would give an axis crooked or tiny numbers. */
const DRAWN: Readonly<Record<string, readonly [unit: string, factor: number]>> = {
  byte: ['MiB', 2 ** -20],
  s: ['µs', 1e6],
  pJ: ['µJ', 1e-6],
};

/** A value as it is drawn. */
export const drawn = (value: number, { unit }: { readonly unit: string }): number =>
  value * (DRAWN[unit]?.[1] ?? 1);

/** `, in MiB` behind the title of what is drawn in another unit than it has. */
export const drawnIn = ({ unit }: { readonly unit: string }): string =>
  DRAWN[unit] === undefined ? '' : `, in ${DRAWN[unit][0]}`;

/** A legend above the chart, in as many columns as the signal says that there is room for. */
export const topLegend = (symbolType: 'square' | 'stroke'): Spec => ({
  orient: 'top',
  title: null,
  symbolType,
  columns: { expr: 'legendColumns' },
});

/** One colour per network, and a legend where there are several. */
export function networkColor({ networks }: Report, symbolType: 'square' | 'stroke' = 'square'): Spec {
  return {
    field: 'network',
    // Of nominal ones Vega-Lite orders the marks, by an expression that the labels are part of.
    type: 'ordinal',
    scale: { domain: networks.map(({ label }) => label), range: 'category' },
    legend: networks.length === 1 ? null : topLegend(symbolType),
  };
}

/** Most layers that a network of the report has. */
export const mostLayers = ({ networks }: Report): number =>
  networks.reduce((most, { profile }) => Math.max(most, profile.layers.length), 1);

/** The axis along the layers of a network: position by index. */
export const layerAxis = (report: Report, field: string): Spec => ({
  field,
  type: 'quantitative',
  title: 'layer',
  axis: { format: 'd', tickMinStep: 1, grid: false },
  scale: { domain: [-0.5, mostLayers(report) - 0.5], nice: false },
});

export const valueAxis = (field: string, title: string | null = null, labelExpr = SHORT_LABELS): Spec => ({
  field,
  type: 'quantitative',
  title,
  axis: { labelExpr, tickCount: 5 },
  scale: { nice: true, zero: true },
  stack: null,
});

/** Nothing to see: widens the axis to the field, so that labels behind the longest bar have room. */
export const roomFor = (name: string, x: Spec): Spec => ({
  data: { name },
  mark: { type: 'point', opacity: 0, size: 0 },
  encoding: { x },
});

/** A specification that holds its data as a Vega-Lite file of its own. */
export function figure(description: string, spec: Spec, theme: Theme = LIGHT): VegaLiteSpec {
  const { signals, ...settings } = config(theme);
  return {
    $schema: VEGA_LITE_SCHEMA,
    description,
    config: { ...settings, background: 'white', padding: 16 },
    params: signals,
    ...('layer' in spec || 'mark' in spec ? { width: WIDTH } : {}),
    ...spec,
  };
}

/** The chart as a Vega-Lite file of its own, data and all. */
export function standalone(chart: Chart, view: View, theme: Theme = LIGHT): VegaLiteSpec {
  const { report } = view;
  const count = chart.panels(report);
  const panels = Array.from({ length: count }, (_, panel) => {
    const named = Object.entries(chart.data(view, panel)).map(([name, rows]) => [
      `${name}${String(panel)}`,
      rows,
    ]);
    return {
      spec: {
        title: { text: chart.title(view, panel), subtitle: subtitleOf(view) },
        width: WIDTH,
        ...renamed(chart.spec(report, panel), String(panel)),
      },
      datasets: Object.fromEntries(named) as Datasets,
    };
  });
  return figure(
    chart.caption(view),
    {
      datasets: Object.assign({}, ...panels.map(({ datasets }) => datasets)) as Datasets,
      ...(count === 1
        ? panels[0]?.spec
        : { vconcat: panels.map(({ spec }) => spec), resolve: { scale: { color: 'independent' } } }),
    },
    theme,
  );
}

/** What a picture says that stands alone: whose it is, and by which rules it counts. */
export const subtitleOf = ({ report: { networks } }: View): string =>
  [
    inWords(networks.map(({ label }) => label)),
    ...networks
      .slice(0, 1)
      .map(({ profile: { conventions } }) => `FLOPs as ${conventions.flops}, CIO as ${conventions.cio}`),
  ].join('; ');

/** The specification with a suffix behind the name of every dataset. */
function renamed(spec: Spec, suffix: string): Spec {
  return Object.fromEntries(
    Object.entries(spec).map(([key, value]) => {
      if (key === 'data') return [key, { name: `${(value as { name: string }).name}${suffix}` }];
      if (key === 'layer') return [key, (value as readonly Spec[]).map((layer) => renamed(layer, suffix))];
      return [key, value];
    }),
  );
}
