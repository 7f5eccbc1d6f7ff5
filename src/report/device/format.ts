import { formatCount } from '../format.ts';

const SUB_UNITS = ['', 'm', 'µ', 'n', 'p'] as const;

/** A time or an energy with four significant digits and a prefix below one: `12.34 ms`. */
export function formatSmall(value: number, unit: string): string {
  let power = 0;
  let rest = value;
  while (power < SUB_UNITS.length - 1 && rest !== 0 && Number(rest.toPrecision(4)) < 1) {
    rest *= 1000;
    power++;
  }
  return `${String(Number(rest.toPrecision(4)))} ${SUB_UNITS[power] ?? ''}${unit}`;
}

export const formatSeconds = (seconds: number): string => formatSmall(seconds, 's');

/** Energy in joule, or in that of so many multiply-accumulates: as its table has it. */
export const formatEnergy = (energy: number, unit: 'pJ' | 'MAC'): string =>
  unit === 'pJ' ? formatSmall(energy / 1e12, 'J') : `${formatCount(energy)}MAC energies`;
