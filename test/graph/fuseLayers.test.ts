import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profile } from '../../src/analysis/profile.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { fuseLayers } from '../../src/graph/fuseLayers.ts';
import type { Graph, TensorId } from '../../src/graph/graph.ts';
import { validate } from '../../src/graph/validate.ts';
import type { OpAttrs, OpKind } from '../../src/ops/registry.ts';
import { networks } from '../formats/graphs.ts';

const CONV = {
  kernel: [3, 3],
  stride: [1, 1],
  dilation: [1, 1],
  padding: { begin: [1, 1], end: [1, 1] },
  rounding: 'floor',
  outChannels: 4,
  groups: 1,
  bias: false,
} as const;

/** A graph in which every node is a layer of its own, as in operator formats. */
class Nodes {
  readonly builder = new GraphBuilder({ name: 'nodes', source: 'test', format: 'onnx' });
  readonly x = this.builder.input('x', { dtype: 'float32', shape: [1, 4, 8, 8] });
  #count = 0;

  add<K extends OpKind>(kind: K, inputs: readonly TensorId[], attrs: OpAttrs<K>): TensorId {
    const name = `${kind}${String(this.#count++)}`;
    this.builder.layer({ name, origin: { format: 'onnx', file: 'test.onnx', node: name } });
    return this.builder.add(kind, inputs, attrs);
  }

  conv(x: TensorId = this.x): TensorId {
    return this.add('conv', [x], CONV);
  }

  each(fn: OpAttrs<'elementwise'>['fn'], ...inputs: readonly TensorId[]): TensorId {
    return this.add('elementwise', inputs, { fn, dtype: 'float32' });
  }

  number(value: number): TensorId {
    return this.builder.constant('constant', { dtype: 'float32', shape: [] }, undefined, [value]);
  }

  activation(x: TensorId, fn: OpAttrs<'activation'>['fn'] = 'relu'): TensorId {
    return this.add('activation', [x], { fn });
  }
}

const layersOf = (graph: Graph): readonly string[] =>
  graph.layers.map(({ first, last }) =>
    graph.nodes
      .slice(first, last)
      .map((node) => (node.kind === 'elementwise' || node.kind === 'activation' ? node.attrs.fn : node.kind))
      .join(' '),
  );

/** What becomes of the network that a function builds. */
function fused(build: (nodes: Nodes) => void): readonly string[] {
  const nodes = new Nodes();
  build(nodes);
  const graph = fuseLayers(nodes.builder.build());
  expect(validate(graph)).toEqual([]);
  return layersOf(graph);
}

describe('one layer is', () => {
  it.each<[what: string, build: (nodes: Nodes) => void, layers: readonly string[]]>([
    [
      'a convolution with its normalisation and activation',
      (g) => g.activation(g.add('batchNorm', [g.conv()], {})),
      ['conv batchNorm relu'],
    ],
    ['a bias that is an operator', (g) => g.each('add', g.conv(), g.number(1)), ['conv add']],
    [
      'swish of two operators',
      (g) => {
        const x = g.conv();
        g.add('mul', [x, g.activation(x, 'logistic')], {});
      },
      ['conv logistic mul'],
    ],
    [
      'mish of three',
      (g) => {
        const x = g.conv();
        g.add('mul', [x, g.activation(g.activation(x, 'softplus'), 'tanh')], {});
      },
      ['conv softplus tanh mul'],
    ],
    [
      'GELU of five',
      (g) => {
        const x = g.conv();
        const sum = g.each('add', g.each('erf', g.each('divide', x, g.number(1.4))), g.number(1));
        g.each('mul', g.add('mul', [x, sum], {}), g.number(0.5));
      },
      ['conv divide erf add mul mul'],
    ],
    ['an identity', (g) => g.activation(g.add('identity', [g.conv()], {})), ['conv relu']],
    [
      'another shape of what it makes',
      (g) => g.add('softmax', [g.add('reshape', [g.conv()], { shape: [1, 256] })], { axis: 1 }),
      ['conv reshape', 'softmax'],
    ],
    [
      'another shape of the input before what reads it, and the activation behind that',
      (g) => g.activation(g.conv(g.add('reshape', [g.x], { shape: [1, 4, 4, 16] }))),
      ['reshape conv relu'],
    ],
    [
      'another order of axes that nothing moves',
      (g) => g.activation(g.add('layout', [g.conv()], { perm: [0, 2, 3, 1] })),
      ['conv layout relu'],
    ],
  ])('%s', (_what, build, layers) => {
    expect(fused(build)).toEqual(layers);
  });
});

