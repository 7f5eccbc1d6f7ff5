import type { ElementwiseAttrs, ElementwiseFunction } from '../../../ops/elementwise.ts';
import type { ParamRole, Shape } from '../../../ops/spec.ts';
import type { ActivationFunction } from '../../../ops/activation.ts';
import type { DType } from '../../../ops/dtype.ts';
import { elements } from '../../../units.ts';
import { dtypeOf, isInteger } from '../dtype.ts';
import type { Emitter, Lowering } from '../emit.ts';
import { formatDims, type Node } from '../node.ts';
import { named, type Operator, type Operators } from '../operator.ts';
import { broadcast, smallCount, stretched } from '../shape.ts';
import { bound, type Extent, isKnown, knownShape, symbolic } from '../../../ops/extent.ts';
import { filled, FOLDED, type Scalar, type Tensor } from '../values.ts';

type Fold = (values: readonly number[], dtype: DType | undefined) => number;

/** The attributes of a function, one object for each element type. */
function attributesOf(fn: ElementwiseFunction): (dtype: DType) => ElementwiseAttrs {
  const all = new Map<DType, ElementwiseAttrs>();
  return (dtype) => {
    let attrs = all.get(dtype);
    if (attrs === undefined) all.set(dtype, (attrs = { fn, dtype }));
    return attrs;
  };
}

/** One node of our graph over every tensor input; vectors that the file stores have the role. */
export function elementwise(fn: ElementwiseFunction, role?: ParamRole): Lowering {
  const attrs = attributesOf(fn);
  return (emit) => {
    const { dtype, shape } = emit.output(0);
    if (emit.node.opset < 7)
      for (const input of emit.inputs) expectStretchable(emit.node, input?.shape, shape);
    return emit.add('elementwise', emit.operands(role), attrs(dtype));
  };
}

/** Before opset 7 the first operand, which has the shape of the result, was never stretched. */
function expectStretchable(node: Node, from: Shape | undefined, to: Shape): void {
  if (from === undefined) return;
  const offset = to.length - from.length;
  if (offset < 0 || from.some((extent, axis) => extent !== 1 && extent !== to[axis + offset])) {
    node.fail(
      `cannot stretch ${formatDims(from)} to ${formatDims(to)}`,
      'convert the model to opset 7 or later, where operands align by their last dimensions',
    );
  }
}

/** One node of our graph over the first input alone. */
function ofFirst(fn: ElementwiseFunction): Lowering {
  const attrs = attributesOf(fn);
  return (emit) => emit.add('elementwise', [emit.operand(0)], attrs(emit.output(0).dtype));
}

function activation(fn: ActivationFunction): Lowering {
  const attrs = { fn };
  return (emit) => emit.add('activation', [emit.operand(0)], attrs);
}

/** The content of an elementwise result, where that of all operands is followed. */
function foldElements(
  node: Node,
  shape: readonly Extent[],
  compute: (scalars: readonly Scalar[]) => Scalar,
): readonly Scalar[] | undefined {
  if (smallCount(shape, FOLDED) === undefined) return undefined;
  const extents = knownShape(shape);
  if (extents === undefined) return undefined;
  const operands: (readonly Scalar[])[] = [];
  for (let i = 0; i < node.inputs.length; i++) {
    if (!node.has(i)) continue;
    const elements = node.elements(i);
    const from = knownShape(node.shape(i));
    if (elements === undefined || from === undefined) return undefined;
    operands.push(stretched(elements, from, extents));
  }
  const [first] = operands;
  return first?.map((_, at) => compute(operands.map((operand) => operand[at])));
}

/** A result as its dtype stores it. */
export function rounded(value: number, dtype: DType | undefined): Scalar {
  if (dtype === 'float32') return Math.fround(value);
  if (dtype === 'float64' || dtype === 'bool') return value;
  if (dtype === 'float16') return toSignificant(value, 11);
  if (dtype === 'bfloat16') return toSignificant(value, 8);
  // Integers have one zero.
  return isInteger(dtype) && Number.isFinite(value) ? Math.trunc(value) + 0 : undefined;
}

