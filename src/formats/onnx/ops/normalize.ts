import { applied, furtherOutputs, withFurther } from '../apply.ts';
import type { NormalizeFunction } from '../../../ops/normalize.ts';
import type { Shape } from '../../../ops/spec.ts';
import { elements } from '../../../units.ts';
import type { TensorId } from '../../../graph/graph.ts';
import type { Emitter } from '../emit.ts';
import { compatible } from '../../../ops/extent.ts';
import { formatDims, type Node } from '../node.ts';
import type { Operator, Operators } from '../operator.ts';
import { reducedShape } from './reduce.ts';
import { dtypeOf } from '../dtype.ts';
import { tensor } from '../values.ts';

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

interface Normalization {
  readonly fn: NormalizeFunction;
  /** axes that one mean, variance or norm is taken over */
  readonly axes: (node: Node, rank: number) => readonly number[];
  readonly groups?: (node: Node) => number;
  /** inputs that hold scale and shift, where they exist */
  readonly scale?: number;
  readonly shift?: number;
  /** the input whose type the result has; absent: the first */
  readonly typeFrom?: number;
}

/**
 * Scale and shift of the operator's own shape are its parameters; others (one per group, broadcast, computed)
 * are operands of a product and a sum behind it, as are those that give the result their type.
 */
function normalize(emit: Emitter, { fn, axes, groups, scale, shift }: Normalization): readonly TensorId[] {
  const { node } = emit;
  const { shape } = emit.input(0);
  const { dtype } = emit.output(0);
  const reduced = axes(node, shape.length);
  const own = (fn === 'instance' || fn === 'group' ? [1] : reduced).map((axis) => shape[axis] ?? 1);
  const vectors = [
    { index: scale, role: 'scale', then: 'mul' },
    { index: shift, role: 'shift', then: 'add' },
  ] as const;
  const present = vectors.flatMap(({ index, ...rest }) =>
    index !== undefined && node.has(index) ? [{ index, ...rest }] : [],
  );
  const owned =
    dtype === emit.input(0).dtype &&
    present.every(
      ({ index }) => emit.isConstant(index) && elements(emit.input(index).shape) === elements(own),
    );
  const attrs = { fn, axes: reduced, groups: groups?.(node) ?? 1 };
  if (owned) {
    const params = present.map(({ index, role }) => emit.operand(index, role, own));
    return emit.add(
      'normalize',
      [emit.operand(0)],
      {
        ...attrs,
        scale: present.some(({ role }) => role === 'scale'),
        shift: present.some(({ role }) => role === 'shift'),
      },
      params,
    );
  }
  let result = emit.add('normalize', [emit.operand(0)], { ...attrs, scale: false, shift: false });
  for (const { index, role, then } of present) {
    const vector = emit.input(index).shape;
    const met = spreadShape(vector, shape, fn);
    const operand =
      elements(met) !== elements(vector)
        ? emit.add('rearrange', [emit.operand(index, role)], {
            op: 'spread',
            outputs: [{ dtype, shape: met }],
          })
        : emit.isConstant(index)
          ? [emit.operand(index, role, met)]
          : emit.add('reshape', [emit.operand(index)], { shape: met });
    result = emit.add('elementwise', [...result, ...operand], { fn: then, dtype });
  }
  return result;
}

/** The shape in which a vector meets the map: per channel, or as its trailing dimensions. */
function spreadShape(vector: Shape, map: Shape, fn: NormalizeFunction): Shape {
  if (fn !== 'instance' && fn !== 'group') return vector;
  // One value per group stands for all channels of the group.
  return map.map((extent, axis) => (axis === 1 ? extent : 1));
}

/** Refuses a scale or shift that would give the result another shape. */
function meets(node: Node, index: number, fn: NormalizeFunction): void {
  const shape = node.shape(0);
  const vector = node.shape(index);
  if (fn === 'instance') node.expect(index, [shape[1] ?? 1]);
  else if (fn === 'group') node.shapeOf(index, 1);
  else if (
    vector.length > shape.length ||
    !vector.every((dim, i) => dim === 1 || compatible(dim, shape[i - vector.length + shape.length] ?? 1))
  ) {
    node.fail(`cannot apply ${formatDims(vector)} to ${formatDims(shape)}`);
  }
}

/** A normalisation whose result is like its input. */
const plain = (rule: Normalization): Operator => ({
  infer(node) {
    const shape = node.shape(0);
    for (const index of [rule.scale, rule.shift])
      if (index !== undefined && node.has(index)) meets(node, index, rule.fn);
    return [tensor(node.dtype(rule.typeFrom ?? 0), shape)];
  },
  lower: (emit) => normalize(emit, rule),
});

