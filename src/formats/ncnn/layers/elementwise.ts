import type { TensorId } from '../../../graph/graph.ts';
import type { ActivationFunction } from '../../../ops/activation.ts';
import type { DType } from '../../../ops/dtype.ts';
import type { ElementwiseFunction } from '../../../ops/elementwise.ts';
import { formatShape, type Shape } from '../../../ops/spec.ts';
import { Unknown, type Lowering, type Rule } from '../lower.ts';

const EXACT = { align: 'exact' } as const;
const NOTHING = {};

const activation =
  (fn: ActivationFunction): Rule =>
  (on) => [on.activation(on.input(), fn)];

const elementwise =
  (fn: ElementwiseFunction): Rule =>
  (on) => [on.elementwise(fn, on.input())];

/** Sums and products of whole maps have operators of their own; others broadcast. */
function combine(on: Lowering, fn: ElementwiseFunction, a: TensorId, b: TensorId): TensorId {
  const [left, right] = [on.typeOf(a).shape, on.typeOf(b).shape];
  const same = formatShape(left) === formatShape(right);
  if (same && fn === 'add') return on.add('add', [a, b], EXACT);
  if (same && fn === 'mul') return on.add('mul', [a, b], NOTHING);
  return on.elementwise(fn, a, b);
}

/** What two operands become, one function after the other. */
type Binary = (on: Lowering, a: TensorId, b: TensorId) => TensorId;

const plain =
  (fn: ElementwiseFunction, ...then: readonly ElementwiseFunction[]): Binary =>
  (on, a, b) =>
    then.reduce((x, each) => on.elementwise(each, x), combine(on, fn, a, b));

const swapped =
  (binary: Binary): Binary =>
  (on, a, b) =>
    binary(on, b, a);

const arcTangent = plain('divide', 'atan');
const modulo = plain('modulo');
const floorDivide = plain('divide', 'floor');

/** By parameter 0 of BinaryOp. */
const BINARY: readonly Binary[] = [
  plain('add'),
  plain('subtract'),
  plain('mul'),
  plain('divide'),
  plain('maximum'),
  plain('minimum'),
  plain('power'),
  swapped(plain('subtract')),
  swapped(plain('divide')),
  swapped(plain('power')),
  arcTangent,
  swapped(arcTangent),
  modulo,
  swapped(modulo),
  // log(exp(a) + exp(b))
  (on, a, b) => on.elementwise('log', combine(on, 'add', on.elementwise('exp', a), on.elementwise('exp', b))),
  floorDivide,
  swapped(floorDivide),
  modulo,
  swapped(modulo),
];

/** A blob with the dimensions that it lacks beside one of `rank`: behind its own, or before a single last one. */
function spread(on: Lowering, tensor: TensorId, other: TensorId): TensorId {
  const [dims, beside] = [on.dims(tensor), on.dims(other)];
  const missing = beside.length - dims.length;
  if (missing <= 0) return tensor;
  const ones: Shape = Array.from({ length: missing }, () => 1);
  const behind = dims.length > 1 || dims[0] === beside[0];
  const shape = behind ? [...dims, ...ones] : [...ones, ...dims];
  const batch = on.typeOf(tensor).shape[0] as number;
  return on.add('reshape', [tensor], { shape: [batch, ...shape] });
}

const binaryOp: Rule = (on, params) => {
  const type = params.int(0, 0);
  const apply = BINARY[type];
  if (apply === undefined) return new Unknown(`there is no operation ${String(type)}`);
  const a = on.input(0);
  if (params.flag(1)) return [apply(on, a, on.number(params.number(2) ?? 0))];
  const b = on.input(1);
  return [apply(on, spread(on, a, b), spread(on, b, a))];
};

