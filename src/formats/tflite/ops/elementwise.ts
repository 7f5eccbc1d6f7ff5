import type { TensorId } from '../../../graph/graph.ts';
import type { ActivationFunction } from '../../../ops/activation.ts';
import type { ElementwiseFunction } from '../../../ops/elementwise.ts';
import type { ParamRole } from '../../../ops/spec.ts';
import { combined } from '../content.ts';
import type { Operation, Results } from '../operation.ts';
import { contentOf, type Rule, type Rules } from '../rule.ts';
import { OPTIONS } from '../schema.ts';
import type { Content } from '../value.ts';

type Numbers = (...entries: number[]) => number;

/** What the result holds where all operands are known whole numbers. */
const evaluated =
  (fn: Numbers) =>
  (op: Operation): readonly (Content | undefined)[] => {
    const operands: Content[] = [];
    for (let i = 0; i < op.inputs.length; i++) {
      const content = contentOf(op, i);
      if (content === undefined) return [];
      operands.push(content);
    }
    return [combined(operands, fn)];
  };

const sameShapes = (op: Operation): boolean =>
  op.inputs.length > 1 && op.inputs.every((value) => value?.shape.join() === op.inputs[0]?.shape.join());

/** The named functions, one applied to the result of the other, of operands that are broadcast to each other. */
const chain =
  (fns: readonly ElementwiseFunction[], role?: ParamRole) =>
  (op: Operation): TensorId => {
    const [first = 'abs', ...others] = fns;
    let id = op.one('elementwise', op.broadcast(role), { fn: first, dtype: op.resultType() });
    for (const fn of others) id = op.one('elementwise', [id], { fn, dtype: op.resultType() });
    return id;
  };

const plain = (fns: readonly ElementwiseFunction[], role?: ParamRole, fn?: Numbers): Rule => {
  const lower = chain(fns, role);
  return { lower: (op) => [lower(op)], ...(fn === undefined ? {} : { evaluate: evaluated(fn) }) };
};

const activation = (fn: ActivationFunction): Rule => ({
  lower: (op) => [op.one('activation', [op.map(0).id], { fn })],
});

/** A sum of maps of one shape is a residual connection. */
const sum = (op: Operation): TensorId =>
  sameShapes(op) && op.inputs.every((_, i) => !op.isConstant(i))
    ? op.one('add', op.broadcast(), { align: 'exact' })
    : chain(['add'], 'shift')(op);

const product = (op: Operation): TensorId =>
  sameShapes(op) && op.inputs.every((_, i) => !op.isConstant(i))
    ? op.one('mul', op.broadcast(), {})
    : chain(['mul'], 'scale')(op);

/** The same map twice: its square. */
function square(op: Operation, id: TensorId): TensorId {
  return op.one('elementwise', [id, id], { fn: 'mul', dtype: op.resultType() });
}

/** A slope for each channel, stored; or any other operand. */
function prelu(op: Operation): Results {
  const channels = op.shape(0).at(-1);
  const slopes = op.shape(1);
  const perChannel = slopes.at(-1) === channels && slopes.slice(0, -1).every((extent) => extent === 1);
  if (op.isConstant(1) && perChannel && op.isFirst(0) && channels !== undefined) {
    return [op.one('activation', [op.first(0)], { fn: 'prelu' }, [op.param(1, 'scale', [channels])])];
  }
  return [chain(['prelu'], 'scale')(op)];
}

/** The same operator of both generations of the format. */
const both = (names: readonly string[], rule: Rule): Rules =>
  Object.fromEntries(names.map((name) => [name, rule]));

const compared = (fn: ElementwiseFunction, numbers: Numbers): Rule => plain([fn], undefined, numbers);

const truncated: Numbers = (a = 0, b = 0) => Math.trunc(a / b);

