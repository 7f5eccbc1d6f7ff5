import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { linearLayer, matMulLayer, type ConvLayer } from '../../src/latency/convLayer.ts';
import {
  leastDramTraffic,
  trafficBounds,
  trafficCurve,
  type TrafficOptions,
} from '../../src/latency/traffic.ts';
import { square } from '../../src/ops/window.ts';
import { goldenRows } from './csv.ts';
import { bruteForceTraffic } from './trafficOracle.ts';

const KIB = 1024;

const conv = (
  inputChannels: number,
  outputChannels: number,
  size: number,
  kernel: number,
  { stride = 1, padding = 0, groups = 1, batch = 1 } = {},
): ConvLayer => ({
  batch,
  inputChannels,
  outputChannels,
  groups,
  input: [size, size],
  window: square(kernel, stride, padding),
});

describe('golden cases by full enumeration (test/latency/data/traffic.csv)', () => {
  const rows = goldenRows('traffic.csv');
  const caseOf = (row: (typeof rows)[number]): [ConvLayer, TrafficOptions] => [
    {
      batch: 1,
      inputChannels: row.number('C'),
      outputChannels: row.number('M'),
      groups: row.number('groups'),
      input: [row.number('H'), row.number('W')],
      window: square(row.number('k'), row.number('stride'), row.number('pad')),
    },
    {
      bufferBytes: row.number('S'),
      dtypeBytes: row.number('dtypeBytes'),
      psumBytes: row.number('psumBytes'),
    },
  ];

  it('finds the least traffic of each case, within the buffer', () => {
    expect(rows.length).toBe(198);
    for (const row of rows) {
      const [layer, options] = caseOf(row);
      const found = leastDramTraffic(layer, options);
      expect([row.text('name'), found.total]).toEqual([row.text('name'), row.number('best')]);
      expect(found.input + found.weights + found.output + found.psums).toBe(found.total);
      expect(found.footprint).toBeLessThanOrEqual(options.bufferBytes);
    }
  });

  it('states the same bounds', () => {
    for (const row of rows) {
      const bounds = trafficBounds(...caseOf(row));
      expect([bounds.compulsory, bounds.noReuse, bounds.noReuseSpilled]).toEqual(
        ['compulsory', 'noReuse2', 'noReuse4'].map((column) => row.number(column)),
      );
      // The golden column counts products with padding too, so it is no bound there.
      if (row.number('pad') === 0) expect(bounds.lowerBound).toBe(row.number('lowerBound'));
      else expect(bounds.lowerBound).toBeLessThanOrEqual(row.number('lowerBound'));
    }
  });
});

const tinyLayer = fc
  .record({
    batch: fc.integer({ min: 1, max: 2 }),
    groups: fc.integer({ min: 1, max: 2 }),
    inputs: fc.integer({ min: 1, max: 4 }),
    outputs: fc.integer({ min: 1, max: 4 }),
    height: fc.integer({ min: 1, max: 6 }),
    width: fc.integer({ min: 1, max: 6 }),
    kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    dilation: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
    begin: fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })),
    end: fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })),
  })
  .map(
    ({ inputs, outputs, groups, height, width, kernel, stride, dilation, begin, end, batch }): ConvLayer => ({
      batch,
      groups,
      inputChannels: inputs * groups,
      outputChannels: outputs * groups,
      input: [height, width],
      window: { kernel, stride, dilation, padding: { begin, end }, rounding: 'floor' },
    }),
  )
  .filter(({ input, window: { kernel, dilation, padding } }) =>
    input.every(
      (extent, i) =>
        extent + (padding.begin[i] ?? NaN) + (padding.end[i] ?? NaN) >=
        ((kernel[i] ?? NaN) - 1) * (dilation[i] ?? NaN) + 1,
    ),
  );

const options = fc.record({
  bufferBytes: fc.integer({ min: 8, max: 400 }),
  dtypeBytes: fc.oneof(
    fc.constantFrom(1, 2, 4),
    fc.record({
      input: fc.constantFrom(1, 2, 4),
      weights: fc.constantFrom(1, 2, 4),
      output: fc.constantFrom(1, 2, 4),
    }),
  ),
  psumBytes: fc.constantFrom(2, 4),
  haloReuse: fc.boolean(),
  doubleBuffering: fc.boolean(),
});

/** Two weights in a byte. */
const packed = fc.record({
  bufferBytes: fc.integer({ min: 8, max: 400 }),
  dtypeBytes: fc.record({
    input: fc.constantFrom(1, 4),
    weights: fc.constant(0.5),
    output: fc.constantFrom(1, 4),
  }),
  psumBytes: fc.constant(4),
  haloReuse: fc.boolean(),
  doubleBuffering: fc.constant(false),
});

const attempt = (layer: ConvLayer, choice: TrafficOptions): number | undefined =>
  trafficCurve(layer, [choice.bufferBytes], choice)[0]?.total;

