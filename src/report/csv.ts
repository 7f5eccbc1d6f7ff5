import { stringify } from 'csv-stringify/sync';
import { COLUMN_IDS, columnsOf } from './columns.ts';
import { selectRows, type Renderer } from './renderer.ts';

/**
 * One row per layer, exact values, empty where not defined.
 * Cells that a spreadsheet would run as a formula are escaped unless `rawCsv`.
 */
export const renderCsv: Renderer = (profile, options) => {
  const extra = options.extension?.columns ?? [];
  const columns = columnsOf(options.columns ?? [...COLUMN_IDS, ...extra.map(({ id }) => id)], extra);
  const rows = selectRows(profile, options).map((row) => columns.map((column) => column.value(row, profile)));
  return stringify([columns.map(({ id }) => id), ...rows], { escape_formulas: options.rawCsv !== true });
};
