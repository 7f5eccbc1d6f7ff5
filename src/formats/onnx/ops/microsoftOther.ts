import type { TensorId } from '../../../graph/graph.ts';
import { bound, type Extent, floorDivide, isKnown, minus, multiply, plus } from '../../../ops/extent.ts';
import { applied } from '../apply.ts';
import type { Emitter } from '../emit.ts';
import type { Node } from '../node.ts';
import { named, type Operator, type Operators } from '../operator.ts';
import { channelsLast, remapped } from '../remap.ts';
import { broadcast, boundOf } from '../shape.ts';
import { tensor, type Value } from '../values.ts';
import { ATTENTION } from './attention.ts';
import { IMAGE } from './image.ts';
import { known } from './known.ts';
import { extents, MOVE, moved, viewed } from './move.ts';
import { PRODUCE } from './produce.ts';
import { SELECT } from './select.ts';
import { uncounted } from './training.ts';
import { WINDOW } from './window.ts';

/**
 * Operators of domain com.microsoft that are in no family of their own. Those whose arithmetic no source states have
 * the shapes of what they make, and a cost that is said to be unknown.
 * Source of operand orders: onnxruntime docs/ContribOperators.md.
 */

const like =
  (index: number): Operator['infer'] =>
  (node) => [node.like(index, node.shape(index))];

/** Shapes that are known of a cost that is not. */
const shaped = (infer: Operator['infer']): Operator => ({ infer, lower: uncounted });

const required = (node: Node, name: string): number =>
  node.int(name) ?? node.fail(`has no attribute "${name}"`);

/** The number that an input holds, if it is known. */
const held = (node: Node, index: number, output: number, axis: number): Extent =>
  (node.has(index) ? node.elements(index)?.[0] : undefined) ?? node.unknown(output, axis, undefined);

// Embeddings.

interface Tables {
  readonly words: number;
  readonly positions: number;
  readonly segments: number;
  readonly positionIds: number;
  /** first of the scales of quantised tables */
  readonly scales: number | undefined;
}

const EMBED: Tables = { words: 2, positions: 3, segments: 4, positionIds: 8, scales: undefined };
const QUANTIZED_EMBED: Tables = { ...EMBED, positionIds: Infinity, scales: 8 };

/** Rows of the tables of words, positions and segments, summed and normalised. */
const embedding = ({ words, positions, segments, positionIds, scales }: Tables): Operator => ({
  infer(node) {
    const [batch = 1, length = 1] = node.shapeOf(0, 2);
    const dtype = node.dtype(scales ?? words);
    const sum = tensor(dtype, [batch, length, node.dim(words, 1)]);
    return [sum, tensor(node.dtype(0), [batch]), sum];
  },
  lower(emit) {
    const { node } = emit;
    const { dtype, shape } = emit.output(0);
    const rows = (table: number, ids: readonly TensorId[]): readonly TensorId[] => {
      const picked = emit.add('gather', [emit.operand(table, 'embedding'), ...ids], { axis: 0 });
      return scales === undefined ? picked : emit.add('elementwise', picked, { fn: 'dequantize', dtype });
    };
    const [, length = 1] = shape;
    const places = node.has(positionIds)
      ? [emit.operand(positionIds)]
      : emit.add('rearrange', [], { op: 'positions', outputs: [{ dtype: 'int64', shape: [length] }] });
    const summands = [
      ...rows(words, [emit.operand(0)]),
      ...rows(positions, places),
      ...(node.has(segments) ? rows(segments, [emit.operand(1)]) : []),
    ];
    const sum = emit.add('elementwise', summands, { fn: 'add', dtype });
    const attrs = { fn: 'layer', axes: [2], groups: 1, scale: true, shift: true } as const;
    const result = emit.add('normalize', sum, attrs, [emit.operand(5, 'scale'), emit.operand(6, 'shift')]);
    const lengths = emit.outputs[1];
    const mask = node.has(7) ? [emit.operand(7)] : [];
    return [
      ...result,
      lengths === undefined
        ? undefined
        : emit.add('rearrange', mask, { op: 'lengths', outputs: [lengths] })[0],
      emit.outputs[2] === undefined ? undefined : sum[0],
    ];
  },
});

