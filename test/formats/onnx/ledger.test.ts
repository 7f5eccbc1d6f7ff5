import { describe, expect, it } from 'vitest';
import { profile } from '../../../src/analysis/profile.ts';
import { bytesSource } from '../../../src/formats/byteSource.ts';
import { readJson } from '../../../src/formats/json/read.ts';
import { writeJson } from '../../../src/formats/json/write.ts';
import { Ledger } from '../../../src/formats/onnx/ledger.ts';
import { fromOnnx, type OnnxOptions } from '../../../src/formats/onnx/read.ts';
import { withDType, type Graph } from '../../../src/graph/graph.ts';
import { networkTraffic } from '../../../src/latency/networkTraffic.ts';
import { graph as graphOf, modelBytes, node, port, stored } from './model.ts';

type ModelFields = Parameters<typeof modelBytes>[0];

const read = (fields: ModelFields, options: Partial<OnnxOptions> = {}): Graph =>
  fromOnnx(bytesSource(modelBytes(fields)), { file: 'x.onnx', ...options }).graph;

const BUFFER = { bufferBytes: 1 << 23 };

const compulsory = (graph: Graph, name: string): number | undefined =>
  networkTraffic(graph, BUFFER).layers[graph.layers.findIndex((layer) => layer.name === name)]?.bounds
    ?.compulsory;

const row = (graph: Graph, name: string) => profile(graph).layers.find((layer) => layer.name === name);

const x = port('x', 'float32', [1, 128]);

/** 256 x 128 int4 weights in blocks of 32, as MatMul of onnxruntime's quantiser has them. */
const int4: ModelFields = {
  opset: 21,
  input: [x],
  initializer: [
    stored('w', 'int4', [128, 256]),
    stored('scale', 'float32', [4, 256]),
    stored('zero', 'int4', [4, 256]),
  ],
  node: [
    node('DequantizeLinear', ['w', 'scale', 'zero'], ['dq'], { axis: 0, block_size: 32 }),
    node('MatMul', ['x', 'dq'], ['y'], {}, { name: 'product' }),
  ],
  output: [port('y')],
};

describe('weights in blocks', () => {
  it('are two in a byte, with a scale and a zero point for each block', () => {
    const graph = read(int4);
    const { params, weights, parameterBytes } = profile(graph).totals;
    expect({ params, weights, parameterBytes }).toEqual({
      params: 128 * 256,
      weights: 128 * 256,
      parameterBytes: (128 * 256) / 2 + 4 * 256 * 4 + (4 * 256) / 2,
    });
    expect(compulsory(graph, 'product')).toBe(16_384 + 4_096 + 512 + 512 + 1_024);
  });

  it('read the same from a JSON file', () => {
    const graph = read(int4);
    const again = readJson(writeJson(graph), 'x.json');
    expect(profile(again).totals).toEqual(profile(graph).totals);
    expect(networkTraffic(again, BUFFER)).toEqual(networkTraffic(graph, BUFFER));
  });
});

