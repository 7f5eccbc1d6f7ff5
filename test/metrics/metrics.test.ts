import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profile } from '../../src/analysis/profile.ts';
import { withDType, type Graph } from '../../src/graph/graph.ts';
import { graph, type Network } from '../../src/graph/network.ts';
import { CIO_CONVENTIONS } from '../../src/metrics/conventions/cio.ts';
import { FLOP_CONVENTIONS } from '../../src/metrics/conventions/flops.ts';
import { isCounted } from '../../src/metrics/metric.ts';
import { COUNTS, HARDWARE_METRICS, METRICS } from '../../src/metrics/registry.ts';

const residual = (batch: number): Graph =>
  graph('residual', (g: Network) => {
    const x = g.conv(g.input([batch, 3, 32, 32]), { outChannels: 16, kernel: 3, stride: 2 });
    const y = g.conv(g.conv(x, { outChannels: 8 }), {
      outChannels: 16,
      kernel: 3,
      groups: 4,
      activation: 'linear',
    });
    const z = g.maxPool(g.add([x, y], { activation: 'relu' }), { kernel: 2 });
    g.conv(g.globalPool(z), { outChannels: 10, batchNorm: false, activation: 'linear' });
  });

it('metrics and conventions say in words what they are, and where that is from', () => {
  for (const { id, title, label, unit, definition, source } of METRICS)
    for (const text of [id, title, label, unit, definition, source]) expect(text, id).toMatch(/\w|%/);
  for (const { id, title, source } of [...FLOP_CONVENTIONS, ...CIO_CONVENTIONS])
    for (const text of [id, title, source]) expect(text, id).toMatch(/\w/);
});

it('bytes and cycles of hardware are counts', () => {
  const counted = HARDWARE_METRICS.filter(({ unit }) => isCounted(unit)).map(({ id }) => id);
  expect(counted).toEqual(['dramBytes', 'dramBytesCompulsory', 'dramBytesNoReuse', 'cycles']);
});

describe('totals', () => {
  it('are the sums, or the maxima, of the rows', () => {
    const { layers, totals } = profile(residual(1));
    for (const { id, total, ofNetwork } of COUNTS) {
      // What is the network's alone, such as the size of its file.
      if (ofNetwork !== undefined) {
        expect(
          layers.filter((row) => row[id] !== undefined),
          id,
        ).toEqual([]);
        continue;
      }
      const values = layers.flatMap((row) => row[id] ?? []);
      if (total === 'sum') expect(totals[id], id).toBe(values.reduce((a, b) => a + b));
      else if (total === 'max') expect(totals[id], id).toBe(Math.max(...values));
      else expect(totals[id], id).toBeUndefined();
    }
    expect(totals.layers).toBe(layers.length);
  });

  it('are linear in the batch, parameters aside', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 9 }), (batch) => {
        const one = profile(residual(1)).totals;
        const many = profile(residual(batch)).totals;
        for (const id of [
          'macs',
          'flops',
          'cio',
          'inputElements',
          'activationElements',
          'peakActivationBytes',
        ] as const) {
          expect(many[id], id).toBe(batch * (one[id] as number));
        }
        for (const id of ['weights', 'params', 'parameterBytes'] as const) expect(many[id], id).toBe(one[id]);
      }),
    );
  });
});

