import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  apportion,
  bootstrapInterval,
  distribution,
  latencyQuantile,
  mulberry32,
  quantile,
  relativeHalfWidth,
} from '../../src/analysis/measurement/statistics.ts';

describe('quantiles', () => {
  it('are those of numpy, whose default they are', () => {
    // numpy 2: np.quantile([7, 1, 3, 9, 4], [0, .25, .5, .95, 1])
    expect([0, 0.25, 0.5, 0.95, 1].map((p) => quantile([7, 1, 3, 9, 4], p))).toEqual([1, 3, 4, 8.6, 9]);
    // np.quantile([10, 20], .25)
    expect(quantile([10, 20], 0.25)).toBe(12.5);
  });

  it('describe run times', () => {
    expect(distribution([4, 1, 3, 2, 100])).toEqual({
      n: 5,
      min: 1,
      p25: 2,
      median: 3,
      p95: expect.closeTo(80.8, 9) as number,
      mad: 1,
    });
  });

  it('are not moved by a run that was disturbed', () => {
    const runs = Array.from({ length: 20 }, (_, i) => 100 + (i % 4));
    expect(latencyQuantile([...runs, 5000, 6000])).toBeLessThanOrEqual(101);
  });
});

describe('confidence', () => {
  const ratio = (rounds: readonly (readonly number[])[]): number =>
    latencyQuantile(rounds.map((pair) => pair[0]!)) / latencyQuantile(rounds.map((pair) => pair[1]!));

  it('is certain where all runs are alike', () => {
    const process = Array.from({ length: 10 }, () => [30, 20]);
    expect(bootstrapInterval([process, process, process], ratio)).toEqual([1.5, 1.5]);
  });

  it('is the same for the same numbers', () => {
    const random = mulberry32(5);
    const process = Array.from({ length: 10 }, () => [random(), random()]);
    expect(bootstrapInterval([process], ratio)).toEqual(bootstrapInterval([process], ratio));
  });

  it('does not suffer from what slows both networks of a process down', () => {
    // Processes at full, half and a third of the speed: the ratio is 1.25 in each.
    const processes = [1, 2, 3].map((slow) =>
      Array.from({ length: 20 }, (_, i) => [125 * slow + (i % 2), 100 * slow]),
    );
    expect(relativeHalfWidth(bootstrapInterval(processes, ratio))).toBeLessThan(0.01);
    const alone = processes.map((rounds) => rounds.map(([a]) => [a!]));
    expect(
      relativeHalfWidth(bootstrapInterval(alone, (rounds) => latencyQuantile(rounds.flat()))),
    ).toBeGreaterThan(0.2);
  });

  it('holds the true value about as often as it says', () => {
    // The 25th percentile of uniform numbers in [100, 110) is 102.5.
    const random = mulberry32(7);
    const trials = 100;
    let hits = 0;
    for (let trial = 0; trial < trials; trial++) {
      const processes = Array.from({ length: 5 }, () =>
        Array.from({ length: 30 }, () => [100 + 10 * random()]),
      );
      const [low, high] = bootstrapInterval(processes, (rounds) => latencyQuantile(rounds.flat()), trial);
      if (low <= 102.5 && 102.5 <= high) hits++;
    }
    expect(hits / trials).toBeGreaterThan(0.9);
  });
});

describe('apportion', () => {
  const shares = fc.tuple(
    fc.nat(10 ** 12),
    fc
      .array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 })
      .filter((weights) => weights.some((weight) => weight > 1e-3)),
  );

  it('keeps the sum, exactly, in whole numbers next to the exact parts', () => {
    fc.assert(
      fc.property(shares, ([total, weights]) => {
        const parts = apportion(total, weights);
        const whole = weights.reduce((sum, weight) => sum + weight, 0);
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(total);
        for (const [i, part] of parts.entries()) {
          expect(Number.isInteger(part)).toBe(true);
          expect(Math.abs(part - (total * weights[i]!) / whole)).toBeLessThan(1 + total * 1e-12);
        }
      }),
    );
  });

  it('gives the last ones to the largest remainders', () => {
    expect(apportion(10, [1, 1, 1])).toEqual([4, 3, 3]);
    expect(apportion(7, [3.4, 2.1, 1.5])).toEqual([3, 2, 2]);
    expect(apportion(0, [1, 2])).toEqual([0, 0]);
  });
});
