import type { ActivationFunction } from '../../../ops/activation.ts';
import type { TensorId } from '../../../graph/graph.ts';
import type { DType } from '../../../ops/dtype.ts';
import type { Shape } from '../../../ops/spec.ts';
import { dtypeOf } from '../dtype.ts';
import type { Emitter } from '../emit.ts';
import type { Node } from '../node.ts';
import { named, type Operator, type Operators } from '../operator.ts';
import { channelsLast, remapped } from '../remap.ts';
import { broadcast } from '../shape.ts';
import { tensor } from '../values.ts';
import { made } from '../apply.ts';
import { commonDType } from './elementwise.ts';
import { known } from './known.ts';
import { LINEAR } from './linear.ts';
import { biasedProduct } from './microsoftQuantize.ts';
import { WINDOW } from './window.ts';

/**
 * Operators of domain com.microsoft that are several plain ones in one: each costs what those do.
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

/** The first input and its bias, if it has one. */
function biasedInput(emit: Emitter, bias: number): readonly TensorId[] {
  const { dtype } = emit.output(0);
  return emit.node.has(bias)
    ? emit.add('elementwise', [emit.operand(0), emit.operand(bias, 'bias')], { fn: 'add', dtype })
    : [emit.operand(0)];
}

const biased = (fn: 'gelu' | 'swish'): Operator => ({
  infer: (node) => [
    node.like(0, node.has(1) ? broadcast(node, [node.shape(0), node.shape(1)]) : node.shape(0)),
  ],
  lower: (emit) => emit.add('activation', biasedInput(emit, 1), { fn }),
});

/** x + b + residual */
const biasAdd: Operator = {
  infer: (node) => [node.like(0, node.shape(0))],
  lower: (emit) =>
    emit.add('elementwise', [emit.operand(0), emit.operand(1, 'bias'), emit.operand(2)], {
      fn: 'add',
      dtype: emit.output(0).dtype,
    }),
};

/** x + b (+ residual), of which a run drops nothing; the mask is all ones. */
const biasDropout: Operator = {
  infer: (node) => [node.like(0, node.shape(0)), tensor('bool', node.shape(0))],
  lower(emit) {
    const { dtype } = emit.output(0);
    const residual = emit.node.has(2) ? [emit.operand(2)] : [];
    const operands = [emit.operand(0), emit.operand(1, 'bias'), ...residual];
    const mask = emit.outputs[1];
    return [
      ...emit.add('elementwise', operands, { fn: 'add', dtype }),
      ...(mask === undefined ? [] : emit.add('rearrange', [], { op: 'dropout mask', outputs: [mask] })),
    ];
  },
};

/** One half of x + b times the GELU of the other. */
const biasSplitGelu: Operator = {
  infer(node) {
    const width = node.dim(0, -1);
    if (typeof width === 'number' && width % 2 !== 0) node.fail(`cannot halve ${String(width)} features`);
    const half =
      typeof width === 'number' ? width / 2 : node.unknown(0, node.shape(0).length - 1, width.atMost);
    return [node.like(0, [...node.shape(0).slice(0, -1), half])];
  },
  lower(emit) {
    const { dtype, shape } = emit.output(0);
    const half = shape.at(-1) ?? 0;
    const [linear, gate] = emit.add('split', biasedInput(emit, 1), {
      axis: shape.length - 1,
      sizes: [half, half],
    });
    if (linear === undefined || gate === undefined) return emit.node.fail('has no halves');
    const active = emit.add('activation', [gate], { fn: 'gelu' });
    return emit.add('elementwise', [linear, ...active], { fn: 'mul', dtype });
  },
};

