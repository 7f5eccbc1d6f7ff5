import { describe, expect, it } from 'vitest';
import { tensorOf, type Graph, type TensorId } from '../../src/graph/graph.ts';
import { graph, type Network } from '../../src/graph/network.ts';
import { validate } from '../../src/graph/validate.ts';
import { profile } from '../../src/analysis/profile.ts';

const shapeOf = (net: Graph, id: TensorId): readonly number[] => tensorOf(net, id).type.shape;

/** The shape that the layers make of a map of 8 channels, 6x10. */
function shapeAfter(layers: (g: Network, x: TensorId) => TensorId): readonly number[] {
  let result: TensorId | undefined;
  const net = graph('one', (g) => {
    result = layers(g, g.input([2, 8, 6, 10]));
  });
  expect(validate(net)).toEqual([]);
  return shapeOf(net, result as TensorId);
}

describe('Network', () => {
  it.each([
    [
      'transposed convolution, 4x4',
      [2, 5, 12, 20],
      (g, x) => g.convTranspose(x, { outChannels: 5, kernel: 4, stride: 2, padding: 1 }),
    ],
    [
      'transposed convolution, 2x2',
      [2, 5, 12, 20],
      (g, x) => g.convTranspose(x, { outChannels: 5, kernel: 2, stride: 2, padding: 0, batchNorm: false }),
    ],
    [
      'deformable convolution',
      [2, 5, 3, 5],
      (g, x) => g.deformConv(x, { outChannels: 5, kernel: 3, stride: 2 }),
    ],
    ['resizing to extents', [2, 8, 5, 7], (g, x) => g.resize(x, { size: [5, 7] })],
    [
      'resizing to those of another map',
      [2, 8, 3, 5],
      (g, x) => g.resize(x, { size: g.maxPool(x, { kernel: 2 }), mode: 'linear' }),
    ],
    ['L2 normalisation', [2, 8, 6, 10], (g, x) => g.l2Norm(x)],
    ['channel shuffle', [2, 8, 6, 10], (g, x) => g.channelShuffle(x)],
    ['batch normalisation', [2, 8, 6, 10], (g, x) => g.batchNorm(x)],
    ['any operator', [2, 8, 1, 1], (g, x) => g.operator('globalPool', [x], { mode: 'max' })],
  ] as const satisfies readonly (readonly [
    string,
    readonly number[],
    (g: Network, x: TensorId) => TensorId,
  ])[])('%s', (_, shape, layers) => {
    expect(shapeAfter(layers)).toEqual(shape);
  });

  it('finds offsets and weights of a deformable convolution by a convolution of 3 values per tap', () => {
    const net = graph('deformed', (g) => {
      g.deformConv(g.input([1, 8, 6, 10]), { outChannels: 5, kernel: 3, name: 'deform' });
    });
    const [offset, deform] = profile(net, { flops: 'standard' }).layers;
    expect([offset?.name, offset?.params, offset?.macs]).toEqual([
      'deform.offset',
      8 * 27 * 9 + 27,
      60 * 8 * 27 * 9,
    ]);
    // No bias beside batch normalisation: 8 x 5 x 9 weights and four vectors of 5.
    expect([deform?.name, deform?.params, deform?.macs]).toEqual(['deform', 360 + 20, 60 * 360]);
    expect(deform?.kind).toBe('deformConv');
  });

  it('has a convolution without bias and normalisation', () => {
    const net = graph('bare', (g) => {
      g.conv(g.input([1, 8, 6, 10]), { outChannels: 4, batchNorm: false, bias: false, activation: 'linear' });
    });
    expect(net.nodes.map(({ kind, params }) => [kind, params.length])).toEqual([['conv', 1]]);
  });
});

describe('shared parts', () => {
  const twice = (second: readonly number[]): Graph =>
    graph('shared', (g) => {
      const head = g.shared((x: TensorId) =>
        g.conv(g.conv(x, { outChannels: 4 }), { outChannels: 2, kernel: 3 }),
      );
      head(g.input([1, 3, 8, 8], 'fine'));
      g.conv(head(g.input(second, 'coarse')), { outChannels: 2 });
    });

  it('have their parameters once and their work every time', () => {
    const net = twice([1, 3, 4, 4]);
    expect(validate(net)).toEqual([]);
    const totals = profile(net, { flops: 'standard' }).totals;
    expect(totals.weights).toBe(3 * 4 + 4 * 2 * 9 + 2 * 2);
    expect(totals.macs).toBe((64 + 16) * (3 * 4 + 4 * 2 * 9) + 16 * 4);
  });

  it('do not fit a map of other channels', () => {
    expect(() => twice([1, 5, 4, 4])).toThrow(/a shared part is applied to a map of other channels/);
  });

  it('may hold each other', () => {
    const net = graph('nested', (g) => {
      const inner = g.shared((x: TensorId) => g.conv(x, { outChannels: 3 }));
      const outer = g.shared((x: TensorId) => inner(g.conv(inner(x), { outChannels: 3, kernel: 3 })));
      const x = g.input([1, 3, 8, 8]);
      outer(outer(x));
    });
    expect(profile(net).totals.weights).toBe(3 * 3 + 3 * 3 * 9);
  });
});
