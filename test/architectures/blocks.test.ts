import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bottleneckBlock,
  cspStage,
  darknetBlock,
  denseBlock,
  denseLayer,
  repeat,
  residual,
  twoWayDenseLayer,
  type CspStageOptions,
} from '../../architectures/blocks.ts';
import { profile, type Profile } from '../../src/analysis/profile.ts';
import type { TensorId } from '../../src/graph/graph.ts';
import { graph, type Network } from '../../src/graph/network.ts';

const EXTENT = { height: 6, width: 5 };
const PIXELS = EXTENT.height * EXTENT.width;

/** The profile of what `build` makes of a map of so many channels. */
const profileOf = (channels: number, build: (g: Network, x: TensorId) => TensorId): Profile =>
  profile(graph('block', (g) => build(g, g.input([1, channels, EXTENT.height, EXTENT.width]))));

const macs = (channels: number, build: (g: Network, x: TensorId) => TensorId): number =>
  profileOf(channels, build).totals.macs as number;

const block = fc.record({
  channels: fc.integer({ min: 2, max: 64 }),
  layers: fc.integer({ min: 1, max: 6 }),
  growth: fc.integer({ min: 1, max: 32 }),
});

const dense =
  (g: Network, { layers, growth }: { layers: number; growth: number }) =>
  (x: TensorId): TensorId =>
    denseBlock(g, x, { layers, layer: (map) => denseLayer(g, map, { growth }) });

describe('dense block', () => {
  test('reads and writes c m + (m^2 + m) d / 2 elements per position', () => {
    fc.assert(
      fc.property(block, ({ channels: c, layers: m, growth: d }) => {
        const { totals } = profileOf(c, (g, x) => dense(g, { layers: m, growth: d })(x));
        expect(totals.cio).toBe(PIXELS * (c * m + ((m ** 2 + m) * d) / 2));
      }),
    );
  });

  test('as the inner part of a stage, (1 - gamma) c m + (m^2 + m) d / 2; at one half (c m + (m^2 + m) d) / 2', () => {
    fc.assert(
      fc.property(block, fc.integer({ min: 1, max: 63 }), ({ channels, layers: m, growth: d }, part) => {
        const c = 64 * channels;
        const gamma = part / 64;
        const { layers } = profileOf(c, (g, x) =>
          cspStage(g, x, {
            gamma,
            split: 'slice',
            fusion: 'last',
            inner: dense(g, { layers: m, growth: d }),
          }),
        );
        // The last convolution is the transition of the inner part.
        const inner = layers.filter(({ kind }) => kind === 'conv').slice(0, -1);
        const cio = inner.reduce((total, row) => total + (row.cio as number), 0);
        expect(inner).toHaveLength(m);
        expect(cio).toBe(PIXELS * ((1 - gamma) * c * m + ((m ** 2 + m) * d) / 2));
        if (part === 32) expect(cio).toBe((PIXELS * (c * m + (m ** 2 + m) * d)) / 2);
      }),
    );
  });

  test('with two-way layers, grows by both ways of each layer', () => {
    const { layers } = profileOf(32, (g, x) =>
      denseBlock(g, x, { layers: 3, layer: (map) => twoWayDenseLayer(g, map, { growth: 32, width: 16 }) }),
    );
    expect(layers.at(-1)?.outputs).toEqual([[1, 128, EXTENT.height, EXTENT.width]]);
  });

  test('with sparse connections, layer i reads the maps 1, 2, 4, ... back and the end all of them', () => {
    const { layers } = profileOf(7, (g, x) =>
      denseBlock(g, x, {
        layers: 5,
        layer: (map) => denseLayer(g, map, { growth: 10 }),
        connections: 'powersOfTwo',
      }),
    );
    const read = layers.filter(({ kind }) => kind === 'conv').map(({ inputs }) => inputs[0]?.[1]);
    // By hand: x (7) is 1, 2 and 4 back from layers 0, 1 and 3; a map of 10 for each other distance.
    expect(read).toEqual([7, 17, 20, 27, 30]);
    expect(layers.at(-1)?.outputs[0]?.[1]).toBe(57);
  });
});

const FUSIONS = ['first', 'last', 'both'] as const;
const SPLITS = ['conv', 'slice'] as const;
type Design = Required<Pick<CspStageOptions, 'fusion' | 'split'>>;

