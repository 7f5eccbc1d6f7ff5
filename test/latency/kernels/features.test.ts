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
    expect(kernelCost(conv('nchwc.Conv', 3, 32, 32, window(3))).kind).toBe('nchwc.Conv from NCHW');
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
