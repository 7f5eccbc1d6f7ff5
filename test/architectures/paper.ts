import { readFileSync } from 'node:fs';

/** One printed number of the CSPNet paper. */
export interface PrintedNumber {
  /** `table 3`, `figure 8` */
  readonly where: string;
  readonly model: string;
  readonly input: number;
  readonly column: string;
  readonly printed: string;
}

/** Every number of paper-tables.csv. */
export function paperNumbers(): readonly PrintedNumber[] {
  const [header, ...lines] = readFileSync(new URL('../oracle/paper-tables.csv', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  if (header !== 'table,model,input,column,printed') throw new Error(`unexpected columns: ${String(header)}`);
  return lines.map((line) => {
    const [table, model, input, column, printed] = line.split(',') as [
      string,
      string,
      string,
      string,
      string,
    ];
    const where = table.startsWith('fig')
      ? `figure ${table.slice(3)}`
      : /^\d+$/.test(table)
        ? `table ${table}`
        : table;
    return { where, model, input: Number(input), column, printed };
  });
}

/** Whether a value prints this: it is less than one unit of the last printed digit away. */
export function prints(value: number, printed: string): boolean {
  const {
    whole,
    fraction = '',
    suffix,
  } = /^(?<whole>\d+)(?:\.(?<fraction>\d+))?(?<suffix>[MGk%]?)$/.exec(printed)?.groups ?? {};
  if (whole === undefined || suffix === undefined) throw new Error(`not a printed number: ${printed}`);
  const scale = { '': 1, '%': 1, k: 1e3, M: 1e6, G: 1e9 }[suffix] as number;
  // Whole units of the last digit, so that no decimal fraction is compared.
  const units = Number(whole + fraction);
  return Math.abs((value / scale) * 10 ** fraction.length - units) < 1;
}
