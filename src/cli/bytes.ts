import { usageError } from './usage.ts';

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** The whole number of bytes that an option's text is: `108KiB`, `2MB`, `65536`. */
export function byteCount(name: string, text: string): number {
  const [, amount = '', unit = 'B'] = /^([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]+)?$/.exec(text.trim()) ?? [];
  const factor = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
  const bytes = factor === undefined || amount === '' ? undefined : Number(amount) * factor;
  if (bytes !== undefined && Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw usageError(`--${name} is "${text}"`, 'give whole bytes, such as 108KiB, 2MiB or 65536');
}
