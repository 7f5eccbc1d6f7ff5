import { dim, type Shape, type TensorType } from '../../../ops/spec.ts';
import { extent, type SlidingWindow } from '../../../ops/window.ts';
import { elements } from '../../../units.ts';
import type { DType } from '../../../ops/dtype.ts';
import { int, ints, type Attributes, type Draft } from '../writeDraft.ts';
import type { TensorId } from '../../../graph/graph.ts';
import {
  isEightBit,
  isFloat,
  newer,
  only,
  present,
  type Expressed,
  type Forms,
  type Operands,
} from '../writer.ts';
import { indices, LOWEST, pad, reshape, sliced } from './move.write.ts';
import { ofFloats, paramsIn, steps } from './quantize.write.ts';
import { reduced } from './reduce.write.ts';

/** Begins, then ends: with these and rounding down, the window stops where it should. */
function explicitPads(
  shape: Shape,
  { kernel, stride, dilation, padding, rounding }: SlidingWindow,
): readonly number[] {
  if (rounding === 'floor') return [...padding.begin, ...padding.end];
  const ends = kernel.map((k, axis) => {
    const [s, d, input] = [stride[axis] ?? 1, dilation[axis] ?? 1, dim(shape, axis + 2)];
    const [begin, end] = [padding.begin[axis] ?? NaN, padding.end[axis] ?? NaN];
    const last = (extent(input, k, s, d, begin, end, rounding) - 1) * s;
    return Math.max(0, last + d * (k - 1) + 1 - input - begin);
  });
  return [...padding.begin, ...ends];
}

/** Padding of a pooling window; `apart` where it is too wide for the operator and needs a node of its own. */
function poolPads(
  shape: Shape,
  window: SlidingWindow,
): { readonly pads: readonly number[]; readonly apart: boolean } {
  const pads = explicitPads(shape, window);
  const axes = window.kernel.length;
  return { pads, apart: pads.some((each, i) => each < 0 || each >= (window.kernel[i % axes] ?? NaN)) };
}

const windowAttributes = ({ kernel, stride, dilation }: SlidingWindow, pads: readonly number[]) =>
  ({
    kernel_shape: ints(kernel),
    strides: ints(stride),
    dilations: ints(dilation),
    pads: ints(pads),
  }) satisfies Attributes;

/** The operator that takes a map, and everything that it takes. */
type Applied = (map: string) => readonly [opType: string, operands: readonly string[]];

/** A convolution of a map whose padding no operator would take as it is cropped or filled first. */
function convolution(
  on: Draft,
  x: string,
  { dtype, shape }: TensorType,
  window: SlidingWindow,
  groups: number,
  applied: Applied,
): string {
  const pads = explicitPads(shape, window);
  // Negative padding crops, which runtimes do in a node of its own only.
  const apart = pads.some((each) => each < 0);
  const [opType, operands] = applied(apart ? pad(on, x, pads, dtype, 0) : x);
  const attributes = windowAttributes(window, apart ? pads.map(() => 0) : pads);
  return on.op(opType, operands, { ...attributes, group: int(groups) });
}

function realConvolution(on: Draft, { attrs, inputs, params, types, param }: Operands<'conv'>): string {
  const [x, type] = only(inputs, types);
  const [weight = '', ...bias] = params.map((_, i) => param(i));
  const of = (map: string, filter: string): string =>
    convolution(on, map, type, attrs, attrs.groups, (all) => ['Conv', [all, filter, ...bias]]);
  if (attrs.binary !== true) return of(x, weight);
  // Numbers of one bit, in full precision: ONNX has no operator that computes with bits.
  const axes = [1, ...attrs.kernel.map((_, axis) => axis + 2)];
  const scale = reduced(on, 'ReduceMean', on.op('Abs', [weight]), axes, true);
  const oneBit = on.op('Mul', [signs(on, weight, type.dtype), scale]);
  return of(signs(on, x, type.dtype), oneBit);
}

const weightOf = (on: Draft, { params }: Operands<'conv'>): string => on.constant(params[0] as TensorId);

/** 1 where a number is positive, else -1. */
const signs = (on: Draft, x: string, dtype: DType): string =>
  on.op('Where', [
    on.op('Greater', [x, on.numbers(dtype, [0])]),
    on.numbers(dtype, [1]),
    on.numbers(dtype, [-1]),
  ]);

