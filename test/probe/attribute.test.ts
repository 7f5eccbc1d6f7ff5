import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { graph, type Network } from '../../src/graph/network.ts';
import { attribute } from '../../src/probe/attribute.ts';
import { OPTIMISATION_LEVELS, type OptimisationLevel } from '../../src/probe/messages.ts';
import { graphsOf, workshop } from './child.ts';

const shop = workshop();

/** Who owns the kernels that run at each level, by layer name, and what became of the layers that own none. */
async function ownersOf(network: Graph, ...levels: readonly OptimisationLevel[]) {
  const { source, optimised } = await graphsOf({ graph: network }, levels, shop);
  const nameOf = (layer: number): string => network.layers[layer]?.name ?? '';
  return levels.map((level) => {
    const { nodes } = optimised.get(level)!;
    const { kernels, absent } = attribute(source.graph, source.layerOf, optimised.get(level)!);
    return {
      kernels: kernels.map(({ layers, fused, reorder, verified }, i) => ({
        op: nodes[i]?.op ?? '',
        owners: layers.map(({ layer, part }) => [nameOf(layer), part] as const),
        fused: fused.map(nameOf),
        reorder,
        verified,
      })),
      absent: Object.fromEntries(
        [...absent].map(([layer, { why, into }]) => [nameOf(layer), [why, ...into.map(nameOf)].join(' ')]),
      ),
    };
  });
}

type Owners = Awaited<ReturnType<typeof ownersOf>>[number];

/** The kernels that compute, as `operator: owners`. */
const computing = ({ kernels }: Pick<Owners, 'kernels'>): readonly string[] =>
  kernels
    .filter(({ reorder }) => !reorder)
    .map(({ op, owners }) => `${op}: ${owners.map(([name]) => name).join(' ')}`);

const small = (build: (g: Network) => void): Graph => graph('synthetic', build);

