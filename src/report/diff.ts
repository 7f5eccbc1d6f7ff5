import type { TimeVerdict } from '../analysis/conclusions/time.ts';
import { boundsText } from './bounds.ts';
import {
  DIFF_METRICS,
  type Change,
  type Changes,
  type Contribution,
  type Diff,
  type DiffMetric,
  type LayerPair,
} from '../analysis/diff.ts';
import type { ProfileRow } from '../analysis/profile.ts';
import { SCHEMA_VERSION } from '../analysis/readProfile.ts';
import { columnWidth, commonPath, padCell, shorten, shortenMiddle } from './cells.ts';
import { DASH } from './columns.ts';
import { pairSentences, sentenceText } from './conclusions.ts';
import { formatSeconds } from './device/format.ts';
import { formatShape, formatValue, plain } from './format.ts';
import { uniqueLabels } from './labels.ts';
import { markdown, markdownTable } from './markdown.ts';
import { styles, unicodeBar } from './style.ts';
import { wrapped } from './wrap.ts';
import { inertJson } from '../inertJson.ts';

export interface DiffOptions {
  readonly width: number;
  /** shorten what would not fit the width: only where a terminal would break lines */
  readonly cut?: boolean;
  readonly color: boolean;
  /** metrics of the stages, kinds and layers; the first one orders them */
  readonly metrics: readonly DiffMetric[];
  /** changed layers to show, largest change first */
  readonly top: number | 'all';
  /** which is faster, as far as that is known */
  readonly times?: readonly TimeVerdict[];
  readonly tool: { readonly name: string; readonly version: string };
}

export const DIFF_FORMATS = ['table', 'json', 'markdown'] as const;

/** A difference as text in one of DIFF_FORMATS. */
export function renderDiff(format: (typeof DIFF_FORMATS)[number], diff: Diff, options: DiffOptions): string {
  switch (format) {
    case 'json':
      return `${inertJson({ schemaVersion: SCHEMA_VERSION, tool: options.tool, ...diff }, 2)}\n`;
    case 'table':
      return terminal(diff, options);
    case 'markdown':
      return markdownText(diff, options);
  }
}

interface Grid {
  /** lines above the columns */
  readonly title: readonly string[];
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** columns of text; the others are numbers */
  readonly text: readonly number[];
  /** column of names, whose ends tell them apart */
  readonly names?: number;
  /** length of each row's bar, -1 to 1 */
  readonly bars?: readonly number[];
}

const valueText = (value: number, unit: string): string =>
  unit === 's' ? formatSeconds(value) : formatValue(value, unit);

const unitOf = (id: DiffMetric): string => DIFF_METRICS.find((metric) => metric.id === id)?.unit ?? '1';
const titleOf = (id: DiffMetric): string => DIFF_METRICS.find((metric) => metric.id === id)?.title ?? id;

/** A change with its sign: `+1.5 M`, `-12.0 %`; a plain 0 where nothing changed. */
function signed(value: number | undefined, text: (value: number) => string): string {
  if (value === undefined) return DASH;
  if (value === 0) return '0';
  return (value > 0 ? '+' : '-') + text(Math.abs(value));
}

const changeText = (change: Change | undefined, id: DiffMetric): string =>
  change === undefined ? '0' : signed(changeIn(change), (value) => valueText(value, unitOf(id)));

/** The change; of a layer that only one side has, the whole of it. */
const changeIn = ({ a, b, change }: Change): number | undefined => change ?? (a === undefined ? b : -a);

const percent = (value: number | undefined): string =>
  signed(value, (share) => `${(100 * share).toFixed(1)} %`);

const labelsOf = ({ a, b }: Pick<Diff, 'a' | 'b'>): readonly string[] => uniqueLabels([a, b]);

/** What to know before the details. */
function verdicts(diff: Diff, { times }: DiffOptions): readonly string[] {
  const [a = '', b = ''] = labelsOf(diff);
  return pairSentences(diff, { labels: [a, b], ...(times === undefined ? {} : { times }) }).map(sentenceText);
}

