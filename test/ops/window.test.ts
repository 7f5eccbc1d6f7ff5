import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conv } from '../../src/ops/conv.ts';
import { outputTypes } from '../../src/ops/registry.ts';
import { maxPool } from '../../src/ops/maxPool.ts';
import { isProblem, type TensorType } from '../../src/ops/spec.ts';
import { extent, slide, square, type SlidingWindow } from '../../src/ops/window.ts';

/** Window positions along one axis, counted one by one. */
function countPositions(
  input: number,
  kernel: number,
  stride: number,
  dilation: number,
  begin: number,
  end: number,
  rounding: 'floor' | 'ceil',
): number {
  const paddedEnd = input + end - 1;
  let positions = 0;
  for (let start = -begin; ; start += stride) {
    const lastTap = start + dilation * (kernel - 1);
    if (lastTap <= paddedEnd) {
      // Rounding up has no windows that begin in the padding behind the input.
      if (rounding === 'ceil' && start >= input) return positions;
    } else if (rounding === 'floor' || lastTap - paddedEnd >= stride || start >= input) {
      // Rounding up has one more that hangs over, by less than a stride.
      return positions;
    }
    positions++;
  }
}

const axis = fc.record({
  input: fc.integer({ min: 1, max: 14 }),
  kernel: fc.integer({ min: 1, max: 5 }),
  stride: fc.integer({ min: 1, max: 4 }),
  dilation: fc.integer({ min: 1, max: 3 }),
  begin: fc.integer({ min: 0, max: 3 }),
  end: fc.integer({ min: 0, max: 3 }),
});

