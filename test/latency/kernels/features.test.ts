import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kernelCost } from '../../../src/latency/kernels/features.ts';
import type { Kernel, KernelWindow } from '../../../src/latency/kernels/kernel.ts';

const window = (k: number, stride = 1, pad = (k - 1) / 2, groups = 1): KernelWindow => ({
  kernel: [k, k],
  strides: [stride, stride],
  dilations: [1, 1],
  pads: [pad, pad, pad, pad],
  groups,
});

/** A convolution of a square map, its filter padded to whole blocks as the runtime stores it. */
function conv(op: string, ins: number, outs: number, extent: number, options: KernelWindow): Kernel {
  const [k, stride, pad] = [options.kernel[0] ?? 1, options.strides[0] ?? 1, options.pads[0] ?? 0];
  const out = Math.floor((extent + 2 * pad - k) / stride) + 1;
  return {
    op,
    inputs: [[1, ins, extent, extent]],
    weights: [[outs, ins / options.groups, k, k]],
    outputs: [[1, outs, out, out]],
    window: options,
  };
}

describe('what a blocked convolution does, counted by hand', () => {
  it('dense 3x3: products inside of the map only, pixels six at a time', () => {
    // 64 -> 64 channels, 14x14: rows of taps 3 * 14 - 2 = 40, columns the same; 12 whole pixels in two sixes, two borders
    const { kind, amounts } = kernelCost(conv('nchwc.Conv', 64, 64, 14, window(3)));
    expect(kind).toBe('nchwc.Conv dense');
    expect(amounts).toMatchObject({
      macs: 64 * 64 * 40 * 40,
      steps: 64 * 40 * 3 * 4,
      stores: (64 * 14 * 14 * 64) / 16,
      reads: 64 * 14 * 14,
      calls: (14 * 64) / 16,
    });
  });

  it('pointwise: all pixels as one row, 128 channels deep', () => {
    const { kind, amounts } = kernelCost(conv('nchwc.Conv', 256, 128, 7, window(1)));
    expect(kind).toBe('nchwc.Conv pointwise');
    expect(amounts).toMatchObject({
      macs: 256 * 128 * 49,
      steps: 2 * 256 * 9,
      stores: 128 * 49 * 2,
      reads: 256 * 49 * 2,
      calls: 2 * 2,
    });
  });

  it('strided pointwise: row by row', () => {
    const { amounts } = kernelCost(conv('nchwc.Conv', 64, 64, 14, window(1, 2, 0)));
    expect(amounts).toMatchObject({ steps: 64 * 7 * 2, calls: 7 });
  });

  it('depthwise: one block of filters at a time, also where its groups are padded', () => {
    const plain = kernelCost(conv('nchwc.Conv', 32, 32, 14, window(3, 1, 1, 32)));
    expect(plain.kind).toBe('nchwc.Conv depthwise');
    expect(plain.amounts).toMatchObject({ macs: 32 * 40 * 40, steps: 2 * 40 * 3 * 4, calls: 2 * 14 });
    const padded = kernelCost({
      ...conv('nchwc.Conv', 24, 24, 14, window(3, 1, 1, 24)),
      weights: [[32, 1, 3, 3]],
      window: window(3, 1, 1, 32),
    });
    expect(padded.kind).toBe('nchwc.Conv depthwise');
    expect(padded.amounts['macs']).toBe(32 * 40 * 40);
  });

  it('of three channels reads the plain format', () => {
    // 32x32: rows of taps 3 * 32 - 2 = 94; 30 whole pixels in five sixes, two borders
    expect(kernelCost(conv('nchwc.Conv', 3, 32, 32, window(3)))).toEqual({
      kind: 'nchwc.Conv from NCHW',
      family: 'convolution',
      amounts: {
        kernels: 1,
        inputs: 3 * 1024,
        outputs: 32 * 1024,
        weights: 32 * 27,
        added: 0,
        macs: 3 * 32 * 94 * 94,
        steps: 3 * 94 * 3 * 7,
        stores: 32 * 1024 * 3,
        calls: 32 * 3,
      },
    });
  });

  it('reads its map once for every four blocks of filters, and its filters in every row', () => {
    // 80 filters are five blocks: two sets. 5x5: rows of taps 25 - 2 * 2 - 2 * 1 = 19; one whole pixel, four borders
    const dense = kernelCost(conv('nchwc.Conv', 32, 80, 5, window(5)));
    expect(dense.amounts).toMatchObject({
      macs: 32 * 80 * 19 * 19,
      steps: 2 * 32 * 19 * 5 * 5,
      stores: (80 * 25 * 32) / 16,
      reads: 2 * 32 * 25,
      filterReads: 80 * 32 * 25 * 5,
      calls: (2 * 5 * 32) / 16,
    });
  });

  it('of two groups computes each by itself', () => {
    // 16 filters to a group, one block of them; 3x3: rows of taps 3 * 4 - 2 = 10; two whole pixels, two borders
    const grouped = kernelCost(conv('nchwc.Conv', 64, 32, 4, window(3, 1, 1, 2)));
    expect(grouped).toMatchObject({
      kind: 'nchwc.Conv dense',
      amounts: { macs: 2 * 16 * 32 * 100, steps: 2 * 32 * 10 * 3 * 3, calls: (2 * 4 * 32) / 16 },
    });
  });

  it('of a single pixel is a product with a vector', () => {
    expect(kernelCost(conv('nchwc.Conv', 64, 64, 1, window(1))).kind).toBe('nchwc.Conv vector');
    expect(kernelCost(conv('nchwc.Conv', 64, 64, 2, window(1))).kind).toBe('nchwc.Conv pointwise');
  });

  it('adds a second map, and applies a function, once to each result', () => {
    const plain = conv('nchwc.Conv', 16, 32, 4, window(1));
    const amounts = (given: Partial<Kernel>) => kernelCost({ ...plain, ...given }).amounts;
    expect(amounts({})['added']).toBe(0);
    expect(amounts({ inputs: [...plain.inputs, [1, 32, 4, 4]] })['added']).toBe(32 * 16);
    expect(amounts({ activation: 'Sigmoid' })['Sigmoid']).toBe(32 * 16);
    // A comparison on the way costs nothing.
    expect(amounts({ activation: 'Relu' })).not.toHaveProperty('Relu');
  });

  it('counts as many products as loops over every tap do', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(1, 3, 5),
        fc.constantFrom(1, 2),
        fc.integer({ min: 5, max: 12 }),
        (a, b, k, stride, extent) => {
          const kernel = conv('nchwc.Conv', 16 * a, 16 * b, extent, window(k, stride));
          const [, , out = 0] = kernel.outputs[0] ?? [];
          let taps = 0;
          for (let y = 0; y < out; y++)
            for (let x = 0; x < out; x++)
              for (let i = 0; i < k; i++)
                for (let j = 0; j < k; j++) {
                  const [row, column] = [y * stride - (k - 1) / 2 + i, x * stride - (k - 1) / 2 + j];
                  if (row >= 0 && row < extent && column >= 0 && column < extent) taps++;
                }
          expect(kernelCost(kernel).amounts['macs']).toBe(16 * a * 16 * b * taps);
        },
      ),
    );
  });
});

