import type { ActivationFunction } from '../../../ops/activation.ts';
import type { DType } from '../../../ops/dtype.ts';
import type { OpAttrs, OpKind } from '../../../ops/registry.ts';
import type { ElementwiseFunction } from '../../../ops/elementwise.ts';
import { dim, type TensorType } from '../../../ops/spec.ts';
import { dataTypeOf } from '../dtype.ts';
import { ACTIVATIONS } from '../writeActivations.ts';
import { int, type Draft } from '../writeDraft.ts';
import {
  dtypesOf,
  isEightBit,
  isFloat,
  IN_BLOCKS,
  newer,
  ofTypes,
  only,
  type Expressed,
  type Forms,
  type Operands,
} from '../writer.ts';
import { commonPart, reshape, sliced, sum } from './move.write.ts';
import { microsoftQuantized, ofFloats, orRealOf16Bits, scaled } from './quantize.write.ts';
import { reduced } from './reduce.write.ts';

/** Functions that ONNX has under a name of their own. */
const NAMES: Partial<Record<OpAttrs<'elementwise'>['fn'], string>> = {
  abs: 'Abs',
  add: 'Add',
  subtract: 'Sub',
  mul: 'Mul',
  divide: 'Div',
  modulo: 'Mod',
  power: 'Pow',
  maximum: 'Max',
  minimum: 'Min',
  equal: 'Equal',
  greater: 'Greater',
  greaterOrEqual: 'GreaterOrEqual',
  less: 'Less',
  lessOrEqual: 'LessOrEqual',
  isInfinite: 'IsInf',
  isNaN: 'IsNaN',
  mean: 'Mean',
  clip: 'Clip',
  select: 'Where',
  and: 'And',
  or: 'Or',
  xor: 'Xor',
  not: 'Not',
  floor: 'Floor',
  ceil: 'Ceil',
  round: 'Round',
  negate: 'Neg',
  sign: 'Sign',
  reciprocal: 'Reciprocal',
  exp: 'Exp',
  log: 'Log',
  sqrt: 'Sqrt',
  acos: 'Acos',
  acosh: 'Acosh',
  asin: 'Asin',
  asinh: 'Asinh',
  atan: 'Atan',
  atanh: 'Atanh',
  cos: 'Cos',
  cosh: 'Cosh',
  sin: 'Sin',
  sinh: 'Sinh',
  tan: 'Tan',
  erf: 'Erf',
  celu: 'Celu',
  softsign: 'Softsign',
  shrink: 'Shrink',
  thresholdedRelu: 'ThresholdedRelu',
  prelu: 'PRelu',
};

function elementwiseFunction(on: Draft, node: Operands<'elementwise'>): Expressed {
  const { attrs, inputs, types, outputs } = node;
  const dtype = outputs[0]?.dtype ?? attrs.dtype;
  if (attrs.fn === 'cast') return on.op('Cast', inputs.slice(0, 1), { to: int(dataTypeOf(dtype)) });
  if (attrs.fn === 'quantize' || attrs.fn === 'dequantize') return scaled(on, node);
  if (attrs.fn === 'add' || attrs.fn === 'mul') {
    const pair = quantizedPair(on, attrs.fn === 'add' ? 'QLinearAdd' : 'QLinearMul', node);
    if (pair !== undefined) return pair;
  }
  const eightBit = [...types, ...outputs].every((type) => isEightBit(type.dtype));
  if (attrs.fn === 'bitwise') return namedFunction(on, node);
  return eightBit && !OF_ALL_TYPES.includes(attrs.fn) ? realFunction(on, node) : ownFunction(on, node);
}

/** Functions that ONNX has of eight-bit numbers as well. */
const OF_ALL_TYPES: readonly ElementwiseFunction[] = ['select', 'maximum', 'minimum'];

/** Functions of truth values. */
const LOGIC: readonly ElementwiseFunction[] = ['and', 'or', 'xor', 'not'];

