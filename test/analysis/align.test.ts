import { describe, expect, it } from 'vitest';
import { align } from '../../src/analysis/align.ts';
import type { ProfileRow } from '../../src/analysis/profile.ts';
import { row } from './rows.ts';

/** The pairs by index; a dash where a side has none. */
const pairs = (
  a: readonly ProfileRow[],
  b: readonly ProfileRow[],
  options: Parameters<typeof align>[2] = {},
): string =>
  align(a, b, options)
    .map(([left, right]) => `${String(left?.index ?? '-')}:${String(right?.index ?? '-')}`)
    .join(' ');

const wide = { detail: '3x3 4->8', weights: 288 };
const narrow = { detail: '1x1 4->4', weights: 16 };
/** The same layer of a network with another input. */
const larger = { inputs: [[1, 4, 16, 16]], outputs: [[1, 4, 16, 16]] };

describe('layers side by side', () => {
  it('are those of the name that a person gave, before all else', () => {
    expect(
      pairs(
        [row(0, { name: 'first', ...wide }), row(1, { name: 'second', ...narrow })],
        [row(0, { name: 'second', ...wide })],
      ),
    ).toBe('0:- 1:0');
  });

  it.each([
    '_quant',
    '_quantized',
    '_output_quantized',
    '_MatMul_quant',
    '_MatMul_output_quantized',
    '_QuantizeLinear_Input',
    '_Q4',
    '_Q8',
    '_matmul_Q4',
    '_Bnb4',
  ])('are those of that name behind which a quantiser put %s', (suffix) => {
    const float = [row(0, { name: 'first', ...wide }), row(1, { name: 'second', ...narrow })];
    expect(pairs(float, [row(0, { name: `second${suffix}`, ...wide })])).toBe('0:- 1:0');
    expect(pairs([row(0, { name: `second${suffix}`, ...wide })], float)).toBe('-:0 0:1');
    // What stands elsewhere in a name is the name.
    expect(pairs(float, [row(0, { name: `second${suffix}/conv`, ...wide })])).toBe('0:0 1:-');
  });

  it.each(['quant', '_quantx', '_MatMul', '_output', '_QuantizeLinear', '_Q', '_matmul'])(
    'keep what no quantiser puts behind a name: %s',
    (suffix) => {
      const float = [row(0, { name: 'first', ...wide }), row(1, { name: 'second', ...narrow })];
      expect(pairs(float, [row(0, { name: `second${suffix}`, ...wide })])).toBe('0:0 1:-');
    },
  );

  it('are not those whose names only say where they stand', () => {
    expect(pairs([row(0, wide), row(1, narrow)], [row(0, narrow)])).toBe('0:- 1:0');
  });

  it('are of one kind, whatever their name', () => {
    expect(
      pairs([row(0, { name: 'join', kind: 'add' }), row(1, { name: 'last' })], [row(0, { name: 'join' })]),
    ).toBe('0:- 1:0');
  });

  it.each([
    ['operator', wide, narrow],
    ['weights', { weights: 1 }, { weights: 2 }],
    ['what goes in', larger, {}],
    ['what comes out', { outputs: [[1, 4, 16, 16]] }, {}],
    [
      'one of two inputs',
      { inputs: [[1, 4, 8, 8]] },
      {
        inputs: [
          [1, 4, 8, 8],
          [1, 4, 8, 8],
        ],
      },
    ],
    ['extents that read alike', { inputs: [[1, 44]] }, { inputs: [[1, 4], [4]] }],
  ] as const)('have the same whole structure, where several are of a kind: %s', (_, other, own) => {
    expect(pairs([row(0, other), row(1, own)], [row(0, own)])).toBe('0:- 1:0');
    expect(pairs([row(0, own)], [row(0, other), row(1, own)])).toBe('-:0 0:1');
  });

  it('are the same operator at another resolution, before any other of the kind', () => {
    expect(pairs([row(0, wide), row(1, narrow)], [row(0, { ...narrow, ...larger })])).toBe('0:- 1:0');
    expect(pairs([row(0, { ...wide, weights: 1 }), row(1, wide)], [row(0, { ...wide, ...larger })])).toBe(
      '0:- 1:0',
    );
  });

  it('are of the same kind at least', () => {
    expect(pairs([row(0, wide)], [row(0, { ...narrow, ...larger })])).toBe('0:0');
    expect(pairs([row(0)], [row(0, { kind: 'maxPool' })])).toBe('0:- -:0');
  });

  it('keep their order, and stand each once', () => {
    const [one, two, three] = [{ name: 'one' }, { name: 'two' }, { name: 'three' }];
    // The longest common order is one, three; what lies between has a kind of its own.
    expect(
      pairs(
        [row(0, one), row(1, { ...two, kind: 'add' }), row(2, three)],
        [row(0, { ...two, kind: 'mul' }), row(1, one), row(2, { kind: 'pad' }), row(3, three)],
      ),
    ).toBe('-:0 0:1 1:- -:2 2:3');
    expect(
      pairs(
        ['a', 'b', 'c', 'd', 'e'].map((name, i) => row(i, { name, kind: name })),
        ['x', 'b', 'y', 'd', 'c', 'z'].map((name, i) => row(i, { name, kind: name })),
      ),
    ).toMatch(/1:1.*(2:4|3:3)/);
    expect(pairs([], [row(0), row(1)])).toBe('-:0 -:1');
    expect(pairs([row(0), row(1)], [])).toBe('0:- 1:-');
  });

  it('may stand elsewhere in another format, whose maps lie in another order', () => {
    const one = row(0, wide);
    const two = row(1, { ...narrow, kind: 'pad' });
    const turned = { inputs: [[1, 8, 8, 4]], outputs: [[1, 8, 8, 4]] };
    const first = row(0, { ...narrow, kind: 'pad', ...turned });
    const second = row(1, { ...wide, ...turned });
    expect(pairs([one, two], [first, second])).toMatch(/-/);
    expect(pairs([one, two], [first, second], { betweenFormats: true })).toMatch(/^(0:1 1:0|1:0 0:1)$/);
    // One of a kind more than the other side has is no pair.
    expect(pairs([one, two, row(2, wide)], [first, second], { betweenFormats: true })).toMatch(/-/);
  });

  it('share a beginning and an end, and differ between', () => {
    const rows = (names: string): ProfileRow[] =>
      Array.from(names, (name, i) => row(i, { name, kind: name }));
    expect(pairs(rows('abcxyz'), rows('abcpqxyz'))).toBe('0:0 1:1 2:2 -:3 -:4 3:5 4:6 5:7');
    expect(pairs(rows('aa'), rows('aaa'))).toBe('0:0 1:1 -:2');
    expect(pairs(rows('abcdefg'), rows('acexgb'))).toBe('0:0 1:- 2:1 3:- 4:2 5:- -:3 6:4 -:5');
  });

  it('are looked for by kind alone where a table of all pairs would be too large', () => {
    const most = 5800;
    const named = (i: number): ProfileRow => row(i, { name: `own-${String(i)}x` });
    const a = Array.from({ length: most }, (_, i) => named(i));
    const turned = a.toReversed().map((each, index) => ({ ...each, index }));
    expect(align(a, turned).every(([left, right]) => left?.index === right?.index)).toBe(true);
  });
});
