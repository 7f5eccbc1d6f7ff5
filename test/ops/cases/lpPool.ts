import { type LpPoolAttrs } from '../../../src/ops/lpPool.ts';
import { square } from '../../../src/ops/window.ts';
import type { OpCase } from '../opCase.ts';
import { numbers, times } from '../tracing.ts';

export const cases: readonly OpCase<LpPoolAttrs>[] = [
  {
    name: '2x2/2',
    inputs: [[1, 3, 6, 6]],
    attrs: square(2, 2),
    outputs: [[1, 3, 3, 3]],
    work: { mul: 108, add: 108, transcendental: 27 },
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
    work: times(96, ({ mul, sum, call }) => call(Math.sqrt, sum(numbers(6).map((x) => mul(x, x))))),
    source: 'by hand: h ceil((9+1-5)/2)+1 = 4, w (10+1-2)/3+1 = 4; six taps',
  },
];
