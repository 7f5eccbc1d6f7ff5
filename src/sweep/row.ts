import { inertJson } from '../inertJson.ts';
import type { AxisValue } from './space.ts';

/** What a sweep says of one design; a number that is not defined for it, or not known, is absent. */
export interface DesignRow extends Readonly<Record<string, string | number | boolean | undefined>> {
  /** of the design in its space: rows are sorted by it */
  readonly index: number;
  /** the design in the words of the command line: what rows are known by */
  readonly design: string;
  /** what the numbers depend on beside the design: rows of unlike sweeps do not mix */
  readonly sweep: string;
  /** why there are no numbers */
  readonly error?: string;
  /** the first constraint that does not hold */
  readonly infeasible?: string;
  /** whether no other design beats it; only once all are there */
  readonly front?: boolean;
}

/** Names of rows that no axis and no metric may have. */
export const ROW_NAMES: readonly string[] = ['index', 'design', 'sweep', 'error', 'infeasible', 'front'];

/** The row as it is before the front is known, under the index that the design has in a space. */
export function unmarked(row: DesignRow, index = row.index): DesignRow {
  const own: { [name: string]: DesignRow[string] } & { index: number; design: string; sweep: string } = {
    ...row,
    index,
  };
  delete own['front'];
  return own;
}

/** One row as a line, in which no name acts on a terminal. */
export const rowLine = (row: DesignRow): string => `${inertJson(row)}\n`;

/** The row of a line; undefined where the line is torn or is no row. */
export function parseRow(line: string): DesignRow | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // A line that was being written when the process ended.
    return undefined;
  }
  return isRow(value) ? value : undefined;
}

const isRow = (value: unknown): value is DesignRow =>
  typeof value === 'object' &&
  value !== null &&
  'index' in value &&
  Number.isSafeInteger(value.index) &&
  'design' in value &&
  typeof value.design === 'string' &&
  'sweep' in value &&
  typeof value.sweep === 'string';

/** A short text that differs where the content does: 53 bits in base 36. */
export function fingerprint(content: string): string {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < content.length; i++) {
    const code = content.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
}

/** Numbers and texts by the names of their columns. */
export type Values = Readonly<Record<string, AxisValue | undefined>>;