describe('the real initialisers of a file are its parameters', () => {
  it('in the first layer that owns them, wherever they are read', () => {
    // 8 numbers of a table, gathered to 12; 3 of a scalar and a pair that no layer owns; one that nothing reads.
    const graph = read({
      opset: 17,
      input: [port('x', 'float32', [3, 4])],
      initializer: [
        stored('table', 'float32', [4, 2]),
        stored('index', 'int64', [6]),
        stored('factor', 'float32', []),
        stored('scales', 'float32', [2]),
        stored('unread', 'float32', [100]),
      ],
      node: [
        node('Gather', ['table', 'index'], ['picked'], {}, { name: 'picked' }),
        node('Mul', ['x', 'factor'], ['scaled']),
        node('Resize', ['scaled', '', 'scales'], ['y']),
      ],
      output: [port('y'), port('picked')],
    });
    const { totals, layers } = profile(graph);
    expect(totals.params).toBe(8 + 1 + 2);
    expect(layers.reduce((sum, { params }) => sum + (params ?? NaN), 0)).toBe(totals.params);
    expect(layers.at(-1)).toMatchObject({ name: 'stored', kind: 'stored', params: 11, weights: 0 });
  });

  it('of a table that is folded, what the file has of it and not what is made', () => {
    const graph = read({
      opset: 17,
      input: [port('x', 'float32', [2, 6])],
      initializer: [stored('g', 'float32', [2, 1]), stored('v', 'float32', [2, 6])],
      node: [
        node('Mul', ['g', 'v'], ['w']),
        node('Add', ['x', 'w'], ['a'], {}, { name: 'sum' }),
        node('Mul', ['a', 'v'], ['y'], {}, { name: 'again' }),
      ],
      output: [port('y')],
    });
    // The second operator shares v with the first: it counts once.
    expect(row(graph, 'sum')).toMatchObject({ params: 2 + 12, parameterBytes: 56 });
    expect(row(graph, 'again')).toMatchObject({ params: 0, parameterBytes: 0 });
    expect(profile(graph).totals.params).toBe(14);
    // In half precision every one of them takes two bytes.
    expect(profile(withDType(graph, 'float16')).totals.parameterBytes).toBe(28);
  });

  it('of a part of a table, all that the file has', () => {
    const graph = read({
      opset: 17,
      input: [port('x', 'float32', [1, 10, 4])],
      initializer: [
        stored('table', 'float32', [1, 77, 4]),
        stored('from', 'int64', [1], [0]),
        stored('to', 'int64', [1], [10]),
        stored('axis', 'int64', [1], [1]),
      ],
      node: [
        node('Slice', ['table', 'from', 'to', 'axis'], ['part']),
        node('Add', ['x', 'part'], ['y'], {}, { name: 'sum' }),
      ],
      output: [port('y')],
    });
    expect(row(graph, 'sum')).toMatchObject({ params: 77 * 4, parameterBytes: 77 * 16 });
  });

  it('and those of nodes in branches that do not run, once', () => {
    const branch = (name: string, filters: number) => ({
      g: graphOf({
        name,
        node: [
          node('Constant', [], [`w${name}`], { value: { t: stored('', 'float32', [filters, 2, 1, 1]) } }),
          node('Constant', [], [`u${name}`], { value: { t: stored('', 'float32', [filters, 1, 1, 1]) } }),
          node('Concat', [`w${name}`, `u${name}`], [`both${name}`], { axis: 1 }),
          node('Identity', [`both${name}`], [`v${name}`]),
          node('Conv', ['x', `v${name}`], [`y${name}`]),
          // A number by itself is a setting.
          node('Constant', [], [`s${name}`], { value: { t: stored('', 'float32', []) } }),
          node('Mul', [`y${name}`, `s${name}`], [`z${name}`]),
        ],
        output: [port(`z${name}`)],
      }),
    });
    const fields: ModelFields = {
      opset: 17,
      input: [port('x', 'float32', [1, 3, 2, 2]), port('c', 'bool', [])],
      node: [node('If', ['c'], ['y'], { then_branch: branch('a', 4), else_branch: branch('b', 6) })],
      output: [port('y')],
    };
    for (const values of [undefined, new Map([['c', [1]]]), new Map([['c', [0]]])])
      expect(profile(read(fields, { values })).totals.params).toBe(4 * 3 + 6 * 3);
  });

  it('and those of nodes that other nodes put together, but of no single numbers', () => {
    const constant = (name: string, dims: readonly number[]) =>
      node('Constant', [], [name], { value: { t: stored('', 'float32', dims) } });
    const graph = read({
      opset: 17,
      input: [port('x', 'float32', [1, 8])],
      node: [
        constant('a', [8, 3]),
        constant('b', [8, 2]),
        constant('half', []),
        node('Concat', ['a', 'b'], ['both'], { axis: 1 }),
        node('Mul', ['both', 'half'], ['w']),
        node('MatMul', ['x', 'w'], ['y'], {}, { name: 'product' }),
        // The same scale by itself, and a list that nothing learns.
        node('Mul', ['y', 'half'], ['z']),
        constant('offsets', [1, 5]),
        node('Neg', ['offsets'], ['negative']),
        node('Add', ['z', 'negative'], ['end']),
      ],
      output: [port('end')],
    });
    expect(row(graph, 'product')).toMatchObject({ params: 40, parameterBytes: 160, weights: 40 });
    expect(profile(graph).totals.params).toBe(40);
  });

  it('and those of nodes in a loop, once however often it runs', () => {
    const body = graphOf({
      name: 'body',
      input: [port('i', 'int64', []), port('go', 'bool', []), port('v', 'float32')],
      node: [
        node('Identity', ['go'], ['on']),
        node('Constant', [], ['w'], { value: { t: stored('', 'float32', [8, 8]) } }),
        // The carried value grows, so that each run has types of its own.
        node('MatMul', ['v', 'w'], ['product']),
        node('Concat', ['product', 'v'], ['next'], { axis: 0 }),
      ],
      output: [port('on'), port('next')],
    });
    const graph = read({
      opset: 17,
      input: [port('x', 'float32', [1, 8])],
      initializer: [stored('trips', 'int64', [], [3])],
      node: [node('Loop', ['trips', '', 'x'], ['y'], { body: { g: body } })],
      output: [port('y')],
    });
    expect(profile(graph).totals).toMatchObject({ macs: (1 + 2 + 4) * 64, params: 64 });
  });

  it('but scales and zero points only say what others stand for', () => {
    const graph = read({
      opset: 17,
      input: [port('x', 'float32', [1, 4])],
      initializer: [stored('s', 'float32', []), stored('z', 'uint8', [])],
      node: [
        node('QuantizeLinear', ['x', 's', 'z'], ['q']),
        node('DequantizeLinear', ['q', 's', 'z'], ['y']),
      ],
      output: [port('y')],
    });
    const { params, parameterBytes } = profile(graph).totals;
    expect({ params, parameterBytes }).toEqual({ params: 0, parameterBytes: 5 });
  });

  it('says how many belong to no layer that learns', () => {
    const anchors = {
      opset: 17,
      input: [x],
      initializer: [stored('w', 'float32', [128, 8]), stored('anchors', 'float32', [1, 8])],
      node: [node('MatMul', ['x', 'w'], ['h']), node('Mul', ['h', 'anchors'], ['y'])],
      output: [port('y')],
    };
    expect(read(anchors).notes).toEqual([
      '8 of the parameters belong to no convolution, linear layer or normalisation',
    ]);
    expect(profile(read(anchors)).network.notes).toEqual(read(anchors).notes);
  });
});

