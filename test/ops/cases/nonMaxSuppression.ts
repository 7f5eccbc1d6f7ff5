import { type NonMaxSuppressionAttrs } from '../../../src/ops/nonMaxSuppression.ts';
import type { OpCase } from '../opCase.ts';
import { times, together, type Arithmetic } from '../tracing.ts';

/** Boxes apart from each other, each met by every better one. */
function suppress({ add, sub, mul, div, max, min, greater }: Arithmetic, count: number): void {
  const boxes = Array.from({ length: count }, (_, i) => [2 * i, 2 * i, 2 * i + 1, 2 * i + 1] as const);
  const areas = boxes.map(([left, top, right, bottom]) => mul(sub(right, left), sub(bottom, top)));
  for (const [i, a] of boxes.entries())
    for (const [j, b] of boxes.slice(0, i).entries()) {
      const width = max(sub(min(a[2], b[2]), max(a[0], b[0])), 0);
      const height = max(sub(min(a[3], b[3]), max(a[1], b[1])), 0);
      const common = mul(width, height);
      greater(div(common, sub(add(areas[i] as number, areas[j] as number), common)), 0.5);
    }
}

export const cases: readonly OpCase<NonMaxSuppressionAttrs>[] = [
  {
    name: 'eight boxes of two classes',
    inputs: [
      [1, 8, 4],
      [1, 2, 8],
    ],
    attrs: { outputs: [{ dtype: 'int64', shape: [6, 3] }] },
    outputs: [[6, 3]],
    work: { compare: 2 * 8 * 3 + 7 * 56, add: 32 + 4 * 56, mul: 16 + 56, divide: 56 },
    source: 'by hand: 2 x 28 pairs',
  },
  {
    name: 'five boxes of three classes of two images, run',
    inputs: [
      [2, 5, 4],
      [2, 3, 5],
    ],
    attrs: { outputs: [{ dtype: 'int64', shape: [30, 3] }] },
    outputs: [[30, 3]],
    work: together(
      { compare: 2 * 3 * 5 * 3 },
      times(6, (on) => suppress(on, 5)),
    ),
    source:
      'arXiv 1807.11590, algorithm 1, no box suppressing another; ordered by ceil(log2 5) = 3 comparisons each',
  },
  {
    name: 'a single box',
    inputs: [
      [1, 1, 4],
      [1, 1, 1],
    ],
    attrs: { outputs: [{ dtype: 'int64', shape: [1, 3] }] },
    outputs: [[1, 3]],
    work: { add: 2, mul: 1 },
    source: 'by definition: an area and nothing to meet',
  },
];