/** Softmax of a sum, over the dimensions from the axis on. */
const biasSoftmax: Operator = {
  infer: (node) => [node.like(0, node.shape(0))],
  lower(emit) {
    const { dtype, shape } = emit.output(0);
    const bias = emit.input(1).shape;
    const meets = bias.every((extent, i) => extent === 1 || extent === shape[i - bias.length + shape.length]);
    const spread = meets
      ? [emit.operand(1)]
      : emit.add('rearrange', [emit.operand(1)], { op: 'spread', outputs: [{ dtype, shape }] });
    const sum = emit.add('elementwise', [emit.operand(0), ...spread], { fn: 'add', dtype });
    return emit.add('softmax', sum, { axis: emit.node.axis(emit.node.int('axis', 1), shape.length) });
  },
};

// Products.

const isSet = (node: Node, name: string): boolean => node.int(name, 0) !== 0;

/** [d0, d1.., n] as stacks [d1.., d0, n], which is what transBatch means: the first dimension are the rows. */
const stacked = <T>(shape: readonly T[], moved: boolean): readonly T[] =>
  moved && shape.length > 2 ? [...shape.slice(1, -1), ...shape.slice(0, 1), ...shape.slice(-1)] : shape;

/** A product of which either operand may be transposed, and its first dimension may be its rows. */
const fusedMatMul: Operator = {
  infer: (node) =>
    made(
      node,
      'matMul',
      [0, 1].map((i) => ({
        dtype: node.dtype(i),
        shape: stacked(node.shape(i), isSet(node, i === 0 ? 'transBatchA' : 'transBatchB')),
      })),
      {
        transposeA: isSet(node, 'transA'),
        transposeB: isSet(node, 'transB'),
        dtype: commonDType(node, [0, 1]),
      },
    ),
  lower(emit) {
    const { node } = emit;
    const operand = (i: number, flag: string): readonly TensorId[] => {
      const id = emit.operand(i, 'weight');
      const { shape } = emit.input(i);
      return isSet(node, flag) && shape.length > 2
        ? emit.add('layout', [id], { perm: stacked([...shape.keys()], true) })
        : [id];
    };
    return emit.add('matMul', [...operand(0, 'transBatchA'), ...operand(1, 'transBatchB')], {
      transposeA: isSet(node, 'transA'),
      transposeB: isSet(node, 'transB'),
      dtype: emit.output(0).dtype,
    });
  },
};

/** A fused activation costs as the plain operator does, plus the activation. */
const ACTIVATIONS: Readonly<Record<string, ActivationFunction>> = {
  Clip: 'relu6',
  GELU: 'gelu',
  HardSigmoid: 'hardSigmoid',
  HardSwish: 'hardSwish',
  LeakyRelu: 'leaky',
  RELU: 'relu',
  Relu: 'relu',
  Sigmoid: 'logistic',
  Tanh: 'tanh',
};

const NONE = ['', 'NONE'];

/** The operator, then the sum with another input, if the node has one, and the activation that it names. */
const withActivation = (operator: Operator, residual = Infinity): Operator => ({
  infer: operator.infer,
  lower(emit) {
    let result = operator.lower(emit);
    const [id] = result;
    const name = emit.node.text('activation', '');
    if (id === undefined) return result;
    const { dtype } = emit.output(0);
    if (emit.node.has(residual))
      result = emit.add('elementwise', [id, emit.operand(residual)], { fn: 'add', dtype });
    if (NONE.includes(name)) return result;
    const fn = ACTIVATIONS[name];
    const ids = result.filter((each) => each !== undefined);
    return fn === undefined
      ? emit.add('opaque', ids, { op: `Fused ${name}`, outputs: [emit.output(0)] })
      : emit.add('activation', ids, { fn });
  },
});

/** A product along the last axis only, its activation perhaps a softmax. */
const activatedMatMul: Operator = {
  infer: fusedMatMul.infer,
  lower: (emit) =>
    emit.node.text('activation') === 'Softmax'
      ? emit.add(
          'softmax',
          fusedMatMul.lower(emit).filter((id) => id !== undefined),
          {
            axis: emit.node.axis(emit.node.int('activation_axis', -1), emit.output(0).shape.length),
          },
        )
      : withActivation(fusedMatMul).lower(emit),
};

