import type { TensorId } from '../../../graph/graph.ts';
import { elements } from '../../../units.ts';
import type { SlidingWindow } from '../../../ops/window.ts';
import { Indeterminate, type Operation, type Results } from '../operation.ts';
import type { Rules } from '../rule.ts';
import { OPTIONS } from '../schema.ts';

/** A window as the options state it, one entry per spatial axis. */
interface Stated {
  readonly padding: number;
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
}

const SAME = 0;
const VALID = 1;

/** Entries before and behind an axis, so that `all` in all: the smaller half comes first. */
const halves = (all: number): readonly [number, number] => [Math.floor(all / 2), Math.ceil(all / 2)];

/**
 * The window over these spatial extents. SAME makes as many positions as strides fit into the extent.
 *
 * @source google-ai-edge/LiteRT f674577, tflite/kernels/padding.h
 */
function windowOver(op: Operation, spatial: readonly number[], stated: Stated): SlidingWindow {
  const { padding, kernel, stride, dilation } = stated;
  if (padding !== SAME && padding !== VALID)
    op.fail(`has the padding ${String(padding)}, which is not known`);
  const pads = spatial.map((extent, axis) => {
    const [k, s, d] = [kernel[axis] as number, stride[axis] as number, dilation[axis] as number];
    if (!(k >= 1 && s >= 1 && d >= 1)) {
      op.fail(`has the kernel ${String(k)}, the stride ${String(s)} and the dilation ${String(d)}`);
    }
    if (padding === VALID) return [0, 0] as const;
    return halves(Math.max(0, (Math.ceil(extent / s) - 1) * s + d * (k - 1) + 1 - extent));
  });
  return {
    kernel,
    stride,
    dilation,
    padding: { begin: pads.map(([begin]) => begin), end: pads.map(([, end]) => end) },
    rounding: 'floor',
  };
}

/** Where a convolution finds its operands, and how its weights are stored. */
interface Operands {
  readonly x: number;
  readonly weight: number;
  readonly bias: number;
}

const CONV: Operands = { x: 0, weight: 1, bias: 2 };
const TRANSPOSED: Operands = { x: 2, weight: 1, bias: 3 };

function convolution(
  op: Operation,
  { x, weight, bias }: Operands,
  about: { readonly groups: number; readonly outChannels: number; readonly perGroup: number },
  stated: Stated,
): TensorId {
  const { groups, outChannels, perGroup } = about;
  const map = op.first(x);
  const hasBias = op.has(bias);
  const params = [
    op.param(weight, 'weight', [outChannels, perGroup, ...stated.kernel]),
    ...(hasBias ? [op.param(bias, 'bias', [outChannels])] : []),
  ];
  const spatial = op.shape(x).slice(1, -1);
  const window = windowOver(op, spatial, stated);
  return op.one(
    'conv',
    [map],
    { ...window, outChannels, groups, bias: hasBias, ...op.dtypeUnless(map) },
    params,
  );
}

/** Weights O, kernel, I; fewer input channels than the map has make groups. */
function conv(op: Operation, rank: number, fused: number, stated: Omit<Stated, 'kernel'>): Results {
  const channels = op.shapeOf(0, rank).at(-1) as number;
  const [outChannels = 0, ...kernel] = op.shapeOf(1, rank);
  const perGroup = kernel.pop() as number;
  if (!(perGroup >= 1 && channels % perGroup === 0)) {
    op.fail(`has ${String(channels)} input channels, and weights for ${String(perGroup)}`);
  }
  const groups = channels / perGroup;
  return [op.fused(convolution(op, CONV, { groups, outChannels, perGroup }, { ...stated, kernel }), fused)];
}

/** Conv3D stores its weights with input and output channels last. */
function conv3D(op: Operation): Results {
  const o = op.options(OPTIONS.Conv3D);
  const channels = op.shapeOf(0, 5)[4];
  const [d = 0, h = 0, w = 0, perGroup = 0, outChannels = 0] = op.shapeOf(1, 5);
  if (channels !== perGroup) {
    op.fail(`has ${String(channels)} input channels, and weights for ${String(perGroup)}`);
  }
  const stated = {
    padding: o.padding,
    kernel: [d, h, w],
    stride: [o.strideD, o.strideH, o.strideW],
    dilation: [o.dilationD, o.dilationH, o.dilationW],
  };
  return [op.fused(convolution(op, CONV, { groups: 1, outChannels, perGroup }, stated), o.fused)];
}