// Functions of each element.

type Step = (emit: Emitter, ids: readonly TensorId[]) => readonly TensorId[];

const pointwise = (
  infer: Operator['infer'],
  lower: (emit: Emitter) => readonly (TensorId | undefined)[],
): Operator => ({
  infer,
  lower,
});

const joined =
  (fn: 'add' | 'mul' | 'rotate'): Step =>
  (emit, ids) =>
    emit.add('elementwise', ids, { fn, dtype: emit.output(0).dtype });

/** x + gate y */
const gatedAdd = pointwise(like(0), (emit) =>
  joined('add')(emit, [emit.operand(0), ...joined('mul')(emit, [emit.operand(1), emit.operand(2)])]),
);

/** Groups of the last dimension, as many features as the scale has, normalised and gated by x / (1 + exp(-x)). */
const gatedNorm = pointwise(like(0), (emit) => {
  const { shape } = emit.input(0);
  const [size = 1] = emit.input(1).shape;
  const groups = [...shape.slice(0, -1), (shape.at(-1) ?? 0) / size, size];
  const attrs = { fn: 'rms', axes: [groups.length - 1], groups: 1, scale: true, shift: false } as const;
  const split = emit.add('reshape', [emit.operand(0)], { shape: groups });
  const normal = emit.add('normalize', split, attrs, [emit.operand(1, 'scale')]);
  const whole = emit.add('reshape', normal, { shape });
  return joined('mul')(emit, [...whole, ...emit.add('activation', [emit.operand(2)], { fn: 'swish' })]);
});

/** scale softplus(a + bias), and the sigmoid of b where that is wanted */
const linearAttentionGate = pointwise(
  (node) => [node.like(0, node.shape(0)), node.like(0, node.shape(0))],
  (emit) => {
    const { dtype } = emit.output(0);
    const sum = emit.add('elementwise', [emit.operand(0), emit.operand(1, 'bias')], { fn: 'add', dtype });
    const soft = emit.add('activation', sum, { fn: 'softplus' });
    const decay = emit.add('elementwise', [...soft, emit.operand(2, 'scale')], { fn: 'mul', dtype });
    return emit.outputs[1] === undefined
      ? decay
      : [...decay, ...emit.add('activation', [emit.operand(3)], { fn: 'logistic' })];
  },
);

const rotated = pointwise(like(0), (emit) => joined('rotate')(emit, [emit.operand(0)]));

/** (a + bi)(c + di): two products and a sum for each of the two numbers. */
const complexProduct = pointwise(
  (node) => [node.like(0, broadcast(node, [node.shape(0), node.shape(1)]))],
  (emit) => joined('rotate')(emit, [emit.operand(0), emit.operand(1)]),
);

/** q cos + q' sin and k cos + k' sin, the cosines and sines made from the angles. */
const gemmaRotary: Operator = {
  infer: (node) => [node.like(1, node.shape(1)), node.like(3, node.shape(3))],
  lower(emit) {
    const { dtype } = emit.output(0);
    const angles = (['cos', 'sin'] as const).flatMap((fn) =>
      emit.add('elementwise', [emit.operand(0)], { fn, dtype }),
    );
    const [n = 1, length = 1, size = 1] = emit.input(0).shape;
    const tables = angles.flatMap((id) => emit.add('reshape', [id], { shape: [n, 1, length, size] }));
    const turned = (x: number, half: number): readonly TensorId[] =>
      joined('add')(
        emit,
        [x, half].flatMap((input, i) =>
          joined('mul')(emit, [emit.operand(input), ...tables.slice(i, i + 1)]),
        ),
      );
    return [...turned(1, 2), ...turned(3, 4)];
  },
};