describe('a layer of its own stays', () => {
  it.each<[what: string, build: (nodes: Nodes) => void, layers: readonly string[]]>([
    [
      'the activation of what something else reads as well',
      (g) => {
        const x = g.conv();
        g.add('concat', [x, g.activation(x)], { axis: 1 });
      },
      ['conv', 'relu', 'concat'],
    ],
    [
      'the activation of an output of the network',
      (g) => {
        const x = g.conv();
        g.builder.output('x', x);
        g.builder.output('y', g.activation(x));
      },
      ['conv', 'relu'],
    ],
    [
      'the sum of two branches, with its activation',
      (g) => {
        const x = g.conv();
        g.activation(g.add('add', [g.conv(x), x], { align: 'exact' }));
      },
      ['conv', 'conv', 'add relu'],
    ],
    [
      'a gate that another layer computes',
      (g) => {
        const x = g.conv();
        g.add('mul', [x, g.activation(g.add('globalPool', [x], { mode: 'average' }), 'logistic')], {});
      },
      ['conv', 'globalPool logistic', 'mul'],
    ],
    ['a softmax', (g) => g.add('softmax', [g.conv()], { axis: 1 }), ['conv', 'softmax']],
    ['what stands first', (g) => g.conv(g.activation(g.x)), ['relu', 'conv']],
  ])('%s', (_what, build, layers) => {
    expect(fused(build)).toEqual(layers);
  });
});

it('keeps operators together that are of one unit, and names a layer after the first', () => {
  const g = new Nodes();
  const x = g.conv();
  const y = g.add('add', [g.conv(x), x], { align: 'exact' });
  g.add('softmax', [y], { axis: 1 });
  const graph = fuseLayers(g.builder.build(), ({ index }) =>
    index < 1 ? undefined : index < 3 ? 'block' : undefined,
  );
  expect(graph.layers.map(({ name, index }) => [name, index])).toEqual([
    ['conv0', 0],
    ['conv1', 1],
    ['softmax3', 2],
  ]);
  expect(layersOf(graph)).toEqual(['conv', 'conv add', 'softmax']);
});

it('counts a part of one axis as a view, whatever it is called', () => {
  const g = new Nodes();
  g.add('stridedSlice', [g.x], { axes: [1], starts: [1], steps: [1], sizes: [2] });
  g.add('stridedSlice', [g.x], { axes: [1], starts: [0], steps: [2], sizes: [2] });
  expect(fuseLayers(g.builder.build()).nodes.map(({ kind, attrs }) => [kind, attrs])).toEqual([
    ['slice', { axis: 1, start: 1, end: 3 }],
    ['stridedSlice', { axes: [1], starts: [0], steps: [2], sizes: [2] }],
  ]);
});

it('holds what a layer makes, not what its operators hand each other', () => {
  const g = new Nodes();
  const x = g.conv();
  g.add('mul', [x, g.activation(x, 'logistic')], {});
  const graph = g.builder.build();
  const map = 4 * 8 * 8 * 4;
  // The input with the convolution's result; that, its logistic and the product over one of them; one layer.
  expect(profile(graph).layers.map(({ peakActivationBytes }) => peakActivationBytes)).toEqual([
    2 * map,
    2 * map,
    2 * map,
  ]);
  const [layer] = profile(fuseLayers(graph)).layers;
  expect([layer?.peakActivationBytes, layer?.memoryAccessCost]).toEqual([2 * map, 2 * 256 + 4 * 4 * 9]);
});

it('changes no total of MACs, FLOPs, weights and parameters, and no output', () => {
  fc.assert(
    fc.property(networks(), (graph) => {
      const after = fuseLayers(graph);
      expect(validate(after)).toEqual([]);
      const [a, b] = [graph, after].map((each) => profile(each, { flops: 'full' }));
      for (const id of ['macs', 'flops', 'weights', 'params', 'cio'] as const)
        expect(b?.totals[id]).toBe(a?.totals[id]);
      expect(b?.network.outputs.map(({ shape }) => shape)).toEqual(
        a?.network.outputs.map(({ shape }) => shape),
      );
      expect(after.layers.length).toBeLessThanOrEqual(graph.layers.length);
      expect(fuseLayers(after).layers).toEqual(after.layers);
    }),
  );
});
