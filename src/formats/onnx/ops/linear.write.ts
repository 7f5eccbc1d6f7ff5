import type { TensorId } from '../../../graph/graph.ts';
import type { DType } from '../../../ops/dtype.ts';
import { dim, type TensorType } from '../../../ops/spec.ts';
import { elements } from '../../../units.ts';
import { int, ints, text, type Draft } from '../writeDraft.ts';
import {
  IN_BLOCKS,
  isEightBit,
  isFloat,
  newer,
  only,
  type Forms,
  type Inexpressible,
  type Operands,
} from '../writer.ts';
import { inType, ofFloats, steps } from './quantize.write.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** A product of quantised matrices: all of its sums, or quantised again. */
function integerProduct(
  on: Draft,
  [a = '', b = '']: readonly string[],
  [left = 'float32', right = 'float32']: readonly DType[],
  result: DType | undefined,
): string | undefined {
  if (!isEightBit(left) || !isEightBit(right) || result === undefined) return undefined;
  if (result === 'int32') return on.op('MatMulInteger', [a, b]);
  // onnxruntime has no kernel for others.
  if (result !== left) return undefined;
  return on.op('QLinearMatMul', [a, ...steps(on, left), b, ...steps(on, right), ...steps(on, result)]);
}

/** Of real numbers, and quantised with a bias, for which ONNX has no operator. */
const realLinear = ofFloats('linear', (on, { attrs, inputs, params, types, param }) => {
  const [x, { shape }] = only(inputs, types);
  const bias = params.length > 1 ? [param(1)] : [];
  if (attrs.flatten || shape.length === 2) {
    const rows = shape.length === 2 ? x : on.op('Flatten', [x], { axis: int(1) });
    return on.op('Gemm', [rows, param(0), ...bias], { transB: int(1) });
  }
  const product = on.op('MatMul', [x, param(0, [dim(shape, -1), attrs.outFeatures], { order: [1, 0] })]);
  return bias.length === 0 ? product : on.op('Add', [product, ...bias]);
});

/** With weights that are quantised in blocks along the features, which are made real before. */
function blockedLinear(on: Draft, node: Operands<'linear'>, scales: number): string | Inexpressible {
  const { attrs, inputs, params, types } = node;
  const [x, { dtype, shape }] = only(inputs, types);
  const [weight, ...others] = params as readonly [TensorId, ...TensorId[]];
  const [scale, zeros] = others.slice(attrs.bias ? 1 : 0);
  const { dtype: stored } = on.typeOf(weight);
  const features = attrs.flatten ? elements(shape.slice(1)) : dim(shape, -1);
  const perRow = scales / attrs.outFeatures;
  const size = Math.ceil(features / perRow);
  const evenly = Number.isInteger(perRow) && Math.ceil(features / size) === perRow;
  const ofOneType = zeros === undefined || on.typeOf(zeros).dtype === stored;
  if (scale === undefined || !IN_BLOCKS.includes(stored) || !isFloat(dtype) || !evenly || !ofOneType) {
    return {
      problem: 'a product with weights that are quantised in blocks is not written',
      fix: 'write the network with weights of one type',
    };
  }
  if (on.opset < 21) return newer('numbers that are quantised in blocks', 21);
  const blocks = [attrs.outFeatures, perRow];
  const operands = [weight, scale, ...(zeros === undefined ? [] : [zeros])].map((id, i) =>
    on.constant(id, i === 0 ? [attrs.outFeatures, features] : blocks),
  );
  const real = on.op('DequantizeLinear', operands, { axis: int(1), block_size: int(size) });
  const matrix = inType(on, real, on.typeOf(scale).dtype, dtype);
  const bias = attrs.bias ? [node.param(1)] : [];
  if (attrs.flatten || shape.length === 2) {
    const rows = shape.length === 2 ? x : on.op('Flatten', [x], { axis: int(1) });
    return on.op('Gemm', [rows, matrix, ...bias], { transB: int(1) });
  }
  const turned = on.op('Transpose', [matrix], { perm: ints([1, 0]) });
  const product = on.op('MatMul', [x, turned]);
  return bias.length === 0 ? product : on.op('Add', [product, ...bias]);
}

const realProduct = ofFloats('matMul', (on, { inputs }) => on.op('MatMul', inputs));

export const LINEAR_FORMS = {
  experts: {
    noForm: 'a mixture of experts is in no opset',
    fix: 'write a network without it',
  },
  determinant: ofFloats('determinant', (on, { inputs }) => on.op('Det', inputs)),
  einsum: ofFloats('einsum', (on, { attrs: { operands, result }, inputs }) => {
    const labels = [...new Set(operands.flat())];
    if (labels.length > LETTERS.length) {
      return { problem: `an equation of ${String(labels.length)} letters is not written`, fix: 'use fewer' };
    }
    const spelt = (list: readonly string[]): string =>
      list.map((label) => LETTERS.charAt(labels.indexOf(label))).join('');
    return on.op('Einsum', inputs, { equation: text(`${operands.map(spelt).join()}->${spelt(result)}`) });
  }),
  linear(on, node) {
    const { attrs, inputs, params, types, outputs } = node;
    const [x, { dtype, shape }] = only(inputs, types);
    const result = outputs[0]?.dtype;
    if (attrs.scales !== undefined) return blockedLinear(on, node, attrs.scales);
    if (attrs.bias || (isFloat(dtype) && result === dtype)) return realLinear(on, node);
    const features = attrs.flatten ? elements(shape.slice(1)) : dim(shape, -1);
    const stored = on.typeOf(params[0] as TensorId).dtype;
    const rows = attrs.flatten && shape.length !== 2 ? on.op('Flatten', [x], { axis: int(1) }) : x;
    const weight = on.constant(params[0] as TensorId, [features, attrs.outFeatures], { order: [1, 0] });
    return integerProduct(on, [rows, weight], [dtype, stored], result) ?? realLinear(on, node);
  },
  matMul(on, node) {
    const { attrs, inputs, types, outputs } = node;
    const result = outputs[0]?.dtype ?? attrs.dtype;
    const dtypes = types.map(({ dtype }) => dtype);
    const turned = inputs.map((x, i) => {
      const { shape } = types[i] as TensorType;
      const transposed = i === 0 ? attrs.transposeA : attrs.transposeB;
      if (!transposed || shape.length < 2) return x;
      const axes = shape.map((_, axis) => axis);
      return on.op('Transpose', [x], {
        perm: ints([...axes.slice(0, -2), axes.length - 1, axes.length - 2]),
      });
    });
    if (isFloat(result) && dtypes.some(isFloat)) {
      return on.op(
        'MatMul',
        turned.map((x, i) => inType(on, x, dtypes[i] ?? result, result)),
      );
    }
    return integerProduct(on, turned, dtypes, result) ?? realProduct(on, { ...node, inputs: turned });
  },
} satisfies Forms;
