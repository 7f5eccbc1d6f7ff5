import type { OpAttrs } from '../../../ops/registry.ts';
import { int, ints, type Draft } from '../writeDraft.ts';
import { isEightBit, only, type Expressed, type Forms, type Operands } from '../writer.ts';
import { LOWEST, pad, reshape } from './move.write.ts';
import { ofFloats, orRealOf16Bits } from './quantize.write.ts';

const REDUCTIONS = {
  sum: 'ReduceSum',
  mean: 'ReduceMean',
  max: 'ReduceMax',
  min: 'ReduceMin',
  product: 'ReduceProd',
  l1: 'ReduceL1',
  l2: 'ReduceL2',
  sumSquare: 'ReduceSumSquare',
  logSum: 'ReduceLogSum',
  logSumExp: 'ReduceLogSumExp',
} as const satisfies Record<Exclude<OpAttrs<'reduce'>['fn'], 'argMax' | 'argMin'>, string>;

/** Axes became an input in opset 13 for sums and in opset 18 for the others. */
export const reduced = (
  on: Draft,
  opType: string,
  x: string,
  axes: readonly number[],
  keepDims: boolean,
): string =>
  on.opset >= (opType === 'ReduceSum' ? 13 : 18)
    ? on.op(opType, [x, on.integers(axes)], { keepdims: int(keepDims ? 1 : 0) })
    : on.op(opType, [x], { axes: ints(axes), keepdims: int(keepDims ? 1 : 0) });

/** Reductions that ONNX has of eight-bit numbers as well. */
const COMPARING: readonly OpAttrs<'reduce'>['fn'][] = ['max', 'min', 'argMax', 'argMin'];

function reduction(on: Draft, { attrs, inputs }: Operands<'reduce'>): Expressed {
  const x = inputs[0] as string;
  // Without axes ONNX reduces all of them.
  if (attrs.axes.length === 0) return on.op('Identity', [x]);
  if (attrs.fn === 'argMax' || attrs.fn === 'argMin') {
    const [axis = 0] = attrs.axes;
    return on.op(attrs.fn === 'argMax' ? 'ArgMax' : 'ArgMin', [x], {
      axis: int(axis),
      keepdims: int(attrs.keepDims ? 1 : 0),
    });
  }
  return reduced(on, REDUCTIONS[attrs.fn], x, attrs.axes, attrs.keepDims);
}

const realReduction = ofFloats('reduce', reduction);
/** The place of an element is an index. */
const ownReduction = orRealOf16Bits('reduce', reduction, ['int64']);

export const REDUCE_FORMS = {
  maxout: ofFloats('maxout', (on, { attrs, inputs, types }) => {
    const [x, { dtype, shape }] = only(inputs, types);
    const [batch = 1, channels = 1, ...spatial] = shape;
    const { outChannels } = attrs;
    const groups = Math.ceil(channels / outChannels);
    const missing = groups * outChannels - channels;
    const none = spatial.map(() => 0);
    const whole = missing === 0 ? x : pad(on, x, [0, 0, ...none, 0, missing, ...none], dtype, LOWEST, 0);
    const grouped = reshape(on, whole, [batch, groups, outChannels, ...spatial]);
    return reduced(on, 'ReduceMax', grouped, [1], false);
  }),
  reduce(on, node) {
    const [, { dtype }] = only(node.inputs, node.types);
    return isEightBit(dtype) && !COMPARING.includes(node.attrs.fn)
      ? realReduction(on, node)
      : ownReduction(on, node);
  },
} satisfies Forms;
