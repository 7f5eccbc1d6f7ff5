import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { comparable } from '../../src/analysis/grouping.ts';
import { profile } from '../../src/analysis/profile.ts';
import { allocationsOf, arenaSize, planGreedily, type Allocation } from '../../src/graph/arena.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { foldBatchNorms } from '../../src/graph/foldBatchNorms.ts';
import { graph } from '../../src/graph/network.ts';

const blocks = (
  ...all: readonly (readonly [bytes: number, from: number, to: number])[]
): readonly Allocation[] => all.map(([bytes, from, to]) => ({ bytes, from, to }));

describe('the greedy planner', () => {
  it.each([
    ['basics', blocks([10, 0, 1], [20, 2, 3]), [0, 0]],
    ['medium', blocks([10, 0, 1], [20, 1, 2], [30, 2, 3], [40, 3, 4], [50, 0, 1]), [50, 70, 40, 0, 0]],
    ['overlap', blocks([100, 0, 1], [50, 2, 3], [20, 1, 2]), [0, 0, 100]],
  ])('places the blocks of greedy_memory_planner_test.cc: %s', (_, all, offsets) => {
    expect(planGreedily(all)).toEqual(offsets);
  });

  it('places the last of equal blocks first', () => {
    expect(planGreedily(blocks([8, 0, 1], [8, 1, 2], [8, 2, 3]))).toEqual([0, 8, 0]);
  });

  it('gives each block the first free bytes, whatever the blocks', () => {
    const block = fc.record({ bytes: fc.integer({ min: 1, max: 6 }), from: fc.nat(5), length: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(block, { maxLength: 12 }), (drafts) => {
        const all = drafts.map(({ bytes, from, length }) => ({ bytes, from, to: from + length }));
        // Byte by byte: which are taken at each moment.
        const taken = Array.from({ length: 10 }, () => new Set<number>());
        const expected = new Array<number>(all.length).fill(0);
        const order = all.map((each, index) => ({ ...each, index })).reverse();
        for (const { bytes, from, to, index } of order.sort((a, b) => b.bytes - a.bytes)) {
          const moments = taken.slice(from, to + 1);
          const range = (at: number): readonly number[] => Array.from({ length: bytes }, (_, i) => at + i);
          let at = 0;
          while (range(at).some((byte) => moments.some((moment) => moment.has(byte)))) at++;
          expected[index] = at;
          for (const moment of moments) for (const byte of range(at)) moment.add(byte);
        }
        expect(planGreedily(all)).toEqual(expected);
      }),
    );
  });
});

describe('the arena of a network', () => {
  it('has a block for each tensor between layers, none for what a layer does in one go', () => {
    const net = graph('two convs', (g) => {
      const x = g.input([1, 3, 4, 4]);
      const a = g.conv(x, { outChannels: 2, kernel: 1 });
      const b = g.conv(a, { outChannels: 2, kernel: 1 });
      g.add([a, b]);
    });
    // 48, 32, 32 and 32 numbers of 4 bytes: input, first conv until the sum, second conv, sum until the end
    expect(allocationsOf(net)).toEqual(blocks([192, 0, 1], [128, 1, 3], [128, 2, 3], [128, 3, 3]));
    // the input at 0, the sum there as well, the second conv behind it, the first conv behind both
    expect(arenaSize(net)).toBe(384);
    expect(profile(net).totals.arenaBytes).toBe(128 * 3);
  });

  it('copies what a layer only sees in another shape, as TensorFlow Lite Micro does, and aligns blocks to 16 bytes', () => {
    const builder = new GraphBuilder({ name: 'reshape', source: '', format: 'zoo' });
    const x = builder.input('x', { dtype: 'int8', shape: [1, 3, 5] });
    builder.layer({ name: 'reshape', origin: { format: 'zoo' } });
    const y = builder.add('reshape', [x], { shape: [15] });
    builder.layer({ name: 'relu', origin: { format: 'zoo' } });
    const seen = builder.add('reshape', [y], { shape: [5, 3] });
    builder.output('z', builder.add('activation', [seen], { fn: 'relu' }));
    const net = builder.build();
    expect(allocationsOf(net)).toEqual(blocks([16, 0, 1], [16, 1, 2], [16, 2, 2]));
    expect(arenaSize(net)).toBe(32);
  });

  it('has no block for what nothing makes any more: with a normalisation folded it is as large as before', () => {
    const net = buildNetwork('yolov4-tiny');
    expect(arenaSize(foldBatchNorms(net))).toBe(arenaSize(net));
    expect(profile(comparable(net)).totals.arenaBytes).toBe(profile(net).totals.arenaBytes);
  });

  it('is not known where a tensor has no fixed size', () => {
    const builder = new GraphBuilder({ name: 'text', source: '', format: 'zoo' });
    builder.input('x', { dtype: 'string', shape: [3] });
    expect(arenaSize(builder.build())).toBeUndefined();
  });
});
