import { formatPercent } from '../../format.ts';
import { formatMetric } from '../model.ts';

/** Where a value is not defined or not known. */
export const DASH = '–';

/** For people, four digits: `536.9 M`. */
export const rounded = (value: number | undefined, metric: { readonly unit: string }): string =>
  value === undefined ? DASH : formatMetric(value, metric);

const EXACT = new Intl.NumberFormat('en', { maximumFractionDigits: 4 });

/** Every digit: `536,870,912`; of a time, what can be read of it. */
export function exact(value: number | undefined, metric: { readonly unit: string }): string {
  if (value === undefined) return DASH;
  if (metric.unit === 's') return formatMetric(value, metric);
  return `${EXACT.format(value)}${metric.unit === 'byte' ? ' B' : ''}`;
}

export const percent = (share: number | undefined): string =>
  share === undefined ? DASH : formatPercent(share);

/** `−21.6 %`, `+3.0 %`, `±0 %`. */
export function relative(value: number | undefined, base: number | undefined): string {
  if (value === undefined || base === undefined || base === 0) return DASH;
  const change = value / base - 1;
  if (change === 0) return '±0 %';
  const size = Math.abs(change);
  return `${change > 0 ? '+' : '−'}${size < 0.0005 ? `${(100 * size).toPrecision(1)} %` : formatPercent(size)}`;
}

export function signed(value: number | undefined, metric: { readonly unit: string }): string {
  if (value === undefined) return DASH;
  return value === 0 ? '0' : `${value > 0 ? '+' : '−'}${formatMetric(Math.abs(value), metric)}`;
}
