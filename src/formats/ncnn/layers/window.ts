import type { TensorId } from '../../../graph/graph.ts';
import type { Shape } from '../../../ops/spec.ts';
import { taps, type SlidingWindow } from '../../../ops/window.ts';
import { elements } from '../../../units.ts';
import { Unknown, type Lowering, type Rule } from '../lower.ts';
import type { Params } from '../params.ts';

/** Ids of one quantity along depth, height and width; what is not given is that of the width. */
type AxisIds = readonly [depth: number, height: number, width: number];

const KERNEL: AxisIds = [21, 11, 1];
const CONV_IDS = {
  kernel: KERNEL,
  dilation: [22, 12, 2],
  stride: [23, 13, 3],
  begin: [24, 14, 4],
  end: [17, 16, 15],
} as const satisfies Record<string, AxisIds>;
const POOL_IDS = {
  kernel: KERNEL,
  dilation: undefined,
  stride: [22, 12, 2],
  begin: [23, 13, 3],
  end: [16, 15, 14],
} as const;

/** Padding that keeps the extent divided by the stride, the odd one behind or before. */
const SAME_UPPER = -233;
const SAME_LOWER = -234;

/** A window as the file states it, outermost axis first. */
interface StatedWindow {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly begin: readonly number[];
  readonly end: readonly number[];
}

/** The window over the last `axes` of depth, height and width, with what one side inherits from another. */
function statedWindow(
  params: Params,
  axes: number,
  ids: typeof CONV_IDS | typeof POOL_IDS = CONV_IDS,
): StatedWindow {
  const along = (of: AxisIds, width: number): number[] =>
    of.map((id) => params.count(id, width)).slice(-axes);
  const left = params.int(ids.begin[2], 0);
  const begin = ids.begin.map((id) => params.int(id, left));
  return {
    kernel: along(ids.kernel, params.count(ids.kernel[2], 0)),
    stride: along(ids.stride, params.count(ids.stride[2], 1)),
    dilation:
      ids.dilation === undefined
        ? Array.from({ length: axes }, () => 1)
        : along(ids.dilation, params.count(ids.dilation[2], 1)),
    begin: begin.slice(-axes),
    end: ids.end.map((id, axis) => params.int(id, begin[axis] as number)).slice(-axes),
  };
}

/** Padding in all along each axis that gives ceil(extent / stride) positions. */
const samePadding = ({ kernel, stride, dilation }: StatedWindow, extents: Shape): readonly number[] =>
  extents.map((extent, axis) => {
    const [k = 1, s = 1, d = 1] = [kernel[axis], stride[axis], dilation[axis]];
    return Math.max(0, d * (k - 1) + 1 + Math.floor((extent - 1) / s) * s - extent);
  });

/** Half of it on each side, the larger half behind (upper) or before (lower). */
const halves = (totals: readonly number[], upper: boolean): SlidingWindow['padding'] => {
  const small = totals.map((total) => Math.floor(total / 2));
  const large = totals.map((total) => Math.ceil(total / 2));
  return upper ? { begin: small, end: large } : { begin: large, end: small };
};

function windowOver(on: Lowering, stated: StatedWindow, extents: Shape): SlidingWindow {
  const { kernel, stride, dilation, begin, end } = stated;
  const all = [...begin, ...end];
  const [same = 0] = all;
  const isSame = all.every((pad) => pad === same) && (same === SAME_UPPER || same === SAME_LOWER);
  if (!isSame && all.some((pad) => pad < 0)) {
    on.fail(
      `the padding is ${all.join(', ')}`,
      `give numbers from 0, or ${String(SAME_UPPER)} on every side`,
    );
  }
  const padding = isSame ? halves(samePadding(stated, extents), same === SAME_UPPER) : { begin, end };
  return { kernel, stride, dilation, padding, rounding: 'floor' };
}

/** Channels per group that so many weights are of. */
function expectWeights(on: Lowering, stated: number, expected: number, what: string): void {
  if (stated === expected) return;
  on.fail(
    `parameter 6 states ${String(stated)} weights, not those of ${what}`,
    'give the layer the channels that it was trained for, or correct parameter 6',
  );
}

/** Whether parameter 8 asks for eight bits, and whether the result stays in them. */
const int8Of = (params: Params, id = 8): { readonly int8: boolean; readonly stays: boolean } => {
  const term = params.int(id, 0);
  return { int8: term !== 0, stays: term > 100 };
};

