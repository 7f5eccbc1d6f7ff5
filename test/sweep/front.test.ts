import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dominates, frontRanks, paretoFront } from '../../src/sweep/front.ts';

/** Few values, so that ties are common; NaN is a number that is not known. */
const points = fc.integer({ min: 2, max: 5 }).chain((objectives) =>
  fc.record({
    objectives: fc.constant(objectives),
    rows: fc.array(
      fc.array(fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 5 }) }, fc.constant(Number.NaN)), {
        minLength: objectives,
        maxLength: objectives,
      }),
      { maxLength: 60 },
    ),
  }),
);

/** By the definition: every design against every other. */
const bruteForce = (rows: readonly (readonly number[])[]): readonly number[] =>
  [...rows.keys()].filter((i) => {
    const own = rows[i]!;
    if (own.some(Number.isNaN)) return false;
    return !rows.some(
      (other) =>
        !other.some(Number.isNaN) &&
        other.every((value, k) => value <= own[k]!) &&
        other.some((value, k) => value < own[k]!),
    );
  });

describe('the front', () => {
  it('is that of a comparison of all pairs, with ties and unknown numbers', () => {
    fc.assert(
      fc.property(points, ({ objectives, rows }) => {
        expect(paretoFront(Float64Array.from(rows.flat()), objectives)).toEqual(bruteForce(rows));
      }),
      { numRuns: 500 },
    );
  });

  it('hides others: each rank is the front of what the ranks before leave', () => {
    fc.assert(
      fc.property(points, ({ objectives, rows }) => {
        const ranks = frontRanks(Float64Array.from(rows.flat()), objectives);
        let left = [...rows.keys()];
        for (let rank = 0; left.length > 0; rank++) {
          const front = bruteForce(left.map((i) => rows[i]!)).map((position) => left[position]!);
          if (front.length === 0) break;
          expect(left.filter((i) => ranks[i] === rank)).toEqual(front);
          left = left.filter((i) => !front.includes(i));
        }
        expect(left.every((i) => ranks[i] === -1)).toBe(true);
      }),
    );
  });

  it('keeps designs that are equal, and counts no distance between infinities as better', () => {
    expect(paretoFront(Float64Array.from([1, 2, 1, 2, 2, 2]), 2)).toEqual([0, 1]);
    expect(dominates(Float64Array.from([Infinity, 1, Infinity, 2]), 2, 0, 1)).toBe(true);
  });
});