function toSignificant(value: number, bits: number): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(value))) - bits + 1);
  const quotient = value / unit;
  const below = Math.floor(quotient);
  const rest = quotient - below;
  return (rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below) * unit;
}

/** Result dtype of operands that must agree. */
export function commonDType(node: Node, indices?: readonly number[]): DType | undefined {
  let result: DType | undefined;
  for (const i of indices ?? node.inputs.keys()) {
    if (!node.has(i)) continue;
    const dtype = node.dtype(i);
    if (dtype === undefined) continue;
    result ??= dtype;
    if (dtype !== result) {
      node.fail(`takes operands of one element type, not ${result} and ${dtype}`, 'cast one of them');
    }
  }
  return result;
}

/** Shape of a broadcasting operator; before opset 7 the first operand alone decides. */
const resultShape = (node: Node): readonly Extent[] =>
  node.opset < 7
    ? node.shape(0)
    : broadcast(
        node,
        node.inputs.flatMap((_, i) => (node.has(i) ? [node.shape(i)] : [])),
      );

function foldWith(fold: Fold | undefined, extent?: (scalars: readonly Extent[]) => Scalar) {
  return (node: Node, shape: readonly Extent[], operands: DType | undefined, dtype: DType | undefined) =>
    fold === undefined
      ? undefined
      : foldElements(node, shape, (scalars) => {
          if (scalars.every(isKnown)) return rounded(fold(scalars, operands), dtype);
          const known = scalars.filter((scalar) => scalar !== undefined);
          return known.length === scalars.length ? extent?.(known) : undefined;
        });
}

/** A unary or n-ary operator whose operands and result have one element type. */
function arithmetic(lower: Lowering, fold?: Fold, extent?: (scalars: readonly Extent[]) => Scalar): Operator {
  const content = foldWith(fold, extent);
  return {
    infer(node) {
      const dtype = commonDType(node);
      const shape = resultShape(node);
      return [filled(dtype, shape, content(node, shape, dtype, dtype))];
    },
    lower,
  };
}

/** An operator of booleans: comparisons and logic. */
function predicate(
  fn: ElementwiseFunction,
  fold: Fold,
  extent?: (scalars: readonly Extent[]) => Scalar,
): Operator {
  const content = foldWith(fold, extent);
  return {
    infer(node) {
      const dtype = commonDType(node);
      const shape = resultShape(node);
      return [filled('bool', shape, content(node, shape, dtype, 'bool'))];
    },
    lower: elementwise(fn),
  };
}

const pairwise =
  (operator: '+' | '-' | '*' | '/' | 'min' | 'max') =>
  (scalars: readonly Extent[]): Scalar => {
    const [first, ...others] = scalars;
    if (first === undefined || !scalars.every((scalar) => !isKnown(scalar) || Number.isInteger(scalar))) {
      return undefined;
    }
    return others.reduce(
      (a, b) => (isKnown(a) && isKnown(b) ? combine(operator, a, b) : symbolic(operator, a, b)),
      first,
    );
  };

function combine(operator: '+' | '-' | '*' | '/' | 'min' | 'max', a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return Math.floor(a / b);
    case 'min':
      return Math.min(a, b);
    case 'max':
      return Math.max(a, b);
  }
}

/** Comparisons of an extent with a number, where the extent's upper bound decides. */
const below =
  (relation: 'less' | 'lessOrEqual' | 'greater' | 'greaterOrEqual' | 'equal') =>
  ([a, b]: readonly Extent[]): Scalar => {
    if (a === undefined || b === undefined) return undefined;
    if (!isKnown(a) && !isKnown(b)) return undefined;
    if (isKnown(a)) {
      const mirror = {
        less: 'greater',
        lessOrEqual: 'greaterOrEqual',
        greater: 'less',
        greaterOrEqual: 'lessOrEqual',
        equal: 'equal',
      } as const;
      return below(mirror[relation])([b, a]);
    }
    const most = bound(a);
    if (most === undefined || !isKnown(b)) return undefined;
    switch (relation) {
      case 'less':
        return most < b ? 1 : undefined;
      case 'lessOrEqual':
        return most <= b ? 1 : undefined;
      case 'greater':
        return most <= b ? 0 : undefined;
      case 'greaterOrEqual':
      case 'equal':
        return most < b ? 0 : undefined;
    }
  };