describe('CSP stage', () => {
  const designs = FUSIONS.flatMap((fusion) => SPLITS.map((split) => ({ fusion, split })));

  const stage = (c: number, m: number, d: number, bypassed: number, design: Design): Profile =>
    profileOf(c, (g, x) =>
      cspStage(g, x, { ...design, gamma: bypassed / c, inner: dense(g, { layers: m, growth: d }) }),
    );

  test.each(designs)('costs less the more bypasses: fusion $fusion, split $split', (design) => {
    fc.assert(
      fc.property(block, ({ channels: c, layers: m, growth: d }) => {
        let before: Profile | undefined;
        for (let bypassed = 1; bypassed < c; bypassed++) {
          const now = stage(c, m, d, bypassed, design);
          if (before !== undefined) {
            for (const metric of ['flops', 'macs', 'weights'] as const) {
              expect(now.totals[metric]).toBeLessThan(before.totals[metric] as number);
            }
          }
          before = now;
        }
      }),
      { numRuns: 12 },
    );
  });

  test.each(designs)(
    'approaches the plain stage as gamma goes to 0: fusion $fusion, split $split',
    (design) => {
      fc.assert(
        fc.property(block, fc.nat(), ({ channels: c, layers: m, growth: d }, pick) => {
          const bypassed = 1 + (pick % (c - 1));
          const all = c + m * d;
          const plain = macs(c, (g, x) =>
            g.conv(dense(g, { layers: m, growth: d })(x), { outChannels: all }),
          );
          // What a design adds to the plain stage whatever gamma is: a second transition, and what splits.
          const added = (design.fusion === 'both' ? all ** 2 : 0) + (design.split === 'conv' ? c ** 2 : 0);
          // What the bypassed channels save: 3x3 convolutions that do not read them, a transition without them.
          const saved =
            9 * d * m * bypassed + (design.fusion === 'first' ? 0 : all ** 2 - (all - bypassed) ** 2);
          expect(stage(c, m, d, bypassed, design).totals.macs).toBe(plain + PIXELS * (added - saved));
        }),
      );
    },
  );

  test.each(designs)('keeps its parts apart: fusion $fusion, split $split', ({ fusion, split }) => {
    const { layers } = profileOf(48, (g, x) =>
      cspStage(g, x, {
        gamma: 0.25,
        fusion,
        split,
        inner: (map) => repeat(map, 2, (y) => darknetBlock(g, y, { width: 16 })),
        outChannels: 64,
      }),
    );
    expect(layers.at(-1)?.outputs).toEqual([[1, 64, EXTENT.height, EXTENT.width]]);
    const joined = layers.filter(({ kind }) => kind === 'concat');
    expect(joined.map(({ inputs }) => inputs.map((shape) => shape[1]))).toEqual([
      [fusion === 'last' ? 52 : 36, 12],
    ]);
  });

  test('may bypass by a convolution and slice the rest', () => {
    const { layers } = profileOf(40, (g, x) =>
      cspStage(g, x, { gamma: 0.25, split: 'convBypass', fusion: 'last', inner: (y) => y }),
    );
    expect(layers.map(({ kind, outputs }) => [kind, outputs[0]?.[1]])).toEqual([
      ['conv', 10],
      ['slice', 30],
      ['conv', 30],
      ['concat', 40],
    ]);
  });
});

describe('residual block', () => {
  const widths = (layers: Profile['layers']): readonly unknown[] =>
    layers.map(({ kind, inputs, outputs }) => [kind, inputs.map((s) => s[1]), outputs[0]?.slice(1)]);

  test('projects where the shape changes, and only there', () => {
    const { layers } = profile(
      graph('two bottlenecks', (g) => {
        const options = { width: 8, outChannels: 32 };
        bottleneckBlock(g, bottleneckBlock(g, g.input([1, 16, 8, 8]), { ...options, stride: 2 }), options);
      }),
    );
    expect(widths(layers)).toEqual([
      ['conv', [16], [8, 8, 8]],
      ['conv', [8], [8, 4, 4]],
      ['conv', [8], [32, 4, 4]],
      ['conv', [16], [32, 4, 4]],
      ['add', [32, 32], [32, 4, 4]],
      ['conv', [32], [8, 4, 4]],
      ['conv', [8], [8, 4, 4]],
      ['conv', [8], [32, 4, 4]],
      ['add', [32, 32], [32, 4, 4]],
    ]);
  });

  test('may stride on its first convolution', () => {
    const { layers } = profile(
      graph('bottleneck', (g) => {
        bottleneckBlock(g, g.input([1, 16, 8, 8]), { width: 8, outChannels: 32, stride: 2, strideOn: '1x1' });
      }),
    );
    expect(layers[0]?.outputs).toEqual([[1, 8, 4, 4]]);
  });

  test('may add the channels that both maps have', () => {
    const { layers } = profileOf(8, (g, x) =>
      residual(g, x, (y) => g.conv(y, { outChannels: 24, kernel: 3, stride: 2 }), { shortcut: 'common' }),
    );
    expect(widths(layers)).toEqual([
      ['conv', [8], [24, 3, 3]],
      ['add', [24, 8], [24, 3, 3]],
    ]);
  });
});
