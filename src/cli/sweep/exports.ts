import { openSync, closeSync, writeSync, renameSync, rmSync } from 'node:fs';
import { stringify } from 'csv-stringify/sync';
import { ParquetWriter, ByteWriter, schemaFromColumnData } from 'hyparquet-writer';
import { parseRow, type DesignRow } from '../../sweep/row.ts';
import { isSystemError, unwritable } from '../files.ts';
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
export function writeCsv(lines: Lines, target: string, shown: string): void {
  const names = [...columnsOf(lines).keys()];
  const line = (fields: readonly unknown[]): string =>
    stringify([fields], { escape_formulas: true, cast: { boolean: String } }).trimEnd();
  writeLines(target, shown, csv());
  function* csv(): Generator<string> {
    yield line(names);
    for (const text of lines()) {
      const row = parseRow(text);
      if (row !== undefined) yield line(names.map((name) => row[name]));
    }
  }
}

/** The rows as Parquet: whole numbers and others as doubles, which hold every count exactly. */
export async function writeParquet(lines: Lines, target: string, shown: string): Promise<void> {
  const columns = [...columnsOf(lines)];
  const path = `${target}.${String(process.pid)}.new`;
  try {
    const file = openSync(path, 'w');
    try {
      const bytes = new ByteWriter();
      const flush = (): void => {
        writeSync(file, new Uint8Array(bytes.buffer, 0, bytes.index));
        bytes.index = 0;
      };
      const dataOf = (rows: readonly DesignRow[]) =>
        columns.map(([name, type]) => ({
          name,
          type: TYPES[type],
          nullable: true,
          data: rows.map((row) =>
            type === 'string' && row[name] !== undefined ? String(row[name]) : row[name],
          ),
        }));
      const schema = schemaFromColumnData({ columnData: dataOf([]) });
      const writer = new ParquetWriter({
        writer: Object.assign(bytes, { flush }),
        schema,
        createdBy: 'csp-profile',
      });
      let rows: DesignRow[] = [];
      const write = async (): Promise<void> => {
        await writer.write({ columnData: dataOf(rows), rowGroupSize: GROUP });
        rows = [];
      };
      for (const line of lines()) {
        const row = parseRow(line);
        if (row !== undefined) rows.push(row);
        if (rows.length === GROUP) await write();
      }
      if (rows.length > 0) await write();
      await writer.finish();
      flush();
    } finally {
      closeSync(file);
    }
    renameSync(path, target);
  } catch (error) {
    rmSync(path, { force: true });
    throw isSystemError(error)
      ? unwritable(shown, String((error as NodeJS.ErrnoException).code), error)
      : error;
  }
}

const TYPES = { number: 'DOUBLE', boolean: 'BOOLEAN', string: 'STRING' } as const;