function namedFunction(on: Draft, { attrs, inputs, types, outputs }: Operands<'elementwise'>): Expressed {
  const dtype = outputs[0]?.dtype ?? attrs.dtype;
  if (attrs.fn === 'cumulativeSum' || attrs.fn === 'bitwise')
    return ofNoName(on, attrs.fn, inputs, types, outputs);
  const opType = NAMES[attrs.fn];
  if (opType === undefined) {
    return {
      problem: `the elementwise function "${attrs.fn}" is not written`,
      fix: 'write a network without it',
    };
  }
  if (attrs.fn === 'add' || attrs.fn === 'mul') {
    const to = int(dataTypeOf(dtype));
    const alike = inputs.map((x, i) => (types[i]?.dtype === dtype ? x : on.op('Cast', [x], { to })));
    // An operand that is an attribute elsewhere is a number of its own.
    if (alike.length === 1) alike.push(on.numbers(dtype, [1]));
    return alike.reduce((x, y) => on.op(opType, [x, y]));
  }
  if ((attrs.fn === 'isInfinite' || attrs.fn === 'isNaN') && !types.every((type) => isFloat(type.dtype))) {
    return ofTypes(
      'elementwise',
      types.map((type) => type.dtype),
    );
  }
  const flags = LOGIC.includes(attrs.fn) ? inputs.length : attrs.fn === 'select' ? 1 : 0;
  const to = int(dataTypeOf('bool'));
  const operands = inputs.map((x, i) =>
    i >= flags || types[i]?.dtype === 'bool' ? x : on.op('Cast', [x], { to }),
  );
  // The limits of a Clip are scalars.
  if (attrs.fn === 'clip' && types.slice(1).some((type) => type.shape.length > 0)) {
    const [x = '', low, high] = inputs;
    const raised = low === undefined ? x : on.op('Max', [x, low]);
    return high === undefined ? raised : on.op('Min', [raised, high]);
  }
  // Of real numbers there is the remainder of C alone.
  const ofReals = attrs.fn === 'modulo' && types.every(({ dtype }) => isFloat(dtype));
  return on.op(opType, operands, ofReals ? { fmod: int(1) } : {});
}

const realFunction = ofFloats('elementwise', namedFunction);
/** Conditions and what is compared are truth values; what is added may be wider. */
const ownFunction = orRealOf16Bits('elementwise', namedFunction, ['bool', 'int32', 'int64']);

/** Functions of which a graph keeps the cost alone: the axis of the sums, and which bits are set. */
function ofNoName(
  on: Draft,
  fn: 'cumulativeSum' | 'bitwise',
  inputs: readonly string[],
  types: readonly TensorType[],
  outputs: readonly TensorType[],
): Expressed {
  const [x, { shape }] = only(inputs, types);
  if (fn === 'cumulativeSum') {
    return outputs[0]?.shape.join() === shape.join()
      ? on.op('CumSum', [x, on.numbers('int64', [shape.length - 1])])
      : { problem: 'which elements are summed up is not known', fix: 'write a network without Col2Im' };
  }
  if (outputs[0]?.dtype !== types[0]?.dtype || !/^u?int/.test(types[0]?.dtype ?? '')) {
    return ofTypes(
      'elementwise',
      types.map((type) => type.dtype),
    );
  }
  return on.opset < 18
    ? newer('logic of bits', 18)
    : on.op(inputs.length === 1 ? 'BitwiseNot' : 'BitwiseAnd', inputs);
}

/** max(w, 0) over the sum of all. */
function positiveShares(on: Draft, weights: string, dtype: DType): string {
  const positive = on.op('Relu', [weights]);
  const total = reduced(on, 'ReduceSum', positive, [0], true);
  return on.op('Div', [positive, on.op('Add', [total, on.numbers(dtype, [0.0001])])]);
}

