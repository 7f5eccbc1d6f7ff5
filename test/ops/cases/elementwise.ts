import { type ElementwiseAttrs, type ElementwiseFunction } from '../../../src/ops/elementwise.ts';
import type { Shape } from '../../../src/ops/spec.ts';
import type { OpCase } from '../opCase.ts';
import { atMost, numbers, times, type Arithmetic } from '../tracing.ts';

const row: Shape = [4];

interface Defined {
  readonly formula: (on: Arithmetic, x: number) => unknown;
  readonly source: string;
  /** 1 unless stated */
  readonly operands?: number;
  readonly dtype?: ElementwiseAttrs['dtype'];
}

const called = (source: string): Defined => ({ formula: ({ call }, x) => call(Math.sin, x), source });
const free = (source: string): Defined => ({ formula: (_, x) => x, source });

/** One element of the result, from one element of each operand, by the formula of the operator's definition. */
const FUNCTIONS: Readonly<Record<Exclude<ElementwiseFunction, Repeated | Running>, Defined>> = {
  abs: { formula: ({ abs }, x) => abs(x), source: 'ONNX Abs-13' },
  subtract: { formula: ({ sub }, x) => sub(x, 2), operands: 2, source: 'ONNX Sub-14' },
  divide: { formula: ({ div }, x) => div(x, 2), operands: 2, source: 'ONNX Div-14' },
  modulo: {
    formula: ({ sub, mul, div }, x) => sub(x, mul(2, Math.floor(div(x, 2)))),
    operands: 2,
    source: 'ONNX Mod-13, numpy.mod: x - y floor(x / y)',
  },
  power: {
    formula: ({ call }, x) => call((base) => base ** 2, x),
    operands: 2,
    source: 'ONNX Pow-15, counted as one call of pow and not as its exp(y log x)',
  },
  equal: { formula: ({ equal }, x) => equal(x, 2), operands: 2, dtype: 'bool', source: 'ONNX Equal-19' },
  greater: {
    formula: ({ greater }, x) => greater(x, 2),
    operands: 2,
    dtype: 'bool',
    source: 'ONNX Greater-13',
  },
  greaterOrEqual: {
    formula: ({ less }, x) => !less(x, 2),
    operands: 2,
    dtype: 'bool',
    source: 'ONNX GreaterOrEqual-16, as not less',
  },
  less: { formula: ({ less }, x) => less(x, 2), operands: 2, dtype: 'bool', source: 'ONNX Less-13' },
  lessOrEqual: {
    formula: ({ greater }, x) => !greater(x, 2),
    operands: 2,
    dtype: 'bool',
    source: 'ONNX LessOrEqual-16, as not greater',
  },
  isInfinite: {
    formula: ({ equal }, x) => equal(x, Infinity),
    dtype: 'bool',
    source: 'ONNX IsInf-20, the bits below the sign compared once',
  },
  isNaN: {
    formula: ({ equal }, x) => !equal(x, x),
    dtype: 'bool',
    source: 'IEEE 754: x differs from itself',
  },
  clip: { formula: ({ max, min }, x) => min(max(x, -1), 1), operands: 3, source: 'ONNX Clip-13' },
  select: {
    formula: ({ equal }, x) => (equal(x, 1) ? x : 0),
    operands: 3,
    source: 'ONNX Where-16: one decision',
  },
  and: { ...free('ONNX And-7: bits'), operands: 2, dtype: 'bool' },
  or: { ...free('ONNX Or-7: bits'), operands: 2, dtype: 'bool' },
  xor: { ...free('ONNX Xor-7: bits'), operands: 2, dtype: 'bool' },
  not: { ...free('ONNX Not-1: bits'), dtype: 'bool' },
  bitwise: { ...free('ONNX BitwiseAnd-18: bits'), operands: 2, dtype: 'int32' },
  cast: { ...free('ONNX Cast-21: another representation'), dtype: 'float16' },
  floor: free('ONNX Floor-13: bits are dropped'),
  ceil: free('ONNX Ceil-13: bits are dropped'),
  round: free('ONNX Round-22: bits are dropped'),
  negate: { formula: (_, x) => -x, source: 'ONNX Neg-13: the sign bit' },
  sign: {
    formula: ({ greater, less }, x) => (greater(x, 0) ? 1 : less(x, 0) ? -1 : 0),
    source: 'ONNX Sign-13: 1 above, -1 below, 0 at 0',
  },
  reciprocal: { formula: ({ div }, x) => div(1, x), source: 'ONNX Reciprocal-13' },
  exp: called('ONNX Exp-13'),
  log: called('ONNX Log-13'),
  sqrt: called('ONNX Sqrt-13'),
  acos: called('ONNX Acos-22'),
  acosh: called('ONNX Acosh-22'),
  asin: called('ONNX Asin-22'),
  asinh: called('ONNX Asinh-22'),
  atan: called('ONNX Atan-22'),
  atanh: called('ONNX Atanh-22'),
  cos: called('ONNX Cos-22'),
  cosh: called('ONNX Cosh-22'),
  sin: called('ONNX Sin-22'),
  sinh: called('ONNX Sinh-22'),
  tan: called('ONNX Tan-22'),
  erf: called('ONNX Erf-13'),
  magnitude: {
    formula: ({ add, mul, call }, x) => call(Math.sqrt, add(mul(x, x), mul(x, x))),
    source: 'STABLEHLO abs of a complex number: sqrt(re^2 + im^2)',
  },
  celu: {
    formula: ({ max, min, add, sub, mul, div, call }, x) =>
      add(max(0, x), min(0, mul(2, sub(call(Math.exp, div(x, 2)), 1)))),
    source: 'ONNX Celu-12: max(0, x) + min(0, alpha (exp(x / alpha) - 1))',
  },
  softsign: {
    formula: ({ div, add, abs }, x) => div(x, add(1, abs(x))),
    source: 'ONNX Softsign-22: x / (1 + |x|)',
  },
  shrink: {
    formula: ({ less, greater, add, sub }, x) =>
      less(x, -1) ? add(x, 0.5) : greater(x, 1) ? sub(x, 0.5) : 0,
    source: 'ONNX Shrink-9',
  },
  thresholdedRelu: {
    formula: ({ greater }, x) => (greater(x, 1) ? x : 0),
    source: 'ONNX ThresholdedRelu-22',
  },
  prelu: {
    formula: ({ greater, mul }, x) => (greater(x, 0) ? x : mul(0.2, x)),
    operands: 2,
    source: 'ONNX PRelu-16',
  },
  quantize: {
    formula: ({ div, add, max, min }, x) => min(max(add(Math.round(div(x, 0.1)), 3), 0), 255),
    operands: 3,
    dtype: 'uint8',
    source: 'ONNX QuantizeLinear-21: saturate(round(x / scale) + zero point)',
  },
  dequantize: {
    formula: ({ sub, mul }, x) => mul(sub(x, 3), 0.1),
    operands: 3,
    source: 'ONNX DequantizeLinear-21: (x - zero point) scale',
  },
  affine: {
    formula: ({ mul, add }, x) => add(mul(2, x), 2 * 0.5 + 1),
    source: 'a (x + b) + c of stored numbers, folded as a x + (a b + c)',
  },
  rotate: {
    formula: ({ mul, sub }, x) => sub(mul(x, Math.cos(1)), mul(2, Math.sin(1))),
    operands: 3,
    source:
      'arXiv 2104.09864, equation 34: each element of a pair times the cosine, the other times the sine',
  },
};

