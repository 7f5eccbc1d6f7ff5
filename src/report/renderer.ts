import {
  COUNT_INFO,
  type MetricId,
  type MetricInfo,
  type Profile,
  type ProfileRow,
} from '../analysis/profile.ts';
import type { Column, Layout } from './columns.ts';
import type { Styles } from './style.ts';

/** What a profile shows beside its own columns and totals; loaded with what adds it to the profile. */
export interface Extension {
  readonly columns: readonly Column[];
  /** for a table that chooses what fits */
  readonly layout: Layout;
  readonly rank: Rank & {
    /** of the first, 0 to 1: the length of the bar */
    readonly share: (row: ProfileRow) => number | undefined;
  };
  /** labels and what they say */
  readonly summary: readonly (readonly [label: string, text: string])[];
  /** the same for a terminal */
  readonly lines: (width: number, style: Styles) => readonly string[];
}

export interface RenderOptions {
  /** terminal columns to fill */
  readonly width: number;
  /** shorten names so that lines keep to the width: only where a terminal would break them */
  readonly cut?: boolean;
  readonly color: boolean;
  /** rows to show, costliest first; `all` shows every layer in order */
  readonly top: number | 'all';
  /** metric or column that orders the rows, and its direction */
  readonly sort?: string;
  /** columns by id; absent: chosen to fit the width */
  readonly columns?: readonly string[];
  /** leave cells that a spreadsheet would run as formulas untouched (RFC 4180 plain) */
  readonly rawCsv?: boolean;
  readonly extension?: Extension;
  readonly tool: { readonly name: string; readonly version: string };
}

/** Layers that people are shown who do not say how many. */
export const DEFAULT_TOP = 12;

/** A profile as text, whole: a pure function. A new format is one file and its name in report/registry.ts. */
export type Renderer = (profile: Profile, options: RenderOptions) => string;

/** Of these metrics the one that orders the layers: its id, and what the first of them are called. */
export function rankOf(metrics: readonly Pick<MetricInfo<string, MetricId>, 'id' | 'rank'>[]): Rank {
  const ranked = metrics.flatMap(({ id, rank }) => (rank === undefined ? [] : { id, ...rank }));
  const [first, ...others] = ranked;
  if (first === undefined) throw new RangeError('no metric orders the layers');
  return others.reduce((highest, each) => (each.order > highest.order ? each : highest), first);
}

export interface Rank {
  readonly id: MetricId;
  readonly largest: string;
}

/** What orders the layers of a profile without hardware. */
export const RANK = rankOf(COUNT_INFO);

/** The rows in the order and number that the options ask for. */
export function selectRows(profile: Profile, options: RenderOptions): readonly ProfileRow[] {
  const { top, sort, extension } = options;
  const key = sort ?? (top === 'all' ? 'index' : (extension?.rank ?? RANK).id);
  if (key === 'index') return top === 'all' ? profile.layers : profile.layers.slice(0, top);
  const order = byColumn(key);
  if (top !== 'all' && top <= FEW) return firstRows(profile.layers, order, top);
  const rows = [...profile.layers].sort(order);
  return top === 'all' ? rows : rows.slice(0, top);
}

/** Up to so many of the first rows are found without a sort of all. */
const FEW = 64;

/** The first `count` of the rows in this order. */
function firstRows(
  rows: readonly ProfileRow[],
  order: (a: ProfileRow, b: ProfileRow) => number,
  count: number,
): readonly ProfileRow[] {
  const first: ProfileRow[] = [];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as ProfileRow;
    let at = first.length;
    while (at > 0 && order(row, first[at - 1] as ProfileRow) < 0) at--;
    if (at === count) continue;
    first.splice(at, 0, row);
    if (first.length > count) first.pop();
  }
  return first;
}

/** Largest first for numbers, alphabetical for text, unknown last, ties in layer order. */
const byColumn =
  (key: string) =>
  (a: ProfileRow, b: ProfileRow): number => {
    const x = cell(a, key);
    const y = cell(b, key);
    if (x === y) return a.index - b.index;
    if (x === undefined) return 1;
    if (y === undefined) return -1;
    return typeof x === 'number' && typeof y === 'number' ? y - x : String(x) < String(y) ? -1 : 1;
  };

const cell = (row: ProfileRow, key: string): number | string | undefined => {
  const value: unknown = Object.hasOwn(row, key) ? row[key as keyof ProfileRow] : undefined;
  return typeof value === 'number' || typeof value === 'string' ? value : undefined;
};
