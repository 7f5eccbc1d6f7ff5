import { expect, it } from 'vitest';
import { Names } from '../../../src/formats/onnx/names.ts';

it('finds each of many names, and adds none twice', () => {
  const names = new Names();
  const all = Array.from({ length: 30_000 }, (_, i) => `/layer/${String(i * 7919)}`);
  expect(all.map((name) => names.add(name)).every(Boolean)).toBe(true);
  expect(all.some((name) => names.add(name))).toBe(false);
  expect(names.length).toBe(all.length);
  expect(all.map((name) => names.indexOf(name))).toEqual(all.map((_, i) => i));
  expect(all.map((_, i) => names.at(i))).toEqual(all);
  expect(['', '/layer/', '__proto__', '/layer/1'].map((name) => names.indexOf(name))).toEqual(
    Array.from({ length: 4 }),
  );
});