/** Distances of all pairs of rows: |a|^2 - 2 a b + |b|^2, of which the products are counted. */
const distances: Operator = {
  infer(node) {
    const [rows = 1] = node.shapeOf(0, 2);
    const [columns = 1] = node.shapeOf(1, 2);
    return [node.like(0, [rows, columns])];
  },
  lower(emit) {
    const { dtype } = emit.output(0);
    const metric = emit.node.text('metric', 'sqeuclidean');
    if (!metric.endsWith('euclidean')) return uncounted(emit);
    const product = emit.add('matMul', [emit.operand(0), emit.operand(1)], {
      transposeA: false,
      transposeB: true,
      dtype,
    });
    const squares = [0, 1].map((i) =>
      emit.add('reduce', [emit.operand(i)], { fn: 'sumSquare', axes: [1], keepDims: true }),
    );
    const [[rows] = [], [columns] = []] = squares;
    if (rows === undefined || columns === undefined) return emit.node.fail('has no rows');
    const across = emit.add('reshape', [columns], { shape: [1, emit.output(0).shape[1] ?? 0] });
    const sum = emit.add('elementwise', [...product, rows, ...across], { fn: 'add', dtype });
    return metric === 'euclidean' ? emit.add('elementwise', sum, { fn: 'sqrt', dtype }) : sum;
  },
};

// Movements.

const expandDims: Operator = {
  infer(node) {
    const shape = node.shape(0);
    const at = node.numbers(1)?.[0];
    if (at === undefined) return [tensor(node.dtype(0), undefined)];
    const axis = node.axis(at, shape.length + 1);
    return [node.like(0, [...shape.slice(0, axis), 1, ...shape.slice(axis)])];
  },
  lower: viewed,
};

const unfold: Operator = {
  infer(node) {
    const shape = node.shape(0);
    const axis = node.axis(node.int('dim', -1), shape.length);
    const size = required(node, 'size');
    const windows = plus(floorDivide(minus(shape[axis] ?? 1, size), node.int('step', 1)), 1);
    return [node.like(0, [...shape.map((extent, i) => (i === axis ? windows : extent)), size])];
  },
  lower: moved,
};

const unique: Operator = {
  infer(node) {
    const [length = 1] = node.shapeOf(0, 1);
    const found = node.unknown(0, 0, bound(length));
    return [node.like(0, [found]), tensor('int64', [length]), tensor('int64', [found])];
  },
  lower: known(SELECT, 'Unique').lower,
};

const removePadding: Operator = {
  infer(node) {
    const [batch = 1, length = 1, width = 1] = node.shapeOf(0, 3);
    const tokens = node.unknown(0, 0, boundOf([batch, length]));
    return [
      node.like(0, [tokens, width]),
      node.like(1, [batch, length]),
      node.like(1, [plus(batch, 1)]),
      node.like(1, [1]),
    ];
  },
  lower: moved,
};

const restorePadding: Operator = {
  infer: (node) => [node.like(0, [...node.shapeOf(1, 2), node.dim(0, 1)])],
  lower: moved,
};

const relativePositionBias: Operator = {
  infer: (node) => [node.like(0, [1, node.dim(0, 1), held(node, 1, 0, 2), held(node, 2, 0, 3)])],
  lower: moved,
};

// Windows.

const cropAndResize: Operator = {
  infer(node) {
    const [height = node.unknown(0, 2, undefined), width = node.unknown(0, 3, undefined)] =
      extents(node, 3) ?? [];
    return [node.like(0, [node.dim(1, 0), node.dim(0, 1), height, width])];
  },
  lower: (emit) =>
    emit.add('sample', [emit.operand(0), emit.operand(1)], {
      mode: emit.node.text('mode', 'bilinear') === 'nearest' ? 'nearest' : 'linear',
      dims: 2,
      points: 1,
      size: emit.output(0).shape.slice(2),
    }),
};

