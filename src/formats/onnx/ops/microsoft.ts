import { multiplied } from './linear.ts';
import type { DType } from '../../../ops/dtype.ts';
import type { Lowering } from '../emit.ts';
import type { Node } from '../node.ts';
import { named, type Operator, type Operators } from '../operator.ts';
import { broadcast } from '../shape.ts';
import { tensor } from '../values.ts';
import { commonDType } from './elementwise.ts';
import { MICROSOFT_ATTENTION } from './microsoftAttention.ts';
import { moved } from './move.ts';
import { NORMALIZE } from './normalize.ts';
import { WINDOW } from './window.ts';

/**
 * The fused operators that onnxruntime writes (domain com.microsoft).
 * Source of operand orders: onnxruntime docs/ContribOperators.md.
 */

/** Residual sum, then normalisation of the last axis. */
const skipNorm = (fn: 'layer' | 'rms'): Operator => ({
  infer(node) {
    const shape = node.shape(0);
    const statistic = tensor('float32', [...shape.slice(0, -1), 1]);
    return [node.like(0, shape), statistic, statistic, node.like(0, shape)];
  },
  lower(emit) {
    const { node } = emit;
    const axis = emit.input(0).shape.length - 1;
    const biasInput = fn === 'layer' ? 4 : 3;
    const summands = [
      emit.operand(0),
      emit.operand(1),
      ...(node.has(biasInput) ? [emit.operand(biasInput, 'bias')] : []),
    ];
    const sum = emit.add('elementwise', summands, { fn: 'add', dtype: emit.output(0).dtype });
    const shift = fn === 'layer' && node.has(3);
    const params = [emit.operand(2, 'scale'), ...(shift ? [emit.operand(3, 'shift')] : [])];
    const [result] = emit.add('normalize', sum, { fn, axes: [axis], groups: 1, scale: true, shift }, params);
    const statistics = emit.outputs
      .slice(1, 3)
      .map((type) =>
        type === undefined ? undefined : emit.add('rearrange', [], { op: 'statistics', outputs: [type] })[0],
      );
    return [result, ...statistics, emit.outputs[3] === undefined ? undefined : sum[0]];
  },
});

const biased = (fn: 'gelu' | 'swish'): Operator => ({
  infer: (node) => [
    node.like(0, node.has(1) ? broadcast(node, [node.shape(0), node.shape(1)]) : node.shape(0)),
  ],
  lower(emit) {
    const dtype = emit.output(0).dtype;
    const sum = emit.node.has(1)
      ? emit.add('elementwise', [emit.operand(0), emit.operand(1, 'bias')], { fn: 'add', dtype })
      : [emit.operand(0)];
    return emit.add('activation', sum, { fn });
  },
});

/** FusedMatMul: a product of which either operand may be transposed. */
const fusedMatMul: Operator = {
  infer: (node) =>
    multiplied(node, [0, 1], commonDType(node), node.int('transA', 0) === 1, node.int('transB', 0) === 1),
  lower: (emit) =>
    emit.add('matMul', [emit.operand(0, 'weight'), emit.operand(1, 'weight')], {
      transposeA: emit.node.int('transA', 0) === 1,
      transposeB: emit.node.int('transB', 0) === 1,
      dtype: emit.output(0).dtype,
    }),
};

/** A fused activation costs as the plain operator does, plus the activation. */
const ACTIVATIONS = {
  Relu: 'relu',
  Tanh: 'tanh',
  Sigmoid: 'logistic',
  LeakyRelu: 'leaky',
  Clip: 'relu6',
  HardSigmoid: 'hardSigmoid',
} as const;

const isFused = (name: string): name is keyof typeof ACTIVATIONS => name in ACTIVATIONS;

function withActivation(operator: Operator | undefined): Operator {
  if (operator === undefined) throw new RangeError('no such operator');
  return {
    infer: operator.infer,
    lower(emit) {
      const [result] = operator.lower(emit);
      const name = emit.node.text('activation', '');
      if (result === undefined || name === '') return [result];
      return isFused(name)
        ? emit.add('activation', [result], { fn: ACTIVATIONS[name] })
        : emit.add('opaque', [result], { op: `Fused ${name}`, outputs: [emit.output(0)] });
    },
  };
}

/** Weights of a few bits each, in blocks with a scale: the product is that of the matrix they stand for. */
const matMulNBits: Operator = {
  infer(node) {
    const columns = node.int('N') ?? node.fail('has no attribute "N"');
    return [node.like(0, [...node.shape(0).slice(0, -1), columns])];
  },
  lower(emit) {
    const attrs = { outFeatures: emit.node.int('N', 0), bias: emit.node.has(5), flatten: false };
    // The file packs the weights: so many rows of so many columns is what they stand for.
    const shape = [attrs.outFeatures, emit.input(0).shape.at(-1) ?? 0];
    const params = [emit.operand(1, 'weight', shape), ...(emit.node.has(5) ? [emit.operand(5, 'bias')] : [])];
    return emit.add('linear', [emit.operand(0)], attrs, params);
  },
};

/** Operators on quantised maps: the operand, then its scale and zero point, perhaps a second operand with its own. */
const quantized = (operands: readonly number[], zero: number, lower: Lowering): Operator => ({
  infer: (node) => [
    tensor(
      (node.has(zero) ? node.dtype(zero) : node.dtype(0)) satisfies DType | undefined,
      broadcast(
        node,
        operands.map((i) => node.shape(i)),
      ),
    ),
  ],
  lower,
});

export const MICROSOFT: Operators = {
  ...MICROSOFT_ATTENTION,
  BiasGelu: biased('gelu'),
  BiasAdd: {
    infer: (node) => [node.like(0, node.shape(0))],
    lower: (emit) =>
      emit.add('elementwise', [emit.operand(0), emit.operand(1, 'bias'), emit.operand(2)], {
        fn: 'add',
        dtype: emit.output(0).dtype,
      }),
  },
  FastGelu: biased('gelu'),
  FusedConv: withActivation(WINDOW['Conv']),
  FusedMatMul: fusedMatMul,
  Gelu: biased('gelu'),
  MatMulNBits: matMulNBits,
  QLinearAdd: quantized([0, 3], 7, (emit) =>
    emit.add('elementwise', [emit.operand(0), emit.operand(3)], { fn: 'add', dtype: emit.output(0).dtype }),
  ),
  QLinearMul: quantized([0, 3], 7, (emit) =>
    emit.add('elementwise', [emit.operand(0), emit.operand(3)], { fn: 'mul', dtype: emit.output(0).dtype }),
  ),
  QLinearSigmoid: quantized([0], 4, (emit) => emit.add('activation', [emit.operand(0)], { fn: 'logistic' })),
  QLinearLeakyRelu: quantized([0], 4, (emit) => emit.add('activation', [emit.operand(0)], { fn: 'leaky' })),
  QuickGelu: biased('swish'),
  SkipLayerNormalization: skipNorm('layer'),
  SkipSimplifiedLayerNormalization: skipNorm('rms'),
  ...named(['RotaryEmbedding'], () => ({
    infer: (node: Node) => [node.like(0, node.shape(0))],
    lower: (emit) =>
      emit.add('elementwise', [emit.operand(0)], { fn: 'rotate', dtype: emit.output(0).dtype }),
  })),
};

/** What onnxruntime and old exporters put into the default domain without it being there. */
export const UNOFFICIAL: Operators = {
  SimplifiedLayerNormalization: NORMALIZE['RMSNormalization'] ?? { infer: () => [], lower: moved },
};