/** Convolution over 1, 2 or 3 axes; `depthwise` reads its number of groups. */
const convolution =
  (axes: 1 | 2 | 3, depthwise: boolean): Rule =>
  (on, params) => {
    if (params.flag(19)) return new Unknown('its weights are an input');
    const outChannels = params.count(0, 0);
    const groups = depthwise ? params.count(7, 1) : 1;
    const bias = params.flag(5);
    const stated = statedWindow(params, axes);
    const activation = [params.int(9, 0), params.list(10)] as const;
    const { int8, stays } = int8Of(params);
    let input = on.input();
    // A vector is a map of one position: ncnn runs the layer as fully connected.
    const flat = on.dims(input).length === 1 && axes === 2 && taps(stated) === 1;
    if (flat) input = on.reshape(input, [...on.dims(input), 1, 1]);
    else on.shape(0, axes + 1);
    if (int8) input = on.quantized(input);
    const [channels = 1, ...extents] = on.dims(input);
    const attrs = {
      ...windowOver(on, stated, extents),
      outChannels,
      groups,
      bias,
      ...(int8 ? { dtype: 'float32' as const } : {}),
    };
    const weight: Shape = [outChannels, channels / groups, ...stated.kernel];
    const own = Number.isSafeInteger(channels / groups) && outChannels % groups === 0;
    if (own) {
      const what = `a window of ${stated.kernel.join('x')} from ${String(channels)} channels to ${String(outChannels)}`;
      expectWeights(
        on,
        params.int(6, 0),
        elements(weight),
        groups === 1 ? what : `${what} in ${String(groups)} groups`,
      );
    }
    const result = on.add(
      'conv',
      [input],
      attrs,
      int8 ? on.parameters(weight, bias ? outChannels : 0, int8) : undefined,
    );
    const active = on.fused(result, ...activation);
    const kept = stays ? on.quantized(active) : active;
    return [flat ? on.flat(kept) : kept];
  };

/** Transposed convolution; `depthwise` reads its number of groups. */
const deconvolution =
  (axes: 1 | 2 | 3, depthwise: boolean): Rule =>
  (on, params) => {
    if (params.flag(28)) return new Unknown('its weights are an input');
    const outChannels = params.count(0, 0);
    const groups = depthwise ? params.count(7, 1) : 1;
    const bias = params.flag(5);
    const [channels = 1, ...extents] = on.shape(0, axes + 1);
    const stated = statedWindow(params, axes);
    const { kernel, stride, dilation, begin, end } = stated;
    const right = params.int(18, 0);
    const extra = [params.int(20, right), params.int(19, right), right];
    const outputPadding = axes === 3 ? extra : extra.slice(-axes);
    if (outputPadding.some((pad) => pad < 0))
      on.fail('the output padding is negative', 'give numbers from 0');
    const padding = croppedPadding(on, params, axes, { ...stated, outputPadding }, extents) ?? { begin, end };
    if ([...padding.begin, ...padding.end].some((pad) => pad < 0)) {
      on.fail(`the padding is ${[...begin, ...end].join(', ')}`, 'give numbers from 0');
    }
    if (channels % groups === 0 && outChannels % groups === 0) {
      const count = (channels / groups) * outChannels * taps(stated);
      const what = `a window of ${kernel.join('x')} from ${String(channels)} channels to ${String(outChannels)}`;
      expectWeights(on, params.int(6, 0), count, what);
    }
    const result = on.add('convTranspose', [on.input()], {
      kernel,
      stride,
      dilation,
      padding,
      rounding: 'floor',
      outputPadding,
      outChannels,
      groups,
      bias,
    });
    return [on.fused(result, params.int(9, 0), params.list(10))];
  };

/** What is cut off so that the result has the stated extent; undefined where no extent is stated. */
function croppedPadding(
  on: Lowering,
  params: Params,
  axes: number,
  window: StatedWindow & { readonly outputPadding: readonly number[] },
  extents: Shape,
): SlidingWindow['padding'] | undefined {
  const { kernel, stride, dilation, begin, end, outputPadding } = window;
  const pads = [...begin, ...end];
  if (pads.some((pad) => pad > 0)) return undefined;
  const width = params.int(axes === 3 ? 25 : 20, 0);
  const size =
    axes === 3 ? [params.int(27, width), params.int(26, width), width] : [params.int(21, width), width];
  const wanted = size.slice(-axes);
  const upper = pads.includes(SAME_UPPER);
  if (wanted.some((extent) => extent <= 0) || !(upper || pads.includes(SAME_LOWER))) {
    return { begin: begin.map(() => 0), end: end.map(() => 0) };
  }
  const cut = wanted.map((extent, axis) => {
    const [k = 1, s = 1, d = 1, x = 1] = [kernel[axis], stride[axis], dilation[axis], extents[axis]];
    const whole = (x - 1) * s + d * (k - 1) + 1 + (outputPadding[axis] ?? 0);
    if (whole >= extent) return whole - extent;
    return on.fail(
      `the result of ${String(whole)} cannot be cut to ${String(extent)}`,
      'state an extent that the window reaches',
    );
  });
  return halves(cut, upper);
}

