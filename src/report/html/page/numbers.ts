import { formatPercent, formatValue } from '../../format.ts';
import type { MetricInfo } from '../model.ts';

/** Where a value is not defined or not known. */
export const DASH = '–';

/** For people, four digits: `536.9 M`. */
export const rounded = (value: number | undefined, { unit }: { readonly unit: string }): string =>
  value === undefined ? DASH : formatValue(value, unit);

const EXACT = new Intl.NumberFormat('en', { maximumFractionDigits: 4 });

/** Every digit: `536,870,912`. */
export const exact = (value: number | undefined, { unit }: { readonly unit: string }): string =>
  value === undefined ? DASH : `${EXACT.format(value)}${unit === 'byte' ? ' B' : ''}`;

export const percent = (share: number | undefined): string =>
  share === undefined ? DASH : formatPercent(share);

/** `−21.6 %`, `+3.0 %`, `±0 %`. */
export function relative(value: number | undefined, base: number | undefined): string {
  if (value === undefined || base === undefined || base === 0) return DASH;
  const change = value / base - 1;
  return change === 0 ? '±0 %' : `${change > 0 ? '+' : '−'}${formatPercent(Math.abs(change))}`;
}

export function signed(value: number | undefined, metric: MetricInfo): string {
  if (value === undefined) return DASH;
  return value === 0 ? '0' : `${value > 0 ? '+' : '−'}${formatValue(Math.abs(value), metric.unit)}`;
}