/** What else than the layers is behind the differences, in sentences. */
const cautions = ({ unlike, coverage, ...diff }: Diff): readonly string[] => [
  ...(diff.a.fused === true && diff.b.fused === true && diff.a.format !== diff.b.format
    ? [
        'the formats differ: layers are compared with the bias, batch normalisation and activation behind them as one; --group-by layer compares them as the files have them',
      ]
    : []),
  ...unlike.map((setting) => {
    const [from, to] = [setting.a, setting.b].map((text) => (text === '' ? 'none' : text));
    return setting.what === 'inputs'
      ? `the inputs differ, ${String(from)} -> ${String(to)}: part of every change is that`
      : `the hardware differs, ${String(from)} -> ${String(to)}: so does what is costed on it`;
  }),
  ...[coverage.a, coverage.b].flatMap(({ uncounted }, side) => {
    if (uncounted.length === 0) return [];
    const operators = uncounted.map(({ op, count }) => `${String(count)} x ${op}`).join(', ');
    return [`not counted in ${String(labelsOf(diff)[side])}, whose totals are too low: ${operators}`];
  }),
  ...[coverage.a, coverage.b].flatMap((covered, side) =>
    boundsText(covered).map((note) => `${String(labelsOf(diff)[side])} is ${note}`),
  ),
];

function totals({ totals: changes, ...diff }: Diff): Grid {
  return {
    title: [],
    head: ['', ...labelsOf(diff), 'change', ''],
    text: [0],
    rows: DIFF_METRICS.flatMap(({ id, title, unit }) => {
      const change = changes[id];
      if (change === undefined) return [];
      const value = (side: number | undefined): string => (side === undefined ? DASH : valueText(side, unit));
      return [[title, value(change.a), value(change.b), changeText(change, id), percent(change.relative)]];
    }),
  };
}

/** The change in a metric, 0 where it did not change or is not known: for ordering and bars, never printed. */
function extentOf(changes: Changes, id: DiffMetric): number {
  const change = changes[id];
  const value = change === undefined ? undefined : changeIn(change);
  return value === undefined ? 0 : value;
}

const size = (changes: Changes, id: DiffMetric): number => Math.abs(extentOf(changes, id));

function contributions(title: string, list: readonly Contribution[], { metrics }: DiffOptions): Grid {
  const [first] = metrics;
  const changed = list
    .filter(({ changes }) => metrics.some((id) => changes[id] !== undefined))
    .sort((x, y) => (first === undefined ? 0 : size(y.changes, first) - size(x.changes, first)));
  const largest = Math.max(...changed.map(({ changes }) => (first === undefined ? 0 : size(changes, first))));
  return {
    title: [title],
    head: ['', 'layers', ...metrics.map(titleOf)],
    text: [0],
    rows: changed.map(({ key, layersA, layersB, changes }) => [
      key === '' ? DASH : key,
      layersA === layersB ? String(layersA) : `${String(layersA)}->${String(layersB)}`,
      ...metrics.map((id) => changeText(changes[id], id)),
    ]),
    bars: changed.map(({ changes }) =>
      first === undefined || largest === 0 ? 0 : extentOf(changes, first) / largest,
    ),
  };
}

/** Narrower than this, a layer is its operator alone: `1x1 128->256`. */
const ROOMY = 110;

function describe(row: ProfileRow | undefined, width: number): string {
  if (row === undefined) return DASH;
  const { kind, detail, outputs } = row;
  if (width < ROOMY) return detail ?? kind;
  return [
    kind,
    ...(detail === undefined ? [] : [detail]),
    ...outputs.map((shape) => formatShape(shape.slice(1))),
  ].join(' ');
}

function layerGrid(diff: Diff, { metrics, top, width }: DiffOptions): Grid {
  const [first] = metrics;
  const position = new Map(diff.layers.map((pair, i) => [pair, i]));
  const order = (pair: LayerPair): number => position.get(pair) as number;
  const changed = diff.layers.filter(({ changes }) => metrics.some((id) => size(changes, id) > 0));
  const sorted = changed.sort((x, y) =>
    first === undefined ? 0 : size(y.changes, first) - size(x.changes, first) || order(x) - order(y),
  );
  const shown = top === 'all' ? diff.layers : sorted.slice(0, top);
  const names = diff.layers.flatMap(({ a, b }) => [a, b].flatMap((row) => row?.name ?? []));
  // A name without a path (conv12) says no more than the number beside it.
  const isTelling = names.some((name) => name.includes('/'));
  const path = commonPath(names);
  const count = (test: (pair: LayerPair) => boolean): string => String(diff.layers.filter(test).length);
  return {
    title: [
      ...(isTelling && path !== '' ? [`names are those below ${plain(path)}`] : []),
      `layers: ${count(({ a, b }) => a !== undefined && b !== undefined)} changed, ${count(({ a }) => a === undefined)} added, ` +
        `${count(({ b }) => b === undefined)} removed, ${String(diff.unchanged)} the same`,
      ...(shown.length === diff.layers.length
        ? []
        : [
            changed.length === 0
              ? 'none of these metrics changes; --metrics chooses others, --all shows every one'
              : `the ${String(shown.length)} largest changes; --all shows every one`,
          ]),
    ],
    head: ['#', '#', ...(isTelling ? ['layer'] : []), 'stage', 'was', 'is', ...metrics.map(titleOf)],
    text: isTelling ? [2, 3, 4, 5] : [2, 3, 4],
    ...(isTelling ? { names: 2 } : {}),
    rows: shown.map(({ a, b, changes }) => [
      a === undefined ? DASH : String(a.index),
      b === undefined ? DASH : String(b.index),
      ...(isTelling ? [((b ?? a)?.name ?? '').slice(path.length)] : []),
      (b ?? a)?.stage ?? '',
      describe(a, width),
      describe(b, width),
      ...metrics.map((id) => changeText(changes[id], id)),
    ]),
  };
}

