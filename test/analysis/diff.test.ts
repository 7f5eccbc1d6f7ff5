import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import {
  changeOf,
  diff,
  DIFF_METRICS,
  type Change,
  type Changes,
  type Diff,
} from '../../src/analysis/diff.ts';
import { COUNT_INFO, profile, type Profile } from '../../src/analysis/profile.ts';
import { graph } from '../../src/graph/network.ts';
import { made, row } from './rows.ts';

/** A chain of convolutions of these widths and kernels, some of them named. */
const chain = (layers: readonly (readonly [width: number, kernel: number, named: boolean])[]): Profile =>
  profile(
    graph('chain', (g) => {
      let x = g.input([1, 3, 16, 16]);
      layers.forEach(([outChannels, kernel, named], i) => {
        x = named
          ? g.conv(x, { outChannels, kernel, name: `own-${String.fromCharCode(97 + (i % 26))}` })
          : g.conv(x, { outChannels, kernel });
      });
    }),
  );

const networks = fc
  .array(fc.tuple(fc.constantFrom(4, 8), fc.constantFrom(1, 3), fc.boolean()), { minLength: 1, maxLength: 8 })
  .map(chain);

const mirrored = ({ a, b, change }: Change): Change => ({
  ...(b === undefined ? {} : { a: b }),
  ...(a === undefined ? {} : { b: a }),
  ...(change === undefined ? {} : { change: 0 - change }),
  ...(a === undefined || b === undefined || b === 0 ? {} : { relative: a / b - 1 }),
});

const mirroredAll = (changes: Changes): Changes =>
  Object.fromEntries(Object.entries(changes).map(([id, change]) => [id, mirrored(change)]));

/** The difference with its sides exchanged, taken apart and put together by hand. */
const exchanged = (result: Diff): object => ({
  totals: mirroredAll(result.totals),
  unchanged: result.unchanged,
  layers: result.layers
    .map(
      ({ a, b, changes }) =>
        `${String(b?.index)}/${String(a?.index)} ${JSON.stringify(mirroredAll(changes))}`,
    )
    .sort(),
  stages: new Set(
    result.stages.map(({ key, layersA, layersB, changes }) =>
      JSON.stringify([key, layersB, layersA, mirroredAll(changes)]),
    ),
  ),
});

const asIs = (result: Diff): object => ({
  totals: result.totals,
  unchanged: result.unchanged,
  layers: result.layers
    .map(({ a, b, changes }) => `${String(a?.index)}/${String(b?.index)} ${JSON.stringify(changes)}`)
    .sort(),
  stages: new Set(
    result.stages.map(({ key, layersA, layersB, changes }) =>
      JSON.stringify([key, layersA, layersB, changes]),
    ),
  ),
});

