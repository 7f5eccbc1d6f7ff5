import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { polynomialText, polynomialThrough } from '../../src/sweep/polynomial.ts';

describe('a polynomial through points', () => {
  it('is the one that they were computed from, with no residual', () => {
    const coefficients = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 5 });
    const xs = fc.uniqueArray(fc.integer({ min: 1, max: 64 }), { minLength: 7, maxLength: 12 });
    fc.assert(
      fc.property(coefficients, xs, (given, at) => {
        const points = at
          .toSorted((a, b) => a - b)
          .map((x): [number, number] => [x, given.reduce((sum, c, power) => sum + c * x ** power, 0)]);
        const found = polynomialThrough(points);
        const trimmed = [...given];
        while (trimmed.length > 1 && trimmed.at(-1) === 0) trimmed.pop();
        expect(found?.residual).toBe(0);
        expect(found?.coefficients).toEqual(trimmed.map((c) => ({ numerator: BigInt(c), denominator: 1n })));
      }),
    );
  });

  it('has a residual where there is none, by hand', () => {
    const found = polynomialThrough([
      [1, 1],
      [2, 4],
      [3, 9],
      [4, 17],
    ]);
    // Through (1, 1), (3, 9), (4, 17): 4/3 x^2 - 4/3 x + 1, which is 11/3 at 2: a twelfth off 4.
    expect(polynomialText(found!, 'n')).toBe('1.33333 n^2 - 1.33333 n + 1');
    expect(found?.residual).toBeCloseTo(1 / 12, 12);
  });

  it('reads as people write it, and needs three points of whole numbers', () => {
    const text = (...points: [number, number][]) => polynomialText(polynomialThrough(points)!, 'seq');
    expect(text([1, 1], [2, 3], [3, 6], [4, 10])).toBe('1/2 seq^2 + 1/2 seq');
    expect(text([1, 5], [2, 5], [3, 5])).toBe('5');
    expect(text([1, 0], [2, 0], [3, 0])).toBe('0');
    expect(text([1, -1], [2, -2], [3, -3])).toBe('-seq');
    expect(
      polynomialThrough([
        [1, 1],
        [2, 2],
      ]),
    ).toBeUndefined();
    expect(
      polynomialThrough([
        [1, 0.5],
        [2, 1],
        [3, 1.5],
      ]),
    ).toBeUndefined();
  });
});