type Repeated = 'add' | 'mul' | 'maximum' | 'minimum' | 'mean';

/** Four operands, an element of each. */
const [first, ...others] = numbers(4) as [number, ...number[]];

const REPEATED: Readonly<Record<Repeated, (on: Arithmetic) => number>> = {
  add: ({ add }) => others.reduce(add, first),
  mul: ({ mul }) => others.reduce(mul, first),
  maximum: ({ max }) => others.reduce(max, first),
  minimum: ({ min }) => others.reduce(min, first),
  mean: ({ add, div }) => div(others.reduce(add, first), 4),
};

type Running = 'cumulativeSum' | 'cumulativeProduct';

/** All elements of a row, each taken into what is there. */
const RUNNING: Readonly<Record<Running, (on: Arithmetic) => unknown>> = {
  cumulativeSum: ({ sum }) => sum(numbers(4)),
  cumulativeProduct: ({ mul }) => numbers(4).reduce(mul, 1),
};

const defined = <F extends ElementwiseFunction, D>(record: Readonly<Record<F, D>>): [F, D][] =>
  Object.entries(record) as [F, D][];

export const cases: readonly OpCase<ElementwiseAttrs>[] = [
  ...defined(FUNCTIONS).map(([fn, { formula, source, operands = 1, dtype = 'float32' }]) => ({
    name: fn,
    inputs: Array.from({ length: operands }, () => [3, 4]),
    attrs: { fn, dtype },
    outputs: [[3, 4]],
    work: atMost(12, formula),
    source,
  })),
  ...defined(REPEATED).map(([fn, formula]) => ({
    name: `${fn} of four operands`,
    inputs: [row, row, [3, 4], row],
    attrs: { fn, dtype: 'float32' as const },
    outputs: [[3, 4]],
    work: times(12, formula),
    source: `ONNX ${fn}: operands taken in one after the other`,
  })),
  {
    name: 'updates added to what is there',
    inputs: [row],
    attrs: { fn: 'add', dtype: 'float32' },
    outputs: [row],
    work: { add: 4 },
    source: 'ONNX ScatterND-18, reduction add: one sum per update',
  },
  ...defined(RUNNING).map(([fn, formula]) => ({
    name: fn,
    inputs: [[3, 4]],
    attrs: { fn, dtype: 'float32' as const },
    outputs: [[3, 4]],
    work: times(3, formula),
    source: 'ONNX CumSum-14: one step per element',
  })),
  {
    name: 'a vector on every row of a batch',
    inputs: [[2, 3, 4], row],
    attrs: { fn: 'add', dtype: 'float32' },
    outputs: [[2, 3, 4]],
    work: { add: 24 },
    source: 'ONNX broadcasting: trailing dimensions align',
  },
  {
    name: 'both operands stretched, result boolean',
    inputs: [
      [3, 1],
      [1, 5],
    ],
    attrs: { fn: 'greater', dtype: 'bool' },
    outputs: [[3, 5]],
    work: { compare: 15 },
    source: 'ONNX Greater: one comparison per element of the result',
  },
];