/** The padding is an input. */
const transposed = applied('convTranspose', {
  operands: [0],
  params: [
    [1, 'weight'],
    [3, 'bias'],
  ],
  attrs(node) {
    const kernel = node
      .shape(1)
      .slice(2)
      .map((extent) => (isKnown(extent) ? extent : NaN));
    const each = (name: string, otherwise: number): readonly number[] =>
      node.ints(name) ?? kernel.map(() => otherwise);
    const pads = node.has(2) ? node.numbers(2) : [];
    if (pads === undefined) return node.fail('has a padding that depends on the data');
    const groups = node.int('group', 1);
    return {
      kernel,
      stride: each('strides', 1),
      dilation: each('dilations', 1),
      padding: {
        begin: kernel.map((_, axis) => pads[axis] ?? 0),
        end: kernel.map((_, axis) => pads[axis + kernel.length] ?? 0),
      },
      rounding: 'floor',
      outputPadding: each('output_padding', 0),
      outChannels: multiply(node.dim(1, 1), groups),
      groups,
      bias: node.has(3),
    };
  },
});

/** Convolutions over more axes than time are not counted; their results have the shapes of their inputs. */
const causalConv: Operator = {
  infer: (node) =>
    node.int('ndim', 1) === 1
      ? overTime.infer(node)
      : [node.like(0, node.shape(0)), tensor(node.dtype(0), node.has(3) ? node.shape(3) : undefined)],
  lower: (emit) => (emit.node.int('ndim', 1) === 1 ? overTime.lower(emit) : uncounted(emit)),
};
const overTime = channelsLast(
  known(WINDOW, 'CausalConvWithState'),
  (node) => node.int('channels_last', 0) === 1,
);

// Shapes only.

const attentionLstm = shaped((node) => {
  const [steps = 1, batch = 1] = node.shapeOf(0, 3);
  const directions = node.dim(1, 0);
  const hidden = node.int('hidden_size') ?? node.dim(2, 2);
  const state = node.like(0, [directions, batch, hidden]);
  return [node.like(0, [steps, directions, batch, hidden]), state, state];
});

/** Sequences that a decoder inside makes token by token. */
const search = (beams: boolean): Operator =>
  shaped((node) => {
    const batch = node.dim(0, 0);
    const longest = held(node, 1, 0, beams ? 2 : 1);
    if (!beams) return node.proto.output.map(() => tensor('int32', [batch, longest]));
    const returned = held(node, 4, 0, 1);
    const sequences: Value = tensor('int32', [batch, returned, longest]);
    const rest = node.proto.output
      .slice(1)
      .map((_, i) => tensor('float32', i === 0 ? [batch, returned] : undefined));
    return [sequences, ...rest];
  });

const gatedDelta = shaped((node) => {
  const [tokens = 1, queryHeads = 1, size = 1] = node.shapeOf(0, 3);
  const [, heads = 1, valueSize = 1] = node.shapeOf(2, 3);
  const batch = node.has(6)
    ? node.dim(6, 0)
    : node.has(3)
      ? minus(node.dim(3, 0), 1)
      : node.unknown(1, 0, undefined);
  const state = node.has(6) ? node.dtype(6) : 'float32';
  const most = isKnown(queryHeads) && isKnown(heads) ? Math.max(queryHeads, heads) : heads;
  return [
    node.like(0, [tokens, most, valueSize]),
    tensor(state, [batch, heads, valueSize, size]),
    tensor(state, undefined),
  ];
});

const timeWarping = shaped((node) => {
  const shape = node.shape(0);
  const [rows, columns] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
  const most = bound(plus(rows, columns));
  return [tensor('int32', [2, node.unknown(0, 1, most === undefined ? undefined : most - 1)])];
});

const hashes = shaped((node) => {
  const [batch = 1, length = 1] = node.shapeOf(0, 2);
  const orders = required(node, 'max_ngram_size') - 1;
  return [
    node.like(0, [batch, length, orders * required(node, 'n_head_per_ngram')]),
    node.like(0, [batch, orders]),
  ];
});