const two =
  (f: (a: number, b: number, dtype: DType | undefined) => number): Fold =>
  ([a = NaN, b = NaN], dtype) =>
    f(a, b, dtype);

const one =
  (f: (x: number) => number): Fold =>
  ([x = NaN]) =>
    f(x);

const sameShapes = (emit: Emitter): boolean => {
  const shape = emit.output(0).shape;
  return emit.inputs.every(
    (input, i) =>
      input !== undefined &&
      !emit.isConstant(i) &&
      input.shape.length === shape.length &&
      input.shape.every((extent, axis) => extent === shape[axis]),
  );
};

const EXACT = { align: 'exact' } as const;
const NOTHING = {};
const addVector = elementwise('add', 'shift');
const scaleByVector = elementwise('mul', 'scale');

/** Sums of whole maps are the residual connection; others add a vector or a number. */
const sum: Lowering = (emit) =>
  emit.inputs.length > 1 && sameShapes(emit) ? emit.add('add', emit.operands(), EXACT) : addVector(emit);

const product: Lowering = (emit) =>
  sameShapes(emit) ? emit.add('mul', emit.operands(), NOTHING) : scaleByVector(emit);

const relu6 = activation('relu6');
const clipped = ofFirst('clip');

/** Clipping to other bounds costs the same; only these have a name of their own. */
const clip: Lowering = (emit) => {
  const low = emit.node.float('min') ?? emit.node.numbers(1)?.[0];
  const high = emit.node.float('max') ?? emit.node.numbers(2)?.[0];
  return low === 0 && high === 6 ? relu6(emit) : clipped(emit);
};

function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

/** a logistic(alpha a) b, of operands of one shape. */
const swiglu: Operator = {
  infer(node) {
    const dtype = commonDType(node);
    node.expect(1, node.shape(0));
    return [filled(dtype, node.shape(0), undefined)];
  },
  lower(emit) {
    const gate = emit.add('activation', [emit.operand(0)], { fn: 'swish' });
    return emit.add('elementwise', [...gate, emit.operand(1)], { fn: 'mul', dtype: emit.output(0).dtype });
  },
};

/** Operators of one input that keep its shape and type: function in our graph, and its value for folding. */
const UNARY: Readonly<Record<string, readonly [ElementwiseFunction, ((x: number) => number)?]>> = {
  Abs: ['abs', Math.abs],
  Acos: ['acos', Math.acos],
  Acosh: ['acosh', Math.acosh],
  Asin: ['asin', Math.asin],
  Asinh: ['asinh', Math.asinh],
  Atan: ['atan', Math.atan],
  Atanh: ['atanh', Math.atanh],
  BitwiseNot: ['bitwise', (x) => ~x],
  Ceil: ['ceil', Math.ceil],
  Celu: ['celu'],
  Cos: ['cos', Math.cos],
  Cosh: ['cosh', Math.cosh],
  Erf: ['erf'],
  Exp: ['exp', Math.exp],
  Floor: ['floor', Math.floor],
  Log: ['log', Math.log],
  Neg: ['negate', (x) => -x],
  Reciprocal: ['reciprocal', (x) => 1 / x],
  Round: ['round', roundHalfEven],
  Shrink: ['shrink'],
  Sign: ['sign', Math.sign],
  Sin: ['sin', Math.sin],
  Sinh: ['sinh', Math.sinh],
  Softsign: ['softsign'],
  Sqrt: ['sqrt', Math.sqrt],
  Tan: ['tan', Math.tan],
  ThresholdedRelu: ['thresholdedRelu'],
};