describe('extent', () => {
  it.each(['floor', 'ceil'] as const)('equals the counted window positions (%s)', (rounding) => {
    fc.assert(
      fc.property(axis, ({ input, kernel, stride, dilation, begin, end }) => {
        expect(extent(input, kernel, stride, dilation, begin, end, rounding)).toBe(
          countPositions(input, kernel, stride, dilation, begin, end, rounding),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('knows the published sizes', () => {
    expect(extent(224, 7, 2, 1, 3, 3, 'floor')).toBe(112); // ResNet conv1
    expect(extent(112, 3, 2, 1, 1, 1, 'floor')).toBe(56); // ResNet maxpool
    expect(extent(112, 3, 2, 1, 0, 0, 'ceil')).toBe(56); // Caffe's rounding
    expect(extent(2, 3, 2, 1, 0, 0, 'ceil')).toBe(1); // onnxruntime and PyTorch: a window larger than the map
    expect(extent(13, 2, 1, 1, 0, 1, 'floor')).toBe(13); // YOLOv3-tiny's last pooling
  });
});

describe('slide', () => {
  it('refuses what is no window', () => {
    const bad: Partial<SlidingWindow>[] = [
      { kernel: [0, 1] },
      { stride: [1, 0] },
      { dilation: [1.5, 1] },
      { kernel: [9, 9] },
    ];
    for (const part of bad) expect(isProblem(slide([1, 3, 4, 4], { ...square(3), ...part }))).toBe(true);
    expect(isProblem(slide([1, 3, 4], square(3)))).toBe(true);
  });
});

/** MACs and parameters of a convolution, counted by walking its loop nest over groups, channels and taps. */
function countConv(input: readonly number[], window: SlidingWindow, outChannels: number, groups: number) {
  const [batch, channels, height, width] = input as [number, number, number, number];
  const positions = (size: number, i: 0 | 1): number =>
    countPositions(
      size,
      window.kernel[i] as number,
      window.stride[i] as number,
      window.dilation[i] as number,
      window.padding.begin[i] as number,
      window.padding.end[i] as number,
      'floor',
    );
  let macs = 0;
  const weights = new Set<string>();
  const outputs = new Set<string>();
  for (let n = 0; n < batch; n++)
    for (let m = 0; m < outChannels; m++) {
      const group = Math.floor(m / (outChannels / groups));
      for (let y = 0; y < positions(height, 0); y++)
        for (let x = 0; x < positions(width, 1); x++) {
          outputs.add(`${String(n)},${String(m)},${String(y)},${String(x)}`);
          for (let c = 0; c < channels; c++) {
            if (Math.floor(c / (channels / groups)) !== group) continue;
            for (let ky = 0; ky < (window.kernel[0] as number); ky++)
              for (let kx = 0; kx < (window.kernel[1] as number); kx++) {
                macs++;
                weights.add(`${String(m)},${String(c)},${String(ky)},${String(kx)}`);
              }
          }
        }
    }
  return { macs, weights: weights.size, outputs: outputs.size };
}

describe('conv', () => {
  it('does the MACs, and owns the weights, of its loop nest', () => {
    const shapes = fc.record({
      batch: fc.integer({ min: 1, max: 2 }),
      groups: fc.integer({ min: 1, max: 3 }),
      inPerGroup: fc.integer({ min: 1, max: 3 }),
      outPerGroup: fc.integer({ min: 1, max: 3 }),
      height: axis,
      width: axis,
    });
    fc.assert(
      fc.property(shapes, ({ batch, groups, inPerGroup, outPerGroup, height, width }) => {
        const window: SlidingWindow = {
          kernel: [height.kernel, width.kernel],
          stride: [height.stride, width.stride],
          dilation: [height.dilation, width.dilation],
          padding: { begin: [height.begin, width.begin], end: [height.end, width.end] },
          rounding: 'floor',
        };
        const input: TensorType = {
          dtype: 'float32',
          shape: [batch, groups * inPerGroup, height.input, width.input],
        };
        const attrs = { ...window, outChannels: groups * outPerGroup, groups, bias: false };
        const outputs = outputTypes('conv', [input], attrs);
        const expected = countConv(input.shape, window, attrs.outChannels, groups);
        if (isProblem(outputs)) {
          expect(expected.outputs).toBe(0);
          return;
        }
        const [output] = outputs as [TensorType];
        expect(output.shape.reduce((a, b) => a * b, 1)).toBe(expected.outputs);
        expect(typeof conv.work === 'function' && conv.work([input], outputs, attrs).mac).toBe(expected.macs);
        const [weight] = conv.params?.([input], attrs) ?? [];
        expect(weight?.type.shape.reduce((a, b) => a * b, 1)).toBe(expected.weights);
      }),
      { numRuns: 300 },
    );
  });

  it('refuses groups that do not divide', () => {
    const input: TensorType = { dtype: 'float32', shape: [1, 6, 4, 4] };
    const attrs = { ...square(1), outChannels: 8, groups: 4, bias: false };
    const refused = conv.infer([input], attrs);
    expect(isProblem(refused) && refused.problem).toContain('4 groups do not divide');
  });
});

describe('maxPool', () => {
  it('compares once per tap', () => {
    fc.assert(
      fc.property(axis, fc.integer({ min: 1, max: 3 }), ({ input, kernel, stride }, channels) => {
        fc.pre(kernel <= input);
        const type: TensorType = { dtype: 'float32', shape: [1, channels, input, input] };
        const attrs = square(kernel, stride);
        const outputs = outputTypes('maxPool', [type], attrs);
        if (isProblem(outputs)) throw new TypeError(outputs.problem);
        const positions = countPositions(input, kernel, stride, 1, 0, 0, 'floor');
        expect(typeof maxPool.work === 'function' && maxPool.work([type], outputs, attrs)).toEqual({
          compare: channels * positions * positions * kernel * kernel,
        });
      }),
    );
  });
});

describe('a window over nothing', () => {
  const over = (k: number, s: number, pad: number) =>
    slide([1, 1, 0], {
      ...square(k, s, pad),
      kernel: [k],
      stride: [s],
      dilation: [1],
      padding: { begin: [pad], end: [pad] },
    });

  it.each([
    // The formula of ONNX by hand: floor((0 + 2 pad - k) / s) + 1.
    [1, 1, 0, 0],
    [2, 2, 0, 0],
    [3, 1, 1, 0],
    [3, 1, 2, 2],
    [5, 4, 1, 0],
  ])('of %i, stride %i, padding %i gives %i positions', (k, s, pad, positions) => {
    expect(over(k, s, pad)).toEqual([positions]);
  });

  it.each([
    [3, 1, 0],
    [2, 1, 0],
    [8, 4, 1],
  ])('of %i, stride %i, padding %i does not fit', (k, s, pad) => {
    expect(over(k, s, pad)).toMatchObject({
      problem: `the window of ${String(k)} does not fit the input extent 0 with padding ${String(pad)} and ${String(pad)}`,
    });
  });
});
