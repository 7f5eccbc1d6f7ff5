import { excerpt } from '../../diagnostics.ts';
import type { Problem } from '../../ops/spec.ts';
import { UNITS, type GateMetric } from './metrics.ts';

/** One bound of a limit. */
type Bound =
  /** at most this */
  | { readonly kind: 'absolute'; readonly value: number }
  /** at most this much above the baseline; negative: at least that much below */
  | { readonly kind: 'delta'; readonly value: number }
  /** at most this share above the baseline; negative: at least that share below */
  | { readonly kind: 'relative'; readonly share: number };

/** An upper limit of a metric. With several bounds it is broken only where all of them are. */
export interface Limit {
  readonly text: string;
  readonly bounds: readonly Bound[];
}

export const needsBaseline = ({ bounds }: Limit): boolean => bounds.some(({ kind }) => kind !== 'absolute');

const BOUND = /^([+-]?)(\d+(?:\.\d+)?(?:e\d+)?)\s*([A-Za-z%]*)$/;

/**
 * A limit as people write it: `8 GFLOP`, `16 MiB`, `10%` (of a share), `+2%`, `-1%`, `+2% and +1 MFLOP`, or a
 * plain number in the metric's unit. A sign makes it relative to the baseline.
 */
export function parseLimit(text: string | number, metric: GateMetric): Limit | Problem {
  const written = String(text);
  const bounds: Bound[] = [];
  for (const part of written.split(/\s+and\s+/)) {
    const [, sign = '', digits, unit = ''] = BOUND.exec(part.trim()) ?? [];
    const known = UNITS[metric.unit];
    if (digits === undefined) {
      return {
        problem: `"${excerpt(written)}" is no limit`,
        fix: `write an amount such as ${example(metric)}, or a change such as +2% or -1%`,
      };
    }
    const number = Number(digits) * (sign === '-' ? -1 : 1);
    if (unit === '%' && sign !== '') {
      bounds.push({ kind: 'relative', share: number / 100 });
      continue;
    }
    const factor = unit === '' ? 1 : known?.get(unit);
    if (factor === undefined) {
      return {
        problem: `${metric.id} is not counted in "${unit}"`,
        fix: `use ${[...(known?.keys() ?? [])].join(', ')}, or no unit`,
      };
    }
    bounds.push({ kind: sign === '' ? 'absolute' : 'delta', value: number * factor });
  }
  return { text: written, bounds };
}

function example({ unit }: GateMetric): string {
  if (unit === 'byte') return '16 MiB';
  if (unit === '1') return '10%';
  return unit === 'FLOP' || unit === 'MAC' ? `8 G${unit}` : '32 M';
}

/** The largest value that a bound allows; undefined where it needs a baseline that is not there. */
function ceiling(bound: Bound, baseline: number | undefined): number | undefined {
  switch (bound.kind) {
    case 'absolute':
      return bound.value;
    case 'delta':
      return baseline === undefined ? undefined : baseline + bound.value;
    case 'relative':
      return baseline === undefined ? undefined : baseline * (1 + bound.share);
  }
}

/**
 * The largest value that the limit allows: what the most lenient of its bounds does.
 * Undefined where it needs a baseline that is not there.
 */
export function allowed({ bounds }: Limit, baseline: number | undefined): number | undefined {
  let largest: number | undefined;
  for (const bound of bounds) {
    const value = ceiling(bound, baseline);
    if (value === undefined) return undefined;
    largest = largest === undefined ? value : Math.max(largest, value);
  }
  return largest;
}

/** Whether the value is as far below the baseline as the limit would have let it be above: time for an update. */
export function improved(limit: Limit, value: number, baseline: number): boolean {
  const most = allowed(limit, baseline);
  return needsBaseline(limit) && most !== undefined && most >= baseline && value < baseline - (most - baseline);
}