/** By parameter 0 of UnaryOp. */
const UNARY: readonly ((on: Lowering, x: TensorId) => TensorId)[] = [
  one('abs'),
  one('negate'),
  one('floor'),
  one('ceil'),
  (on, x) => on.add('mul', [x, x], NOTHING),
  one('sqrt'),
  one('sqrt', 'reciprocal'),
  one('exp'),
  one('log'),
  one('sin'),
  one('cos'),
  one('tan'),
  one('asin'),
  one('acos'),
  one('atan'),
  one('reciprocal'),
  (on, x) => on.activation(x, 'tanh'),
  one('log'),
  one('round'),
  one('floor'),
  one('sign'),
  (on, x) => on.elementwise('subtract', on.elementwise('exp', x), on.number(1)),
  one('sinh'),
  one('asinh'),
  one('cosh'),
  one('acosh'),
  one('atanh'),
  (on, x) => on.elementwise('log', on.elementwise('add', x, on.number(1))),
];

function one(...functions: readonly ElementwiseFunction[]) {
  return (on: Lowering, x: TensorId): TensorId =>
    functions.reduce((result, fn) => on.elementwise(fn, result), x);
}

const unaryOp: Rule = (on, params) => {
  const type = params.int(0, 0);
  const apply = UNARY[type];
  return apply === undefined ? new Unknown(`there is no operation ${String(type)}`) : [apply(on, on.input())];
};

const PROD = 0;
const SUM = 1;
const MAX = 2;

const eltwise: Rule = (on, params) => {
  const type = params.int(0, PROD);
  const coefficients = params.list(1);
  const first = formatShape(on.shape(0));
  for (let i = 1; i < on.inputCount; i++) {
    const other = formatShape(on.shape(i));
    if (other !== first) on.fail(`meets ${other} with ${first}`, 'give all inputs the same shape');
  }
  if (on.inputCount < 2) on.input(1);
  if (type === MAX) return [on.elementwise('maximum', ...on.inputs)];
  if (type === SUM) {
    const terms = on.inputs.map((x, i) => {
      const factor = coefficients[i];
      return factor === undefined ? x : on.elementwise('mul', x, on.number(factor));
    });
    return [on.add('add', terms, EXACT)];
  }
  if (type !== PROD) return new Unknown(`there is no operation ${String(type)}`);
  return [on.inputs.slice(1).reduce((x, y) => on.add('mul', [x, y], NOTHING), on.input())];
};

/** base^(scale x + shift), or its inverse: the base e unless stated. */
const exponential =
  (fn: 'exp' | 'log'): Rule =>
  (on, params) => {
    const [base, scale, shift] = [params.number(0) ?? -1, params.number(1) ?? 1, params.number(2) ?? 0];
    const x = on.scaled(on.input(), scale, shift);
    const natural = base === -1;
    if (fn === 'exp')
      return [natural ? on.elementwise('exp', x) : on.elementwise('power', on.number(base), x)];
    const logarithm = on.elementwise('log', x);
    return [natural ? logarithm : on.elementwise('mul', logarithm, on.number(1 / Math.log(base)))];
  };

const power: Rule = (on, params) => {
  const x = on.scaled(on.input(), params.number(1) ?? 1, params.number(2) ?? 0);
  const exponent = params.number(0) ?? 1;
  return [exponent === 1 ? x : on.elementwise('power', x, on.number(exponent))];
};

/** One value per channel, as a map that meets the blob. */
const perChannel = (on: Lowering, count: number): Shape => {
  const { length } = on.shape(0);
  return count === 1 ? [1] : [count, ...Array.from({ length: length - 1 }, () => 1)];
};

function expectChannels(on: Lowering, stated: number): void {
  const [channels = 1] = on.shape(0);
  if (stated === channels || stated === 1) return;
  on.fail(
    `states ${String(stated)} channels, its input has ${String(channels)}`,
    'state the number of channels that it has',
  );
}

const batchNorm: Rule = (on, params) => {
  expectChannels(on, params.count(0, 0));
  return [on.batchNorm(on.input())];
};

const bias: Rule = (on, params) => {
  const count = params.count(0, 0);
  expectChannels(on, count);
  return [on.elementwise('add', on.input(), on.stored('bias', perChannel(on, count)))];
};

