import { stringify } from 'csv-stringify/sync';
import { ParquetWriter, ByteWriter, schemaFromColumnData } from 'hyparquet-writer';
import { escapeControls } from '../../diagnostics.ts';
import { parseRow, type DesignRow } from '../../sweep/row.ts';
import { writeFiles } from '../write.ts';
import { writeLines } from './rowsFile.ts';

type Lines = () => Iterable<string>;

/** Rows that are written together. */
const GROUP = 10_000;

/** The columns of all rows, in the order of the first row that has each; and whether it holds numbers only. */
function columnsOf(lines: Lines): ReadonlyMap<string, 'number' | 'boolean' | 'string'> {
  const columns = new Map<string, 'number' | 'boolean' | 'string'>();
  for (const line of lines()) {
    for (const [name, value] of Object.entries(parseRow(line) ?? {})) {
      const type = typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : 'string';
      const before = columns.get(name);
      if (before === undefined) columns.set(name, type);
      else if (before !== type) columns.set(name, 'string');
    }
  }
  // What is wrong with a design stands last, wherever it was met first.
  for (const name of ['error', 'infeasible', 'front']) {
    const type = columns.get(name);
    if (type === undefined) continue;
    columns.delete(name);
    columns.set(name, type);
  }
  return columns;
}

/** The rows as CSV; formulas of spreadsheets are escaped. */
export function writeCsv(lines: Lines, target: string, cwd: string): void {
  const names = [...columnsOf(lines).keys()];
  const line = (fields: readonly unknown[]): string =>
    stringify([fields], { escape_formulas: true, cast: { boolean: String } }).trimEnd();
  writeLines(target, cwd, csv());
  function* csv(): Generator<string> {
    yield line(names.map(shown));
    for (const text of lines()) {
      const row = parseRow(text);
      if (row !== undefined) yield line(names.map((name) => shown(row[name])));
    }
  }
}

const shown = <T>(value: T): T | string => (typeof value === 'string' ? escapeControls(value) : value);

/** The rows as Parquet: whole numbers and others as doubles, which hold every count exactly. */
export function writeParquet(lines: Lines, target: string, cwd: string): void {
  writeFiles([{ target, pieces: parquet(lines) }], cwd);
}

function* parquet(lines: Lines): Generator<Uint8Array> {
  const columns = [...columnsOf(lines)];
  const bytes = new ByteWriter();
  const written = (): Uint8Array => {
    const piece = new Uint8Array(bytes.buffer, 0, bytes.index);
    bytes.index = 0;
    return piece;
  };
  const dataOf = (rows: readonly DesignRow[]) =>
    columns.map(([name, type]) => ({
      name,
      type: TYPES[type],
      nullable: true,
      data: rows.map((row) => (type === 'string' && row[name] !== undefined ? String(row[name]) : row[name])),
    }));
  // These bytes have no flush, which is all that could be awaited.
  const writer = new ParquetWriter({
    writer: bytes,
    schema: schemaFromColumnData({ columnData: dataOf([]) }),
    createdBy: 'csp-profile',
  });
  for (const rows of grouped(lines)) {
    void writer.write({ columnData: dataOf(rows), rowGroupSize: GROUP });
    yield written();
  }
  void writer.finish();
  yield written();
}

function* grouped(lines: Lines): Generator<readonly DesignRow[]> {
  let rows: DesignRow[] = [];
  for (const line of lines()) {
    const row = parseRow(line);
    if (row !== undefined) rows.push(row);
    if (rows.length < GROUP) continue;
    yield rows;
    rows = [];
  }
  if (rows.length > 0) yield rows;
}

const TYPES = { number: 'DOUBLE', boolean: 'BOOLEAN', string: 'STRING' } as const;