describe('element types', () => {
  // Bits of float32 over those of the type: what every metric in bytes shrinks by, and every other does not.
  it.each([
    ['float16', 2],
    ['int8', 4],
    ['int4', 8],
    ['float64', 1 / 2],
  ] as const)('%s divides bytes by %d, and nothing else', (dtype, factor) => {
    const one = profile(residual(2));
    const other = profile(withDType(residual(2), dtype));
    const inBytes = COUNTS.filter(({ unit, total }) => unit === 'byte' && total !== 'none');
    expect(inBytes.map(({ id }) => id)).toEqual([
      'peakActivationBytes',
      'arenaBytes',
      'parameterBytes',
      'fileBytes',
    ]);
    for (const { id, unit } of COUNTS) {
      // Blocks of the arena end at multiples of 16 bytes.
      if (id === 'arenaBytes') continue;
      const by = unit === 'byte' ? factor : unit === 'FLOP/byte' ? 1 / factor : 1;
      one.layers.forEach((row, i) => {
        const expected = row[id] === undefined ? undefined : row[id] / by;
        const found = other.layers[i]?.[id];
        if (unit === 'FLOP/byte' && expected !== undefined) expect(found, id).toBeCloseTo(expected, 6);
        else expect(found, id).toBe(expected);
      });
      const total = one.totals[id];
      expect(other.totals[id], id).toBe(total === undefined ? undefined : total / by);
    }
  });
});

describe('counts by hand', () => {
  const { layers, totals } = profile(residual(1), { flops: 'full' });

  it('weights and parameters', () => {
    expect(layers.map(({ weights }) => weights)).toEqual([
      16 * 3 * 9,
      16 * 8,
      (16 * 8 * 9) / 4,
      0,
      0,
      0,
      160,
    ]);
    expect(layers.map(({ params }) => params)).toEqual([432 + 64, 128 + 32, 288 + 64, 0, 0, 0, 170]);
  });

  it('MACs and FLOPs', () => {
    expect(layers.map(({ macs }) => macs)).toEqual([432 * 256, 128 * 256, 288 * 256, 0, 0, 0, 160]);
    const elements = 16 * 256;
    expect(layers[3]?.flops).toBe(2 * elements); // one addition, one comparison
    expect(layers[0]?.flops).toBe(2 * 432 * 256 + 3 * elements); // MACs, scale, shift, ReLU
    expect(layers[4]?.flops).toBe(16 * 64 * 4); // four comparisons for each output
    expect(layers[5]?.flops).toBe(16 * 64 + 16); // sums and one division per channel
  });

  it('CIO by both papers', () => {
    const cio = (convention: string) => profile(residual(1), { cio: convention }).totals.cio;
    const [image, wide, narrow] = [3 * 1024, 16 * 256, 8 * 256];
    const convs = image + wide + (wide + narrow) + (narrow + wide) + (16 + 10);
    expect(cio('hardnet')).toBe(convs);
    expect(cio('cspnet')).toBe(convs + (wide + 1024) + (1024 + 16));
    expect(layers[3]?.cio).toBeUndefined();
  });

  it('memory access cost of the 1x1 convolution, and its lower bound', () => {
    const row = layers[1];
    expect(row?.memoryAccessCost).toBe(256 * (16 + 8) + 16 * 8);
    // arXiv 1807.11164, equation 1: MAC >= 2 sqrt(hwB) + B/hw with B = hw c1 c2
    const B = 256 * 16 * 8;
    expect(row?.memoryAccessLowerBound).toBeCloseTo(2 * Math.sqrt(256 * B) + B / 256, 6);
    expect(row?.memoryAccessRatio).toBeCloseTo((256 * 24 + 128) / (2 * Math.sqrt(256 * B) + B / 256), 9);
  });

  it('arithmetic intensity', () => {
    const row = layers[1];
    const bytes = 4 * (256 * 24 + 8 * 16 + 4 * 8);
    expect(row?.arithmeticIntensity).toBeCloseTo((2 * 128 * 256 + 3 * 8 * 256) / bytes, 12);
  });

  it('the bottleneck', () => {
    const { bottleneck } = profile(residual(1), { flops: 'standard' });
    const counted = [432 * 256, 128 * 256, 288 * 256, 160].map((macs) => 2 * macs);
    const total = counted.reduce((a, b) => a + b);
    expect(bottleneck).toMatchObject({ layer: 0, flops: 2 * 432 * 256, share: (2 * 432 * 256) / total });
    expect(bottleneck?.maxOverMean).toBeCloseTo((4 * 2 * 432 * 256) / total, 12);
    expect(bottleneck?.histogram.map(({ layers: count }) => count)).toEqual([1, 0, 1, 0, 0, 0, 1, 0, 0, 1]);
    expect(totals.flops).toBeDefined();
  });
});

