import { readFileSync } from 'node:fs';

/** The rows of a golden file, each with accessors that refuse a column that is not there. */
export function goldenRows(
  name: string,
): readonly { text(column: string): string; number(column: string): number }[] {
  const [header, ...lines] = readFileSync(new URL(`data/${name}`, import.meta.url), 'utf8')
    .trim()
    .split('\n');
  const columns = (header ?? '').split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    const text = (column: string): string => {
      const cell = cells[columns.indexOf(column)];
      if (cell === undefined) throw new Error(`no column ${column} in ${name}`);
      return cell;
    };
    return {
      text,
      number: (column: string): number => {
        const value = Number(text(column));
        if (Number.isNaN(value)) throw new Error(`${column} is not a number in: ${line}`);
        return value;
      },
    };
  });
}
