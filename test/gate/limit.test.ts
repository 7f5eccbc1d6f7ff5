import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allowed, improved, needsBaseline, parseLimit, type Limit } from '../../src/analysis/gate/limit.ts';
import { GATE_METRICS, gateMetric, type GateMetric } from '../../src/analysis/gate/metrics.ts';
import { isProblem } from '../../src/ops/spec.ts';

const metric = (id: string): GateMetric => gateMetric(id) as GateMetric;

function limit(id: string, text: string | number): Limit {
  const parsed = parseLimit(text, metric(id));
  if (isProblem(parsed)) throw new TypeError(parsed.problem);
  return parsed;
}

describe('a limit', () => {
  it.each([
    ['flops', '8 GFLOP', 8e9],
    ['flops', '8GFLOPs', 8e9],
    ['flops', '7.933 GFLOP', 7933000000],
    ['flops', '7.933 G', 7933000000],
    ['flops', '1e3 MFLOP', 1e9],
    ['flops', 7933427712, 7933427712],
    ['macs', '4.1 GMAC', 4100000000],
    ['cio', '32.6 M', 32600000],
    ['peakActivationBytes', '16 MiB', 16 * 1024 * 1024],
    ['peakActivationBytes', '1.5 KiB', 1536],
    ['peakActivationBytes', '16 MB', 16000000],
    ['bottleneckShare', '10%', 0.1],
    ['bottleneckShare', '7 %', 0.07],
    ['bottleneck.share', 0.25, 0.25],
    ['bottleneckMaxOverMean', '6', 6],
    ['layers', '80', 80],
    ['uncountedOperators', 0, 0],
    ['predictedSeconds', '20.5 ms', 0.0205],
    ['floorSeconds', '3 us', 0.000003],
    ['floorSeconds', 2, 2],
    ['cycles', '5 M', 5e6],
    ['dramBytes', '100 MiB', 100 * 2 ** 20],
  ])('of %s: %s', (id, text, value) => {
    expect(allowed(limit(id, text), undefined)).toBe(value);
    expect(needsBaseline(limit(id, text))).toBe(false);
  });

  it.each([
    ['+2%', 1000, 1020],
    ['+0%', 1000, 1000],
    ['-1%', 1000, 990],
    ['+15%', 100, 115],
    ['+0.1%', 1000, 1001],
    ['+1 MFLOP', 1000, 1001000],
    ['-5', 1000, 995],
    ['+2% and +1 kFLOP', 1000, 1020],
    ['+2% and +1 kFLOP', 100000, 101000],
    ['+2% or +1 kFLOP', 1000, 2000],
    ['+2% or +1 kFLOP', 100000, 102000],
    ['+50% and 1.2 kFLOP', 1000, 1200],
    ['+50% and +40% and +30%', 1000, 1300],
  ])('%s of a baseline of %d allows %d', (text, baseline, most) => {
    expect(allowed(limit('flops', text), baseline)).toBe(most);
    expect(allowed(limit('flops', text), undefined)).toBe(undefined);
  });

  it('is exact to the last count', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e11 }),
        fc.integer({ min: 0, max: 99 }),
        fc.integer({ min: 0, max: 99 }),
        fc.integer({ min: -2, max: 2 }),
        (baseline, whole, hundredths, off) => {
          const text = `+${String(whole)}.${String(hundredths).padStart(2, '0')}%`;
          const growth = BigInt(whole * 100 + hundredths);
          const value = baseline + Number((BigInt(baseline) * growth) / 10000n) + off;
          // value <= baseline * (1 + growth / 10000), without rounding
          const fits = BigInt(value) * 10000n <= BigInt(baseline) * (10000n + growth);
          expect(value <= (allowed(limit('flops', text), baseline) as number)).toBe(fits);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('that is beaten by more than it allows calls for an update', () => {
    expect(improved(limit('flops', '+2%'), 979, 1000)).toBe(true);
    expect(improved(limit('flops', '+2%'), 980, 1000)).toBe(false);
    expect(improved(limit('flops', '+0%'), 999, 1000)).toBe(true);
    expect(improved(limit('flops', '+0%'), 1000, 1000)).toBe(false);
    expect(improved(limit('flops', '-1%'), 500, 1000)).toBe(false);
    expect(improved(limit('flops', '2000'), 500, 1000)).toBe(false);
  });

  it.each([
    ['flops', '8 GiB', /not counted in "GiB".* use FLOP/],
    ['flops', '8%', /not counted in "%"/],
    ['flops', '8 FLOP/s', /is no limit of flops/],
    ['flops', 'eight', /amount such as 8 GFLOP/],
    ['flops', '', /is no limit/],
    ['flops', '+', /is no limit/],
    ['flops', '+-2%', /is no limit/],
    ['flops', '0x10', /is no limit|not counted in "x/],
    ['flops', '1e999', /is no limit/],
    ['flops', '9'.repeat(40), /is no limit/],
    ['flops', 'Infinity', /is no limit/],
    ['flops', Number.NaN, /is no limit/],
    ['flops', -5e-7, /is no limit/],
    ['flops', '+2% and', /is no limit/],
    ['flops', '+2% and +1 M or +3%', /both and and or/],
    ['flops', '+2% , +1 M', /is no limit/],
    ['flops', '8 constructor', /not counted in "constructor"/],
    ['flops', '8 __proto__', /is no limit/],
    ['cio', '8 GFLOP', /not counted in "GFLOP"/],
    ['peakActivationBytes', '8 MFLOP', /use B, KiB/],
    ['layers', '8 k', /leave the unit out/],
    ['bottleneckMaxOverMean', '6%', /leave the unit out/],
  ])('of %s cannot be %s', (id, text, message) => {
    const parsed = parseLimit(text, metric(id));
    expect(isProblem(parsed) && `${parsed.problem} ${parsed.fix}`).toMatch(message);
  });

  it('can be set on every metric, as its example says', () => {
    for (const each of GATE_METRICS) {
      const refused = parseLimit('nothing', each);
      const example = isProblem(refused) ? /such as (.+), or a change/.exec(refused.fix)?.[1] : undefined;
      expect(isProblem(parseLimit(example as string, each)), each.id).toBe(false);
    }
  });
});
