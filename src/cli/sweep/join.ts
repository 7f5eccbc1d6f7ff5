import { resolve } from 'node:path';
import { ProfileError, problem } from '../../diagnostics.ts';
import type { Values } from '../../sweep/row.ts';
import type { AxisValue, DesignSpace } from '../../sweep/space.ts';
import { readBytes } from '../files.ts';
import type { Io } from '../io.ts';

/** Columns of a user's table that belong to designs, such as a measured accuracy. */
export interface Joined {
  readonly columns: readonly string[];
  /** those of a design; none where the table has no line for it */
  readonly valuesFor: (values: Values) => Values;
}

/** The columns that are no axes: what the table adds. */
export const joinedColumns = ({ columns }: Joined, { axes }: DesignSpace): readonly string[] =>
  columns.filter((name) => !axes.some((axis) => axis.name === name));

/**
 * A CSV whose first line names its columns: those that designs have say which designs a line is of, the others are
 * added to these.
 *
 * @throws ProfileError CSP803 where a line has another number of fields
 */
export function readJoined(path: string, io: Io): Joined {
  const [columns, ...lines] = csvLines(new TextDecoder().decode(readBytes(path, resolve(io.cwd, path))));
  if (columns === undefined) throw refuse(path, 1, 'the table is empty');
  const records = lines.map((fields, i) => {
    if (fields.length !== columns.length)
      throw refuse(path, i + 2, `${String(fields.length)} fields under ${String(columns.length)} names`);
    return Object.fromEntries(columns.map((name, k) => [name, valueOf(fields[k] as string)]));
  });
  return {
    columns,
    valuesFor(values) {
      const keys = columns.filter((name) => values[name] !== undefined);
      const record = records.find((each) => keys.every((name) => each[name] === values[name]));
      if (record === undefined || keys.length === 0) return {};
      return Object.fromEntries(Object.entries(record).filter(([name]) => !keys.includes(name)));
    },
  };
}

const valueOf = (field: string): AxisValue | undefined =>
  field.trim() === '' ? undefined : Number.isFinite(Number(field)) ? Number(field) : field;

const refuse = (file: string, line: number, message: string): ProfileError =>
  new ProfileError(
    problem('CSP803', message, 'write a line of names, then one line for each design, separated by commas', {
      format: 'csv',
      file,
      line,
    }),
  );

/** Lines as fields; a field in quotes may hold commas, quotes (doubled) and line ends. */
function csvLines(text: string): readonly (readonly string[])[] {
  const lines: string[][] = [];
  let line: string[] = [];
  for (const [, quoted, plain = '', end = ''] of text
    .replace(/^\ufeff/, '')
    .matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    line.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    if (line.length > 1 || line[0] !== '') lines.push(line);
    line = [];
  }
  return lines;
}
