import { type ActivationAttrs, type ActivationFunction } from '../../../src/ops/activation.ts';
import type { OpCase } from '../opCase.ts';
import { atMost, numbers, times, type Arithmetic } from '../tracing.ts';

interface Defined {
  readonly formula: (on: Arithmetic, x: number) => number;
  readonly source: string;
}

const logistic = ({ div, add, call }: Arithmetic, x: number): number => div(1, add(1, call(Math.exp, -x)));

const elu = ({ greater, sub, call }: Arithmetic, x: number): number =>
  greater(x, 0) ? x : sub(call(Math.exp, x), 1);

/** Abramowitz and Stegun 7.1.26; what matters here is that it is one call. */
const erf = (x: number): number => Math.sign(x) * (1 - Math.exp(-(x * x) * 1.27));

const slope = (factor: number): Defined['formula'] => {
  return ({ greater, mul }, x) => (greater(x, 0) ? x : mul(factor, x));
};

/** One element, by the formula of the paper or of the framework that has it. */
const FUNCTIONS: Readonly<Record<Exclude<ActivationFunction, 'prelu' | 'normalizeChannels'>, Defined>> = {
  relu: { formula: ({ max }, x) => max(x, 0), source: 'ONNX Relu-14' },
  relu6: { formula: ({ max, min }, x) => min(max(x, 0), 6), source: 'arXiv 1704.04861, torch.nn.ReLU6' },
  leaky: { formula: slope(0.1), source: 'Darknet leaky_activate' },
  logistic: { formula: logistic, source: 'ONNX Sigmoid-13' },
  swish: { formula: (on, x) => on.mul(x, logistic(on, x)), source: 'arXiv 1710.05941' },
  mish: {
    formula: ({ mul, add, call }, x) => mul(x, call(Math.tanh, call(Math.log, add(1, call(Math.exp, x))))),
    source: 'arXiv 1908.08681, equation 1',
  },
  hardSwish: {
    formula: ({ mul, max, min, add }, x) => mul(mul(x, min(max(add(x, 3), 0), 6)), 1 / 6),
    source: 'arXiv 1905.02244, section 5.2: x ReLU6(x + 3) / 6, the quotient as a product with 1/6',
  },
  hardSigmoid: {
    formula: ({ mul, max, min, add }, x) => min(max(add(mul(x, 1 / 6), 0.5), 0), 1),
    source: 'ONNX HardSigmoid-22: max(0, min(1, alpha x + beta))',
  },
  hardMish: {
    formula: ({ mul, max, min, add }, x) => mul(mul(x, min(2, max(0, add(x, 2)))), 0.5),
    source: 'github.com/digantamisra98/H-Mish: x / 2 min(2, max(0, x + 2)), the quotient as a product',
  },
  tanh: { formula: ({ call }, x) => call(Math.tanh, x), source: 'ONNX Tanh-13' },
  hardTanh: { formula: ({ max, min }, x) => min(max(x, -1), 1), source: 'torch.nn.Hardtanh' },
  elu: { formula: elu, source: 'arXiv 1511.07289, equation 15, alpha 1' },
  selu: {
    formula: (on, x) => {
      const { greater, mul, sub, call } = on;
      return mul(1.0507, greater(x, 0) ? x : mul(1.6733, sub(call(Math.exp, x), 1)));
    },
    source: 'arXiv 1706.02515, equation 2: two products where x is negative',
  },
  gelu: {
    formula: ({ mul, add, call }, x) => mul(mul(x, 0.5), add(1, call(erf, mul(x, Math.SQRT1_2)))),
    source: 'arXiv 1606.08415, section 2: x / 2 (1 + erf(x / sqrt 2)), quotients as products',
  },
  softplus: {
    formula: ({ add, call }, x) => call(Math.log, add(1, call(Math.exp, x))),
    source: 'ONNX Softplus-22',
  },
  loggy: {
    formula: ({ div, add, sub, call }, x) => sub(div(2, add(1, call(Math.exp, -x))), 1),
    source: 'Darknet loggy_activate',
  },
  plse: {
    formula: ({ less, greater, mul, add }, x) =>
      less(x, -4)
        ? add(mul(0.01, x), 0.04)
        : greater(x, 4)
          ? add(mul(0.01, x), 0.96)
          : add(mul(0.125, x), 0.5),
    source: 'Darknet plse_activate, constants of a branch folded into one',
  },
  ramp: {
    formula: ({ greater, mul, add }, x) => add(greater(x, 0) ? x : 0, mul(0.1, x)),
    source: 'Darknet ramp_activate: x (x > 0) + .1 x',
  },
  relie: { formula: slope(0.01), source: 'Darknet relie_activate' },
  lhtan: {
    formula: ({ less, greater, mul, add }, x) =>
      less(x, 0) ? mul(0.001, x) : greater(x, 1) ? add(mul(0.001, x), 0.999) : x,
    source: 'Darknet lhtan_activate, constants of a branch folded into one',
  },
  stair: {
    formula: ({ equal, mul, sub, add }, x) => {
      const whole = Math.floor(x);
      const half = Math.floor(mul(x, 0.5));
      return equal(whole & 1, 0) ? half : add(sub(x, whole), half);
    },
    source: 'Darknet stair_activate: n = floor(x); n even ? floor(x / 2) : (x - n) + floor(x / 2)',
  },
};

export const cases: readonly OpCase<ActivationAttrs>[] = [
  ...(Object.entries(FUNCTIONS) as [ActivationFunction, Defined][]).map(([fn, { formula, source }]) => ({
    name: fn,
    inputs: [[1, 2, 3, 4]],
    attrs: { fn },
    outputs: [[1, 2, 3, 4]],
    work: atMost(24, formula),
    source,
  })),
  {
    name: 'PReLU has a slope per channel',
    inputs: [[1, 2, 3, 4]],
    attrs: { fn: 'prelu' },
    outputs: [[1, 2, 3, 4]],
    params: [['scale', [2]]],
    work: atMost(24, slope(0.2)),
    source: 'arXiv 1502.01852',
  },
  {
    name: 'PReLU of what has no channels',
    inputs: [[6]],
    attrs: { fn: 'prelu' },
    outputs: [[6]],
    work: atMost(6, slope(0.2)),
    source: 'by definition: a slope belongs to a channel',
  },
  {
    name: 'positive channels over their sum',
    inputs: [[2, 5, 3, 4]],
    attrs: { fn: 'normalizeChannels' },
    outputs: [[2, 5, 3, 4]],
    work: times(2 * 3 * 4, ({ max, sum, div }) => {
      const positive = numbers(5).map((x) => max(x, 0));
      const whole = sum(positive);
      return positive.map((x) => div(x, whole));
    }),
    source: 'Darknet activate_array_normalize_channels: at each position max(x, 0) / sum over the channels',
  },
];
