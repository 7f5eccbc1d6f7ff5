import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import type { CalibrationFeature } from '../../src/devices/device.ts';
import { calibrationOf } from './calibrationOf.ts';
import { layerFeatures, networkFeatures } from '../../src/latency/features.ts';
import {
  errorsLeavingOut,
  fitNonNegative,
  meanAbsolute,
  predict,
  type Sample,
} from '../../src/latency/fit.ts';
import { goldenRows } from './csv.ts';

/** Shipped coefficients are given to four digits. */
const agrees = (shipped: number | undefined, fitted: number | undefined): void => {
  expect(Math.abs((shipped ?? NaN) / (fitted ?? NaN) - 1)).toBeLessThan(5e-4);
};

describe('GTX 1080 Ti, from the frames per second printed in tables 2 and 4 (test/latency/data/fps-gtx1080ti.csv)', () => {
  const rows = goldenRows('fps-gtx1080ti.csv');
  const features = ['flops', 'bytes', 'reductionDepth'] as const;
  const samples = rows.map((row): Sample => {
    const layers = layerFeatures(buildNetwork(row.text('network'), { input: row.number('input') }));
    const total = (feature: (typeof features)[number]): number =>
      layers.reduce((sum, layer) => sum + (layer?.[feature] ?? NaN), 0);
    return { features: features.map(total), seconds: 1 / row.number('fps') };
  });
  const { secondsPer, error, samples: count } = calibrationOf('gtx1080ti');

  it('names its samples', () => {
    expect(calibrationOf('gtx1080ti').networks).toEqual(
      rows.map((row) => ({
        network: row.text('network'),
        input: row.number('input'),
        group: row.text('family'),
        framesPerSecond: row.number('fps'),
      })),
    );
  });

  it('gives the coefficients that ship', () => {
    const fitted = fitNonNegative(samples);
    expect(samples.length).toBe(count);
    features.forEach((feature, j) => {
      agrees(secondsPer[feature], fitted[j]);
    });
  });

  it('misses no more than is stated: as fitted, one row left out, one family left out', () => {
    const fitted = fitNonNegative(samples);
    const misses = samples.map((sample) => predict(fitted, sample.features) / sample.seconds - 1);
    expect(meanAbsolute(misses)).toBeLessThanOrEqual(error.fit);
    const alone = rows.map((_, i) => String(i));
    expect(meanAbsolute(errorsLeavingOut(samples, alone))).toBeLessThanOrEqual(error.leaveOneOut);
    const families = rows.map((row) => row.text('family'));
    expect(meanAbsolute(errorsLeavingOut(samples, families))).toBeLessThanOrEqual(error.unseen);
  });

  it('beats FLOPs alone more than tenfold', () => {
    const flopsOnly = samples.map(({ features: [flops = NaN], seconds }) => ({ features: [flops], seconds }));
    const alone = rows.map((_, i) => String(i));
    expect(meanAbsolute(errorsLeavingOut(flopsOnly, alone))).toBeGreaterThan(10 * error.leaveOneOut);
  });
});

describe('the other columns of table 5, from printed BFLOPs and frames per second (test/latency/data/fps-table5.csv)', () => {
  const features: readonly CalibrationFeature[] = ['flops', 'boxes', 'inference'];
  for (const [id, column] of [
    ['i9-9900k', 'i9_9900k'],
    ['jetson-tx2', 'jetson_tx2'],
  ] as const) {
    it(id, () => {
      const rows = goldenRows('fps-table5.csv').filter((row) => row.text(column) !== '');
      const samples = rows.map((row): Sample => ({
        features: [row.number('bflops') * 1e9, row.number('boxes'), 1],
        seconds: 1 / row.number(column),
      }));
      const { secondsPer, error, samples: count, networks = [] } = calibrationOf(id);
      expect(samples.length).toBe(count);
      // The zoo's networks have the printed BFLOPs and boxes.
      expect(networks.map(({ framesPerSecond }) => framesPerSecond)).toEqual(
        rows.map((row) => row.number(column)),
      );
      networks.forEach(({ network, input }, i) => {
        const total = networkFeatures(buildNetwork(network, { input }));
        expect(total?.boxes, network).toBe(rows[i]?.number('boxes'));
        expect(
          Math.abs((total?.flops ?? NaN) / 1e9 - (rows[i]?.number('bflops') ?? NaN)),
          network,
        ).toBeLessThan(0.01);
      });
      const fitted = fitNonNegative(samples);
      features.forEach((feature, j) => {
        agrees(secondsPer[feature], fitted[j]);
      });
      const misses = samples.map((sample) => predict(fitted, sample.features) / sample.seconds - 1);
      expect(meanAbsolute(misses)).toBeLessThanOrEqual(error.fit);
      const alone = rows.map((_, i) => String(i));
      expect(meanAbsolute(errorsLeavingOut(samples, alone))).toBeLessThanOrEqual(error.leaveOneOut);
      const groups = networks.map(({ group }) => group);
      expect(meanAbsolute(errorsLeavingOut(samples, groups))).toBeLessThanOrEqual(error.unseen);
    });
  }
});

describe('non-negative least squares', () => {
  const sampleOf = (columns: number) =>
    fc.record({
      features: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: columns, maxLength: columns }),
      seconds: fc.integer({ min: 1, max: 50 }),
    });
  const loss = (samples: readonly Sample[], coefficients: readonly number[]): number =>
    samples.reduce(
      (sum, { features, seconds }) => sum + (predict(coefficients, features) / seconds - 1) ** 2,
      0,
    );

  test('no point near the solution is better, none of it is negative', () => {
    fc.assert(
      fc.property(
        fc.array(sampleOf(3), { minLength: 4, maxLength: 12 }),
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
        (samples, direction) => {
          const solution = fitNonNegative(samples);
          expect(Math.min(...solution)).toBeGreaterThanOrEqual(0);
          for (const step of [1e-3, 1e-2, 1]) {
            const near = solution.map((value, j) => Math.max(0, value + step * (direction[j] ?? NaN)));
            expect(loss(samples, solution)).toBeLessThanOrEqual(loss(samples, near) + 1e-9);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('finds coefficients again that made the samples, of very different sizes', () => {
    const truth = [3e-12, 5e-9, 0];
    const samples = [1, 2, 3, 4, 5].map((i) => {
      const features = [1e9 * i, 1e6 * (i % 3), i * i];
      return { features, seconds: predict(truth, features) };
    });
    const fitted = fitNonNegative(samples);
    expect(fitted[0]).toBeCloseTo(3e-12, 20);
    expect(fitted[1]).toBeCloseTo(5e-9, 17);
    expect(fitted[2]).toBeCloseTo(0, 12);
  });
});
