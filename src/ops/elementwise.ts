import { elements } from '../units.ts';
import { choice } from '../values.ts';
import { DTYPES, type DType } from './dtype.ts';
import { broadcast } from './extent.ts';
import { expectAny, formatShape, type OpSpec, type Work } from './spec.ts';

/** Work of one element of the result, from the defining formula in the comment. */
export const ELEMENTWISE_WORK = {
  /** |x| */ abs: { compare: 1 },
  /** sqrt(re^2 + im^2) of a complex number */ magnitude: { mul: 2, add: 1, transcendental: 1 },
  /** x + y; of n operands n - 1 times */ add: { add: 1 },
  /** x - y */ subtract: { add: 1 },
  /** x y; of n operands n - 1 times */ mul: { mul: 1 },
  /** x / y */ divide: { divide: 1 },
  /** x - y floor(x / y) */ modulo: { divide: 1, mul: 1, add: 1 },
  /** x^y = exp(y log x) */ power: { transcendental: 1 },
  /** of n operands n - 1 comparisons */ maximum: { compare: 1 },
  minimum: { compare: 1 },
  equal: { compare: 1 },
  greater: { compare: 1 },
  greaterOrEqual: { compare: 1 },
  less: { compare: 1 },
  lessOrEqual: { compare: 1 },
  isInfinite: { compare: 1 },
  isNaN: { compare: 1 },
  /** (x1 + ... + xn) / n */ mean: { add: 1, divide: 1 },
  /** min(max(x, low), high) */ clip: { compare: 2 },
  /** condition ? x : y */ select: { compare: 1 },
  /** logic and shifts of bits: no arithmetic */ and: {},
  or: {},
  xor: {},
  not: {},
  bitwise: {},
  /** another element type: no arithmetic */ cast: {},
  /** to a whole number: no arithmetic */ floor: {},
  ceil: {},
  /** to the nearest, halves to the even one */ round: {},
  /** -x */ negate: {},
  /** sign of x */ sign: { compare: 2 },
  /** 1 / x */ reciprocal: { divide: 1 },
  /** exp(x) */ exp: { transcendental: 1 },
  /** log(x) */ log: { transcendental: 1 },
  /** square root */ sqrt: { transcendental: 1 },
  acos: { transcendental: 1 },
  acosh: { transcendental: 1 },
  asin: { transcendental: 1 },
  asinh: { transcendental: 1 },
  atan: { transcendental: 1 },
  atanh: { transcendental: 1 },
  cos: { transcendental: 1 },
  cosh: { transcendental: 1 },
  sin: { transcendental: 1 },
  sinh: { transcendental: 1 },
  tan: { transcendental: 1 },
  /** error function */ erf: { transcendental: 1 },
  /** max(0, x) + min(0, a (exp(x / a) - 1)) */ celu: {
    compare: 2,
    add: 2,
    mul: 1,
    divide: 1,
    transcendental: 1,
  },
  /** x / (1 + |x|) */ softsign: { compare: 1, add: 1, divide: 1 },
  /** x < -l ? x + b : x > l ? x - b : 0 */ shrink: { compare: 2, add: 1 },
  /** x > a ? x : 0 */ thresholdedRelu: { compare: 1 },
  /** x > 0 ? x : a x, the slope an operand */ prelu: { compare: 1, mul: 1 },
  /** sum of all elements up to here along an axis */ cumulativeSum: { add: 1 },
  /** product of all elements up to here along an axis */ cumulativeProduct: { mul: 1 },
  /** saturate(round(x / scale) + zero) */ quantize: { divide: 1, add: 1, compare: 2 },
  /** (x - zero) scale */ dequantize: { add: 1, mul: 1 },
  /** a (x + b) + c of one stored a, b, c per channel or feature */ affine: { mul: 1, add: 1 },
  /** two products and a sum per element: rotation of pairs */ rotate: { mul: 2, add: 1 },
} as const satisfies Record<string, Work>;

/** What `elementwise` may compute: a name of its table of work. */
export type ElementwiseFunction = keyof typeof ELEMENTWISE_WORK;

const ELEMENTWISE = Object.keys(ELEMENTWISE_WORK) as readonly ElementwiseFunction[];

/** Attributes of `elementwise`. */
export interface ElementwiseAttrs<D = DType> {
  /** the function */
  readonly fn: ElementwiseFunction;
  /** element type of the result */
  readonly dtype: D;
}

/** Operators that repeat with every further operand. */
const REPEATED: readonly ElementwiseFunction[] = ['add', 'mul', 'maximum', 'minimum', 'mean'];

/** The same function of every element, operands broadcast to each other. */
export const elementwise: OpSpec<ElementwiseAttrs, ElementwiseAttrs<DType | undefined>> = {
  summary: 'function of each element, operands broadcast to each other',
  attrs: { fn: choice(ELEMENTWISE), dtype: choice(DTYPES) },
  infer(inputs, attrs) {
    const none = expectAny(inputs);
    if (none) return none;
    const shape = broadcast(inputs.map((input) => input.shape));
    return shape === undefined
      ? {
          problem: `cannot broadcast ${inputs.map((each) => formatShape(each.shape)).join(' with ')}`,
          fix: 'give the operands the same extent or 1 in every dimension',
        }
      : [{ dtype: attrs.dtype, shape }];
  },
  work(inputs, outputs, attrs) {
    const count = elements(outputs[0]?.shape ?? []);
    const times = REPEATED.includes(attrs.fn) && attrs.fn !== 'mean' ? Math.max(1, inputs.length - 1) : 1;
    const work: { -readonly [P in keyof Work]: Work[P] } = {};
    for (const [primitive, each] of Object.entries(ELEMENTWISE_WORK[attrs.fn])) {
      const repeats = attrs.fn === 'mean' && primitive === 'add' ? inputs.length - 1 : times;
      work[primitive as keyof Work] = each * count * repeats;
    }
    return work;
  },
  memory: 'stream',
};