const times = (bytes: TrafficOptions['dtypeBytes'], factor: number): TrafficOptions['dtypeBytes'] =>
  typeof bytes === 'number'
    ? bytes * factor
    : { input: bytes.input * factor, weights: bytes.weights * factor, output: bytes.output * factor };

/** Whole bytes: packed weights end where the next byte begins. */
const ceiled = (bytes: number | undefined): number | undefined =>
  bytes === undefined ? undefined : Math.ceil(bytes);

describe('laws', () => {
  test('equals walking every tiling in every loop order and counting what is loaded', () => {
    fc.assert(
      fc.property(tinyLayer, fc.oneof(options, packed), (layer, choice) => {
        expect(attempt(layer, choice)).toBe(ceiled(bruteForceTraffic(layer, choice)));
      }),
      {
        numRuns: 150,
        // Rows in tiles of 3 and 1 need no larger window than two of 2, since padding is not held.
        examples: [
          [
            {
              batch: 1,
              groups: 1,
              inputChannels: 3,
              outputChannels: 2,
              input: [4, 1],
              window: {
                kernel: [2, 1],
                stride: [1, 1],
                dilation: [2, 1],
                padding: { begin: [2, 0], end: [0, 0] },
                rounding: 'floor',
              },
            },
            {
              bufferBytes: 48,
              dtypeBytes: { input: 4, weights: 0.5, output: 1 },
              psumBytes: 4,
              haloReuse: false,
              doubleBuffering: false,
            },
          ],
        ],
      },
    );
  });

  test('lies between the bounds and never grows with the buffer', () => {
    fc.assert(
      fc.property(tinyLayer, options, (layer, choice) => {
        const sizes = [1, 2, 3, 5, 8, 100, 1e6].map((factor) => factor * choice.bufferBytes);
        const curve = trafficCurve(layer, sizes, choice).map((point) => point?.total);
        let previous = Infinity;
        for (const [i, total] of curve.entries()) {
          if (total === undefined) {
            expect(previous).toBe(Infinity);
            continue;
          }
          const bounds = trafficBounds(layer, { ...choice, bufferBytes: sizes[i] ?? NaN });
          expect(total).toBeLessThanOrEqual(previous);
          expect(total).toBeGreaterThanOrEqual(bounds.compulsory);
          expect(total).toBeGreaterThanOrEqual(bounds.lowerBound);
          if (layer.window.dilation.every((d) => d === 1)) expect(total).toBeLessThanOrEqual(bounds.noReuse);
          previous = total;
        }
      }),
    );
  });

  test('equals the compulsory traffic once everything fits, where no window has gaps', () => {
    fc.assert(
      fc.property(tinyLayer, options, (layer, choice) => {
        const dense = { ...layer, window: { ...layer.window, dilation: [1, 1] } };
        const large = { ...choice, bufferBytes: 1e9 };
        expect(leastDramTraffic(dense, large).total).toBe(trafficBounds(dense, large).compulsory);
      }),
    );
  });

  test('scales with element size when buffer and sums scale along', () => {
    fc.assert(
      fc.property(tinyLayer, options, fc.integer({ min: 2, max: 5 }), (layer, choice, factor) => {
        const scaled = {
          ...choice,
          bufferBytes: choice.bufferBytes * factor,
          dtypeBytes: times(choice.dtypeBytes, factor),
          psumBytes: choice.psumBytes * factor,
        };
        const total = attempt(layer, choice);
        expect(attempt(layer, scaled)).toBe(total === undefined ? undefined : total * factor);
      }),
    );
  });

  test('is the same for the mirrored layer', () => {
    const flip = <T>(pair: readonly T[]): T[] => [...pair].reverse();
    fc.assert(
      fc.property(tinyLayer, options, (layer, choice) => {
        const { kernel, stride, dilation, padding, rounding } = layer.window;
        const mirrored: ConvLayer = {
          ...layer,
          input: flip(layer.input),
          window: {
            kernel: flip(kernel),
            stride: flip(stride),
            dilation: flip(dilation),
            padding: { begin: flip(padding.begin), end: flip(padding.end) },
            rounding,
          },
        };
        expect(attempt(mirrored, choice)).toBe(attempt(layer, choice));
      }),
    );
  });

  test('keeping the halo never costs and double buffering never gains', () => {
    fc.assert(
      fc.property(tinyLayer, options, (layer, choice) => {
        const total = (change: Partial<TrafficOptions>): number =>
          attempt(layer, { ...choice, ...change }) ?? Infinity;
        expect(total({ haloReuse: true })).toBeLessThanOrEqual(total({ haloReuse: false }));
        expect(total({ doubleBuffering: true })).toBeGreaterThanOrEqual(total({ doubleBuffering: false }));
      }),
    );
  });
});

