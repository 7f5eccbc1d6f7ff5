import { type BlurAttrs } from '../../../src/ops/blur.ts';
import { square } from '../../../src/ops/window.ts';
import type { OpCase } from '../opCase.ts';
import { numbers, times } from '../tracing.ts';

export const cases: readonly OpCase<BlurAttrs>[] = [
  {
    name: '3x3/2 as in BlurPool',
    inputs: [[1, 8, 10, 12]],
    attrs: square(3, 2, 1),
    outputs: [[1, 8, 5, 6]],
    work: { mul: 240 * 9, add: 240 * 9 },
    source: 'arXiv 1904.11486; by hand',
  },
  {
    name: 'uneven window, every attribute away from neutral, rounded up',
    inputs: [[2, 3, 9, 10]],
    attrs: {
      kernel: [3, 2],
      stride: [2, 3],
      dilation: [2, 1],
      padding: { begin: [1, 0], end: [0, 1] },
      rounding: 'ceil',
    },
    outputs: [[2, 3, 4, 4]],
    work: times(96, ({ mul, sum }) => sum(numbers(6).map((x) => mul(x, 0.1)))),
    source: 'by hand: h ceil((9+1-5)/2)+1 = 4, w (10+1-2)/3+1 = 4; six taps',
  },
];
