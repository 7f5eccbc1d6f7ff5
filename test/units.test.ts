import { expect, it } from 'vitest';
import { elements } from '../src/units.ts';

it('a tensor with an extent of 0 has no elements, however large the others are', () => {
  const huge = Array.from({ length: 40 }, () => 2 ** 53 - 1);
  expect(elements([0, ...huge])).toBe(0);
  expect(elements([...huge, 0])).toBe(0);
  expect(elements(huge)).toBe(Infinity);
  expect(elements([Number.NaN, 2])).toBeNaN();
});
