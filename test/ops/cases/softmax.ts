import { type SoftmaxAttrs } from '../../../src/ops/softmax.ts';
import type { OpCase } from '../opCase.ts';
import { numbers, times } from '../tracing.ts';

export const cases: readonly OpCase<SoftmaxAttrs>[] = [
  {
    name: 'a thousand classes',
    inputs: [[1, 1000, 1, 1]],
    attrs: { axis: 1 },
    outputs: [[1, 1000, 1, 1]],
    work: { compare: 1000, transcendental: 1000, add: 2000, divide: 1000 },
    source: 'by hand: maximum, difference and sum, exp, quotient',
  },
  {
    name: 'rows of five, run',
    inputs: [[3, 4, 5]],
    attrs: { axis: 2 },
    outputs: [[3, 4, 5]],
    work: times(12, ({ maximum, sub, call, sum, div }) => {
      const most = maximum(numbers(5));
      const powers = numbers(5).map((x) => call(Math.exp, sub(x, most)));
      const whole = sum(powers);
      return powers.map((x) => div(x, whole));
    }),
    source: 'ONNX Softmax-13, the maximum taken out first',
  },
];
