import { type AvgPoolAttrs } from '../../../src/ops/avgPool.ts';
import { square } from '../../../src/ops/window.ts';
import type { OpCase } from '../opCase.ts';
import { numbers, times } from '../tracing.ts';

export const cases: readonly OpCase<AvgPoolAttrs>[] = [
  {
    name: '3x3/2 with padding 1',
    inputs: [[1, 2, 8, 8]],
    attrs: square(3, 2, 1),
    outputs: [[1, 2, 4, 4]],
    work: { add: 32 * 9, divide: 32 },
    source: 'by hand',
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
    work: times(96, ({ sum, div }) => div(sum(numbers(6)), 6)),
    source: 'by hand: h ceil((9+1-5)/2)+1 = 4, w (10+1-2)/3+1 = 4; six taps',
  },
];