const ACTIVATIONS: Readonly<Record<string, readonly [ActivationFunction, ((x: number) => number)?]>> = {
  Elu: ['elu'],
  Gelu: ['gelu'],
  HardSigmoid: ['hardSigmoid'],
  HardSwish: ['hardSwish'],
  LeakyRelu: ['leaky'],
  Mish: ['mish'],
  Relu: ['relu', (x) => Math.max(x, 0)],
  Selu: ['selu'],
  Sigmoid: ['logistic'],
  Softplus: ['softplus'],
  Swish: ['swish'],
  Tanh: ['tanh', Math.tanh],
};

const bitwise = (f: (a: bigint, b: bigint) => bigint): Operator =>
  arithmetic(
    elementwise('bitwise'),
    two((a, b) => Number(f(BigInt(a), BigInt(b)))),
  );

/** The type that a Cast's `to` names. */
function castTo(node: Node): DType {
  const to = node.int('to') ?? node.fail('has no attribute "to"');
  return dtypeOf(to) ?? node.fail(`casts to data type ${String(to)}, which does not exist`);
}

function converted(node: Node, dtype: DType | undefined): Tensor {
  const input = node.tensor(0);
  const elements = node.elements(0)?.map((scalar) => {
    if (!isKnown(scalar)) return isInteger(dtype) || dtype?.startsWith('float') === true ? scalar : undefined;
    if (dtype === 'bool') return scalar === 0 ? 0 : 1;
    return rounded(scalar, dtype);
  });
  const result = filled(dtype, node.shape(0), elements);
  return { ...result, constant: input.constant };
}

const cast = (target: (node: Node) => DType | undefined): Operator => ({
  infer: (node) => [converted(node, target(node))],
  lower: ofFirst('cast'),
});

const isNaNOrInfinite = (lower: ElementwiseFunction): Operator => ({
  infer: (node) => [filled('bool', node.shape(0), undefined)],
  lower: elementwise(lower),
});