describe('printed and derived numbers', () => {
  // Layers as in the Eyeriss papers: AlexNet with 2 groups in conv2, conv4 and conv5.
  const alexnet = (batch: number): ConvLayer[] => [
    conv(3, 96, 227, 11, { stride: 4, batch }),
    conv(96, 256, 27, 5, { padding: 2, groups: 2, batch }),
    conv(256, 384, 13, 3, { padding: 1, batch }),
    conv(384, 384, 13, 3, { padding: 1, groups: 2, batch }),
    conv(384, 256, 13, 3, { padding: 1, groups: 2, batch }),
  ];

  it('gives 18.2 MB for a dense AlexNet of 4 images at 108 KiB and 16 bit', () => {
    const total = alexnet(4)
      .map((layer) => leastDramTraffic(layer, { bufferBytes: 108 * KIB, dtypeBytes: 2, psumBytes: 2 }).total)
      .reduce((a, b) => a + b, 0);
    expect((total / 1e6).toFixed(1)).toBe('18.2');
  });

  it('gives the optimum that was found for each layer of AlexNet, 16 images, 128 KiB', () => {
    const layers = [
      ...alexnet(16),
      linearLayer(9216, 4096, 16),
      linearLayer(4096, 4096, 16),
      linearLayer(4096, 1000, 16),
    ];
    const words = layers.map(
      (layer) => leastDramTraffic(layer, { bufferBytes: 128 * KIB, dtypeBytes: 2, psumBytes: 2 }).total / 2,
    );
    expect(words.map((count) => (count / 1e6).toFixed(2))).toEqual([
      '7.71',
      '7.96',
      '8.04',
      '6.81',
      '4.54',
      '38.11',
      '16.97',
      '4.18',
    ]);
  });

  it('is no more than nn_dataflow finds for Eyeriss on the same layers', () => {
    // DRAM column of its test of ISCA 2016, figure 10, in 10^9 MAC energies (200 a word), stated to two digits.
    const printed = [2.46, 2.27, 2.02, 1.57, 1.05, 7.78, 3.39, 0.84];
    const layers = [
      ...alexnet(16),
      linearLayer(9216, 4096, 16),
      linearLayer(4096, 4096, 16),
      linearLayer(4096, 1000, 16),
    ];
    layers.forEach((layer, i) => {
      const { total } = leastDramTraffic(layer, { bufferBytes: 128 * KIB, dtypeBytes: 2, psumBytes: 2 });
      expect((200 * total) / 2).toBeLessThanOrEqual(((printed[i] ?? NaN) + 0.005) * 1e9);
    });
  });

  it('is no more than what CUTLASS moved on GA100, 4096^3 in float32', () => {
    const sizes = [2, 24, 40, 50].map((mib) => mib * KIB * KIB);
    const curve = trafficCurve(matMulLayer(4096, 4096, 4096), sizes, { dtypeBytes: 4 });
    expect(curve.map((point) => (point?.total ?? NaN) / KIB / KIB)).toEqual([832, 320, 256, 256]);
    const tensorCore = [1.58 * KIB, 561.5, 411.1, 373.3];
    curve.forEach((point, i) => {
      expect((point?.total ?? NaN) / KIB / KIB).toBeLessThan(tensorCore[i] ?? NaN);
    });
  });

  it('gives the curve of Orojenesis figure 1, GEMM 16384 x 1024 x 1024 of bytes', () => {
    const sizes = [1, 8, 64, 512, 4096].map((kib) => kib * KIB);
    const curve = trafficCurve(matMulLayer(16384, 1024, 1024), sizes, { dtypeBytes: 1, psumBytes: 1 });
    expect(curve.map((point) => point?.total)).toEqual([
      1_127_219_200, 403_701_760, 152_043_520, 68_157_440, 34_603_008,
    ]);
  });

  it('treats a product of matrices as a linear layer over its rows', () => {
    const choice = { bufferBytes: 8 * KIB, dtypeBytes: 2 };
    expect(leastDramTraffic(matMulLayer(64, 128, 96), choice).total).toBe(
      leastDramTraffic(linearLayer(128, 96, 64), choice).total,
    );
    expect(leastDramTraffic(matMulLayer(64, 128, 96, 12), choice).total).toBe(
      12 * leastDramTraffic(matMulLayer(64, 128, 96), choice).total,
    );
  });
});

describe('refusals', () => {
  it('names the smallest buffer that would do', () => {
    const layer = conv(8, 8, 14, 3, { padding: 1 });
    expect(() => leastDramTraffic(layer, { bufferBytes: 16, dtypeBytes: 1 })).toThrow(
      'a buffer of 16 bytes does not hold the smallest tiles of this layer, which take 22 (fix: use a buffer of at least 22 bytes) CSP502',
    );
    expect(leastDramTraffic(layer, { bufferBytes: 22, dtypeBytes: 1 }).footprint).toBe(22);
  });

  it('refuses a buffer of no size and groups that do not divide', () => {
    expect(() => leastDramTraffic(conv(8, 8, 14, 3), { bufferBytes: 0, dtypeBytes: 1 })).toThrow(
      'bufferBytes is 0',
    );
    expect(() =>
      leastDramTraffic(conv(8, 6, 14, 3, { groups: 4 }), { bufferBytes: KIB, dtypeBytes: 1 }),
    ).toThrow('4 groups do not divide 8 input and 6 output channels');
  });
});
