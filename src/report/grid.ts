import { stringify } from 'csv-stringify/sync';
import { columnWidth, padCell, shorten } from './cells.ts';
import { plain } from './format.ts';
import { markdown, markdownTable } from './markdown.ts';
import { inertJson } from '../inertJson.ts';

/** A column of a plain table of records. */
export interface GridColumn<Row> {
  readonly id: string;
  readonly title: string;
  readonly align: 'left' | 'right';
  /** for machines: exact; undefined where there is none */
  readonly value: (row: Row) => string | number | undefined;
  /** for people; absent: the value itself */
  readonly text?: (row: Row) => string;
  /** in JSON and CSV only: too long for a table that people read */
  readonly machineOnly?: boolean;
  /** in tables that people read only: drawn from other columns */
  readonly peopleOnly?: boolean;
}

export const GRID_FORMATS = ['table', 'json', 'csv', 'markdown'] as const;

export type GridFormat = (typeof GRID_FORMATS)[number];

const GAP = '  ';

/** The rows as records by column id; what is not known is absent. */
export const gridRecords = <Row>(
  columns: readonly GridColumn<Row>[],
  rows: readonly Row[],
): readonly Readonly<Record<string, string | number | undefined>>[] =>
  rows.map((row) => Object.fromEntries(forMachines(columns).map((column) => [column.id, column.value(row)])));

const forMachines = <Row>(columns: readonly GridColumn<Row>[]): readonly GridColumn<Row>[] =>
  columns.filter(({ peopleOnly }) => peopleOnly !== true);

/** Records as a terminal table no wider than `width` (the last column gives way), JSON, CSV or Markdown. */
export function renderGrid<Row>(
  format: GridFormat,
  all: readonly GridColumn<Row>[],
  rows: readonly Row[],
  width: number,
): string {
  const columns =
    format === 'json' || format === 'csv'
      ? forMachines(all)
      : all.filter(({ machineOnly }) => machineOnly !== true);
  const text = (column: GridColumn<Row>, row: Row): string =>
    plain(column.text?.(row) ?? String(column.value(row) ?? '–'));
  switch (format) {
    case 'json':
      return `${inertJson(gridRecords(columns, rows), 2)}\n`;
    case 'csv':
      return stringify(
        [
          columns.map(({ id }) => id),
          ...rows.map((row) =>
            columns.map((column) => {
              const value = column.value(row);
              return typeof value === 'string' ? plain(value) : value;
            }),
          ),
        ],
        {
          escape_formulas: true,
        },
      );
    case 'markdown':
      return `${markdownTable(
        columns.map(({ title }) => title),
        columns.map(({ align }) => align),
        rows.map((row) => columns.map((column) => markdown(text(column, row)))),
      ).join('\n')}\n`;
    case 'table': {
      const cells = rows.map((row) => columns.map((column) => text(column, row)));
      const widths = columns.map((column, i) =>
        columnWidth([column.title, ...cells.map((line) => line[i] as string)]),
      );
      const last = widths.length - 1;
      const used = widths.slice(0, last).reduce((sum, each) => sum + each + GAP.length, 0);
      widths[last] = Math.max(8, Math.min(widths[last] as number, width - used));
      return [columns.map(({ title }) => title), ...cells]
        .map((line) =>
          line
            .map((cell, i) =>
              padCell(
                shorten(cell, widths[i] as number),
                widths[i] as number,
                (columns[i] as GridColumn<Row>).align,
              ),
            )
            .join(GAP)
            .trimEnd(),
        )
        .join('\n')
        .concat('\n');
    }
  }
}