const gemmGelu = biasedProduct((node) => node.dtype(0), 2);

const gemmFloat8 = withActivation(
  remapped(known(LINEAR, 'Gemm'), {
    inputs: () => [0, 1, 2],
    dtype: (node): DType | undefined => dtypeOf(node.int('dtype', 1)),
  }),
);

// Maps with their channels last.

/** Normalisation of groups of channels, of a sum first where there is one to make. */
const groupNorm = (skip: number): Operator =>
  channelsLast(
    {
      infer: (node) => [node.like(0, node.shape(0)), node.like(0, node.shape(0))],
      lower(emit) {
        const { node } = emit;
        const { dtype, shape } = emit.input(0);
        const channels = shape.map((extent, axis) => (axis === 1 ? extent : 1));
        const sum = node.has(skip)
          ? emit.add(
              'elementwise',
              [emit.operand(0), perChannel(emit, skip, shape), ...bias(emit, channels)],
              {
                fn: 'add',
                dtype,
              },
            )
          : [emit.operand(0)];
        const attrs = {
          fn: 'group',
          axes: [...shape.keys()].slice(1),
          groups: node.int('groups') ?? node.fail('has no attribute "groups"'),
          scale: true,
          shift: true,
        } as const;
        const result = emit.add('normalize', sum, attrs, [
          emit.operand(1, 'scale'),
          emit.operand(2, 'shift'),
        ]);
        const active =
          node.int('activation', 0) === 1 ? emit.add('activation', result, { fn: 'swish' }) : result;
        return emit.outputs[1] === undefined ? active : [...active, ...sum];
      },
    },
    (node) => node.int('channels_last', 1) === 1,
    [0],
  );

/** The second summand, which may be one number per channel: N x C, or N x 1 x 1 x C. */
function perChannel(emit: Emitter, input: number, map: Shape): TensorId {
  const id = emit.operand(input);
  const [n = 1, c = 1] = map;
  const count = emit.input(input).shape.reduce((a, b) => a * b, 1);
  const shape = count === n * c ? map.map((extent, axis) => (axis < 2 ? extent : 1)) : map;
  return emit.add('reshape', [id], { shape })[0] ?? id;
}

const bias = (emit: Emitter, shape: Shape): readonly TensorId[] =>
  emit.node.has(4) ? [emit.operand(4, 'bias', shape)] : [];

const conv = known(WINDOW, 'Conv');

export const MICROSOFT_FUSED: Operators = {
  BiasAdd: biasAdd,
  BiasDropout: biasDropout,
  BiasSoftmax: biasSoftmax,
  BiasSplitGelu: biasSplitGelu,
  FusedConv: withActivation(conv, 3),
  FusedGemm: withActivation(known(LINEAR, 'Gemm')),
  FusedMatMulActivation: activatedMatMul,
  GemmFastGelu: {
    infer: gemmGelu.infer,
    lower: (emit) =>
      emit.add(
        'activation',
        gemmGelu.lower(emit).filter((id) => id !== undefined),
        { fn: 'gelu' },
      ),
  },
  GemmFloat8: gemmFloat8,
  GroupNorm: groupNorm(Infinity),
  NhwcConv: channelsLast(conv),
  NhwcFusedConv: channelsLast(withActivation(conv, 3), undefined, [0, 3]),
  NhwcMaxPool: channelsLast(known(WINDOW, 'MaxPool')),
  QuickGelu: biased('swish'),
  SkipGroupNorm: groupNorm(3),
  SkipLayerNormalization: skipNorm('layer'),
  SkipSimplifiedLayerNormalization: skipNorm('rms'),
  ...named(['BiasGelu', 'FastGelu', 'Gelu'], () => biased('gelu')),
  ...named(['FusedMatMul', 'TransposeMatMul'], () => fusedMatMul),
};