describe('networks whose answer is known', () => {
  it('a residual sum that becomes part of the convolution before it', async () => {
    const network = small((g) => {
      g.defaultActivation = 'relu';
      const x = g.conv(g.input([1, 3, 16, 16]), { outChannels: 32, kernel: 3, name: 'stem' });
      const y = g.conv(x, { outChannels: 32, kernel: 3, activation: 'linear', name: 'residual' });
      const sum = g.add([x, y], { activation: 'relu', name: 'sum' });
      g.conv(sum, { outChannels: 8, kernel: 1, activation: 'linear', name: 'last' });
    });
    const [fused, plain] = (await ownersOf(network, 'all', 'basic')) as [Owners, Owners];
    expect(computing(fused)).toEqual(['nchwc.Conv: stem', 'nchwc.Conv: residual', 'nchwc.Conv: last']);
    expect(fused.kernels.find(({ owners }) => owners[0]?.[0] === 'residual')?.fused).toEqual(['sum']);
    expect(fused.absent).toEqual({ sum: 'fused residual' });
    expect(computing(plain)).toEqual([
      'Conv: stem',
      'Relu: stem',
      'Conv: residual',
      'Add: sum',
      'Relu: sum',
      'Conv: last',
    ]);
    expect(plain.absent).toEqual({});
  });

  it('changes of format go to the layer that needs them', async () => {
    const network = small((g) => {
      g.defaultActivation = 'leaky';
      const x = g.conv(g.input([1, 3, 16, 16]), { outChannels: 32, kernel: 3, name: 'stem' });
      const y = g.conv(x, { outChannels: 32, kernel: 3, activation: 'linear', name: 'residual' });
      const sum = g.add([x, y], { activation: 'leaky', name: 'sum' });
      g.conv(sum, { outChannels: 32, kernel: 3, name: 'last' });
    });
    const [{ kernels }] = (await ownersOf(network, 'all')) as [Owners];
    // The leaky function knows no blocked format: the sum is brought back before it, and blocked again behind.
    expect(
      kernels
        .filter(({ reorder }) => reorder)
        .map(({ op, owners }) => `${op}: ${owners.map(([name]) => name).join(' ')}`),
    ).toEqual(['nchwc.ReorderOutput: residual', 'nchwc.ReorderInput: last', 'nchwc.ReorderOutput: last']);
  });

  it('two equal branches, of which one is computed', async () => {
    const network = small((g) => {
      const x = g.input([1, 16, 16, 16]);
      const a = g.maxPool(x, { kernel: 2, name: 'pool' });
      const b = g.maxPool(x, { kernel: 2, name: 'twin' });
      g.conv(g.concat([a, b], { name: 'join' }), { outChannels: 8, kernel: 1, name: 'last' });
    });
    const [merged, plain] = (await ownersOf(network, 'basic', 'disabled')) as [Owners, Owners];
    // Which of two equal nodes stays is onnxruntime's choice.
    expect([{ twin: 'merged pool' }, { pool: 'merged twin' }]).toContainEqual(merged.absent);
    expect(computing(merged).filter((kernel) => kernel.startsWith('MaxPool'))).toHaveLength(1);
    expect(plain.absent).toEqual({});
    expect(computing(plain).filter((kernel) => kernel.startsWith('MaxPool'))).toEqual([
      'MaxPool: pool',
      'MaxPool: twin',
    ]);
  });

  it('slices of one map, which become one split, shared by size', async () => {
    const network = small((g) => {
      const x = g.conv(g.input([1, 3, 16, 16]), { outChannels: 32, kernel: 1, name: 'stem' });
      const [first, second] = [
        g.slice(x, { start: 0, end: 24, name: 'first' }),
        g.slice(x, { start: 24, end: 32, name: 'second' }),
      ] as const;
      const a = g.conv(first, { outChannels: 8, kernel: 1, name: 'a' });
      g.concat([a, second], { name: 'join' });
    });
    const [{ kernels, absent }] = (await ownersOf(network, 'extended')) as [Owners];
    const split = kernels.find(({ op }) => op === 'Split');
    expect(split?.owners).toEqual([
      ['first', 0.75],
      ['second', 0.25],
    ]);
    expect(absent).toEqual({});
  });

  it('a layer of constants alone, which is computed before any run', async () => {
    const network = graph('table', (g) => {
      const x = g.conv(g.input([1, 16, 12, 12]), { outChannels: 16, kernel: 3, name: 'conv' });
      const stored = g.builder.constant('weight', { dtype: 'float32', shape: [1, 16, 12, 12] }, 'stored');
      const table = g.activation(stored, 'tanh', { name: 'table' });
      g.builder.output('y', g.add([x, table], { name: 'sum' }));
    });
    const [disabled, basic] = await ownersOf(network, 'disabled', 'basic');
    expect(disabled?.absent).toEqual({});
    expect(basic?.absent).toEqual({ table: 'folded sum' });
  });

  it('an input that two layers read is no part of either', async () => {
    const network = small((g) => {
      const x = g.conv(g.input([1, 3, 16, 16]), { outChannels: 16, kernel: 3, name: 'shared' });
      const a = g.conv(x, { outChannels: 16, kernel: 1, name: 'left' });
      const b = g.conv(x, { outChannels: 16, kernel: 3, name: 'right' });
      g.concat([a, b], { name: 'join' });
    });
    const [shared] = (await ownersOf(network, 'extended')) as [Owners];
    expect(computing(shared)).toEqual([
      'FusedConv: shared',
      'FusedConv: left',
      'FusedConv: right',
      'Concat: join',
    ]);
  });

  it('functions that onnxruntime puts in place of their calls', async () => {
    const network = small((g) => {
      const x = g.conv(g.input([1, 3, 16, 16]), {
        outChannels: 16,
        kernel: 3,
        activation: 'mish',
        name: 'first',
      });
      g.conv(x, { outChannels: 16, kernel: 1, activation: 'mish', name: 'second' });
    });
    for (const { kernels, absent } of await ownersOf(network, ...OPTIMISATION_LEVELS)) {
      expect(new Set(kernels.flatMap(({ owners }) => owners.map(([name]) => name)))).toEqual(
        new Set(['first', 'second']),
      );
      expect(absent).toEqual({});
    }
  });
});

describe('networks of the zoo', () => {
  it.each([
    ['resnet10', 64],
    ['cspresnext50', 64],
    ['peleenet', 64],
    ['mobilenet-v2', 64],
    ['efficientnet-b0', 64],
    ['hardnet68', 64],
    ['yolov3-tiny-prn', 96],
    ['csppeleenet-efm-sam', 128],
    ['yolov4-tiny', 96],
    ['cspdensenet-reference', 64],
  ])('%s: every kernel has an owner whose operands it reads', async (name, input) => {
    const network = buildNetwork(name, { input });
    for (const { kernels, absent } of await ownersOf(network, 'disabled', 'basic', 'extended', 'all')) {
      expect(kernels.filter(({ owners, verified }) => owners.length === 0 || verified === false)).toEqual([]);
      for (const { owners } of kernels)
        expect(owners.reduce((sum, [, part]) => sum + part, 0)).toBeCloseTo(1, 12);
      // A layer has a kernel, or a reason for none.
      const present = new Set(kernels.flatMap(({ owners }) => owners.map(([owner]) => owner)));
      for (const layer of network.layers) {
        if (layer.last > layer.first)
          expect(present.has(layer.name) !== layer.name in absent, layer.name).toBe(true);
      }
    }
  });
});