/** One filter for each channel and multiplier: weights 1, kernel, C times multiplier. */
function depthwise(op: Operation): Results {
  const o = op.options(OPTIONS.DepthwiseConv2D);
  const [, , , channels = 0] = op.shapeOf(0, 4);
  const [, h = 0, w = 0, outChannels = 0] = op.shapeOf(1, 4);
  const stated = {
    padding: o.padding,
    kernel: [h, w],
    stride: [o.strideH, o.strideW],
    dilation: [o.dilationH, o.dilationW],
  };
  return [op.fused(convolution(op, CONV, { groups: channels, outChannels, perGroup: 1 }, stated), o.fused)];
}

/** The shape of the result comes first; what the window makes beyond it is cut off on both sides. */
function transposed(
  op: Operation,
  rank: number,
  weights: { readonly kernel: readonly number[]; readonly outChannels: number; readonly inChannels: number },
  stride: readonly number[],
  fused: number,
): Results {
  const { x, weight, bias } = TRANSPOSED;
  const { kernel, outChannels, inChannels } = weights;
  const map = op.first(x);
  const result = op.known(0) ?? (op.outputs[0]?.free.length === 0 ? op.outputs[0].shape : undefined);
  if (result === undefined) throw new Indeterminate('the shape of the result is computed');
  const spatial = op.shapeOf(x, rank).slice(1, -1);
  if (result.length !== rank) op.fail(`makes ${String(result.length)} dimensions of ${String(rank)}`);
  const pads = spatial.map((extent, axis) => {
    const [k, s] = [kernel[axis] as number, stride[axis] as number];
    if (!(k >= 1 && s >= 1)) op.fail(`has the kernel ${String(k)} and the stride ${String(s)}`);
    return (extent - 1) * s + k - (result[axis + 1] as number);
  });
  const cut = pads.map((all) => halves(Math.max(0, all)));
  const hasBias = op.has(bias);
  const attrs = {
    kernel,
    stride,
    dilation: kernel.map(() => 1),
    padding: { begin: cut.map(([begin]) => begin), end: cut.map(([, end]) => end) },
    rounding: 'floor' as const,
    outputPadding: pads.map((all) => Math.max(0, -all)),
    outChannels,
    groups: 1,
    bias: hasBias,
  };
  const params = [
    op.param(weight, 'weight', [inChannels, outChannels, ...kernel]),
    ...(hasBias ? [op.param(bias, 'bias', [outChannels])] : []),
  ];
  return [op.fused(op.one('convTranspose', [map], attrs, params), fused)];
}

function convTranspose(op: Operation): Results {
  const o = op.options(OPTIONS.TransposeConv);
  const [outChannels = 0, h = 0, w = 0, inChannels = 0] = op.shapeOf(1, 4);
  return transposed(op, 4, { kernel: [h, w], outChannels, inChannels }, [o.strideH, o.strideW], o.fused);
}

function conv3DTranspose(op: Operation): Results {
  const o = op.options(OPTIONS.Conv3D);
  const [d = 0, h = 0, w = 0, outChannels = 0, inChannels = 0] = op.shapeOf(1, 5);
  return transposed(
    op,
    5,
    { kernel: [d, h, w], outChannels, inChannels },
    [o.strideD, o.strideH, o.strideW],
    o.fused,
  );
}

const pool =
  (kind: 'avgPool' | 'maxPool' | 'lpPool') =>
  (op: Operation): Results => {
    const o = op.options(OPTIONS.Pool2D);
    const [, h = 0, w = 0] = op.shapeOf(0, 4);
    const map = op.first(0);
    const window = windowOver(op, [h, w], {
      padding: o.padding,
      kernel: [o.filterH, o.filterW],
      stride: [o.strideH, o.strideW],
      dilation: [1, 1],
    });
    return [op.fused(op.one(kind, [map], window), o.fused)];
  };