describe('what other kernels do', () => {
  it('plain convolutions by how they are grouped', () => {
    const kinds = [1, 4, 16].map(
      (groups) => kernelCost(conv('FusedConv', 16, 16, 8, window(3, 1, 1, groups))).kind,
    );
    expect(kinds).toEqual(['Conv dense', 'Conv grouped', 'Conv depthwise']);
    const { amounts } = kernelCost(conv('Conv', 16, 24, 8, window(3)));
    expect(amounts).toMatchObject({ macs: 16 * 9 * 24 * 64, columns: 16 * 9 * 64, groups: 1 });
  });

  it('plain convolutions as products of tiles, for each image and each group', () => {
    // 52 filters in two groups: 26 are three tiles of 12 rows; 49 pixels are two tiles of 32 columns; depth 4 x 9
    const kernel: Kernel = {
      op: 'nhwc.NhwcFusedConv',
      inputs: [[2, 8, 7, 7]],
      weights: [[52, 4, 3, 3]],
      outputs: [[2, 52, 7, 7]],
      window: window(3, 1, 1, 2),
    };
    expect(kernelCost(kernel)).toEqual({
      kind: 'nhwc.Conv grouped',
      family: 'convolution',
      amounts: {
        kernels: 1,
        inputs: 2 * 8 * 49,
        outputs: 2 * 52 * 49,
        weights: 52 * 36,
        added: 0,
        macs: 4 * 26 * 36 * 49,
        columns: 4 * 36 * 49,
        rowTiles: 4 * 3 * 36 * 49,
        columnTiles: 4 * 2 * 36 * 26,
        groups: 4,
      },
    });
    expect(kernelCost(conv('Conv', 8, 8, 4, window(1))).kind).toBe('Conv pointwise');
    // A batch normalisation that runs as a convolution of single channels.
    const scaled = { op: 'Conv', inputs: [[1, 8, 4, 4]], weights: [[8, 1, 1, 1]], outputs: [[1, 8, 4, 4]] };
    expect(kernelCost(scaled)).toMatchObject({
      kind: 'Conv depthwise',
      amounts: { macs: 8 * 16, groups: 8 },
    });
    // Of one axis, or without a filter: as what it is called.
    const line = { op: 'Conv', inputs: [[1, 8, 4]], weights: [[8, 8, 3]], outputs: [[1, 8, 4]] };
    expect(kernelCost(line)).toMatchObject({ kind: 'Conv', family: 'movement' });
    expect(kernelCost({ ...scaled, weights: [] })).toMatchObject({ kind: 'Conv', family: 'movement' });
  });

  it('windows by their taps, what joins and divides by its parts, interpolation by its way', () => {
    const pool = { op: 'MaxPool', inputs: [[1, 2, 4, 4]], weights: [], outputs: [[1, 2, 2, 2]] };
    expect(kernelCost({ ...pool, window: window(3, 2) })).toEqual({
      kind: 'MaxPool',
      family: 'movement',
      amounts: { kernels: 1, inputs: 32, outputs: 8, weights: 0, taps: 72 },
    });
    const part = [1, 2, 4, 4];
    const joined = { op: 'Concat', inputs: [part, part, part], weights: [], outputs: [[1, 6, 4, 4]] };
    expect(kernelCost(joined)).toEqual({
      kind: 'Concat',
      family: 'movement',
      amounts: { kernels: 1, inputs: 96, outputs: 96, weights: 0, parts: 3 },
    });
    const divided = { op: 'Split', inputs: [[1, 4, 4, 4]], weights: [], outputs: [part, part] };
    expect(kernelCost(divided).amounts['parts']).toBe(2);
    const resize = { op: 'Resize', inputs: [part], weights: [], outputs: [[1, 2, 8, 8]], mode: 'linear' };
    expect(kernelCost(resize).kind).toBe('Resize linear');
    expect(kernelCost({ ...resize, op: 'Pad' }).kind).toBe('Pad');
  });

  it('deformed convolutions by the elements of a filter', () => {
    const kernel: Kernel = {
      op: 'DeformConv',
      inputs: [[1, 8, 4, 4]],
      weights: [[6, 8, 3, 3]],
      outputs: [[1, 6, 4, 4]],
      window: window(3),
    };
    expect(kernelCost(kernel)).toMatchObject({ family: 'convolution', amounts: { macs: 6 * 16 * 72 } });
  });

  it('products by the extents of their matrix, whichever way it lies', () => {
    const vector: Kernel = { op: 'Gemm', inputs: [[1, 512]], weights: [[10, 512], [10]], outputs: [[1, 10]] };
    expect(kernelCost(vector)).toMatchObject({ kind: 'MatMul vector', amounts: { macs: 5120 } });
    const both: Kernel = {
      op: 'MatMul',
      inputs: [
        [4, 9, 16],
        [4, 16, 8],
      ],
      weights: [],
      outputs: [[4, 9, 8]],
    };
    expect(kernelCost(both)).toMatchObject({ kind: 'MatMul matrix', amounts: { macs: 4 * 9 * 8 * 16 } });
  });

  it('of two operands, as a broadcast where they differ', () => {
    const mul = (other: readonly number[]): Kernel => ({
      op: 'Mul',
      inputs: [[1, 8, 4, 4], other],
      weights: [],
      outputs: [[1, 8, 4, 4]],
    });
    expect(kernelCost(mul([1, 8, 4, 4])).kind).toBe('Mul');
    expect(kernelCost(mul([1, 8, 1, 1])).kind).toBe('Mul broadcast');
  });

  it('transposed convolutions by what each input element is spread to', () => {
    const kernel: Kernel = {
      op: 'ConvTranspose',
      inputs: [[1, 8, 4, 4]],
      weights: [[8, 6, 2, 2]],
      outputs: [[1, 6, 8, 8]],
      window: window(2, 2, 0),
    };
    expect(kernelCost(kernel).amounts['macs']).toBe(8 * 16 * 6 * 4);
  });
});
