import type { ActivationFunction } from '../../../ops/activation.ts';
import { type Extent, isKnown, minus } from '../../../ops/extent.ts';
import type { TensorId } from '../../../graph/graph.ts';
import type { Emitter, Lowering } from '../emit.ts';
import type { Node } from '../node.ts';
import type { Operator, Operators } from '../operator.ts';
import { movedBy } from './move.ts';

/** Attributes are the second operands of these. */
type WithNumber = 'mul' | 'add';

/** One after the other of every element, as the first input has it. */
const chain = (...steps: readonly (WithNumber | ActivationFunction)[]): Operator => ({
  infer: (node) => [node.like(0, node.shape(0))],
  lower: (emit) => steps.reduce<readonly TensorId[]>((x, step) => withStep(emit, x, step), [emit.operand(0)]),
});

const withStep = (
  emit: Emitter,
  inputs: readonly TensorId[],
  step: WithNumber | ActivationFunction,
): readonly TensorId[] =>
  step === 'mul' || step === 'add'
    ? emit.add('elementwise', inputs, { fn: step, dtype: emit.output(0).dtype })
    : emit.add('activation', inputs, { fn: step });

/** What stays of a map: its first row and column, and its height and width. */
function kept(node: Node): { readonly starts: readonly number[]; readonly sizes: readonly Extent[] } {
  const [left = 0, top = 0, right = 0, bottom = 0] =
    node.ints('border') ?? node.fail('has no attribute "border"');
  const given = node.ints('scale');
  const sizes = [top + bottom, left + right].map((cut, i): Extent => {
    const extent = node.dim(0, 2 + i);
    return given?.[i] ?? minus(extent, cut);
  });
  if (sizes.some((size) => isKnown(size) && size < 1)) node.fail('crops more than there is');
  return { starts: [top, left], sizes };
}

const cropped: Lowering = (emit) => {
  const { starts } = kept(emit.node);
  const sizes = emit.output(0).shape.slice(2);
  return movedBy(emit, 'stridedSlice', { axes: [2, 3], starts, steps: [1, 1], sizes });
};

/**
 * Operators that ONNX had on trial before opset 10, and that runtimes still run.
 *
 * @source docs/ContribOperators.md and cpu_contrib_kernels.cc of onnxruntime
 */
export const FORMER: Operators = {
  /** alpha x + beta */
  Affine: chain('mul', 'add'),
  Crop: {
    infer: (node) => [node.like(0, [node.dim(0, 0), node.dim(0, 1), ...kept(node).sizes])],
    lower: cropped,
  },
  /** scale x + bias of the channel */
  ImageScaler: chain('mul', 'add'),
  /** alpha log(1 + exp(beta x)) */
  ParametricSoftplus: chain('mul', 'softplus', 'mul'),
  Scale: chain('mul'),
  /** alpha tanh(beta x) */
  ScaledTanh: chain('mul', 'tanh', 'mul'),
};
