import type { Profile, ProfileRow } from '../analysis/profile.ts';

export interface RenderOptions {
  /** terminal columns to fill */
  readonly width: number;
  readonly color: boolean;
  /** rows to show, costliest first; `all` shows every layer in order */
  readonly top: number | 'all';
  /** metric or column that orders the rows, and its direction */
  readonly sort?: string;
  /** columns by id; absent: chosen to fit the width */
  readonly columns?: readonly string[];
  /** leave cells that a spreadsheet would run as formulas untouched (RFC 4180 plain) */
  readonly rawCsv?: boolean;
  readonly tool: { readonly name: string; readonly version: string };
}

/** A profile as text, whole: a pure function. A new format is one file and its name in report/registry.ts. */
export type Renderer = (profile: Profile, options: RenderOptions) => string;

/** The rows in the order and number that the options ask for. */
export function selectRows(profile: Profile, options: RenderOptions): readonly ProfileRow[] {
  const { top, sort } = options;
  const key = sort ?? (top === 'all' ? 'index' : 'flops');
  const rows = key === 'index' ? profile.layers : [...profile.layers].sort(byColumn(key));
  return top === 'all' ? rows : rows.slice(0, top);
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
