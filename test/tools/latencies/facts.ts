import { readFileSync } from 'node:fs';
import { TERM_NAMES, type Terms } from '../../../src/latency/measured/terms.ts';

/** Folder of the committed facts. */
export const FACTS = 'reports/measured/latencies';

/** A row of a table by column; an empty cell is not known. */
export type Row = Readonly<Record<string, string>>;

/** Rows of CSV whose cells may be quoted. */
export function csvRows(text: string): readonly Row[] {
  const [header = [], ...lines] = text.trim().split('\n').map(cells);
  return lines.map((line) => Object.fromEntries(header.map((column, i) => [column, line[i] ?? ''])));
}

function cells(line: string): readonly string[] {
  return [...line.trimEnd().matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}

export function csvText(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const quoted = (cell: string): string => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))]
    .map((line) => `${line.map(quoted).join(',')}\n`)
    .join('');
}

const factRows = (name: string): readonly Row[] => csvRows(readFileSync(`${FACTS}/${name}.csv`, 'utf8'));

/** A network that was measured, and what its graph counts. */
export interface NetworkFacts {
  readonly set: string;
  readonly network: string;
  readonly operators: readonly string[];
  readonly terms: Terms;
  /** counts by which networks are compared: `macs`, `flops`, `cio`, `memoryAccessCost`, `elements` */
  readonly counts: Readonly<Record<string, number>>;
}

/** The networks of one table. */
export const networkFacts = (set: string): readonly NetworkFacts[] =>
  factRows('networks')
    .filter((row) => row['set'] === set)
    .map((row) => ({
      set,
      network: row['network'] ?? '',
      operators: (row['operators'] ?? '').split(' '),
      terms: Object.fromEntries(
        TERM_NAMES.flatMap((term) => (row[term] === '' ? [] : [[term, Number(row[term])] as const])),
      ),
      counts: Object.fromEntries(
        ['macs', 'flops', 'cio', 'memoryAccessCost', 'elements'].map((name) => [name, Number(row[name])]),
      ),
    }));

/** A run of a benchmark over many networks, in milliseconds. */
export interface RunFacts {
  readonly device: string;
  /** row of the committed table */
  readonly row: Row;
  readonly milliseconds: ReadonlyMap<string, number>;
  /** networks whose mean was more than twice their least time */
  readonly unsteady: ReadonlySet<string>;
}

function runFacts(table: string, networks: readonly NetworkFacts[]): readonly RunFacts[] {
  return factRows(table).map((row) => ({
    device: row['device'] ?? '',
    row,
    milliseconds: new Map(
      networks.flatMap(({ network }) =>
        (row[network] ?? '') === '' ? [] : [[network, Number(row[network])] as const],
      ),
    ),
    unsteady: new Set((row['unsteady'] ?? '').split(' ').filter((name) => name !== '')),
  }));
}

export const ncnnRuns = (): readonly RunFacts[] => runFacts('ncnn-runs', networkFacts('ncnn'));
export const aihubRuns = (): readonly RunFacts[] => runFacts('aihub-runs', networkFacts('aihub'));
export const deviceFacts = (): readonly Row[] => factRows('ncnn-devices');