const tokens = shaped((node) => {
  const shape = node.shape(0);
  return [tensor('string', [...shape, node.unknown(0, shape.length, undefined)])];
});

const sparseProduct = shaped((node) => {
  const [a, b] = [node.shapeOf(0, 2), node.shape(1)];
  const rows = node.int('transA', 0) === 1 ? a[1] : a[0];
  const columns = node.int('transB', 0) === 1 ? b.at(-2) : b.at(-1);
  return [node.like(1, [...b.slice(0, -2), rows ?? 1, columns ?? 1])];
});

export const MICROSOFT_OTHER: Operators = {
  AttnLSTM: attentionLstm,
  BeamSearch: search(true),
  BifurcationDetector: shaped((node) => [
    node.like(0, [node.unknown(0, 0, undefined)]),
    node.like(2, node.shape(2)),
  ]),
  CDist: distances,
  CausalConvWithState: causalConv,
  ComplexMul: complexProduct,
  ComplexMulConj: complexProduct,
  ConvTransposeWithDynamicPads: transposed,
  CropAndResize: cropAndResize,
  DecoderAttention: shaped((node) => [
    node.like(0, node.shape(0)),
    ...[1, 2].map(() => tensor(node.dtype(0), undefined)),
  ]),
  DynamicTimeWarping: timeWarping,
  EmbedLayerNormalization: embedding(EMBED),
  EngramGate: shaped(like(0)),
  ExpandDims: expandDims,
  GatedAdd: gatedAdd,
  GatedDeltaNet: gatedDelta,
  GatedRMSNorm: gatedNorm,
  GatedRelativePositionBias: shaped((node) => [node.like(0, [node.dim(0, 0), ...node.shape(2).slice(1)])]),
  GatherND: known(SELECT, 'GatherND'),
  GemmaRotaryEmbedding: gemmaRotary,
  GridSample: known(IMAGE, 'GridSample'),
  IsAllFinite: shaped(() => [tensor('bool', [])]),
  LinearAttention: known(ATTENTION, 'LinearAttention'),
  LinearAttentionGate: linearAttentionGate,
  LongformerAttention: shaped(like(0)),
  MaxpoolWithMask: remapped(known(WINDOW, 'MaxPool'), { inputs: () => [0] }),
  MurmurHash3: shaped((node) => [tensor(node.int('positive', 1) === 1 ? 'uint32' : 'int32', node.shape(0))]),
  NGramHashMapping: hashes,
  NGramRepeatBlock: shaped(like(1)),
  Pad: known(MOVE, 'Pad'),
  QEmbedLayerNormalization: embedding(QUANTIZED_EMBED),
  Range: known(PRODUCE, 'Range'),
  RelativePositionBias: relativePositionBias,
  RemovePadding: removePadding,
  RestorePadding: restorePadding,
  SampleOp: { infer: like(0), lower: (emit) => emit.add('identity', [emit.operand(0)], {}) },
  SparseToDenseMatMul: sparseProduct,
  Tokenizer: tokens,
  TorchEmbedding: {
    infer: (node) => [node.like(0, [...node.shape(1), node.dim(0, 1)])],
    lower: (emit) => emit.add('gather', [emit.operand(0, 'embedding'), emit.operand(1)], { axis: 0 }),
  },
  Trilu: known(MOVE, 'Trilu'),
  UnfoldTensor: unfold,
  Unique: unique,
  WhisperBeamSearch: search(true),
  WordConvEmbedding: shaped((node) => [
    tensor(node.dtype(1), [node.dim(0, 0), node.int('embedding_size') ?? node.dim(1, 0)]),
  ]),
  ...named(['GreedySearch', 'Sampling'], () => search(false)),
  ...named(['Inverse'], () => shaped(like(0))),
  ...named(['MRotaryEmbedding', 'RotaryEmbedding'], () => rotated),
};
