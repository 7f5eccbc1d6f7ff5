import type { DType } from '../../../ops/dtype.ts';
import type { Extent } from '../../../ops/extent.ts';
import type { Lowering } from '../emit.ts';
import type { Node } from '../node.ts';
import type { Operator, Operators } from '../operator.ts';
import { channelsLast, remapped } from '../remap.ts';
import { broadcast } from '../shape.ts';
import { isRanked, tensor } from '../values.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { known } from './known.ts';
import { LINEAR } from './linear.ts';
import { MOVE } from './move.ts';
import { QUANTIZE } from './quantize.ts';
import { RECURRENT } from './recurrent.ts';
import { REDUCE } from './reduce.ts';
import { WINDOW } from './window.ts';

/**
 * Operators of domain com.microsoft on quantised numbers: the plain ones, with a scale and a zero point behind every
 * operand. Source of operand orders: onnxruntime docs/ContribOperators.md.
 */

const channelsAreLast = (node: Node): boolean => node.int('channels_last', 0) === 1;

/** The zero point's element type, or the first operand's where the zero point is left out. */
const typeOfZero =
  (zero: number, otherwise = 0) =>
  (node: Node): DType | undefined =>
    node.has(zero) ? node.dtype(zero) : node.dtype(otherwise);

/** Operators on quantised maps: the operand, then its scale and zero point, perhaps a second operand with its own. */
const quantized = (operands: readonly number[], zero: number, lower: Lowering): Operator => ({
  infer: (node) => [
    tensor(
      typeOfZero(zero)(node),
      broadcast(
        node,
        operands.map((i) => node.shape(i)),
      ),
    ),
  ],
  lower,
});

const binary = (opType: 'Add' | 'Mul'): Operator =>
  quantized([0, 3], 7, remapped(known(ELEMENTWISE, opType), { inputs: () => [0, 3] }).lower);

const softmax: Operator = {
  infer: (node) => [node.like(0, node.shape(0))],
  lower(emit) {
    const rank = emit.input(0).shape.length;
    return emit.add('softmax', [emit.operand(0)], { axis: emit.node.axis(emit.node.int('axis', -1), rank) });
  },
};

/** A product of whole numbers that becomes a real one, and perhaps a bias. */
export const biasedProduct = (dtype: (node: Node) => DType | undefined, bias: number): Operator => {
  const product = remapped(known(LINEAR, 'MatMul'), { inputs: () => [0, 1], dtype });
  return {
    infer(node) {
      const [result] = product.infer(node);
      if (node.has(bias) && result?.kind === 'tensor' && isRanked(result))
        node.expect(bias, result.shape.slice(-1));
      return result === undefined ? [] : [result];
    },
    lower(emit) {
      const result = product.lower(emit).filter((id) => id !== undefined);
      if (!emit.node.has(bias)) return result;
      const { dtype: type } = emit.output(0);
      return emit.add('elementwise', [...result, emit.operand(bias, 'bias')], { fn: 'add', dtype: type });
    },
  };
};

/** Weights [D, inputs, 4 hidden], not [D, 4 hidden, inputs] as those of LSTM. */
const lstm: Operator = {
  infer(node) {
    const turned = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => {
      const value = node.inputs[i];
      if (value?.kind !== 'tensor' || value.shape === undefined || (i !== 1 && i !== 2)) return value;
      return tensor(value.dtype, turnedShape(value.shape));
    });
    return known(RECURRENT, 'LSTM').infer(node.withInputs(turned));
  },
  lower(emit) {
    const { node } = emit;
    const [directions = 1, , rows = 4] = emit.input(2).shape;
    const params = [
      emit.operand(1, 'weight', turnedShape(emit.input(1).shape)),
      emit.operand(2, 'weight', turnedShape(emit.input(2).shape)),
      ...(node.has(3) ? [emit.operand(3, 'bias')] : []),
      ...(node.has(7) ? [emit.operand(7, 'scale')] : []),
    ];
    const outputs = emit.outputs.map((type) => type !== undefined);
    const attrs = {
      cell: 'lstm',
      hiddenSize: rows / 4,
      directions,
      batchFirst: false,
      bias: node.has(3),
      peepholes: node.has(7),
      outputs,
    } as const;
    const results = emit.add('recurrent', [emit.operand(0)], attrs, params).values();
    return outputs.map((is) => (is ? results.next().value : undefined));
  },
};

