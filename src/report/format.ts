import { escapeControls } from '../diagnostics.ts';

const DECIMAL = ['', 'k', 'M', 'G', 'T', 'P'] as const;
const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** A count with a decimal prefix and four significant digits: `7.933 G`. Below a thousand it is exact. */
export const formatCount = (value: number): string => scaled(value, 1000, DECIMAL);

/** Bytes with a binary prefix: `8.25 MiB`. */
export const formatBytes = (value: number): string => scaled(value, 1024, BINARY);

export const formatPercent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function scaled(value: number, base: number, prefixes: readonly string[]): string {
  let power = 0;
  let rest = value;
  // Rounding can carry into the next prefix: 999,990 is 1.000 M, not 1000 k.
  while (
    power < prefixes.length - 1 &&
    (rest >= base || (power > 0 && Number(rest.toPrecision(4)) >= base))
  ) {
    rest /= base;
    power++;
  }
  const digits =
    power === 0 ? String(Number.isInteger(rest) ? rest : Number(rest.toPrecision(4))) : fixed(rest);
  const prefix = prefixes[power] ?? '';
  return prefix === '' ? digits : `${digits} ${prefix}`;
}

const fixed = (value: number): string =>
  value.toFixed(value >= 1000 ? 0 : value >= 100 ? 1 : value >= 10 ? 2 : 3);

/** A value of a metric in its unit, for people. */
export function formatValue(value: number, unit: string): string {
  if (unit === 'byte') return formatBytes(value);
  if (unit === '1' || unit.includes('/')) return value.toFixed(value >= 100 ? 0 : 2);
  return formatCount(value);
}

export const formatShape = (shape: readonly number[]): string =>
  shape.length === 0 ? 'scalar' : shape.join('x');

/** The first entries of a list, and how many more there are. */
export const listed = (entries: readonly string[], most = 6): string =>
  entries.length <= most + 1
    ? entries.join(', ')
    : `${entries.slice(0, most).join(', ')} and ${String(entries.length - most)} more`;

/** `a`, `a and b`, `a, b and c` */
export const inWords = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${String(names.at(-1))}`;

/** As the first word of a sentence. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `1 layer`, `2 layers`. */
export const numbered = (count: number, noun: string): string =>
  `${String(count)} ${noun}${count === 1 ? '' : 's'}`;

/** A name from a file, made safe for a terminal and for text on one line. */
export const plain = escapeControls;
