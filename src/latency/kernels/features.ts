import type { Shape } from '../../ops/spec.ts';
import { elements } from '../../units.ts';
import type { Kernel, KernelWindow } from './kernel.ts';

/** What a kernel's time is a sum of, by name: numbers of operations, elements, calls. */
export type KernelAmounts = Readonly<Record<string, number>>;

/** A kernel as one of a class of kernels that work alike. */
export interface KernelCost {
  /** code that runs: operator, with how it goes about the shape at hand (`nchwc.Conv pointwise`) */
  readonly kind: string;
  /** what stands in for a class that was not measured */
  readonly family: 'convolution' | 'product' | 'movement';
  readonly amounts: KernelAmounts;
}

/**
 * Channels that lie side by side in the blocked format, blocks of filters and output pixels that a convolution
 * keeps in registers at a time, and input channels after which it stores them: onnxruntime's for AVX-512.
 * Other machines have others; their times are then a little less regular in these numbers.
 *
 * @source microsoft/onnxruntime, core/mlas/lib/snchwc.cpp
 */
const BLOCK = 16;
const FILTER_BLOCKS = 4;
const PIXELS = 6;
const POINTWISE_DEPTH = 128;
/** Rows and columns of the tile of a matrix product, there. */
const [TILE_ROWS, TILE_COLUMNS] = [12, 32];

/** Functions that a convolution applies while it stores a result; others are a pass of their own. */
const FREE = new Set(['Relu']);

/** The class of a kernel and what its time depends on, for each operator in its own way. */
export function kernelCost(kernel: Kernel): KernelCost {
  const { op, window, weights, inputs } = kernel;
  if (CONV.test(op) && inputs[0]?.length === 4 && weights[0]?.length === 4) {
    const all = window ?? pointwise(weights[0].slice(2), inputs[0]);
    return op.startsWith('nchwc.') ? blockedConv(kernel, all) : plainConv(kernel, all);
  }
  if (PRODUCT.test(op)) return product(kernel);
  const amounts = common(kernel);
  if (LIKE_CONV.test(op))
    return { kind: op, family: 'convolution', amounts: { ...amounts, macs: macsOf(kernel) } };
  if (window !== undefined)
    return {
      kind: op,
      family: 'movement',
      amounts: { ...amounts, taps: amounts.outputs * elements(window.kernel) },
    };
  const extents = new Set([...inputs, ...weights].map(elements));
  const broadcast = ELEMENTWISE.test(op) && extents.size > 1;
  const { mode } = kernel;
  const way = broadcast ? ' broadcast' : mode !== undefined && INTERPOLATING.test(op) ? ` ${mode}` : '';
  return {
    kind: `${op}${way}`,
    family: 'movement',
    amounts: { ...amounts, parts: Math.max(inputs.length, kernel.outputs.length) },
  };
}

const CONV = /^(nchwc\.|nhwc\.)?(Fused|NhwcFused)?Conv$/;
const PRODUCT = /^(Fused)?(Gemm|MatMul)$/;
const LIKE_CONV = /ConvTranspose$|^DeformConv$/;
const INTERPOLATING = /(Resize|Upsample)$/;
const ELEMENTWISE = /^(Add|Sub|Mul|Div|Min|Max|Pow|Where)$/;

/** A batch normalisation that runs as a convolution of single channels states no window. */
const pointwise = (kernel: Shape, input: Shape): KernelWindow => ({
  kernel,
  strides: [1, 1],
  dilations: [1, 1],
  pads: [0, 0, 0, 0],
  groups: input[1] as number,
});

function common({ inputs, outputs, weights }: Kernel) {
  return {
    kernels: 1,
    inputs: sumOf(inputs),
    outputs: sumOf(outputs),
    weights: sumOf(weights),
  };
}

const sumOf = (shapes: readonly Shape[]): number => shapes.reduce((sum, shape) => sum + elements(shape), 0);

/** What a convolution does beside its products: a map that is added on the way, and the function of each result. */
function fusedWork({ inputs, outputs, activation }: Kernel) {
  const results = sumOf(outputs);
  return {
    added: inputs.length > 1 ? results : 0,
    ...(activation === undefined || FREE.has(activation) ? {} : { [activation]: results }),
  };
}

type Shape4 = readonly [number, number, number, number];
const shape4 = (shape: Shape | undefined): Shape4 => shape as Shape4;
const pair = (values: readonly number[]): readonly [number, number] => values as [number, number];