describe('lower bound of memory access', () => {
  it('is reached by equal channels and never undercut', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 12 }),
        (c1, c2, size) => {
          const net = graph('1x1', (g) => g.conv(g.input([1, c1, size, size]), { outChannels: c2 }));
          const ratio = profile(net).layers[0]?.memoryAccessRatio as number;
          if (c1 === c2) expect(ratio).toBeCloseTo(1, 12);
          else expect(ratio).toBeGreaterThan(1);
        },
      ),
    );
  });
});

describe('limits', () => {
  it('refuses counts past 2^53 instead of rounding them', () => {
    const wide = 2 ** 25;
    const net = (size: number) =>
      graph('huge', (g) =>
        g.conv(g.input([1, wide, size, 1]), { outChannels: wide, batchNorm: false, activation: 'linear' }),
      );
    expect(profile(net(1)).totals.macs).toBe(2 ** 50);
    expect(() => profile(net(16))).toThrow(/past 2\^53.*CSP202/);
    // An input that nothing reads lies in memory all the same.
    const unread = graph('unread', (g) => {
      g.input([1, 2 ** 52, 1, 1]);
      return g.conv(g.input([1, 3, 8, 8]), { outChannels: 4 });
    });
    expect(() => profile(unread)).toThrow(/the arena.*cannot be stated.*past 2\^53.*CSP202/);
  });

  it('does not know what it does not know', () => {
    const net = graph('opaque', (g) => {
      const x = g.conv(g.input([1, 3, 8, 8]), { outChannels: 4 });
      g.builder.layer({ name: 'mystery', origin: { format: 'cli' } });
      g.builder.add('opaque', [x], {
        op: 'com.acme.Warp',
        outputs: [{ dtype: 'float32', shape: [1, 4, 8, 8] }],
      });
    });
    const { layers, coverage, totals } = profile(net);
    expect(layers[1]).not.toHaveProperty('flops');
    expect(layers[1]).not.toHaveProperty('macs');
    expect(layers[1]).toMatchObject({ kind: 'com.acme.Warp', activationElements: 256 });
    expect(coverage).toEqual({ counted: 1, uncounted: [{ op: 'com.acme.Warp', count: 1 }] });
    expect(totals.macs).toBe(layers[0]?.macs);
  });

  it('refuses conventions that do not exist', () => {
    expect(() => profile(residual(1), { flops: 'flopz' })).toThrow(/CSP103/);
    expect(() => profile(residual(1), { cio: 'x' })).toThrow(/use one of cspnet, hardnet/);
  });

  it('counts a loop body by its trip count and shared weights once', () => {
    const net = graph('shared', (g) => {
      const x = g.input([1, 4, 8, 8]);
      const { builder } = g;
      const weight = builder.constant('weight', { dtype: 'float32', shape: [4, 4, 1, 1] }, 'w');
      const attrs = {
        kernel: [1, 1],
        stride: [1, 1],
        dilation: [1, 1],
        padding: { begin: [0, 0], end: [0, 0] },
        rounding: 'floor',
        outChannels: 4,
        groups: 1,
        bias: false,
      } as const;
      builder.layer({ name: 'first', origin: { format: 'cli' } });
      const y = builder.add('conv', [x], attrs, { params: [weight], repeat: 5 });
      builder.layer({ name: 'second', origin: { format: 'cli' } });
      builder.add('conv', [y], attrs, { params: [weight], repeat: 'unknown' });
    });
    const { layers, totals, coverage } = profile(net);
    expect(totals.weights).toBe(16);
    expect(layers.map(({ macs }) => macs)).toEqual([5 * 16 * 64, undefined]);
    expect(coverage.uncounted).toEqual([{ op: 'conv in a loop of unknown length', count: 1 }]);
  });
});