describe('what has no size', () => {
  it('makes no parameter of zero bytes', () => {
    const words = { name: 'words', dtype: 'string', shape: [8], initializer: true } as const;
    const made = { name: 'made', dtype: 'float32', shape: [4], initializer: true, sources: [words] } as const;
    expect(new Ledger().take(made, { dtype: 'float32', shape: [4] })).toBeUndefined();
  });
});

describe('what is looked up', () => {
  const lookup = (dtype: 'float32' | 'float16', ids: number): Graph =>
    read({
      opset: 17,
      input: [port('ids', 'int64', [ids])],
      initializer: [stored('table', dtype, [1000, 64])],
      node: [
        ...(dtype === 'float16' ? [node('Cast', ['table'], ['real'], { to: 1 })] : []),
        node('Gather', [dtype === 'float16' ? 'real' : 'table', 'ids'], ['y'], {}, { name: 'lookup' }),
      ],
      output: [port('y')],
    });

  it('is the rows that are taken', () => {
    const graph = lookup('float32', 8);
    expect(compulsory(graph, 'lookup')).toBe(2 * 8 * 64 * 4 + 8 * 8);
    expect(row(graph, 'lookup')).toMatchObject({ memoryAccessCost: 8 + 2 * 512, params: 64_000 });
  });

  it('is the whole table at most', () => {
    expect(row(lookup('float32', 5000), 'lookup')?.memoryAccessCost).toBe(5000 + 64_000 + 5000 * 64);
  });

  it('is read as it is stored, and gives what it stands for', () => {
    const graph = lookup('float16', 8);
    expect(profile(graph).network.outputs[0]?.dtype).toBe('float32');
    expect(profile(graph).totals.parameterBytes).toBe(128_000);
    expect(compulsory(graph, 'lookup')).toBe(8 * 64 * (2 + 4) + 8 * 8);
  });

  it('is read by a tied head as well', () => {
    const graph = read({
      opset: 17,
      input: [port('ids', 'int64', [8])],
      initializer: [stored('table', 'float32', [1000, 64])],
      node: [
        node('Gather', ['table', 'ids'], ['h']),
        node('Gemm', ['h', 'table'], ['y'], { transB: 1 }, { name: 'head' }),
      ],
      output: [port('y')],
    });
    expect(row(graph, 'head')).toMatchObject({ memoryAccessCost: 512 + 8000 + 64_000, params: 0 });
  });
});