/** Convolution in the blocked format: a few blocks of filters times a few pixels of a row at a time. */
function blockedConv(kernel: Kernel, window: KernelWindow): KernelCost {
  const [n, ins, height, width] = shape4(kernel.inputs[0]);
  const [, outs, outHeight, outWidth] = shape4(kernel.outputs[0]);
  const [kh, kw] = pair(window.kernel);
  // The filter's extents are padded to whole blocks, and its groups with them, where those of the maps are not.
  const [, depth] = shape4(kernel.weights[0]);
  const groups = depth === 1 ? window.groups : Math.max(1, Math.round(ins / depth));
  const axisY = axis(window, 0, height, outHeight);
  const axisX = axis(window, 1, width, outWidth);
  const all = { ...common(kernel), ...fusedWork(kernel) };
  const shared = { family: 'convolution' } as const;
  // Pixels at a border are computed one by one, the others several at a time.
  const steps = Math.ceil(axisX.whole / PIXELS) + axisX.border;
  if (depth === 1 && groups >= outs) {
    const blocks = n * Math.ceil(outs / BLOCK);
    return {
      ...shared,
      kind: 'nchwc.Conv depthwise',
      amounts: {
        ...all,
        macs: blocks * BLOCK * axisY.taps * axisX.taps,
        steps: blocks * axisY.taps * kw * steps,
        calls: blocks * outHeight,
      },
    };
  }
  const filters = Math.ceil(outs / groups / BLOCK) * BLOCK;
  const sets = n * groups * Math.ceil(filters / BLOCK / FILTER_BLOCKS);
  const results = n * groups * filters * outHeight * outWidth;
  const macs = n * groups * filters * depth * axisY.taps * axisX.taps;
  const reads = all.inputs * Math.ceil(filters / BLOCK / FILTER_BLOCKS);
  if (ins < BLOCK) {
    return {
      ...shared,
      kind: 'nchwc.Conv from NCHW',
      amounts: {
        ...all,
        macs,
        steps: sets * depth * axisY.taps * kw * steps,
        stores: results * depth,
        calls: sets * outHeight * depth,
      },
    };
  }
  if (kh * kw === 1 && window.pads.every((pad) => pad === 0)) {
    const passes = Math.ceil(depth / POINTWISE_DEPTH);
    const dense = window.strides.every((stride) => stride === 1);
    const pixels = dense
      ? Math.ceil((outHeight * outWidth) / PIXELS)
      : outHeight * Math.ceil(outWidth / PIXELS);
    return {
      ...shared,
      kind: `nchwc.Conv ${outHeight * outWidth === 1 ? 'vector' : 'pointwise'}`,
      amounts: {
        ...all,
        macs,
        steps: sets * depth * pixels,
        stores: results * passes,
        reads,
        calls: sets * passes * (dense ? 1 : outHeight),
      },
    };
  }
  return {
    ...shared,
    kind: 'nchwc.Conv dense',
    amounts: {
      ...all,
      macs,
      steps: sets * depth * axisY.taps * kw * steps,
      stores: (results * depth) / BLOCK,
      reads,
      filterReads: n * all.weights * outHeight,
      calls: (sets * outHeight * depth) / BLOCK,
    },
  };
}

/** Along one axis: taps inside of the map over all results, results whose window is whole, and the others. */
function axis(
  { kernel, strides, dilations, pads }: KernelWindow,
  which: 0 | 1,
  extent: number,
  results: number,
): { readonly taps: number; readonly whole: number; readonly border: number } {
  const [size, stride] = [kernel[which] as number, strides[which] as number];
  const [dilation, pad] = [dilations[which] as number, pads[which] as number];
  let [taps, whole] = [0, 0];
  for (let result = 0; result < results; result++) {
    const first = result * stride - pad;
    let inside = 0;
    for (let tap = 0; tap < size; tap++) {
      const place = first + tap * dilation;
      if (place >= 0 && place < extent) inside++;
    }
    taps += inside;
    if (inside === size) whole++;
  }
  return { taps, whole, border: results - whole };
}

/** Convolution in the plain format: the windows as columns of a matrix, and a product for each group. */
function plainConv(kernel: Kernel, { kernel: [kh, kw], groups }: KernelWindow): KernelCost {
  const { op } = kernel;
  const [n, ins] = shape4(kernel.inputs[0]);
  const [, outs, outHeight, outWidth] = shape4(kernel.outputs[0]);
  const depth = (ins / groups) * (kh as number) * (kw as number);
  const pixels = outHeight * outWidth;
  const filters = outs / groups;
  const shape =
    groups === 1 ? (kh === 1 && kw === 1 ? 'pointwise' : 'dense') : groups === ins ? 'depthwise' : 'grouped';
  return {
    kind: `${op.replace(/^(nhwc\.)?(Nhwc)?(Fused)?/, '$1')} ${shape}`,
    family: 'convolution',
    amounts: {
      ...common(kernel),
      ...fusedWork(kernel),
      macs: n * groups * filters * depth * pixels,
      columns: n * groups * depth * pixels,
      rowTiles: n * groups * Math.ceil(filters / TILE_ROWS) * depth * pixels,
      columnTiles: n * groups * Math.ceil(pixels / TILE_COLUMNS) * depth * filters,
      groups: n * groups,
    },
  };
}

/** Product with a stored matrix, or of two computed ones. */
function product(kernel: Kernel): KernelCost {
  const amounts = { ...common(kernel), ...fusedWork({ ...kernel, inputs: [] }), macs: macsOf(kernel) };
  const rows = amounts.outputs / (kernel.outputs[0]?.at(-1) ?? 1);
  return { kind: `MatMul ${rows === 1 ? 'vector' : 'matrix'}`, family: 'product', amounts };
}

/** Multiply-accumulates, by the extents of the filter or of the matrix. */
function macsOf({ op, inputs, outputs, weights }: Kernel): number {
  const results = sumOf(outputs);
  const [filter = []] = weights;
  if (op.endsWith('ConvTranspose')) return sumOf(inputs.slice(0, 1)) * elements(filter.slice(1));
  if (!PRODUCT.test(op)) return results * elements(filter.slice(1));
  const columns = outputs[0]?.at(-1) ?? 1;
  return results * (filter.length > 1 ? elements(filter) / columns : (inputs[0]?.at(-1) ?? 1));
}
