import { elements } from '../units.ts';
import { choice, flag, integer, optional } from '../values.ts';
import { DTYPES, type DType } from './dtype.ts';
import {
  dim,
  expectInputs,
  expectGroups,
  isProblem,
  withShape,
  type OpCase,
  type OpSpec,
  type Shape,
  type TensorType,
} from './spec.ts';
import { WINDOW, slide, square, taps, windowLabel, type Window } from './window.ts';

export interface ConvAttrs extends Window {
  readonly outChannels: number;
  readonly groups: number;
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
export const conv: OpSpec<ConvAttrs> = {
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
    const input = inputs[0] as TensorType;
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
  memory: 'kernel',
};

export const cases: readonly OpCase<ConvAttrs>[] = [
  {
    name: 'the stem of ResNet-50 at 224',
    inputs: [[1, 3, 224, 224]],
    attrs: { ...square(7, 2, 3), outChannels: 64, groups: 1, bias: false },
    outputs: [[1, 64, 112, 112]],
    params: [[64, 3, 7, 7]],
    work: { mac: 118013952, add: 0 },
    source: 'torchvision resnet50: 118,013,952 MACs in conv1',
  },
  {
    name: 'depthwise with bias',
    inputs: [[2, 8, 5, 7]],
    attrs: { ...square(3, 1, 1), outChannels: 8, groups: 8, bias: true },
    outputs: [[2, 8, 5, 7]],
    params: [[8, 1, 3, 3], [8]],
    work: { mac: 2 * 8 * 5 * 7 * 9, add: 2 * 8 * 5 * 7 },
    source: 'by hand: one channel per group',
  },
  {
    name: 'dilated, asymmetric padding and stride, binary',
    inputs: [[1, 4, 9, 10]],
    attrs: {
      kernel: [3, 2],
      stride: [2, 1],
      dilation: [2, 3],
      padding: { begin: [1, 0], end: [0, 2] },
      rounding: 'ceil',
      outChannels: 6,
      groups: 2,
      bias: false,
      binary: true,
      dtype: 'int32',
    },
    outputs: [[1, 6, 4, 9]],
    params: [[6, 2, 3, 2]],
    work: { binaryMac: 6 * 4 * 9 * 6 * 2, add: 0 },
    source: 'by hand: h ceil((9+1-5)/2)+1 = 4, w (10+2-4)/1+1 = 9',
  },
];