/** Products of binomial coefficients along each axis, which sum to 1: 1 2 1 by 1 2 1 sixteenths, say. */
function binomialFilter(kernel: readonly number[]): readonly number[] {
  return kernel.reduce<readonly number[]>(
    (filter, taps) => {
      let row = [1];
      while (row.length < taps) row = [...row, 0].map((each, i) => (each + (row[i - 1] ?? 0)) / 2);
      return filter.flatMap((each) => row.map((weight) => each * weight));
    },
    [1],
  );
}

/**
 * The taps of every position side by side, times that position's own weights: ONNX has no locally connected
 * layer, and this is the matrix product that it is.
 */
function localConvolution(
  on: Draft,
  { attrs, inputs, types, outputs, param }: Operands<'localConv'>,
): Expressed {
  const [x, { dtype, shape }] = only(inputs, types);
  const { kernel, stride, dilation } = attrs;
  const [batch = 1, outChannels = 1, ...positions] = (outputs[0] as TensorType).shape;
  const channels = dim(shape, 1);
  const pads = explicitPads(shape, attrs);
  const map = pads.some((each) => each !== 0) ? pad(on, x, pads, dtype, 0) : x;
  const taps = indices(kernel).map((tap) =>
    sliced(
      on,
      map,
      tap.map((at, axis) => {
        const [step, first] = [stride[axis] ?? 1, at * (dilation[axis] ?? 1)];
        return { axis: axis + 2, start: first, end: first + ((positions[axis] ?? 1) - 1) * step + 1, step };
      }),
    ),
  );
  const columns = on.op('Concat', taps, { axis: int(1) });
  const [rows, count] = [channels * taps.length, elements(positions)];
  const byPosition = on.op('Transpose', [reshape(on, columns, [batch, rows, count])], {
    perm: ints([2, 0, 1]),
  });
  // Stored as positions, then output channel, input channel, taps; needed as positions, taps, input channel, output channel.
  const rank = positions.length;
  const [out, into] = [rank, rank + 1];
  const spatial = positions.map((_, axis) => axis);
  const order = [...spatial, ...spatial.map((axis) => axis + into + 1), into, out];
  const weights = param(0, [count, rows, outChannels], { order, fanIn: rows });
  const products = on.op('MatMul', [byPosition, weights]);
  const result = reshape(on, on.op('Transpose', [products], { perm: ints([1, 2, 0]) }), [
    batch,
    outChannels,
    ...positions,
  ]);
  return on.op('Add', [result, param(1)]);
}

const realMaxPool = ofFloats('maxPool', (on, { attrs, inputs, types }) => {
  const [x, { dtype, shape }] = only(inputs, types);
  const { pads, apart } = poolPads(shape, attrs);
  const map = apart ? pad(on, x, pads, dtype, LOWEST) : x;
  return on.op('MaxPool', [map], windowAttributes(attrs, apart ? pads.map(() => 0) : pads));
});

/** What quantised numbers stand for, as files between QDQ nodes say it. */
const quantisedConvolution = ofFloats('conv', realConvolution);

