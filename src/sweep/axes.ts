import { ProfileError, problem } from '../diagnostics.ts';
import type { AxisValue } from './space.ts';

/** How the values of an axis are written, and what a range without a step goes by. */
export interface AxisSyntax {
  /** one value from its text; undefined where it is none */
  readonly parse: (text: string) => AxisValue | undefined;
  /** of a range that states none; absent: such a range is an error */
  readonly step?: number | { readonly factor: number };
}

const MOST_VALUES = 1_000_000;

/**
 * The values of an axis: `0.25,0.5`, `0.5..1.5:0.25` (steps), `64KiB..1MiB:x2` (factors), or both. None twice.
 *
 * @throws ProfileError CSP810 for what is no value or no range
 */
export function axisValues(
  name: string,
  text: string,
  syntax: AxisSyntax,
): readonly [AxisValue, ...AxisValue[]] {
  const values = new Set(text.split(',').flatMap((item) => itemValues(name, item.trim(), syntax)));
  const [first, ...others] = values;
  if (first === undefined) throw refuse(name, text, 'has no value');
  return [first, ...others];
}

function itemValues(
  name: string,
  item: string,
  { parse, step: byDefault }: AxisSyntax,
): readonly AxisValue[] {
  const [, from, to, steps] = /^(.+?)\.\.(.+?)(?::([^:]+))?$/.exec(item) ?? [];
  if (from === undefined || to === undefined) {
    const value = item === '' || item.includes('..') ? undefined : parse(item);
    if (value === undefined) throw refuse(name, item, 'is no value');
    return [value];
  }
  const [first, last] = [parse(from), parse(to)];
  const step = steps === undefined ? byDefault : stepOf(steps, parse);
  if (typeof first !== 'number' || typeof last !== 'number' || last < first)
    throw refuse(name, item, 'is no range from a smaller number to a larger one');
  if (step === undefined) throw refuse(name, item, 'has no step');
  const count =
    typeof step === 'number' ? (last - first) / step : Math.log(last / first) / Math.log(step.factor);
  if (!(count < MOST_VALUES)) throw refuse(name, item, `has more than ${String(MOST_VALUES)} values`);
  const values: number[] = [];
  for (let i = 0; ; i++) {
    // Not by adding up, and without the last digits: 0.1 + 2 * 0.1 is 0.3.
    const exact = typeof step === 'number' ? first + i * step : first * step.factor ** i;
    const value = Number(exact.toPrecision(12));
    if (value > last) return values;
    values.push(value);
  }
}

function stepOf(text: string, parse: AxisSyntax['parse']): AxisSyntax['step'] {
  const factor = /^x([0-9.]+)$/.exec(text)?.[1];
  if (factor !== undefined) return Number(factor) > 1 ? { factor: Number(factor) } : undefined;
  const step = parse(text);
  return typeof step === 'number' && step > 0 ? step : undefined;
}

const refuse = (name: string, text: string, why: string): ProfileError =>
  new ProfileError(
    problem(
      'CSP810',
      `${name}: "${text}" ${why}`,
      'write values (0.25,0.5), a range with its step (0.5..1.5:0.25) or with its factor (64KiB..1MiB:x2)',
    ),
  );
