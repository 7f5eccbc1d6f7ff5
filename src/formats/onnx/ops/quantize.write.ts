import type { OpNode, TensorId } from '../../../graph/graph.ts';
import type { DType } from '../../../ops/dtype.ts';
import type { OpKind } from '../../../ops/registry.ts';
import type { TensorType } from '../../../ops/spec.ts';
import { dataTypeOf } from '../dtype.ts';
import { int, type Draft } from '../writeDraft.ts';
import {
  dtypesOf,
  isFloat,
  isInexpressible,
  newer,
  ofTypes,
  type Expressed,
  type Operands,
  type Writer,
} from '../writer.ts';

/** What one step of a quantised number is worth; a graph does not say, and no cost depends on it. */
const STEP = 1 / 128;

const scaleOf = (on: Draft, dtype: DType = 'float32'): string => on.numbers(dtype, [STEP]);

/** The scale and zero point of a quantised operand, as operators take them. */
export const steps = (on: Draft, dtype: DType): readonly [string, string] => [
  scaleOf(on),
  on.numbers(dtype, [0]),
];

/** First opset in which numbers are quantised to this type. */
const quantizedFrom = (dtype: DType): number => (dtype.endsWith('16') ? 21 : 13);

const quantized = (on: Draft, value: string, dtype: DType): string =>
  on.op('QuantizeLinear', [value, ...steps(on, dtype)]);

function dequantized(on: Draft, value: string, dtype: DType): string {
  if (dtype === 'float32') return on.op('DequantizeLinear', [value, scaleOf(on)]);
  if (on.opset >= 19 && dtype !== 'float64') return on.op('DequantizeLinear', [value, scaleOf(on, dtype)]);
  return on.op('Cast', [dequantized(on, value, 'float32')], { to: int(dataTypeOf(dtype)) });
}

/** A value in another element type: integers stand for reals where a real is needed, all else is cast. */
export function inType(on: Draft, value: string, from: DType, to: DType): string {
  if (from === to) return value;
  const standsForReals = isFloat(to) && (STANDS_FOR_REALS.test(from) || from === 'int32');
  return standsForReals ? dequantized(on, value, to) : on.op('Cast', [value], { to: int(dataTypeOf(to)) });
}

/** The parameters of a node in the element type that it computes in. */
export const paramsIn =
  (on: Draft, params: readonly TensorId[], dtype: DType): Operands<OpKind>['param'] =>
  (index, dims, layout) => {
    const id = params[index] as TensorId;
    return inType(on, on.constant(id, dims, layout), on.typeOf(id).dtype, dtype);
  };

/** Element types that stand for real numbers in quantised networks. */
const STANDS_FOR_REALS = /^u?int(8|16)$/;

/**
 * The form of a kind that ONNX has for real numbers: of one floating-point type, or between DequantizeLinears and
 * QuantizeLinears, which is how quantised networks say it. Operands and results of the types in `beside` are no
 * quantised numbers, and stay as they are.
 */
export const ofFloats =
  <K extends OpKind>(kind: K, writer: Writer<K>, beside: readonly DType[] = []): Writer<K> =>
  (on, node) => {
    const dtypes = new Set([...node.types, ...node.outputs].map(({ dtype }) => dtype));
    const [dtype = 'float32', ...others] = dtypes;
    if (others.length === 0 && isFloat(dtype)) return writer(on, node);
    const fits = [...dtypes].every(
      (each) => each === 'float32' || STANDS_FOR_REALS.test(each) || beside.includes(each),
    );
    if (!fits) return ofTypes(kind, dtypesOf(on, node));
    const least = Math.max(...[...dtypes].map(quantizedFrom));
    if (on.opset < least) return newer(`"${kind}" of ${[...dtypes].join(' and ')}`, least);
    return betweenQuantizers(on, node, writer);
  };

/**
 * The writer's form, and of numbers of 16 bits that of real ones: ONNX has the operator for both, and onnxruntime has
 * no kernel of it for 16 bits.
 */
export function orRealOf16Bits<K extends OpKind>(
  kind: K,
  writer: Writer<K>,
  beside?: readonly DType[],
): Writer<K> {
  const ofReals = ofFloats(kind, writer, beside);
  return (on, node) =>
    [...node.types, ...node.outputs].some(({ dtype }) => /^u?int16$/.test(dtype))
      ? ofReals(on, node)
      : writer(on, node);
}

