import { elements } from '../units.ts';
import { choice, flag, integer, optional } from '../values.ts';
import { DTYPES, type DType } from './dtype.ts';
import type { Extent } from './extent.ts';
import {
  dim,
  expectInputs,
  expectGroups,
  isProblem,
  withShape,
  type OpSpec,
  type Shape,
  type TensorType,
  type OpenType,
} from './spec.ts';
import { WINDOW, slide, taps, windowLabel, type SlidingWindow } from './window.ts';

/** Attributes of `conv`. */
export interface ConvAttrs<E extends Extent = number> extends SlidingWindow {
  /** channels of the result */
  readonly outChannels: E;
  /** groups that channels are split into, each with filters of its own; 1 for none */
  readonly groups: number;
  /** a learned vector, one value per output channel, is added */
  readonly bias: boolean;
  /** weights and input are one bit each (XNOR-Net) */
  readonly binary?: boolean;
  /** element type of the result, where it is not the input's (quantised operators) */
  readonly dtype?: DType;
}

/** MACs of a convolution: every output element sums kernel taps over the channels of its group. */
function macs(input: TensorType, outputs: readonly TensorType[], attrs: ConvAttrs): number {
  const output = outputs[0];
  if (output === undefined) return 0;
  return elements(output.shape) * taps(attrs) * (dim(input.shape, 1) / attrs.groups);
}

/** Convolution (cross-correlation) over N spatial axes, with groups and dilation. */
export const conv: OpSpec<ConvAttrs, ConvAttrs<Extent>> = {
  summary: 'convolution with groups, dilation, strides and padding',
  attrs: {
    ...WINDOW,
    outChannels: integer,
    groups: integer,
    bias: flag,
    binary: optional(flag),
    dtype: optional(choice(DTYPES)),
  },
  label: ([input], attrs) =>
    `${windowLabel(attrs)} ${String(input?.shape[1])}->${String(attrs.outChannels)}` +
    (attrs.groups === 1 ? '' : ` g${String(attrs.groups)}`),
  infer(inputs, attrs) {
    const bad = expectInputs(inputs, 1, 3);
    if (bad) return bad;
    const input = inputs[0] as OpenType;
    const ungrouped = expectGroups(input, attrs);
    if (ungrouped) return ungrouped;
    const spatial = slide(input.shape, attrs);
    return isProblem(spatial)
      ? spatial
      : [{ dtype: attrs.dtype ?? input.dtype, shape: [dim(input.shape, 0), attrs.outChannels, ...spatial] }];
  },
  params(inputs, attrs) {
    const input = inputs[0] as TensorType;
    const weight: Shape = [attrs.outChannels, dim(input.shape, 1) / attrs.groups, ...attrs.kernel];
    return attrs.bias
      ? [
          { role: 'weight', type: withShape(input, weight) },
          { role: 'bias', type: withShape(input, [attrs.outChannels]) },
        ]
      : [{ role: 'weight', type: withShape(input, weight) }];
  },
  work(inputs, outputs, attrs) {
    const count = macs(inputs[0] as TensorType, outputs, attrs);
    const add = attrs.bias ? elements((outputs[0] as TensorType).shape) : 0;
    return attrs.binary === true ? { binaryMac: count, add } : { mac: count, add };
  },
  isMap: true,
  memory: 'kernel',
};