export const ELEMENTWISE: Operators = {
  ...named(Object.keys(UNARY), (name) => {
    const [fn, value] = UNARY[name] ?? ['abs'];
    return arithmetic(elementwise(fn), value && one(value));
  }),
  ...named(Object.keys(ACTIVATIONS), (name) => {
    const [fn, value] = ACTIVATIONS[name] ?? ['relu'];
    return arithmetic(activation(fn), value && one(value));
  }),
  Add: arithmetic(
    sum,
    two((a, b) => a + b),
    pairwise('+'),
  ),
  Sub: arithmetic(
    elementwise('subtract', 'shift'),
    two((a, b) => a - b),
    pairwise('-'),
  ),
  Mul: arithmetic(
    product,
    two((a, b) => a * b),
    pairwise('*'),
  ),
  Div: arithmetic(
    elementwise('divide', 'scale'),
    two((a, b, dtype) => (isInteger(dtype) ? Math.trunc(a / b) : a / b)),
    pairwise('/'),
  ),
  Mod: {
    infer(node) {
      const dtype = commonDType(node);
      const shape = resultShape(node);
      const likeC = node.int('fmod', 0) === 1;
      const elements = foldElements(node, shape, ([a, b]) =>
        isKnown(a) && isKnown(b) && b !== 0 ? (likeC ? a % b : a - b * Math.floor(a / b)) : undefined,
      );
      return [filled(dtype, shape, elements)];
    },
    lower: elementwise('modulo'),
  },
  Pow: {
    infer(node) {
      const shape = resultShape(node);
      const dtype = node.dtype(0);
      const elements = foldElements(node, shape, ([a, b]) =>
        isKnown(a) && isKnown(b) ? rounded(a ** b, dtype) : undefined,
      );
      return [filled(dtype, shape, elements)];
    },
    lower: elementwise('power'),
  },
  PRelu: {
    infer(node) {
      commonDType(node);
      // The slope is broadcast to the input, never the other way round.
      if (node.opset >= 7) broadcast(node, [node.shape(0), node.shape(1)]);
      return [node.like(0, node.shape(0))];
    },
    lower: (emit) =>
      emit.isConstant(1) && elements(emit.input(1).shape) === emit.input(0).shape[1]
        ? emit.add('activation', [emit.operand(0)], { fn: 'prelu' }, [
            emit.operand(1, 'scale', [elements(emit.input(1).shape)]),
          ])
        : emit.add('elementwise', emit.operands('scale'), { fn: 'prelu', dtype: emit.output(0).dtype }),
  },
  SwiGLU: swiglu,
  Sum: arithmetic(sum, (values) => values.reduce((a, b) => a + b, 0), pairwise('+')),
  Mean: arithmetic(elementwise('mean')),
  Max: arithmetic(
    elementwise('maximum'),
    (values) => values.reduce((a, b) => Math.max(a, b), -Infinity),
    pairwise('max'),
  ),
  Min: arithmetic(
    elementwise('minimum'),
    (values) => values.reduce((a, b) => Math.min(a, b), Infinity),
    pairwise('min'),
  ),
  Clip: {
    infer(node) {
      const shape = node.shape(0);
      const dtype = node.dtype(0);
      const low = node.float('min') ?? (node.has(1) ? node.numbers(1)?.[0] : -Infinity);
      const high = node.float('max') ?? (node.has(2) ? node.numbers(2)?.[0] : Infinity);
      const elements =
        low === undefined || high === undefined
          ? undefined
          : node.elements(0)?.map((x) => {
              if (isKnown(x)) return Math.min(Math.max(x, low), high);
              return x !== undefined && low <= 0 && high === Infinity ? x : undefined;
            });
      return [filled(dtype, shape, elements)];
    },
    lower: clip,
  },
  Equal: predicate(
    'equal',
    two((a, b) => Number(a === b)),
    below('equal'),
  ),
  Greater: predicate(
    'greater',
    two((a, b) => Number(a > b)),
    below('greater'),
  ),
  GreaterOrEqual: predicate(
    'greaterOrEqual',
    two((a, b) => Number(a >= b)),
    below('greaterOrEqual'),
  ),
  Less: predicate(
    'less',
    two((a, b) => Number(a < b)),
    below('less'),
  ),
  LessOrEqual: predicate(
    'lessOrEqual',
    two((a, b) => Number(a <= b)),
    below('lessOrEqual'),
  ),
  And: predicate(
    'and',
    two((a, b) => a & b),
  ),
  Or: predicate(
    'or',
    two((a, b) => a | b),
  ),
  Xor: predicate(
    'xor',
    two((a, b) => a ^ b),
  ),
  Not: predicate(
    'not',
    one((x) => 1 - x),
  ),
  BitwiseAnd: bitwise((a, b) => a & b),
  BitwiseOr: bitwise((a, b) => a | b),
  BitwiseXor: bitwise((a, b) => a ^ b),
  BitShift: {
    infer: (node) => [filled(commonDType(node), resultShape(node), undefined)],
    lower: elementwise('bitwise'),
  },
  BitCast: {
    infer: (node) => [filled(castTo(node), node.shape(0), undefined)],
    lower: (emit) => emit.add('rearrange', emit.operands(), { op: 'BitCast', outputs: [emit.output(0)] }),
  },
  Cast: cast(castTo),
  CastLike: cast((node) => node.dtype(1)),
  IsInf: isNaNOrInfinite('isInfinite'),
  IsNaN: isNaNOrInfinite('isNaN'),
  Where: {
    infer(node) {
      const shape = resultShape(node);
      const dtype = commonDType(node, [1, 2]);
      const elements = foldElements(node, shape, ([condition, x, y]) =>
        isKnown(condition) ? (condition === 0 ? y : x) : isKnown(x) && x === y ? x : undefined,
      );
      return [filled(dtype, shape, elements)];
    },
    lower: elementwise('select'),
  },
  CumSum: {
    infer: (node) => [node.like(0, node.shape(0))],
    lower: ofFirst('cumulativeSum'),
  },
  CumProd: {
    infer: (node) => [node.like(0, node.shape(0))],
    lower: ofFirst('cumulativeProduct'),
  },
};
