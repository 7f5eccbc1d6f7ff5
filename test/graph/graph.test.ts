import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { withDType, type Graph, type TensorId } from '../../src/graph/graph.ts';
import { graph } from '../../src/graph/network.ts';
import { validate } from '../../src/graph/validate.ts';

const small = (): Graph =>
  graph('small', (g) => {
    const x = g.conv(g.input([2, 3, 32, 48]), { outChannels: 8, kernel: 3, stride: 2 });
    const y = g.conv(x, { outChannels: 8, kernel: 3, activation: 'linear' });
    g.linear(g.globalPool(g.add([x, y], { activation: 'relu' })), { outFeatures: 10 });
  });

describe('graph()', () => {
  it('infers shapes while adding and groups nodes into layers', () => {
    const net = small();
    expect(validate(net)).toEqual([]);
    expect(net.layers.map(({ name, stage, first, last }) => [name, stage, last - first])).toEqual([
      ['conv0', '1/2', 3],
      ['conv1', '1/2', 2],
      ['add2', '1/2', 2],
      ['globalPool3', 'head', 1],
      ['linear4', 'head', 1],
    ]);
    const shape = (id: TensorId | undefined) => net.tensors[id as TensorId]?.type.shape;
    expect(shape(net.nodes[0]?.outputs[0])).toEqual([2, 8, 16, 24]);
    expect(net.outputs.map(({ tensor }) => shape(tensor))).toEqual([[2, 10]]);
  });

  it('says where a shape does not fit', () => {
    const build = () =>
      graph('broken', (g) => {
        const x = g.input([1, 3, 8, 8]);
        g.add([x, g.conv(x, { outChannels: 4 })]);
      });
    expect(build).toThrow(/^broken: cannot add 1x4x8x8 to 1x3x8x8 \(fix: .*\) CSP201$/);
  });

  it('names stages on request', () => {
    const net = graph('stages', (g) => {
      g.stage('stem');
      const x = g.conv(g.input([1, 3, 8, 8]), { outChannels: 4 });
      g.stage('body');
      g.conv(x, { outChannels: 4 });
    });
    expect(net.layers.map(({ stage }) => stage)).toEqual(['stem', 'body']);
  });
});

describe('validate', () => {
  it('finds what is malformed', () => {
    const net = small();
    const nodes = [...net.nodes];
    const [first, second] = nodes;
    if (first === undefined || second === undefined) throw new TypeError('no nodes');
    expect(validate({ ...net, nodes: [second, first, ...nodes.slice(2)] }).join()).toContain(
      'before it is made',
    );
    expect(validate({ ...net, nodes: [...nodes, first] }).join()).toContain('again');
    expect(validate({ ...net, layers: net.layers.slice(1) }).join()).toContain('does not follow on');
    const tensors = net.tensors.map((tensor) => ({ ...tensor, type: { ...tensor.type, shape: [1] } }));
    expect(validate({ ...net, tensors })).not.toEqual([]);
  });
});

describe('withDType', () => {
  it('casts float32 tensors and no others', () => {
    const builder = new GraphBuilder({ name: 'two', source: 'two', format: 'json' });
    const a = builder.input('a', { dtype: 'float32', shape: [4] });
    const b = builder.input('b', { dtype: 'int64', shape: [4] });
    builder.layer({ name: 'id', origin: { format: 'cli' } });
    builder.output('a', builder.add('identity', [a], {}));
    builder.output('b', builder.add('identity', [b], {}));
    const half = withDType(builder.build(), 'float16');
    expect(half.tensors.map(({ type }) => type.dtype)).toEqual(['float16', 'int64', 'float16', 'int64']);
    expect(validate(half)).toEqual([]);
  });
});
