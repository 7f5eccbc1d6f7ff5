import type { Node } from '../node.ts';
import type { Operator, Operators } from '../operator.ts';
import type { Lowering } from '../emit.ts';
import type { Extent } from '../../../ops/extent.ts';
import { tensor, type Value } from '../values.ts';
import { present } from './select.ts';
import { placed } from './attention.ts';

/** What this operator costs is not counted: it is listed as unknown, with the types that it gives and its weights. */
export const uncounted: Lowering = (emit) =>
  placed(
    emit,
    emit.add('opaque', emit.operands('weight'), { op: emit.node.op, outputs: present(emit.outputs) }),
  );

/** Loss over classes in axis 1: a number, or one per position. */
function lossShape(node: Node): readonly Extent[] {
  const [n = 1, , ...rest] = node.shape(0);
  node.expect(1, [n, ...rest]);
  return node.text('reduction', 'mean') === 'none' ? [n, ...rest] : [];
}

const nllLoss: Operator = {
  infer: (node) => [node.like(0, lossShape(node))],
  lower: (emit) => {
    const { shape } = emit.input(1);
    const picked = emit.add('rearrange', emit.operands(), {
      op: 'pick',
      outputs: [{ dtype: emit.input(0).dtype, shape }],
    });
    if (emit.node.text('reduction', 'mean') === 'none') return picked;
    return picked.flatMap((id) =>
      emit.add('reduce', [id], { fn: 'mean', axes: shape.map((_, axis) => axis), keepDims: false }),
    );
  },
};

const crossEntropy: Operator = {
  infer: (node) => [node.like(0, lossShape(node)), node.like(0, node.shape(0))],
  lower(emit) {
    const scores = emit.input(0);
    const [log] = emit.add('normalize', [emit.operand(0)], {
      fn: 'logSoftmax',
      axes: [1],
      groups: 1,
      scale: false,
      shift: false,
    });
    const { shape } = emit.input(1);
    const operands = log === undefined ? [] : [log, emit.operand(1)];
    const picked = emit.add('rearrange', operands, { op: 'pick', outputs: [{ dtype: scores.dtype, shape }] });
    const loss =
      emit.node.text('reduction', 'mean') === 'none'
        ? picked
        : picked.flatMap((id) =>
            emit.add('reduce', [id], { fn: 'mean', axes: shape.map((_, axis) => axis), keepDims: false }),
          );
    return [...loss, log];
  },
};

/** Optimisers update each of n tensors and its moments: inputs are rate, count, tensors, gradients, moments. */
const optimizer = (moments: number): Operator => ({
  infer(node) {
    const n = (node.inputs.length - 2) / (2 + moments);
    if (!Number.isInteger(n)) node.fail(`cannot divide ${String(node.inputs.length - 2)} inputs evenly`);
    const updated: Value[] = [];
    for (let i = 0; i < n; i++) updated.push(node.value(2 + i));
    for (let i = 0; i < moments * n; i++) updated.push(node.value(2 + 2 * n + i));
    return updated.map((value) => (value.kind === 'tensor' ? tensor(value.dtype, value.shape) : value));
  },
  lower: uncounted,
});

const gradient: Operator = {
  infer: (node) => node.proto.output.map((_, i) => tensor(node.dtype(i), node.shape(i))),
  lower: uncounted,
};

export const LOSS: Operators = { NegativeLogLikelihoodLoss: nllLoss, SoftmaxCrossEntropyLoss: crossEntropy };

export const TRAINING: Operators = {
  Adagrad: optimizer(1),
  Adam: optimizer(2),
  Gradient: gradient,
  Momentum: optimizer(1),
};