function betweenQuantizers<K extends OpKind>(on: Draft, node: Operands<K>, writer: Writer<K>): Expressed {
  const real = ({ dtype, shape }: TensorType): TensorType => ({
    dtype: STANDS_FOR_REALS.test(dtype) ? 'float32' : dtype,
    shape,
  });
  const types = node.types.map(real);
  const result = writer(on, {
    ...node,
    inputs: node.inputs.map((value, i) => {
      const to = types[i]?.dtype ?? 'float32';
      return inType(on, value, node.types[i]?.dtype ?? to, to);
    }),
    types,
    outputs: node.outputs.map(real),
    param: paramsIn(on, node.params, 'float32'),
  });
  if (isInexpressible(result)) return result;
  const values = typeof result === 'string' ? [result] : result;
  return values.map((value, i) => {
    const dtype = node.outputs[i]?.dtype ?? 'float32';
    return STANDS_FOR_REALS.test(dtype) ? quantized(on, value, dtype) : value;
  });
}

/** An operator on quantised maps of onnxruntime's own domain: each operand with its scale and zero point. */
export const microsoftQuantized = (
  on: Draft,
  opType: 'QLinearAdd' | 'QLinearMul' | 'QLinearSigmoid' | 'QLinearLeakyRelu',
  inputs: readonly string[],
  dtype: DType,
): string =>
  on.microsoft(opType, [...inputs.flatMap((value) => [value, ...steps(on, dtype)]), ...steps(on, dtype)]);

/** Quantised numbers of real ones, and back. */
export function scaled(
  on: Draft,
  { attrs: { fn, dtype }, inputs, types, outputs }: Operands<'elementwise'>,
): Expressed {
  const [x = '', ...others] = inputs;
  const from = types[0]?.dtype ?? 'float32';
  if (others.length > 0) {
    return {
      problem: `"${fn}" by computed limits is written only as a DynamicQuantizeLinear`,
      fix: 'quantise by the largest and the smallest element of the map',
    };
  }
  const to = fn === 'quantize' ? dtype : from;
  const real = fn === 'quantize' ? from : dtype;
  const requantizes = fn === 'quantize' && STANDS_FOR_REALS.test(real);
  if (!/^u?int(8|16)$|^int32$/.test(to) || !(isFloat(real) || requantizes))
    return ofTypes('elementwise', [...new Set([from, ...outputs.map((type) => type.dtype)])]);
  const least = Math.max(quantizedFrom(to), quantizedFrom(requantizes ? real : to));
  if (on.opset < least) return newer(`quantisation to ${to}`, least);
  if (fn === 'dequantize') return dequantized(on, x, dtype);
  const value = requantizes ? dequantized(on, x, 'float32') : x;
  return to === 'int32' ? wholeSteps(on, value, requantizes ? 'float32' : real) : quantized(on, value, to);
}

/** Quantised to a type that QuantizeLinear does not make. */
function wholeSteps(on: Draft, value: string, dtype: DType): string {
  const steps = on.op('Round', [on.op('Mul', [value, on.numbers(dtype, [1 / STEP])])]);
  return on.op('Cast', [steps], { to: int(dataTypeOf('int32')) });
}

/**
 * How many nodes from `at` on are what a DynamicQuantizeLinear is in our graph, which is then added: the largest and
 * the smallest element, the map quantised by both, and the zero point; 0 where there are others.
 */
export function dynamicQuantization(
  on: Draft,
  nodes: readonly OpNode[],
  isReadElsewhere: (id: TensorId, readers: readonly OpNode[]) => boolean,
): number {
  const [largest, smallest, map, zero] = nodes;
  const [x, max, min] = [largest?.inputs[0], largest?.outputs[0], smallest?.outputs[0]];
  if (x === undefined || max === undefined || min === undefined) return 0;
  const isRange =
    isRangeOf(on, largest, 'max', x) && isRangeOf(on, smallest, 'min', x) && on.typeOf(x).dtype === 'float32';
  if (!isRange || !isQuantized(map, [x, max, min])) return 0;
  const zeroPoint = isQuantized(zero, [min]) ? zero : undefined;
  const readers = zeroPoint === undefined ? [map] : [map, zeroPoint];
  if (isReadElsewhere(min, readers)) return 0;
  const values = on.ops('DynamicQuantizeLinear', [on.value(x)], [true, true, zeroPoint !== undefined]);
  [map.outputs[0], max, zeroPoint?.outputs[0]].forEach((id, o) => {
    if (id !== undefined) on.define(id, values[o] as string);
  });
  return 2 + readers.length;
}

const isRangeOf = (on: Draft, node: OpNode | undefined, fn: 'max' | 'min', x: TensorId): boolean =>
  node?.kind === 'reduce' &&
  node.attrs.fn === fn &&
  node.inputs[0] === x &&
  !node.attrs.keepDims &&
  node.attrs.axes.length === on.typeOf(x).shape.length;

const isQuantized = (node: OpNode | undefined, inputs: readonly TensorId[]): node is OpNode<'elementwise'> =>
  node?.kind === 'elementwise' &&
  node.attrs.fn === 'quantize' &&
  node.attrs.dtype === 'uint8' &&
  node.inputs.length === inputs.length &&
  node.inputs.every((id, i) => id === inputs[i]);