describe('diff', () => {
  it('of a network and itself is empty', () => {
    fc.assert(
      fc.property(networks, (net) => {
        const { layers, unchanged, totals, stages, kinds } = diff(net, net);
        expect(layers).toEqual([]);
        expect(unchanged).toBe(net.layers.length);
        for (const change of Object.values(totals)) expect(change.change).toBe(0);
        for (const { changes } of [...stages, ...kinds]) expect(changes).toEqual({});
      }),
    );
  });

  it('changes sign with its sides exchanged', () => {
    fc.assert(
      fc.property(networks, networks, (a, b) => {
        expect(asIs(diff(b, a))).toEqual(exchanged(diff(a, b)));
      }),
    );
  });

  it('has every layer once, and contributions that add up to the change of the totals', () => {
    fc.assert(
      fc.property(networks, networks, (a, b) => {
        const { layers, unchanged, totals, stages, kinds } = diff(a, b);
        const side = (key: 'a' | 'b') => layers.filter((pair) => pair[key] !== undefined).length + unchanged;
        expect(side('a')).toBe(a.layers.length);
        expect(side('b')).toBe(b.layers.length);
        for (const { id, total } of COUNT_INFO) {
          if (total !== 'sum') continue;
          for (const groups of [stages, kinds]) {
            // What no hardware is named for is nowhere.
            const known = groups.flatMap(({ changes }) => changes[id]?.change ?? []);
            if (totals[id] === undefined) expect(known, id).toEqual([]);
            else
              expect(
                known.reduce((before, change) => before + change, 0),
                id,
              ).toBe(totals[id].change);
          }
        }
      }),
    );
  });

  it('finds the one layer that was widened', () => {
    const layers = [
      [8, 3, false],
      [8, 1, false],
      [8, 3, false],
      [8, 3, false],
    ] as const;
    const widened = layers.map(([width, kernel, named], i) => [i === 1 ? 16 : width, kernel, named] as const);
    const { layers: changed } = diff(chain(layers), chain(widened));
    expect(changed.map(({ a, b }) => [a?.detail, b?.detail])).toEqual([
      ['1x1 8->8', '1x1 8->16'],
      ['3x3 8->8', '3x3 16->8'],
    ]);
  });

  it('finds an inserted layer', () => {
    const before = [
      [4, 3, false],
      [8, 3, false],
      [8, 1, false],
    ] as const;
    const after = [
      [4, 3, false],
      [8, 3, false],
      [8, 3, false],
      [8, 1, false],
    ] as const;
    const { layers, unchanged } = diff(chain(before), chain(after));
    expect(layers.map(({ a, b }) => [a?.index, b?.index])).toEqual([[undefined, 2]]);
    expect(unchanged).toBe(3);
  });

  it('aligns by the names that a person gave, wherever the layers stand', () => {
    const { layers } = diff(
      chain([
        [4, 1, true],
        [8, 3, true],
        [4, 1, true],
      ]),
      chain([
        [4, 3, true],
        [8, 3, true],
        [4, 3, true],
      ]),
    );
    expect(layers.map(({ a, b }) => [a?.name, b?.name])).toEqual([
      ['own-a', 'own-a'],
      ['own-c', 'own-c'],
    ]);
  });

  it('says what CSPResNeXt-50 saves over ResNeXt-50', () => {
    const { totals } = diff(profile(buildNetwork('resnext50')), profile(buildNetwork('cspresnext50')));
    // arXiv 1911.11929, figure 8: CIO 34.4M and 32.6M; table 3: 22 % fewer FLOPs
    expect(totals.cio).toMatchObject({ a: 34411496, b: 32642024, change: -1769472 });
    expect(totals.flops?.relative).toBeCloseTo(-0.22, 2);
  });

  it('says of two layers what each has, and of a layer alone what it has', () => {
    const a = made(
      [row(0, { weights: 4, macs: 10, peakActivationBytes: 7 }), row(1, { kind: 'add', stage: 'head' })],
      {
        weights: 4,
        macs: 10,
        peakActivationBytes: 7,
      },
    );
    const b = made([row(0, { weights: 6, macs: 10, peakActivationBytes: 9, cio: 5 })], {
      weights: 6,
      macs: 10,
      peakActivationBytes: 9,
      cio: 5,
    });
    const weights = { a: 4, b: 6, change: 2, relative: 0.5 };
    const contribution = { weights, cio: { a: 0, b: 5, change: 5 } };
    expect(diff(a, b)).toEqual({
      a: a.network,
      b: b.network,
      conventions: b.conventions,
      unlike: [],
      coverage: { a: a.coverage, b: b.coverage },
      totals: {
        weights,
        macs: { a: 10, b: 10, change: 0, relative: 0 },
        peakActivationBytes: { a: 7, b: 9, change: 2, relative: 9 / 7 - 1 },
        cio: { b: 5 },
      },
      stages: [
        { key: 'stem', layersA: 1, layersB: 1, changes: contribution },
        { key: 'head', layersA: 1, layersB: 0, changes: {} },
      ],
      kinds: [
        { key: 'conv', layersA: 1, layersB: 1, changes: contribution },
        { key: 'add', layersA: 1, layersB: 0, changes: {} },
      ],
      layers: [
        {
          a: a.layers[0],
          b: b.layers[0],
          changes: {
            weights,
            peakActivationBytes: { a: 7, b: 9, change: 2, relative: 9 / 7 - 1 },
            cio: { b: 5 },
          },
        },
        { a: a.layers[1], changes: {} },
      ],
      unchanged: 0,
    });
  });

  it('says what else is not the same', () => {
    const network = { ...made([]).network, inputs: [{ name: 'x', shape: [2, 3], dtype: 'int8' }] };
    expect(diff(made([]), made([], {}, { network })).unlike).toEqual([
      { what: 'inputs', a: '1x4x8x8 float32', b: '2x3 int8' },
    ]);
    const withInput = (shape: readonly number[], channelsLast?: true) =>
      made(
        [],
        {},
        {
          network: {
            ...network,
            inputs: [{ name: 'x', shape, dtype: 'int8', ...(channelsLast && { channelsLast }) }],
          },
        },
      );
    // The same map in another layout, and the same extents of which one file alone says which are the channels.
    expect(diff(withInput([1, 3, 8, 9]), withInput([1, 8, 9, 3], true)).unlike).toEqual([]);
    expect(diff(withInput([1, 8, 9, 3]), withInput([1, 8, 9, 3], true)).unlike).toEqual([]);
    expect(diff(withInput([1, 9, 8, 3]), withInput([1, 8, 9, 3], true)).unlike).toHaveLength(1);
  });

  it('compares every metric but energies', () => {
    expect(DIFF_METRICS.filter(({ unit }) => unit === 'energy')).toEqual([]);
    expect(DIFF_METRICS.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['flops', 'dramBytes', 'cycles']),
    );
  });

  it.each([
    [2, 3, { a: 2, b: 3, change: 1, relative: 0.5 }],
    [4, 0, { a: 4, b: 0, change: -4, relative: -1 }],
    [0, 5, { a: 0, b: 5, change: 5 }],
    [0, 0, { a: 0, b: 0, change: 0 }],
    [undefined, 5, { b: 5 }],
    [5, undefined, { a: 5 }],
    [undefined, undefined, {}],
  ])('from %s to %s', (a, b, change) => {
    expect(changeOf(a, b)).toEqual(change);
  });
});