/** Spatial extents of the result, as the file states them. */
function statedExtents(op: Operation): readonly number[] {
  const { shape, free } = op.outputs[0] ?? op.fail('has no output');
  if (free.length > 0) throw new Indeterminate('the extents of the result are computed');
  return shape.slice(1, -1);
}

const resize =
  (mode: 'nearest' | 'linear') =>
  (op: Operation): Results => {
    op.shapeOf(0, 4);
    return [op.one('resize', [op.first(0)], { size: op.known(1) ?? statedExtents(op), mode })];
  };

const rearranged =
  (inverse: boolean, block: (op: Operation) => number) =>
  (op: Operation): Results => {
    op.shapeOf(0, 4);
    return [op.one('reorg', [op.first(0)], { block: block(op), inverse, order: 'reorg3d' })];
  };

/** Space to batch and back: blocks of positions move into the batch, with a border before or a part cut off after. */
function spaceToBatch(op: Operation): Results {
  const [batch = 1, ...rest] = op.shape(0);
  const block = op.numbers(1);
  const border = op.numbers(2);
  const spatial = rest.map((extent, axis) => {
    const b = block[axis];
    if (b === undefined) return extent;
    const padded = extent + (border[2 * axis] ?? Number.NaN) + (border[2 * axis + 1] ?? Number.NaN);
    return b >= 1 && padded % b === 0
      ? padded / b
      : op.fail(`makes no blocks of ${String(b)} of ${String(padded)} positions`);
  });
  return op.moved([[batch * elements(block), ...spatial]]);
}

function batchToSpace(op: Operation): Results {
  const [batch = 1, ...rest] = op.shape(0);
  const block = op.numbers(1);
  const crops = op.numbers(2);
  if (!(elements(block) >= 1 && batch % elements(block) === 0)) {
    op.fail(`makes no blocks of ${block.join('x')} of a batch of ${String(batch)}`);
  }
  const spatial = rest.map((extent, axis) => {
    const b = block[axis];
    if (b === undefined) return extent;
    const cropped = extent * b - (crops[2 * axis] ?? Number.NaN) - (crops[2 * axis + 1] ?? Number.NaN);
    return cropped >= 0 ? cropped : op.fail('cuts off more than there is');
  });
  return op.moved([[batch / elements(block), ...spatial]]);
}

export const WINDOW: Rules = {
  CONV_2D: {
    lower(op) {
      const o = op.options(OPTIONS.Conv2D);
      return conv(op, 4, o.fused, {
        padding: o.padding,
        stride: [o.strideH, o.strideW],
        dilation: [o.dilationH, o.dilationW],
      });
    },
  },
  CONV_3D: { lower: conv3D },
  CONV_3D_TRANSPOSE: { lower: conv3DTranspose },
  DEPTHWISE_CONV_2D: { lower: depthwise },
  TRANSPOSE_CONV: { lower: convTranspose },
  AVERAGE_POOL_2D: { lower: pool('avgPool') },
  MAX_POOL_2D: { lower: pool('maxPool') },
  L2_POOL_2D: { lower: pool('lpPool') },
  RESIZE_BILINEAR: { lower: resize('linear') },
  RESIZE_NEAREST_NEIGHBOR: { lower: resize('nearest') },
  DEPTH_TO_SPACE: { lower: rearranged(true, (op) => op.options(OPTIONS.DepthToSpace).block) },
  SPACE_TO_DEPTH: { lower: rearranged(false, (op) => op.options(OPTIONS.SpaceToDepth).block) },
  SPACE_TO_BATCH_ND: { lower: spaceToBatch },
  BATCH_TO_SPACE_ND: { lower: batchToSpace },
  LOCAL_RESPONSE_NORMALIZATION: {
    lower(op) {
      op.shapeOf(0, 4);
      const { radius } = op.options(OPTIONS.LocalResponseNormalization);
      return [op.one('lrn', [op.first(0)], { size: 2 * radius + 1 })];
    },
  },
};