export const ELEMENTWISE: Rules = {
  ADD: {
    lower: (op) => [op.fused(sum(op), op.options(OPTIONS.Add).fused)],
    evaluate: evaluated((a = 0, b = 0) => a + b),
  },
  ADD_N: { lower: (op) => [sum(op)] },
  SUB: {
    lower: (op) => [op.fused(chain(['subtract'], 'shift')(op), op.options(OPTIONS.Sub).fused)],
    evaluate: evaluated((a = 0, b = 0) => a - b),
  },
  MUL: {
    lower: (op) => [op.fused(product(op), op.options(OPTIONS.Mul).fused)],
    evaluate: evaluated((a = 0, b = 0) => a * b),
  },
  DIV: {
    lower: (op) => [op.fused(chain(['divide'], 'scale')(op), op.options(OPTIONS.Div).fused)],
    evaluate: evaluated(truncated),
  },
  STABLEHLO_ADD: { lower: (op) => [sum(op)], evaluate: evaluated((a = 0, b = 0) => a + b) },
  STABLEHLO_MULTIPLY: { lower: (op) => [product(op)], evaluate: evaluated((a = 0, b = 0) => a * b) },
  STABLEHLO_SUBTRACT: plain(['subtract'], 'shift', (a = 0, b = 0) => a - b),
  STABLEHLO_DIVIDE: plain(['divide'], 'scale', truncated),
  STABLEHLO_CLAMP: {
    lower: (op) => [
      op.one('elementwise', op.broadcast(undefined, [1, 0, 2]), { fn: 'clip', dtype: op.resultType() }),
    ],
  },
  STABLEHLO_CBRT: plain(['power']),
  STABLEHLO_SHIFT_LEFT: plain(['bitwise']),
  STABLEHLO_COMPARE: plain(['equal']),
  FLOOR_DIV: plain(['divide', 'floor'], 'scale', (a = 0, b = 0) => Math.floor(a / b)),
  FLOOR_MOD: plain(['modulo'], undefined, (a = 0, b = 0) => a - b * Math.floor(a / b)),
  STABLEHLO_REMAINDER: plain(['modulo']),
  ...both(
    ['MAXIMUM', 'STABLEHLO_MAXIMUM'],
    plain(['maximum'], undefined, (a = 0, b = 0) => Math.max(a, b)),
  ),
  ...both(
    ['MINIMUM', 'STABLEHLO_MINIMUM'],
    plain(['minimum'], undefined, (a = 0, b = 0) => Math.min(a, b)),
  ),
  ...both(['POW', 'STABLEHLO_POWER'], plain(['power'])),
  ATAN2: plain(['divide', 'atan']),
  SQUARED_DIFFERENCE: { lower: (op) => [square(op, chain(['subtract'], 'shift')(op))] },
  SQUARE: { lower: (op) => [square(op, op.map(0).id)] },
  ...both(
    ['ABS', 'STABLEHLO_ABS'],
    plain(['abs'], undefined, (a = 0) => Math.abs(a)),
  ),
  COMPLEX_ABS: plain(['magnitude']),
  ...both(
    ['NEG', 'STABLEHLO_NEGATE'],
    plain(['negate'], undefined, (a = 0) => -a),
  ),
  ...both(['EXP', 'STABLEHLO_EXPONENTIAL'], plain(['exp'])),
  ...both(['LOG', 'STABLEHLO_LOG'], plain(['log'])),
  ...both(['COS', 'STABLEHLO_COSINE'], plain(['cos'])),
  SIN: plain(['sin']),
  SQRT: plain(['sqrt']),
  ...both(['RSQRT', 'STABLEHLO_RSQRT'], plain(['sqrt', 'reciprocal'])),
  ...both(['FLOOR', 'STABLEHLO_FLOOR'], plain(['floor'])),
  CEIL: plain(['ceil']),
  ROUND: plain(['round']),
  SIGN: plain(['sign'], undefined, (a = 0) => Math.sign(a)),
  ...both(
    ['CAST', 'STABLEHLO_CONVERT'],
    plain(['cast'], undefined, (a = 0) => a),
  ),
  QUANTIZE: plain(['quantize']),
  DEQUANTIZE: plain(['dequantize']),
  FAKE_QUANT: plain(['quantize', 'dequantize']),
  EQUAL: compared('equal', (a, b) => Number(a === b)),
  NOT_EQUAL: plain(['equal', 'not'], undefined, (a, b) => Number(a !== b)),
  LESS: compared('less', (a = 0, b = 0) => Number(a < b)),
  LESS_EQUAL: compared('lessOrEqual', (a = 0, b = 0) => Number(a <= b)),
  GREATER: compared('greater', (a = 0, b = 0) => Number(a > b)),
  GREATER_EQUAL: compared('greaterOrEqual', (a = 0, b = 0) => Number(a >= b)),
  ...both(
    ['LOGICAL_AND', 'STABLEHLO_AND'],
    plain(['and'], undefined, (a = 0, b = 0) => a & b),
  ),
  ...both(
    ['LOGICAL_OR', 'STABLEHLO_OR'],
    plain(['or'], undefined, (a = 0, b = 0) => a | b),
  ),
  LOGICAL_NOT: plain(['not'], undefined, (a) => Number(a === 0)),
  BITWISE_XOR: plain(['xor']),
  RIGHT_SHIFT: plain(['bitwise']),
  ...both(
    ['SELECT', 'SELECT_V2', 'STABLEHLO_SELECT'],
    plain(['select'], undefined, (condition, a = 0, b = 0) => (condition === 0 ? b : a)),
  ),
  CUMSUM: {
    lower: (op) => [op.one('elementwise', [op.map(0).id], { fn: 'cumulativeSum', dtype: op.resultType() })],
  },
  PRELU: { lower: prelu },
  ...both(['LOGISTIC', 'STABLEHLO_LOGISTIC'], activation('logistic')),
  ...both(['TANH', 'STABLEHLO_TANH'], activation('tanh')),
  RELU: activation('relu'),
  RELU6: activation('relu6'),
  RELU_N1_TO_1: activation('hardTanh'),
  RELU_0_TO_1: plain(['clip']),
  ELU: activation('elu'),
  GELU: activation('gelu'),
  HARD_SWISH: activation('hardSwish'),
  LEAKY_RELU: activation('leaky'),
};