const spatial = (_node: Node, rank: number): readonly number[] => range(2, rank);
const oneAxis =
  (otherwise: number) =>
  (node: Node, rank: number): readonly number[] => [node.axis(node.int('axis', otherwise), rank)];
const fromAxis = (node: Node, rank: number): readonly number[] =>
  range(node.axis(node.int('axis', -1), rank), rank);

const ofChannels = applied('batchNorm', {
  operands: [0],
  params: [
    [1, 'scale'],
    [2, 'shift'],
    [3, 'mean'],
    [4, 'variance'],
  ],
  // One for every position, which opset 9 did away with.
  anyParams: (node) => node.int('spatial', 1) === 0,
  attrs: () => ({}),
});

/** What has no axis of channels is one channel. */
const orOfOneChannel = (operator: typeof ofChannels): typeof ofChannels => ({
  infer: (node) => (node.shape(0).length === 1 ? [node.like(0, node.shape(0))] : operator.infer(node)),
  lower(emit) {
    const { shape } = emit.input(0);
    if (shape.length !== 1) return operator.lower(emit);
    const map = emit.add('reshape', [emit.operand(0)], { shape: [...shape, 1] });
    const params = (['scale', 'shift', 'mean', 'variance'] as const).map((role, i) =>
      emit.operand(i + 1, role),
    );
    return emit.add('reshape', emit.add('batchNorm', map, {}, params), { shape });
  },
});

const batchNormalization = withFurther(orOfOneChannel(ofChannels), 'running statistics', (node) =>
  [1, 2, 3, 4].map(() => tensor(node.dtype(3), [node.dim(0, 1)])),
);

/** The statistics that LayerNormalization also gives out have extent 1 where it normalised. */
const layerNormalization: Operator = {
  infer(node) {
    const shape = node.shape(0);
    for (const index of [1, 2]) if (node.has(index)) meets(node, index, 'layer');
    const stash = tensor(
      dtypeOf(node.int('stash_type', 1)),
      reducedShape(shape, fromAxis(node, shape.length), true),
    );
    // Before ONNX had it, runtimes gave the result the type of its scale.
    return [tensor(node.dtype(node.opset < 17 ? 1 : 0), shape), stash, stash];
  },
  lower(emit) {
    const result = normalize(emit, { fn: 'layer', axes: fromAxis, scale: 1, shift: 2 });
    return [...result, ...furtherOutputs(emit, 'statistics')];
  },
};

/** Groups of channels are normalised together: the axes behind the batch, once per group. */
const groupNormalization = plain({
  fn: 'group',
  axes: (_node, rank) => range(1, rank),
  groups: (node) => node.int('num_groups') ?? node.fail('has no attribute "num_groups"'),
  scale: 1,
  shift: 2,
});

const lrn = applied('lrn', {
  operands: [0],
  attrs: (node) => ({ size: node.int('size') ?? node.fail('has no attribute "size"') }),
});

/** Before opset 13 these flattened everything behind the axis into one. */
const softmaxAxes = (node: Node, rank: number): readonly number[] => {
  const axis = rank === 0 ? 0 : node.axis(node.int('axis', node.opset < 13 ? 1 : -1), rank);
  return node.opset < 13 ? range(axis, rank) : [axis];
};

const softmax = applied('softmax', {
  operands: [0],
  attrs: (node) => ({ axis: softmaxAxes(node, node.shape(0).length)[0] ?? 0 }),
});

export const NORMALIZE: Operators = {
  BatchNormalization: batchNormalization,
  GroupNormalization: groupNormalization,
  Hardmax: plain({ fn: 'hardmax', axes: softmaxAxes }),
  InstanceNormalization: plain({ fn: 'instance', axes: spatial, scale: 1, shift: 2 }),
  LRN: lrn,
  LayerNormalization: layerNormalization,
  LogSoftmax: plain({ fn: 'logSoftmax', axes: softmaxAxes }),
  LpNormalization: plain({ fn: 'lp', axes: oneAxis(-1) }),
  MeanVarianceNormalization: plain({
    fn: 'layer',
    // Runtimes pass over axes that the map does not have.
    axes: (node, rank) =>
      node.axes(
        (node.ints('axes') ?? [0, 2, 3]).filter((axis) => axis < rank),
        rank,
      ),
  }),
  RMSNormalization: plain({ fn: 'rms', axes: fromAxis, scale: 1, typeFrom: 1 }),
  Softmax: softmax,
};