function turnedShape<E extends Extent>(shape: readonly E[]): readonly E[] {
  const [directions, inputs, rows] = shape;
  return directions === undefined || inputs === undefined || rows === undefined
    ? shape
    : [directions, rows, inputs];
}

/** Sums of whole numbers are wider than they. */
const wideSum: Operator = {
  infer: (node) =>
    known(REDUCE, 'ReduceSum')
      .infer(node)
      .map((value) => (value.kind === 'tensor' ? tensor('int32', value.shape) : value)),
  lower(emit) {
    const rank = emit.input(0).shape.length;
    return emit.add('reduce', [emit.operand(0)], {
      fn: 'sum',
      axes: emit.node.axes(emit.node.ints('axes') ?? [...emit.input(0).shape.keys()], rank),
      keepDims: emit.node.int('keepdims', 1) === 1,
      dtype: 'int32',
    });
  },
};

const first = (): readonly number[] => [0];

export const MICROSOFT_QUANTIZE: Operators = {
  DequantizeLinear: known(QUANTIZE, 'DequantizeLinear'),
  DynamicQuantizeLSTM: lstm,
  DynamicQuantizeMatMul: biasedProduct((node) => node.dtype(0), 4),
  MatMulInteger16: remapped(known(LINEAR, 'MatMul'), { inputs: () => [0, 1], dtype: () => 'int32' }),
  MatMulIntegerToFloat: biasedProduct((node) => node.dtype(2), 6),
  MulInteger: {
    infer: (node) => [tensor('int32', broadcast(node, [node.shape(0), node.shape(2)]))],
    lower: (emit) =>
      emit.add('elementwise', [emit.operand(0), emit.operand(2)], { fn: 'mul', dtype: 'int32' }),
  },
  QGemm: remapped(known(LINEAR, 'Gemm'), {
    inputs: () => [0, 3, 6],
    dtype: (node) => (node.has(8) ? node.dtype(8) : 'float32'),
  }),
  QLinearAdd: binary('Add'),
  QLinearAveragePool: channelsLast(known(WINDOW, 'AveragePool'), channelsAreLast),
  QLinearConcat: remapped(known(MOVE, 'Concat'), {
    inputs: (node) => node.inputs.flatMap((_, i) => (i >= 2 && i % 3 === 2 ? [i] : [])),
    dtype: (node) => node.dtype(1),
  }),
  QLinearConv: channelsLast(known(WINDOW, 'QLinearConv'), channelsAreLast),
  QLinearGlobalAveragePool: channelsLast(known(WINDOW, 'GlobalAveragePool'), channelsAreLast),
  QLinearLeakyRelu: quantized([0], 4, (emit) => emit.add('activation', [emit.operand(0)], { fn: 'leaky' })),
  QLinearMul: binary('Mul'),
  QLinearReduceMean: remapped(known(REDUCE, 'ReduceMean'), { inputs: first }),
  QLinearSigmoid: quantized([0], 4, (emit) => emit.add('activation', [emit.operand(0)], { fn: 'logistic' })),
  QLinearSoftmax: softmax,
  QLinearWhere: remapped(known(ELEMENTWISE, 'Where'), {
    inputs: () => [0, 1, 4],
    dtype: (node) => node.dtype(8),
  }),
  QuantizeLinear: known(QUANTIZE, 'QuantizeLinear'),
  ReduceSumInteger: wideSum,
};
