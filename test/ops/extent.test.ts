import { describe, expect, it } from 'vitest';
import {
  either,
  minus,
  multiply,
  nameOf,
  plus,
  sameExtent,
  symbolic,
  unnamed,
  type Extent,
} from '../../src/ops/extent.ts';

const n: Extent = { symbol: 'n', atMost: 8 };
const m: Extent = { symbol: 'm', atMost: 5 };
const free: Extent = { symbol: 'free', atMost: undefined };

/** Name and bound, as `name<=bound`. */
const text = (extent: Extent): string =>
  typeof extent === 'number' ? String(extent) : `${nameOf(extent)}<=${String(extent.atMost)}`;

describe('arithmetic of extents that are not known', () => {
  // By hand: extents are from 0 to their bounds.
  it.each<readonly [string, Extent, string]>([
    ['sum', plus(n, m), '(n+m)<=13'],
    ['sum with a number', plus(n, 3), '(n+3)<=11'],
    ['sum with 0', plus(0, n), 'n<=8'],
    ['0 with a sum', plus(n, 0), 'n<=8'],
    ['sum without a bound', plus(n, free), '(n+free)<=undefined'],
    ['difference of numbers', minus(7, 3), '4'],
    ['difference with a number', minus(n, 3), '(n-3)<=5'],
    ['difference: no more than the first', minus(n, m), '(n-m)<=8'],
    ['difference with itself', minus(n, n), '0'],
    ['difference with 0', minus(n, 0), 'n<=8'],
    ['product', multiply(n, m), '(n*m)<=40'],
    ['product with 1', multiply(n, 1), 'n<=8'],
    ['1 with a product', multiply(1, n), 'n<=8'],
    ['product with 0', multiply(free, 0), '0'],
    ['0 with a product', multiply(0, free), '0'],
    ['product with a negative number has no bound', multiply(n, -1), '(n*-1)<=undefined'],
    ['negative product has no bound', multiply(-1, n), '(-1*n)<=undefined'],
    ['quotient', symbolic('/', n, 3), '(n/3)<=2'],
    ['quotient by 1', symbolic('/', n, 1), 'n<=8'],
    ['quotient by itself', symbolic('/', n, n), '1'],
    ['quotient by what is not known: no more than the first', symbolic('/', n, m), '(n/m)<=8'],
    ['quotient by 0 is no more known', symbolic('/', n, 0), '(n/0)<=8'],
    ['lesser', symbolic('min', n, m), '(nminm)<=5'],
    ['lesser of itself', symbolic('min', n, n), 'n<=8'],
    ['lesser of what is never more', symbolic('min', n, 8), 'n<=8'],
    ['lesser of a number that is never less', symbolic('min', 9, n), 'n<=8'],
    ['lesser of a number within', symbolic('min', n, 7), '(nmin7)<=7'],
    ['lesser of one without a bound', symbolic('min', free, m), '(freeminm)<=5'],
    ['lesser with one without a bound', symbolic('min', m, free), '(mminfree)<=5'],
    ['greater', symbolic('max', n, m), '(nmaxm)<=8'],
    ['greater of itself', symbolic('max', n, n), 'n<=8'],
    ['one or the other', either(m, n), '(m|n)<=8'],
    ['the same either way', either(n, n), 'n<=8'],
    ['what has no name makes none', plus(unnamed(3), n), '?<=11'],
    ['nor as the second', plus(n, unnamed(3)), '?<=11'],
    ['but has a bound', unnamed(3), '?<=3'],
  ])('%s', (_, extent, expected) => {
    expect(text(extent)).toBe(expected);
  });

  it('what has no name is not even the same as itself', () => {
    const some = unnamed(3);
    expect(sameExtent(some, some)).toBe(false);
    expect(sameExtent(n, { symbol: 'n', atMost: undefined })).toBe(true);
    expect(sameExtent(n, m)).toBe(false);
    expect([sameExtent(3, 3), sameExtent(3, 4), sameExtent(n, 8), sameExtent(8, n)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it('long expressions have short names of their own', () => {
    const sum = (last: string) => {
      let total: Extent = n;
      for (let i = 0; i < 40; i++)
        total = plus(total, { symbol: i === 39 ? last : `x${String(i)}`, atMost: 1 });
      return total;
    };
    expect(text(sum('y'))).toMatch(/^.{1,100}<=48$/);
    expect(sum('y')).toEqual(sum('y'));
    expect(sum('y')).not.toEqual(sum('z'));
  });
});