export const WINDOW_FORMS = {
  avgPool: ofFloats('avgPool', (on, { attrs, inputs, types }) => {
    const [x, type] = only(inputs, types);
    const padded = poolPads(type.shape, attrs);
    if (padded.apart)
      return { problem: 'ONNX averages no window whose padding is as wide as itself', fix: 'pad less' };
    const dilated = attrs.dilation.some((each) => each !== 1);
    if (dilated && on.opset < 19) return newer('dilated average pooling', 19);
    const { dilations, ...others } = windowAttributes(attrs, padded.pads);
    return on.op('AveragePool', [x], { ...others, ...(dilated ? { dilations } : {}) });
  }),
  blur: ofFloats('blur', (on, { attrs, inputs, types }) => {
    const [x, { dtype, shape }] = only(inputs, types);
    const channels = dim(shape, 1);
    const filter = binomialFilter(attrs.kernel);
    const weight = on.numbers(dtype, Array.from({ length: channels }, () => filter).flat(), [
      channels,
      1,
      ...attrs.kernel,
    ]);
    return convolution(on, x, { dtype, shape }, attrs, channels, (map) => ['Conv', [map, weight]]);
  }),
  conv(on, node) {
    const { attrs, inputs, types, outputs } = node;
    const [x, type] = only(inputs, types);
    const result = outputs[0]?.dtype;
    if (isFloat(type.dtype) && result === type.dtype) return realConvolution(on, node);
    const stored = node.params.map((id) => on.typeOf(id).dtype);
    const [weight = 'float32', bias] = stored;
    const integer = isEightBit(type.dtype) && isEightBit(weight) && attrs.binary !== true;
    if (integer && result === 'int32' && bias === undefined) {
      return convolution(on, x, type, attrs, attrs.groups, (map) => [
        'ConvInteger',
        [map, weightOf(on, node)],
      ]);
    }
    // onnxruntime has no kernel for results of another type.
    if (!integer || result === undefined || result !== type.dtype || (bias !== undefined && isFloat(bias))) {
      return quantisedConvolution(on, node);
    }
    const added = bias === undefined ? [] : [paramsIn(on, node.params, 'int32')(1)];
    return convolution(on, x, type, attrs, attrs.groups, (map) => [
      'QLinearConv',
      [
        ...[map, ...steps(on, type.dtype)],
        ...[weightOf(on, node), ...steps(on, weight)],
        ...steps(on, result),
        ...added,
      ],
    ]);
  },
  convTranspose: ofFloats('convTranspose', (on, { attrs, inputs, params, param }) => {
    const { padding, outputPadding, groups } = attrs;
    return on.op('ConvTranspose', [...inputs, ...params.map((_, i) => param(i))], {
      ...windowAttributes(attrs, [...padding.begin, ...padding.end]),
      group: int(groups),
      output_padding: ints(outputPadding),
    });
  }),
  deformConv: ofFloats('deformConv', (on, { attrs, inputs, params, types, param }) => {
    if (on.opset < 19) return newer('deformable convolution', 19);
    const [x, offset, mask] = inputs as [string, string, string?];
    const [weight, bias] = params.map((_, i) => param(i)) as [string, string?];
    const { shape } = types[0] as TensorType;
    const taps = elements(attrs.kernel);
    const offsetGroups = dim((types[1] as TensorType).shape, 1) / (2 * taps);
    return on.op('DeformConv', present([x, weight, offset, bias, mask]), {
      ...windowAttributes(attrs, explicitPads(shape, attrs)),
      group: int(attrs.groups),
      offset_group: int(offsetGroups),
    });
  }),
  globalPool: ofFloats('globalPool', (on, { attrs, inputs, types }) => {
    const [x, { shape }] = only(inputs, types);
    // Without spatial axes each channel is one value already.
    if (shape.length < 3) return on.op('Identity', [x]);
    return on.op(attrs.mode === 'average' ? 'GlobalAveragePool' : 'GlobalMaxPool', [x]);
  }),
  localConv: ofFloats('localConv', localConvolution),
  lpPool: ofFloats('lpPool', (on, { attrs, inputs, types }) => {
    const [x, type] = only(inputs, types);
    const dilated = attrs.dilation.some((each) => each !== 1);
    if (dilated && on.opset < 18) return newer('dilated Lp pooling', 18);
    const { dilations, ...others } = windowAttributes(attrs, explicitPads(type.shape, attrs));
    return on.op('LpPool', [x], { ...others, p: int(2), ...(dilated ? { dilations } : {}) });
  }),
  maxPool(on, node) {
    const [x, { dtype, shape }] = only(node.inputs, node.types);
    const { pads, apart } = poolPads(shape, node.attrs);
    // The largest of whole numbers is found as it is.
    return isEightBit(dtype) && !apart
      ? on.op('MaxPool', [x], windowAttributes(node.attrs, pads))
      : realMaxPool(on, node);
  },
  sumPool: ofFloats('sumPool', (on, { attrs, inputs, types }) => {
    const [x, { dtype, shape }] = only(inputs, types);
    const square = shape.slice(2).map(() => attrs.factor);
    const mean = on.op('AveragePool', [x], { kernel_shape: ints(square), strides: ints(square) });
    return on.op('Mul', [mean, on.numbers(dtype, [elements(square)])]);
  }),
} satisfies Forms;
