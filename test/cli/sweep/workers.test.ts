import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Shares } from '../../../src/cli/sweep/workers.ts';

describe('shares of threads', () => {
  it('are ranges of consecutive numbers', () => {
    const shares = new Shares(10, 2);
    expect([0, 1, 0, 1, 0].map((part) => shares.next(part))).toEqual([0, 5, 1, 6, 2]);
  });

  it('are taken over by half where one is done', () => {
    const shares = new Shares(8, 2);
    for (let i = 0; i < 4; i++) expect(shares.next(0)).toBe(i);
    expect([0, 0, 1, 1, 0, 1].map((part) => shares.next(part))).toEqual([6, 7, 4, 5, undefined, undefined]);
  });

  it('deal out every number once, whoever asks', () => {
    const asked = fc.record({
      count: fc.nat(60),
      parts: fc.integer({ min: 1, max: 5 }),
      seed: fc.array(fc.nat(4), { minLength: 1, maxLength: 40 }),
    });
    fc.assert(
      fc.property(asked, ({ count, parts, seed }) => {
        const shares = new Shares(count, parts);
        const dealt: number[] = [];
        for (let i = 0; ; i++) {
          const next = shares.next((seed[i % seed.length] as number) % parts);
          if (next === undefined) break;
          dealt.push(next);
        }
        expect(dealt.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
      }),
    );
  });
});