const scale: Rule = (on, params) => {
  const stated = params.int(0, 0);
  const computed = stated === -233;
  const count = computed ? (on.shape(1)[0] ?? 1) : params.count(0, 0);
  expectChannels(on, count);
  const factor = computed ? spread(on, on.input(1), on.input()) : on.stored('scale', perChannel(on, count));
  const product = combine(on, 'mul', on.input(), factor);
  if (!params.flag(1)) return [product];
  return [on.elementwise('add', product, on.stored('shift', perChannel(on, count)))];
};

const prelu: Rule = (on, params) => {
  const slopes = params.count(0, 0);
  expectChannels(on, slopes);
  const [channels] = on.shape(0);
  if (slopes === channels) return [on.activation(on.input(), 'prelu')];
  return [on.elementwise('prelu', on.input(), on.stored('scale', [1]))];
};

const relu: Rule = (on, params) => [
  on.activation(on.input(), (params.number(0) ?? 0) === 0 ? 'relu' : 'leaky'),
];

const clip: Rule = (on, params) => [on.clip(on.input(), params.number(0), params.number(1))];

const dropout: Rule = (on, params) => {
  return [on.scaled(on.input(), params.number(0) ?? 1, 0)];
};

const dequantized = (on: Lowering, tensor: TensorId): TensorId =>
  on.add('elementwise', [tensor], { fn: 'dequantize', dtype: 'float32' });

const quantize: Rule = (on) => [on.add('elementwise', [on.input()], { fn: 'quantize', dtype: 'int8' })];

const dequantize: Rule = (on, params) => {
  const result = dequantized(on, on.input());
  const shifts = params.int(1, 0);
  if (shifts === 0) return [result];
  return [on.elementwise('add', result, on.stored('bias', perChannel(on, shifts)))];
};

const requantize: Rule = (on, params) => {
  let result = dequantized(on, on.input());
  const shifts = params.int(2, 0);
  if (shifts !== 0) result = on.elementwise('add', result, on.stored('bias', perChannel(on, shifts)));
  return [on.quantized(on.fused(result, params.int(3, 0), params.list(4)))];
};

/** Element types by the number that Cast and Packing have for them; 0 keeps the type. */
const TYPES: readonly (DType | undefined)[] = [undefined, 'float32', 'float16', 'int8', 'bfloat16'];

const cast: Rule = (on, params) => {
  const dtype = TYPES[params.int(1, 0)];
  return [dtype === undefined ? on.input() : on.add('elementwise', [on.input()], { fn: 'cast', dtype })];
};

/** How the bytes lie in memory is no matter of the graph; another element type is. */
const packing: Rule = (on, params) => {
  const dtype = TYPES[params.int(3, 0)];
  return [
    dtype === undefined || dtype === on.typeOf(on.input()).dtype
      ? on.input()
      : on.add('elementwise', [on.input()], { fn: 'cast', dtype }),
  ];
};

export const ELEMENTWISE: Readonly<Record<string, Rule>> = {
  AbsVal: elementwise('abs'),
  BatchNorm: batchNorm,
  Bias: bias,
  BinaryOp: binaryOp,
  BNLL: activation('softplus'),
  Cast: cast,
  CELU: elementwise('celu'),
  Clip: clip,
  CumulativeSum: elementwise('cumulativeSum'),
  Dequantize: dequantize,
  Dropout: dropout,
  Eltwise: eltwise,
  ELU: activation('elu'),
  Erf: elementwise('erf'),
  Exp: exponential('exp'),
  GELU: activation('gelu'),
  HardSigmoid: activation('hardSigmoid'),
  HardSwish: activation('hardSwish'),
  Log: exponential('log'),
  Mish: activation('mish'),
  Packing: packing,
  Power: power,
  PReLU: prelu,
  Quantize: quantize,
  ReLU: relu,
  Requantize: requantize,
  RotaryEmbed: elementwise('rotate'),
  Scale: scale,
  SELU: activation('selu'),
  Shrink: elementwise('shrink'),
  Sigmoid: activation('logistic'),
  Softplus: activation('softplus'),
  Swish: activation('swish'),
  TanH: activation('tanh'),
  Threshold: elementwise('greater'),
  UnaryOp: unaryOp,
};
