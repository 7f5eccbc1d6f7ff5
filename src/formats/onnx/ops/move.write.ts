import type { DType } from '../../../ops/dtype.ts';
import { dim, type Shape, type TensorType } from '../../../ops/spec.ts';
import { int, ints, text, type Draft } from '../writeDraft.ts';
import { newer, only, type Forms, type Operands } from '../writer.ts';
import { orRealOf16Bits } from './quantize.write.ts';

export const sum = (on: Draft, values: readonly string[]): string =>
  on.op(values.length === 2 ? 'Add' : 'Sum', values);

export const reshape = (on: Draft, x: string, shape: Shape): string =>
  // A zero would mean "as in the input".
  on.op('Reshape', [x, on.integers(shape)], shape.includes(0) ? { allowzero: int(1) } : {});

/** An end that is before the first entry, however long the axis is. */
const BEFORE_ALL = -(2 ** 31);

interface Cut {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step?: number;
}

export const sliced = (on: Draft, x: string, cuts: readonly Cut[]): string =>
  on.op('Slice', [
    x,
    on.integers(cuts.map(({ start }) => start)),
    on.integers(cuts.map(({ end }) => end)),
    on.integers(cuts.map(({ axis }) => axis)),
    ...(cuts.some(({ step = 1 }) => step !== 1) ? [on.integers(cuts.map(({ step = 1 }) => step))] : []),
  ]);

/** The lowest float32, which is what Darknet starts its maxima from. */
export const LOWEST = -3.4028234663852886e38;

/** `pads` over the axes from `first` on: all begins, then all ends. */
export function pad(
  on: Draft,
  x: string,
  pads: readonly number[],
  dtype: DType,
  value: number,
  first = 2,
): string {
  const none = Array.from({ length: first }, () => 0);
  const half = pads.length / 2;
  const all = on.integers([...none, ...pads.slice(0, half), ...none, ...pads.slice(half)]);
  const bounded = value === 0 || dtype === 'float32' || dtype === 'float64' ? value : -65504;
  return on.op('Pad', [x, all, on.numbers(dtype, [bounded])]);
}

/** Every index into a shape, in row-major order. */
export const indices = (shape: readonly number[]): readonly (readonly number[])[] =>
  shape.reduce<readonly (readonly number[])[]>(
    (all, length) => all.flatMap((index) => Array.from({ length }, (_, i) => [...index, i])),
    [[]],
  );

/**
 * Operands as the first one sees them: sampled with a whole stride, or spread with zeros between, and cut or
 * filled up to its channels.
 *
 * @source shortcut_cpu in src/blas.c of Darknet
 */
export function commonPart(
  on: Draft,
  inputs: readonly string[],
  types: readonly TensorType[],
): readonly string[] {
  const target = (types[0] as TensorType).shape;
  return inputs.map((x, i) => {
    const { dtype, shape } = types[i] as TensorType;
    const cuts: Cut[] = [];
    shape.forEach((from, axis) => {
      const to = dim(target, axis);
      if (from <= to) return;
      const step = axis === 1 ? 1 : Math.floor(from / to);
      cuts.push({ axis, start: 0, end: (to - 1) * step + 1, step });
    });
    const cut = cuts.length === 0 ? x : sliced(on, x, cuts);
    const extents = shape.map((from, axis) => Math.min(from, dim(target, axis)));
    const spread = spreadOut(on, cut, extents, target, dtype);
    const missing = spread.extents.map((from, axis) => dim(target, axis) - from);
    if (missing.every((each) => each === 0)) return spread.value;
    return pad(on, spread.value, [...missing.map(() => 0), ...missing], dtype, 0, 0);
  });
}

/** Rows and columns a whole factor apart, with zeros between, where the target is a factor larger. */
function spreadOut(
  on: Draft,
  x: string,
  extents: readonly number[],
  target: Shape,
  dtype: DType,
): { readonly value: string; readonly extents: readonly number[] } {
  const factors = extents.map((from, axis) => (axis < 2 ? 1 : Math.floor(dim(target, axis) / from)));
  if (factors.every((factor) => factor === 1)) return { value: x, extents };
  const apart = extents.flatMap((from, axis) => (axis < 2 ? [from] : [from, 1]));
  const zeros = factors.flatMap((factor, axis) => (axis < 2 ? [0] : [0, factor - 1]));
  const padded = pad(on, reshape(on, x, apart), [...zeros.map(() => 0), ...zeros], dtype, 0, 0);
  const result = extents.map((from, axis) => from * (factors[axis] ?? 1));
  return { value: reshape(on, padded, result), extents: result };
}

