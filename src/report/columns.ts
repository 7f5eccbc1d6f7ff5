import { METRIC_INFO, type Profile, type ProfileRow } from '../analysis/profile.ts';
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
}

/** Printed where a value is not defined or not known. */
export const DASH = '–';

const shapes = (list: readonly (readonly number[])[]): string => list.map(formatShape).join(' ');

const text = (
  id: string,
  title: string,
  get: (row: ProfileRow) => string,
  align: Column['align'] = 'left',
): Column => ({
  id,
  title,
  align,
  value: get,
  text: (row) => plain(get(row)),
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
};

/** The part of a whole, unless either is unknown or the whole is nothing. */
export const shareOf = (part: number | undefined, whole: number | undefined): number | undefined =>
  part === undefined || whole === undefined || whole === 0 ? undefined : part / whole;

export const COLUMNS: readonly Column[] = [
  { id: 'index', title: '#', align: 'right', value: (row) => row.index, text: (row) => String(row.index) },
  text('name', 'layer', (row) => row.name),
  text('kind', 'kind', (row) => row.kind),
  {
    id: 'detail',
    title: 'operator',
    align: 'left',
    value: (row) => row.detail,
    text: ({ detail }) => (detail === undefined ? '' : plain(detail)),
  },
  text('stage', 'stage', (row) => row.stage),
  text('origin', 'place', (row) => formatOrigin(row.origin)),
  text('inputs', 'input', (row) => shapes(row.inputs)),
  text('outputs', 'output', (row) => shapes(row.outputs)),
  ...METRIC_INFO.map(({ id, title, unit }): Column => ({
    id,
    title,
    align: 'right',
    value: (row) => row[id],
    text(row) {
      const value = row[id];
      return value === undefined ? DASH : formatValue(value, unit);
    },
  })),
  share,
];

export const COLUMN_IDS: readonly string[] = COLUMNS.map(({ id }) => id);

/** The columns with these ids, in this order; ids are checked before. */
export const columnsOf = (ids: readonly string[], extra: readonly Column[] = []): readonly Column[] =>
  ids.flatMap((id) => [...COLUMNS, ...extra].find((column) => column.id === id) ?? []);
