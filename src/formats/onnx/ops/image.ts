import type { Lowering } from '../emit.ts';
import { compatible } from '../../../ops/extent.ts';
import { formatDims, type Node } from '../node.ts';
import type { Operator, Operators } from '../operator.ts';
import { bound, type Extent, isKnown, knownShape } from '../../../ops/extent.ts';
import { tensor } from '../values.ts';
import { extents } from './move.ts';

const LINEAR_MODES = ['linear', 'bilinear', 'trilinear'];

/** An extent times a scale, as runtimes compute it: in float32, rounded down. */
const scaledExtent = (node: Node, dim: Extent, axis: number, scale: number | undefined): Extent => {
  if (scale === 1) return dim;
  const most = bound(dim);
  const extent =
    most === undefined || scale === undefined ? undefined : Math.floor(Math.fround(most * scale));
  return isKnown(dim) && extent !== undefined ? extent : node.unknown(0, axis, extent);
};

function resized(node: Node): readonly Extent[] {
  const input = node.shape(0);
  const [scaleInput, sizeInput] = node.opset < 11 ? [1, Infinity] : [2, 3];
  const axes = node.axes(node.ints('axes') ?? input.map((_, axis) => axis), input.length);
  if (node.has(sizeInput)) return sized(node, input, axes, sizeInput);
  const scales = node.has(scaleInput) ? node.numbers(scaleInput) : node.floats('scales');
  if (scales !== undefined && scales.length !== axes.length) {
    node.fail(`has ${String(scales.length)} scales for ${String(axes.length)} axes`);
  }
  const crop =
    node.text('coordinate_transformation_mode') === 'tf_crop_and_resize' ? node.numbers(1) : undefined;
  return input.map((dim, axis) => {
    const at = axes.indexOf(axis);
    if (at < 0) return dim;
    const scale = scales?.[at];
    const part = crop === undefined ? 1 : (crop[at + axes.length] ?? 1) - (crop[at] ?? 0);
    return scaledExtent(node, dim, axis, scale === undefined ? undefined : scale * part);
  });
}

function sized(
  node: Node,
  input: readonly Extent[],
  axes: readonly number[],
  index: number,
): readonly Extent[] {
  const sizes = extents(node, index);
  const policy = node.text('keep_aspect_ratio_policy', 'stretch');
  if (policy === 'stretch' || sizes === undefined) {
    return input.map((dim, axis) => {
      const at = axes.indexOf(axis);
      return at < 0 ? dim : (sizes?.[at] ?? node.unknown(0, axis, undefined));
    });
  }
  const [from, to] = [knownShape(axes.map((axis) => input[axis] ?? 1)), knownShape(sizes)];
  if (from === undefined || to === undefined) return input.map((_, axis) => node.unknown(0, axis, undefined));
  const ratios = from.map((extent, i) => (to[i] ?? 1) / extent);
  const ratio = policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios);
  return input.map((dim, axis) =>
    axes.includes(axis) && isKnown(dim) ? Math.floor(dim * ratio + 0.5) : dim,
  );
}

const lowerResize: Lowering = (emit) => {
  const mode = emit.node.text('mode', 'nearest');
  const { shape } = emit.output(0);
  const before = emit.input(0).shape;
  if (shape.length < 3 || shape[0] !== before[0] || shape[1] !== before[1]) {
    return emit.add('opaque', [emit.operand(0)], {
      op: 'Resize of batch or channels',
      outputs: [emit.output(0)],
    });
  }
  return emit.add('resize', [emit.operand(0)], {
    size: shape.slice(2),
    mode: LINEAR_MODES.includes(mode) ? 'linear' : mode === 'cubic' ? 'cubic' : 'nearest',
  });
};

const resize: Operator = { infer: (node) => [node.like(0, resized(node))], lower: lowerResize };

const upsample: Operator = {
  infer(node) {
    const input = node.shape(0);
    const scales = node.has(1) ? node.numbers(1) : node.floats('scales');
    return [
      node.like(
        0,
        input.map((dim, axis) => scaledExtent(node, dim, axis, scales?.[axis])),
      ),
    ];
  },
  lower: lowerResize,
};

const gridSample: Operator = {
  infer(node) {
    const [map, grid] = [node.typed(0), node.typed(1)];
    if (grid.shape.length !== map.shape.length || !compatible(node.dim(0, 0), node.dim(1, 0))) {
      node.fail(`cannot sample ${formatDims(map.shape)} at ${formatDims(grid.shape)}`);
    }
    return [node.like(0, [...map.shape.slice(0, 2), ...grid.shape.slice(1, -1)])];
  },
  lower(emit) {
    const mode = emit.node.text('mode', 'linear');
    return emit.add('sample', [emit.operand(0), emit.operand(1)], {
      mode: LINEAR_MODES.includes(mode) ? 'linear' : mode === 'nearest' ? 'nearest' : 'cubic',
      dims: emit.input(0).shape.length - 2,
      points: 1,
      size: emit.output(0).shape.slice(2),
    });
  },
};

const affineGrid: Operator = {
  infer(node) {
    const size = extents(node, 1);
    if (size === undefined) return [tensor(node.dtype(0), undefined)];
    return [node.like(0, [size[0] ?? 1, ...size.slice(2), size.length - 2])];
  },
  // A grid of homogeneous coordinates times one matrix per image.
  lower(emit) {
    const { dtype, shape } = emit.output(0);
    const dims = shape.at(-1) ?? 2;
    const points = shape.slice(1, -1).reduce((a, b) => a * b, 1);
    const grid = emit.add('rearrange', [], { op: 'grid', outputs: [{ dtype, shape: [points, dims + 1] }] });
    const product = emit.add('matMul', [...grid, emit.operand(0)], {
      transposeA: false,
      transposeB: true,
      dtype,
    });
    return product.flatMap((id) => emit.add('reshape', [id], { shape }));
  },
};

const roiAlign: Operator = {
  infer: (node) => [
    node.like(0, [node.dim(1, 0), node.dim(0, 1), node.int('output_height', 1), node.int('output_width', 1)]),
  ],
  lower(emit) {
    const ratio = emit.node.int('sampling_ratio', 0);
    const operands = [emit.operand(0), emit.operand(1)];
    if (ratio < 1) return emit.add('opaque', operands, { op: 'RoiAlign', outputs: [emit.output(0)] });
    const { shape } = emit.output(0);
    return emit.add('sample', operands, {
      mode: 'linear',
      dims: 2,
      points: ratio * ratio,
      size: shape.slice(2),
    });
  },
};

const maxRoiPool: Operator = {
  infer(node) {
    const [h = 1, w = 1] = node.ints('pooled_shape') ?? node.fail('has no attribute "pooled_shape"');
    return [node.like(0, [node.dim(1, 0), node.dim(0, 1), h, w])];
  },
  lower: (emit) => emit.add('opaque', emit.operands(), { op: 'MaxRoiPool', outputs: [emit.output(0)] }),
};

const imageDecoder: Operator = {
  infer(node) {
    const channels = node.text('pixel_format', 'RGB') === 'Grayscale' ? 1 : 3;
    return [tensor('uint8', [node.unknown(0, 0, undefined), node.unknown(0, 1, undefined), channels])];
  },
  lower: (emit) => emit.add('opaque', emit.operands(), { op: 'ImageDecoder', outputs: [emit.output(0)] }),
};

export const IMAGE: Operators = {
  AffineGrid: affineGrid,
  GridSample: gridSample,
  ImageDecoder: imageDecoder,
  MaxRoiPool: maxRoiPool,
  Resize: resize,
  RoiAlign: roiAlign,
  Upsample: upsample,
};
