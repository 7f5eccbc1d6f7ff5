import { stringify } from 'csv-stringify/sync';
import { COLUMN_IDS, columnsOf } from './columns.ts';
import { plain } from './format.ts';
import { selectRows, type Renderer } from './renderer.ts';

/**
 * One row per layer, exact values, empty where not defined. What a spreadsheet would run as a formula, and what a
 * terminal would obey, is escaped unless `rawCsv`.
 */
export const renderCsv: Renderer = (profile, options) => {
  const extra = options.extension?.columns ?? [];
  const columns = columnsOf(options.columns ?? [...COLUMN_IDS, ...extra.map(({ id }) => id)], extra);
  const shown = (value: unknown): unknown =>
    typeof value === 'string' && options.rawCsv !== true ? plain(value) : value;
  const rows = selectRows(profile, options).map((row) =>
    columns.map((column) => shown(column.value(row, profile))),
  );
  return stringify([columns.map(({ id }) => id), ...rows], { escape_formulas: options.rawCsv !== true });
};
