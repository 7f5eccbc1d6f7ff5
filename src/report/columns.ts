import {
  COUNT_INFO,
  type MetricColumn,
  type Place,
  type Profile,
  type ProfileRow,
} from '../analysis/profile.ts';
import { formatOrigin } from '../diagnostics.ts';
import { formatPercent, formatShape, formatValue, plain } from './format.ts';

/** One column of every tabular format. */
export interface Column {
  readonly id: string;
  readonly title: string;
  readonly align: 'left' | 'right';
  /** for machines: the exact value, undefined where there is none */
  readonly value: (row: ProfileRow, profile: Profile) => string | number | undefined;
  /** for people */
  readonly text: (row: ProfileRow, profile: Profile) => string;
  /** where it stands unasked; absent: nowhere */
  readonly column?: MetricColumn;
}

/** Printed where a value is not defined or not known. */
export const DASH = '–';

const shapes = (list: readonly (readonly number[])[]): string => list.map(formatShape).join(' ');

const text = (
  id: string,
  title: string,
  get: (row: ProfileRow) => string,
  column?: MetricColumn,
): Column => ({
  id,
  title,
  align: 'left',
  value: get,
  text: (row) => plain(get(row)),
  ...(column === undefined ? {} : { column }),
});

const share: Column = {
  id: 'share',
  title: 'share',
  align: 'right',
  value: (row, { totals }) => shareOf(row.flops, totals.flops),
  text(row, { totals }) {
    const value = shareOf(row.flops, totals.flops);
    return value === undefined ? DASH : formatPercent(value);
  },
  column: { places: { table: 65, markdown: 65 }, priority: 30 },
};

/** The part of a whole, unless either is unknown or the whole is nothing. */
export const shareOf = (part: number | undefined, whole: number | undefined): number | undefined =>
  part === undefined || whole === undefined || whole === 0 ? undefined : part / whole;

export const COLUMNS: readonly Column[] = [
  {
    id: 'index',
    title: '#',
    align: 'right',
    value: (row) => row.index,
    text: (row) => String(row.index),
    column: { places: { table: 0, markdown: 0 }, priority: 0 },
  },
  text('name', 'layer', (row) => row.name, { places: { table: 2, markdown: 2 }, priority: 10 }),
  text('kind', 'kind', (row) => row.kind, { places: { table: 3 }, priority: 120 }),
  {
    id: 'detail',
    title: 'operator',
    align: 'left',
    value: (row) => row.detail,
    text: ({ detail }) => (detail === undefined ? '' : plain(detail)),
    column: { places: { table: 4 }, priority: 50 },
  },
  text('stage', 'stage', (row) => row.stage, { places: { table: 1 }, priority: 110 }),
  text('origin', 'place', (row) => formatOrigin(row.origin)),
  text('inputs', 'input', (row) => shapes(row.inputs)),
  text('outputs', 'output', (row) => shapes(row.outputs), {
    places: { table: 5, markdown: 5 },
    priority: 40,
  }),
  ...COUNT_INFO.map(({ id, title, unit, column }): Column => ({
    id,
    title,
    align: 'right',
    value: (row) => row[id],
    text(row) {
      const value = row[id];
      return value === undefined ? DASH : formatValue(value, unit);
    },
    ...(column === undefined ? {} : { column }),
  })),
  share,
];

export const COLUMN_IDS: readonly string[] = COLUMNS.map(({ id }) => id);

/** Columns that a table chooses from, by id: where they stand, and which a narrow terminal shows first. */
export interface Layout {
  readonly places: readonly string[];
  readonly priority: readonly string[];
}

/** The columns that stand in this place unasked. */
export function layoutOf(columns: readonly Pick<Column, 'id' | 'column'>[], where: Place): Layout {
  const shown = columns.flatMap(({ id, column }) => {
    const place = column?.places[where];
    return column === undefined || place === undefined ? [] : { id, place, priority: column.priority };
  });
  const by = (key: 'place' | 'priority') => [...shown].sort((a, b) => a[key] - b[key]).map(({ id }) => id);
  return { places: by('place'), priority: by('priority') };
}

/** The columns with these ids, in this order; ids are checked before. */
export const columnsOf = (ids: readonly string[], extra: readonly Column[] = []): readonly Column[] =>
  ids.flatMap((id) => [...COLUMNS, ...extra].find((column) => column.id === id) ?? []);
