import { type FourierAttrs } from '../../../src/ops/fourier.ts';
import type { OpCase } from '../opCase.ts';
import { numbers, times, type Arithmetic } from '../tracing.ts';

type Complex = readonly [re: number, im: number];

function transform(on: Arithmetic, x: readonly Complex[]): readonly Complex[] {
  if (x.length === 1) return x;
  const { add, sub, mul } = on;
  const even = transform(
    on,
    x.filter((_, i) => i % 2 === 0),
  );
  const odd = transform(
    on,
    x.filter((_, i) => i % 2 === 1),
  );
  const result: Complex[] = [];
  for (const [k, [a, b]] of even.entries()) {
    const [c, d] = odd[k] as Complex;
    const angle = (-2 * Math.PI * k) / x.length;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const [re, im] = [sub(mul(c, cos), mul(d, sin)), add(mul(c, sin), mul(d, cos))];
    result[k] = [add(a, re), add(b, im)];
    result[k + even.length] = [sub(a, re), sub(b, im)];
  }
  return result;
}

export const cases: readonly OpCase<FourierAttrs>[] = [
  {
    name: 'ten transforms of 1024',
    inputs: [[1, 10, 1024, 1]],
    attrs: { length: 1024, transforms: 10, output: { dtype: 'float32', shape: [1, 10, 1024, 2] } },
    outputs: [[1, 10, 1024, 2]],
    work: { mul: 10 * 2 * 10240, add: 10 * 3 * 10240 },
    source: 'Cooley and Tukey 1965: 5 n log2 n',
  },
  {
    name: 'of a length that is no power of two, a batch of three',
    inputs: [[3, 12, 1]],
    attrs: { length: 12, transforms: 1, output: { dtype: 'float64', shape: [3, 12, 2] } },
    outputs: [[3, 12, 2]],
    work: { mul: 3 * 6 * 4 * 4, add: 3 * 6 * 4 * 6 },
    source: 'by hand: 6 butterflies in each of ceil(log2 12) = 4 steps, 4 products and 6 sums each',
  },
  {
    name: 'of eight samples, run',
    inputs: [[1, 8, 1]],
    attrs: { length: 8, transforms: 1, output: { dtype: 'float32', shape: [1, 8, 2] } },
    outputs: [[1, 8, 2]],
    work: times(1, (on) =>
      transform(
        on,
        numbers(8).map((x) => [x, 0]),
      ),
    ),
    source: 'Cooley and Tukey 1965, radix 2, no product left out',
  },
  {
    name: 'of one sample',
    inputs: [[1, 1, 1]],
    attrs: { length: 1, transforms: 1, output: { dtype: 'float32', shape: [1, 1, 2] } },
    outputs: [[1, 1, 2]],
    work: {},
    source: 'by definition: the sample itself',
  },
  {
    name: 'of none',
    inputs: [[1, 0, 1]],
    attrs: { length: 0, transforms: 1, output: { dtype: 'float32', shape: [1, 0, 2] } },
    outputs: [[1, 0, 2]],
    work: {},
    source: 'by definition',
  },
];
