import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distinct } from '../../src/report/html/page/distinct.ts';

const NEAR = { x: 'at', y: 'value', series: 'line' };

const row = (at: number, value: number | null, line = 'a') => ({ at, value, line });

describe('rows that a plot can tell apart', () => {
  it('are all of them where there is room', () => {
    const rows = [row(0, 1), row(1, 5), row(2, 3), row(3, 4)];
    expect(distinct(rows, NEAR, 2)).toBe(rows);
  });

  it('are the lowest and the highest of a column, both ends, and gaps, in their order', () => {
    // One column of pixels holds 1 to 5.
    const rows = [
      row(0, 7),
      row(1, 3),
      row(2, 9),
      row(3, 4),
      row(4, 1),
      row(5, null),
      row(3.5, 5, 'b'),
      row(6, 2),
    ];
    expect(distinct(rows, NEAR, 1)).toEqual([
      row(0, 7),
      row(2, 9),
      row(4, 1),
      row(5, null),
      row(3.5, 5, 'b'),
      row(6, 2),
    ]);
  });

  it('reach as far as all of them, in every column', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.constantFrom('a', 'b')), { minLength: 50 }),
        fc.integer({ min: 1, max: 20 }),
        (values, columns) => {
          const rows = values.map(([value, line], at) => row(at, value, line));
          const kept = distinct(rows, NEAR, columns);
          const reach = (some: readonly { readonly [field: string]: unknown }[]) => {
            const found = new Map<string, [number, number]>();
            for (const { at, value, line } of some) {
              const key = `${String(line)} ${String(Math.floor((columns * Number(at)) / (rows.length - 1)))}`;
              const [low, high] = found.get(key) ?? [Infinity, -Infinity];
              found.set(key, [Math.min(low, Number(value)), Math.max(high, Number(value))]);
            }
            return found;
          };
          expect(reach(kept)).toEqual(reach(rows));
          if (rows.length > 2 * columns) expect(kept.length).toBeLessThanOrEqual(4 * columns + 2);
        },
      ),
    );
  });
});
