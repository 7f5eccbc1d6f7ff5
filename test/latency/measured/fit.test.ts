import fc from 'fast-check';
import { expect, it } from 'vitest';
import { adapted, adaptedLeavingOut } from '../../../src/latency/measured/adapt.ts';
import { intervalFactor, leftOutError, quantile } from '../../../src/latency/measured/error.ts';
import { Fitting, predictTime, type Coefficients, type Form } from '../../../src/latency/measured/fit.ts';

const FORM: Form = ['products', 'elements', 'kernels'];
const network = fc.record({
  products: fc.integer({ min: 1e6, max: 1e9 }),
  elements: fc.integer({ min: 1e5, max: 1e8 }),
  kernels: fc.integer({ min: 5, max: 300 }),
});
const truth: Coefficients = { products: 2e-9, elements: 5e-9, kernels: 1e-4 };
const near = (actual: number, wanted: number, share: number): void => {
  expect(Math.abs(actual / wanted - 1)).toBeLessThan(share);
};

it('finds what the times were made from, of networks it has not seen', () => {
  fc.assert(
    fc.property(fc.array(network, { minLength: 20, maxLength: 30 }), (networks) => {
      const samples = networks.map((terms, i) => ({
        network: String(i),
        terms,
        time: predictTime(truth, terms),
      }));
      for (const { ratio } of new Fitting(samples).leavingOut([FORM])) near(ratio, 1, 0.08);
    }),
    { numRuns: 20 },
  );
});

it('gives no negative coefficient, and none to a term that no sample has', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(network, fc.double({ min: 0.01, max: 10, noNaN: true })), {
        minLength: 5,
        maxLength: 9,
      }),
      (rows) => {
        const samples = rows.map(([terms, time], i) => ({ network: String(i), terms, time }));
        const fit = new Fitting(samples).fit([[...FORM, 'groups']]);
        for (const value of Object.values(fit)) expect(value).toBeGreaterThan(0);
        expect(fit.groups).toBeUndefined();
      },
    ),
  );
});

it('a term that only the left-out network has counts nothing', () => {
  const samples = [1, 2, 3, 4].map((i) => ({
    network: String(i),
    terms: i === 4 ? { products: 4e6, groups: 7 } : { products: i * 1e6 },
    time: i === 4 ? 9 : i,
  }));
  const last = new Fitting(samples).leavingOut([['products', 'groups']]).at(-1);
  near(last?.ratio as number, 4 / 9, 0.01);
});

it('is the mean of its forms, one that stands twice counting twice', () => {
  const samples = [1, 2, 3, 5].map((i) => ({
    network: String(i),
    terms: { products: i * 1e6, kernels: 10 + i },
    time: i,
  }));
  const fitting = new Fitting(samples);
  const [a, b] = [fitting.fit([['products']]), fitting.fit([['kernels']])];
  const mean = fitting.fit([['products'], ['products'], ['kernels']]);
  near(mean.products as number, ((a.products as number) * 2) / 3, 1e-9);
  near(mean.kernels as number, (b.kernels as number) / 3, 1e-9);
});

const KNOWN = [
  { coefficients: { products: 1e-9, elements: 1e-8 } },
  { coefficients: { products: 4e-9, elements: 1e-9 } },
];
const NETWORKS = [
  { products: 5e8, elements: 1e7 },
  { products: 1e8, elements: 4e7 },
  { products: 9e8, elements: 9e6 },
];

it('a new device takes after the one whose times are in the same proportions, at its own level', () => {
  const measured = NETWORKS.map((terms, i) => ({
    network: String(i),
    terms,
    time: 3 * predictTime(KNOWN[1]?.coefficients as Coefficients, terms),
  }));
  const { products, elements } = adapted(measured, KNOWN);
  near(products as number, 3 * 4e-9, 0.01);
  near(elements as number, 3 * 1e-9, 0.05);
  // Each network by the model of the two others.
  expect(adaptedLeavingOut(measured, KNOWN)).toEqual(
    measured.map(({ terms, time }, i) => predictTime(adapted(measured.toSpliced(i, 1), KNOWN), terms) / time),
  );
});

it('one network tells the level alone: all devices count alike', () => {
  const terms = NETWORKS[0] as Coefficients;
  const { products } = adapted([{ network: 'a', terms, time: 1 }], KNOWN);
  const scales = KNOWN.map(({ coefficients }) => 1 / predictTime(coefficients, terms));
  near(products as number, (1e-9 * (scales[0] as number) + 4e-9 * (scales[1] as number)) / 2, 1e-9);
});

it('states errors and the interval as defined', () => {
  expect(quantile([1, 2, 4], 0.5)).toBe(2);
  expect(quantile([1, 2], 0.25)).toBe(1.25);
  // 80 % of 9 + 1: the eighth of nine
  const ratios = [1, 1.1, 1 / 1.2, 1.3, 1 / 1.4, 1.5, 1 / 1.6, 1.7, 1 / 1.8];
  near(intervalFactor(ratios), 1.7, 1e-9);
  expect(leftOutError([1.5, 0.9, 1]).median).toBeCloseTo(0.1);
});

it('the interval covers four of five networks to come', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.5, max: 2, noNaN: true }), { minLength: 20, maxLength: 40 }),
      (ratios) => {
        const factor = intervalFactor(ratios);
        const inside = ratios.filter((ratio) => Math.max(ratio, 1 / ratio) <= factor * (1 + 1e-12)).length;
        expect(inside / ratios.length).toBeGreaterThanOrEqual(0.8);
      },
    ),
  );
});