const grids = (diff: Diff, options: DiffOptions): Grid[] => [
  totals(diff),
  ...[
    contributions('where it comes from, by stage', diff.stages, options),
    contributions('by kind of layer', diff.kinds, options),
  ].filter(({ rows }) => rows.length > 0),
  layerGrid(diff, options),
];

const GAP = '  ';
const BAR = 12;
const NARROWEST = 6;

function terminal(diff: Diff, options: DiffOptions): string {
  const style = styles(options.color);
  const title = labelsOf(diff).join(' -> ');
  const counted = `FLOPs counted as ${diff.conventions.flops}, CIO as ${diff.conventions.cio}`;
  const lines = [
    style.bold(title),
    style.dim(counted),
    '',
    ...verdicts(diff, options).flatMap((text) => wrapped(text, options.width)),
    ...cautions(diff).flatMap((text) => wrapped(text, options.width).map(style.warn)),
  ];
  for (const grid of grids(diff, options)) {
    lines.push('');
    lines.push(...grid.title.map(style.dim));
    if (grid.rows.length === 0) continue;
    const widths = fit(grid, options.cut === true ? options.width : Infinity);
    const line = (cells: readonly string[]): string =>
      cells
        .map((cell, i) =>
          padCell(
            (i === grid.names ? shortenMiddle : shorten)(plain(cell), widths[i] as number),
            widths[i] as number,
            grid.text.includes(i) ? 'left' : 'right',
          ),
        )
        .join(GAP);
    lines.push(style.bold(line(grid.head).trimEnd()));
    grid.rows.forEach((row, i) => {
      const share = grid.bars?.[i];
      const bar =
        share === undefined
          ? ''
          : GAP + (share < 0 ? style.good : style.bad)(unicodeBar(Math.abs(share), BAR));
      lines.push((line(row) + bar).trimEnd());
    });
  }
  return `${lines.join('\n')}\n`;
}

/** Widths of the columns; the longest text columns give way until a line fits. */
function fit(grid: Grid, width: number): number[] {
  const widths = grid.head.map((head, i) =>
    columnWidth([head, ...grid.rows.map((row) => row[i] as string)].map(plain)),
  );
  const room = width - (grid.bars === undefined ? 0 : GAP.length + BAR) - GAP.length * (widths.length - 1);
  for (let excess = widths.reduce((x, y) => x + y, 0) - room; excess > 0; excess--) {
    const widest = grid.text.reduce((x, y) => ((widths[y] as number) > (widths[x] as number) ? y : x));
    if ((widths[widest] as number) <= NARROWEST) break;
    widths[widest] = (widths[widest] as number) - 1;
  }
  return widths;
}

/** A verdict, the totals, and behind a fold what they come from: a comment on a pull request stays short. */
function markdownText(diff: Diff, options: DiffOptions): string {
  const [totalGrid, ...others] = grids(diff, options).map((grid) =>
    [
      ...grid.title.flatMap((line) => [`**${markdown(line)}**`, '']),
      ...(grid.rows.length === 0
        ? []
        : markdownTable(
            grid.head.map(markdown),
            grid.head.map((_, i) => (grid.text.includes(i) ? 'left' : 'right')),
            grid.rows.map((row) => row.map(markdown)),
          )),
    ].join('\n'),
  );
  const [verdict, ...sentences] = verdicts(diff, options);
  return [
    `## ${labelsOf(diff).map(markdown).join(' → ')}`,
    ...(verdict === undefined ? [] : [`**${markdown(verdict)}**`]),
    ...(sentences.length === 0 ? [] : [sentences.map(markdown).join(' ')]),
    `FLOPs counted as \`${diff.conventions.flops}\`, CIO as \`${diff.conventions.cio}\`.`,
    ...cautions(diff).map((text) => `**${markdown(text)}**`),
    totalGrid,
    '<details><summary>Where it comes from: stages, kinds and layers</summary>',
    ...others,
    '</details>',
    '',
  ].join('\n\n');
}
