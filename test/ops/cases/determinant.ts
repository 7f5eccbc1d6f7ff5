import type { OpCase } from '../opCase.ts';
import { times, type Arithmetic } from '../tracing.ts';

function eliminate({ div, sub, mul }: Arithmetic, n: number): number {
  const rows = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) => (i === j ? 9 : i + 2 * j)),
  ) as [[number]];
  const at = (i: number, j: number): number => (rows[i] as number[])[j] as number;
  for (let k = 0; k < n; k++)
    for (let i = k + 1; i < n; i++) {
      const factor = div(at(i, k), at(k, k));
      for (let j = k + 1; j < n; j++) (rows[i] as number[])[j] = sub(at(i, j), mul(factor, at(k, j)));
    }
  return rows.map((_, k) => at(k, k)).reduce(mul);
}

export const cases: readonly OpCase<Record<never, never>>[] = [
  {
    name: 'two 3x3 matrices',
    inputs: [[2, 3, 3]],
    attrs: {},
    outputs: [[2]],
    work: { mul: 2 * (5 + 2), add: 2 * 5, divide: 2 * 3 },
    source: 'by hand: eliminate 2x2 then 1x1 updates, 2 + 1 quotients',
  },
  ...[1, 4].map((n) => ({
    name: `of ${String(n)}x${String(n)}, eliminated`,
    inputs: [[3, 2, n, n]],
    attrs: {},
    outputs: [[3, 2]],
    work: times(6, (on) => eliminate(on, n)),
    source: 'Golub and Van Loan, algorithm 3.2.1, the pivots multiplied',
  })),
];