/** ONNX has one layout: what a file sees in another order has to be put into it. */
const turned = (on: Draft, { attrs, inputs }: Operands<'layout' | 'transpose'>): string =>
  on.op('Transpose', inputs, { perm: ints(attrs.perm) });

export const MOVE_FORMS = {
  channelShuffle(on, { attrs, inputs, types }) {
    const [x, { shape }] = only(inputs, types);
    const [batch = 1, channels = 1, ...spatial] = shape;
    const grouped = reshape(on, x, [batch, attrs.groups, channels / attrs.groups, ...spatial]);
    const perm = [0, 2, 1, ...spatial.map((_, axis) => axis + 3)];
    return reshape(on, on.op('Transpose', [grouped], { perm: ints(perm) }), shape);
  },
  concat: (on, { attrs, inputs }) => on.op('Concat', inputs, { axis: int(attrs.axis) }),
  expand: (on, { attrs, inputs }) => on.op('Expand', [...inputs, on.integers(attrs.shape)]),
  identity: (on, { inputs }) => on.op('Identity', inputs),
  pad: orRealOf16Bits('pad', (on, { attrs, inputs, types }) => {
    const { begin, end, mode, value } = attrs;
    if (mode === 'wrap' && on.opset < 19) return newer('cyclic padding', 19);
    const [x, { dtype }] = only(inputs, types);
    const border = mode === 'constant' && value !== 0 ? [on.numbers(dtype, [value])] : [];
    return on.op('Pad', [x, on.integers([...begin, ...end]), ...border], { mode: text(mode) });
  }),
  reorg: orRealOf16Bits('reorg', (on, { attrs, inputs, types }) => {
    const [x, { shape }] = only(inputs, types);
    const [batch = 1, channels = 1, height = 1, width = 1] = shape;
    const { block, inverse, order } = attrs;
    const blocksize = { blocksize: int(block) };
    if (inverse) return on.op('DepthToSpace', [x], blocksize);
    if (order === 'reorg3d') return on.op('SpaceToDepth', [x], blocksize);
    // Darknet's first reorg reads the map as if it had block^2 fewer channels and as many more positions.
    const area = block * block;
    if (height % block !== 0 || width % block !== 0) {
      return {
        problem: `Darknet's reorg passes over the last rows or columns of a map of ${String(height)}x${String(width)}, which no operator of ONNX does`,
        fix: `choose an input size that makes the map a multiple of ${String(block)}`,
      };
    }
    if (channels % area !== 0) {
      return {
        problem: `Darknet's reorg of ${String(channels)} channels by ${String(block)} has no meaning`,
        fix: `give the map a multiple of ${String(area)} channels, or use reorg3d`,
      };
    }
    const seen = reshape(on, x, [batch, channels / area, height * block, width * block]);
    return reshape(on, on.op('SpaceToDepth', [seen], blocksize), [
      batch,
      channels * area,
      height / block,
      width / block,
    ]);
  }),
  reshape: (on, { attrs, inputs }) => reshape(on, inputs[0] as string, attrs.shape),
  slice: (on, { attrs, inputs }) => sliced(on, inputs[0] as string, [attrs]),
  split: (on, { attrs, inputs }) =>
    on.ops('Split', [...inputs, on.integers(attrs.sizes)], attrs.sizes.length, { axis: int(attrs.axis) }),
  stridedSlice: (on, { attrs: { axes, starts, steps, sizes }, inputs }) =>
    sliced(
      on,
      inputs[0] as string,
      axes.map((axis, i) => {
        const [start = NaN, step = NaN, size = NaN] = [starts[i], steps[i], sizes[i]];
        const end = start + size * step;
        // Below 0 an end would count from the back.
        return { axis, start, end: end < 0 ? BEFORE_ALL : end, step };
      }),
    ),
  transpose: turned,
  layout: turned,
} satisfies Forms;
