import { excerpt } from '../../diagnostics.ts';
import { isProblem, type Problem } from '../../ops/spec.ts';
import { UNITS, type GateMetric } from './metrics.ts';

/** What is limited. */
type Limited = Pick<GateMetric, 'id' | 'unit'>;

/** One bound of a limit: at most `amount`, or at most that much, or that share, above the baseline. */
interface Bound {
  readonly kind: 'absolute' | 'delta' | 'relative';
  readonly amount: Fraction;
}

/** A decimal number as it is written, so that 115 is exactly 15 % above 100. */
interface Fraction {
  readonly numerator: number;
  readonly denominator: number;
}

/** An upper limit of a metric: all of its bounds must hold, or, joined by `or`, one of them. */
export interface Limit {
  readonly text: string;
  readonly join: 'and' | 'or';
  readonly bounds: readonly Bound[];
}

export const needsBaseline = ({ bounds }: Limit): boolean => bounds.some(({ kind }) => kind !== 'absolute');

/**
 * A limit as people write it: `8 GFLOP`, `16 MiB`, `10%` of a share, `+2%`, `-1%`, `+2% and +1 MFLOP`, or a plain
 * number in the metric's unit. A sign makes it a change against the baseline: `+2%` allows 2 % more, `-1%` demands
 * 1 % less.
 */
export function parseLimit(written: string | number, metric: Limited): Limit | Problem {
  const text = String(written);
  const parts = text.trim().split(/\s+(and|or)\s+/);
  const words = new Set(parts.filter((_, i) => i % 2 === 1));
  if (words.size > 1) {
    return { problem: `"${excerpt(text)}" joins bounds by both and and or`, fix: 'use one of them' };
  }
  const bounds: Bound[] = [];
  for (const part of parts.filter((_, i) => i % 2 === 0)) {
    const bound = parseBound(part, metric);
    if (isProblem(bound)) return bound;
    bounds.push(bound);
  }
  return { text, join: words.has('or') ? 'or' : 'and', bounds };
}

const BOUND = /^([+-]?)(\d{1,15})(?:\.(\d{1,15}))?(?:e([0-9]{1,2}))?\s*([A-Za-z%]*)$/;

function parseBound(part: string, metric: Limited): Bound | Problem {
  const [, sign = '', whole, decimals = '', exponent = '0', unit = ''] = BOUND.exec(part) ?? [];
  if (whole === undefined) {
    return {
      problem: `"${excerpt(part)}" is no limit of ${metric.id}`,
      fix: `write an amount such as ${example(metric)}, or a change such as +2% or -1%`,
    };
  }
  const factor = factorOf(unit, sign, metric);
  if (factor === undefined) {
    const known = [...(UNITS.get(metric.unit)?.keys() ?? []), ...(metric.unit === 'share' ? ['%'] : [])];
    return {
      problem: `"${excerpt(part)}" is no limit of ${metric.id}, which is not counted in "${excerpt(unit)}"`,
      fix: known.length === 0 ? 'leave the unit out' : `use ${known.join(', ')}, or no unit`,
    };
  }
  const digits = Number(whole + decimals) * (sign === '-' ? -1 : 1);
  return {
    kind: sign === '' ? 'absolute' : unit === '%' ? 'relative' : 'delta',
    amount: {
      numerator: digits * factor.numerator * 10 ** Number(exponent),
      denominator: 10 ** decimals.length * factor.denominator,
    },
  };
}

/** What a unit multiplies by; a percentage is a change where it has a sign, and else belongs to shares only. */
function factorOf(unit: string, sign: string, metric: Limited): Fraction | undefined {
  if (unit === '') return { numerator: 1, denominator: 1 };
  if (unit === '%') {
    return sign === '' && metric.unit !== 'share' ? undefined : { numerator: 1, denominator: 100 };
  }
  const numerator = UNITS.get(metric.unit)?.get(unit);
  if (numerator === undefined) return undefined;
  // A thousandth as a fraction is exact, as a number it is not.
  return numerator < 1
    ? { numerator: 1, denominator: Math.round(1 / numerator) }
    : { numerator, denominator: 1 };
}

function example({ unit }: Limited): string {
  switch (unit) {
    case 'byte':
      return '16 MiB';
    case 'share':
      return '10%';
    case 's':
      return '20 ms';
    case 'FLOP':
    case 'MAC':
      return `8 G${unit}`;
    case 'element':
      return '32 M';
    default:
      return '6';
  }
}

/** The largest value that a bound allows; undefined where it needs a baseline that is not there. */
function ceiling(
  { kind, amount: { numerator, denominator } }: Bound,
  baseline: number | undefined,
): number | undefined {
  if (kind === 'absolute') return numerator / denominator;
  if (baseline === undefined) return undefined;
  return baseline + (numerator * (kind === 'relative' ? baseline : 1)) / denominator;
}

/** The largest value that the limit allows; undefined where it needs a baseline that is not there. */
export function allowed({ bounds, join }: Limit, baseline: number | undefined): number | undefined {
  const ceilings: number[] = [];
  for (const bound of bounds) {
    const value = ceiling(bound, baseline);
    if (value === undefined) return undefined;
    ceilings.push(value);
  }
  return join === 'and' ? Math.min(...ceilings) : Math.max(...ceilings);
}

/** Whether the value is further below the baseline than the limit would have let it be above: time for an update. */
export function improved(limit: Limit, value: number, baseline: number): boolean {
  const most = allowed(limit, baseline);
  return (
    needsBaseline(limit) && most !== undefined && most >= baseline && value < baseline - (most - baseline)
  );
}