const deformable: Rule = (on, params) => {
  const outChannels = params.count(0, 0);
  const stated = statedWindow(params, 2);
  const [channels = 1, ...extents] = on.shape(0, 3);
  expectWeights(
    on,
    params.int(6, 0),
    outChannels * channels * taps(stated),
    `a window of ${stated.kernel.join('x')} from ${String(channels)} channels to ${String(outChannels)}`,
  );
  const result = on.add('deformConv', on.inputs, {
    ...windowOver(on, stated, extents),
    outChannels,
    groups: 1,
    bias: params.flag(5),
    masked: on.inputCount > 2,
  });
  return [on.fused(result, params.int(9, 0), params.list(10))];
};

/** Windows of pooling: how what does not fit whole is met, by parameter 5. */
const FULL = 0;
const VALID = 1;
const UPPER = 2;

const pooling =
  (axes: 1 | 2 | 3): Rule =>
  (on, params) => {
    const mode = params.int(0, 0) === 0 ? 'max' : 'average';
    const [channels = 1, ...extents] = on.shape(0, axes + 1);
    if (params.flag(4)) {
      return [on.reshape(on.add('globalPool', [on.input()], { mode }), [channels])];
    }
    const kind = mode === 'max' ? 'maxPool' : 'avgPool';
    if (params.flag(7)) return adaptivePool(on, kind, targets(params, axes, extents), [channels, ...extents]);
    const stated = statedWindow(params, axes, POOL_IDS);
    return [on.add(kind, [on.input()], pooled(on, stated, extents, params.int(5, FULL)))];
  };

/** Extents that an adaptive pooling gives; -233 keeps that of the map. */
function targets(params: Params, axes: number, extents: Shape): readonly number[] {
  const width = params.int(8, 0);
  const stated = [params.int(28, width), params.int(18, width), width].slice(-axes);
  return stated.map((extent, axis) => (extent === -233 ? (extents[axis] as number) : extent));
}

function pooled(on: Lowering, stated: StatedWindow, extents: Shape, mode: number): SlidingWindow {
  const { kernel, stride, dilation, begin, end } = stated;
  if (mode > VALID) {
    const padding = halves(samePadding(stated, extents), mode === UPPER);
    return { kernel, stride, dilation, padding, rounding: 'floor' };
  }
  if ([...begin, ...end].some((pad) => pad < 0)) {
    on.fail(`the padding is ${[...begin, ...end].join(', ')}`, 'give numbers from 0');
  }
  // A window that hangs over counts: ncnn pads behind until it fits, whatever it reads there.
  const tails = extents.map((extent, axis) => {
    const [k = 1, s = 1, before = 0, after = 0] = [kernel[axis], stride[axis], begin[axis], end[axis]];
    const rest = (extent + before + after - k) % s;
    return mode === FULL && rest !== 0 ? s - rest : 0;
  });
  const behind = end.map((pad, axis) => pad + (tails[axis] ?? 0));
  return { kernel, stride, dilation, padding: { begin, end: behind }, rounding: 'floor' };
}

/** Pooling to given extents, which divide the map: other windows are not all of one size. */
function adaptivePool(
  on: Lowering,
  kind: 'maxPool' | 'avgPool',
  sizes: readonly number[],
  dims: Shape,
): readonly TensorId[] | Unknown {
  const [channels = 1, ...extents] = dims;
  const bad = sizes.find((size) => size < 1);
  if (bad !== undefined) on.fail(`the result has the extent ${String(bad)}`, 'give extents from 1, or -233');
  if (sizes.every((size, axis) => size === extents[axis])) return [on.input()];
  const kernel = sizes.map((size, axis) => (extents[axis] as number) / size);
  if (!kernel.every(Number.isSafeInteger)) {
    return new Unknown('adaptive pooling has windows of several sizes here', [[channels, ...sizes]]);
  }
  const none = sizes.map(() => 0);
  return [
    on.add(kind, [on.input()], {
      kernel,
      stride: kernel,
      dilation: sizes.map(() => 1),
      padding: { begin: none, end: none },
      rounding: 'floor',
    }),
  ];
}

export const WINDOWS: Readonly<Record<string, Rule>> = {
  Convolution: convolution(2, false),
  ConvolutionDepthWise: convolution(2, true),
  Convolution1D: convolution(1, false),
  ConvolutionDepthWise1D: convolution(1, true),
  Convolution3D: convolution(3, false),
  ConvolutionDepthWise3D: convolution(3, true),
  Deconvolution: deconvolution(2, false),
  DeconvolutionDepthWise: deconvolution(2, true),
  Deconvolution1D: deconvolution(1, false),
  DeconvolutionDepthWise1D: deconvolution(1, true),
  Deconvolution3D: deconvolution(3, false),
  DeconvolutionDepthWise3D: deconvolution(3, true),
  DeformableConv2D: deformable,
  Pooling: pooling(2),
  Pooling1D: pooling(1),
  Pooling3D: pooling(3),
};