/** The sum or product of two quantised maps; undefined for other operands. */
function quantizedPair(
  on: Draft,
  opType: 'QLinearAdd' | 'QLinearMul',
  { inputs, types, outputs }: Pick<Operands<OpKind>, 'inputs' | 'types' | 'outputs'>,
): string | undefined {
  const [dtype = 'float32', ...others] = new Set([...types, ...outputs].map((type) => type.dtype));
  const fits = inputs.length === 2 && others.length === 0 && isEightBit(dtype);
  return fits ? microsoftQuantized(on, opType, inputs, dtype) : undefined;
}

const realAdd = ofFloats('add', (on, { attrs, inputs, types }) =>
  sum(on, attrs.align === 'exact' ? inputs : commonPart(on, inputs, types)),
);

const realMul = ofFloats('mul', (on, { inputs }) => on.op('Mul', inputs));

const realActivation = ofFloats('activation', (on, { attrs, inputs, params, types, param }) => {
  const [x, { dtype, shape }] = only(inputs, types);
  if (attrs.fn !== 'prelu') return ACTIVATIONS[attrs.fn](on, x, dtype);
  // Without channels there is no slope that is learned.
  const slope =
    params.length === 0
      ? on.numbers(dtype, [0.25])
      : param(0, [dim(shape, 1), ...shape.slice(2).map(() => 1)]);
  return on.op('PRelu', [x, slope]);
});

const QUANTIZED_ACTIVATIONS: Partial<Record<ActivationFunction, 'QLinearSigmoid' | 'QLinearLeakyRelu'>> = {
  logistic: 'QLinearSigmoid',
  leaky: 'QLinearLeakyRelu',
};

export const ELEMENTWISE_FORMS = {
  dequantize(on, node) {
    const { attrs, inputs, types } = node;
    const [numbers = 'float32', scales = 'float32', zeros = numbers] = types.map(({ dtype }) => dtype);
    if (!IN_BLOCKS.includes(numbers) || zeros !== numbers || !isFloat(scales) || scales !== attrs.dtype)
      return ofTypes('dequantize', dtypesOf(on, node));
    if (on.opset < 21) return newer('numbers that are quantised in blocks', 21);
    return on.op('DequantizeLinear', inputs, { axis: int(attrs.axis), block_size: int(attrs.blockSize) });
  },
  activation(on, node) {
    const [x, { dtype }] = only(node.inputs, node.types);
    const opType = QUANTIZED_ACTIVATIONS[node.attrs.fn];
    return opType !== undefined && isEightBit(dtype) && node.outputs[0]?.dtype === dtype
      ? microsoftQuantized(on, opType, [x], dtype)
      : realActivation(on, node);
  },
  add(on, node) {
    const added = node.attrs.align === 'exact' ? quantizedPair(on, 'QLinearAdd', node) : undefined;
    return added ?? realAdd(on, node);
  },
  elementwise: elementwiseFunction,
  gate: ofFloats('gate', (on, { inputs }) => on.op('Sigmoid', [sum(on, inputs)])),
  mul: (on, node) => quantizedPair(on, 'QLinearMul', node) ?? realMul(on, node),
  weightedAdd: ofFloats('weightedAdd', (on, { attrs, inputs, param, types }) => {
    const [, { dtype, shape }] = only(inputs, types);
    const learned = param(0);
    const weights =
      attrs.normalize === 'softmax'
        ? on.op('Softmax', [learned], { axis: int(0) })
        : positiveShares(on, learned, dtype);
    const parts = commonPart(on, inputs, types).map((map, i) => {
      const weight = sliced(on, weights, [{ axis: 0, start: i, end: i + 1 }]);
      const perChannel = [1, dim(shape, 1), ...shape.slice(2).map(() => 1)];
      return on.op('Mul', [map, attrs.per === 'map' ? weight : reshape(on, weight, perChannel)]);
    });
    return sum(on, parts);
  }),
} satisfies Forms;
