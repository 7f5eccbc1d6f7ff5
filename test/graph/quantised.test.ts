import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/graph/builder.ts';
import type { Graph, TensorId } from '../../src/graph/graph.ts';
import { tensorOf } from '../../src/graph/graph.ts';
import { quantised } from '../../src/graph/quantised.ts';
import { validate } from '../../src/graph/validate.ts';
import type { DType } from '../../src/ops/dtype.ts';
import { square } from '../../src/ops/window.ts';

type Part = (on: GraphBuilder, x: TensorId) => TensorId;

const layer = (on: GraphBuilder, name: string): void => {
  on.layer({ name, origin: { format: 'onnx', file: 'x.onnx', node: name } });
};

const quantise = (on: GraphBuilder, x: TensorId, dtype: DType = 'uint8'): TensorId => {
  layer(on, `q${String(on.layerCount)}`);
  return on.add('elementwise', [x], { fn: 'quantize', dtype });
};

const dequantise = (on: GraphBuilder, x: TensorId): TensorId => {
  layer(on, `dq${String(on.layerCount)}`);
  return on.add('elementwise', [x], { fn: 'dequantize', dtype: 'float32' });
};

/** A part between quantised maps, real numbers around it. */
function network(part: Part, behind: 'quantised' | 'real' = 'quantised', dtype: DType = 'uint8'): Graph {
  const on = new GraphBuilder({ name: 'net', source: 'x.onnx', format: 'onnx' });
  const input = on.input('x', { dtype: 'float32', shape: [1, 6, 8, 8] });
  const x = dequantise(on, quantise(on, input));
  layer(on, 'op');
  const y = part(on, x);
  on.output('y', behind === 'real' ? y : dequantise(on, quantise(on, y, dtype)));
  return on.build();
}

const types = (graph: Graph): readonly string[] =>
  graph.nodes.map(({ kind, inputs, outputs }) => {
    const of = (ids: readonly TensorId[]): string => ids.map((id) => tensorOf(graph, id).type.dtype).join();
    return `${of(inputs)} ${kind} ${of(outputs)}`;
  });

const weights = (on: GraphBuilder, dtype: DType): TensorId =>
  on.constant('weight', { dtype, shape: [6, 6, 1, 1] });

const conv =
  (dtype: DType): Part =>
  (on, x) =>
    on.add(
      'conv',
      [x],
      { ...square(1), outChannels: 6, groups: 1, bias: false },
      { params: [weights(on, dtype)] },
    );

const BORDERS = ['float32 elementwise uint8', 'uint8 elementwise float32'] as const;

describe('an operator between QDQ nodes', () => {
  it.each<[string, Part]>([
    ['conv', conv('int8')],
    ['maxPool', (on, x) => on.add('maxPool', [x], square(2))],
    ['avgPool', (on, x) => on.add('avgPool', [x], square(2))],
    ['globalPool', (on, x) => on.add('globalPool', [x], { mode: 'average' })],
    ['activation', (on, x) => on.add('activation', [x], { fn: 'logistic' })],
    ['activation', (on, x) => on.add('activation', [x], { fn: 'leaky' })],
    ['softmax', (on, x) => on.add('softmax', [x], { axis: 1 })],
    ['reshape', (on, x) => on.add('reshape', [x], { shape: [1, 384] })],
    ['transpose', (on, x) => on.add('transpose', [x], { perm: [0, 2, 3, 1] })],
    ['reduce', (on, x) => on.add('reduce', [x], { fn: 'max', axes: [1], keepDims: true })],
    [
      'rearrange',
      (on, x) =>
        on.add('rearrange', [x], { op: 'Tile', outputs: [{ dtype: 'float32', shape: [2, 6, 8, 8] }] }),
    ],
  ])('is a quantised one: %s', (kind, part) => {
    const literal = network(part);
    const { graph, operators } = quantised(literal);
    expect(operators).toBe(1);
    expect(types(graph)).toEqual([BORDERS[0], `uint8 ${kind} uint8`, BORDERS[1]]);
    expect(graph.layers.map(({ name, index }) => [name, index])).toEqual([
      ['q0', 0],
      ['op', 1],
      ['dq4', 2],
    ]);
    expect(validate(graph)).toEqual([]);
  });

  it.each<[string, Part]>([
    ['whose weights are real', conv('float32')],
    ['that runtimes have in real numbers only', (on, x) => on.add('activation', [x], { fn: 'mish' })],
    ['the maximum of all', (on, x) => on.add('globalPool', [x], { mode: 'max' })],
    ['a mean', (on, x) => on.add('reduce', [x], { fn: 'mean', axes: [1], keepDims: true })],
    [
      'what is not moved as it is',
      (on, x) =>
        on.add('rearrange', [x], { op: 'Pad', outputs: [{ dtype: 'float32', shape: [2, 6, 8, 8] }] }),
    ],
    [
      'one operand of which is real',
      (on, x) =>
        on.add('add', [x, on.input('z', { dtype: 'float32', shape: [1, 6, 8, 8] })], { align: 'exact' }),
    ],
  ])('stays as it is: %s', (_, part) => {
    const literal = network(part);
    expect(quantised(literal)).toEqual({ graph: literal, operators: 0 });
  });

  it('stays as it is where its result is of another type and it makes what it reads', () => {
    expect(
      quantised(network((on, x) => on.add('maxPool', [x], square(2)), 'quantised', 'int8')).operators,
    ).toBe(0);
    const { graph } = quantised(network(conv('int8'), 'quantised', 'int8'));
    expect(types(graph)[1]).toBe('uint8 conv int8');
    expect(validate(graph)).toEqual([]);
  });

  it('with a real result is a product of matrices, and no convolution', () => {
    const product: Part = (on, x) =>
      on.add('matMul', [x, x], { transposeA: false, transposeB: false, dtype: 'float32' });
    expect(types(quantised(network(product, 'real')).graph)).toEqual([
      BORDERS[0],
      'uint8,uint8 matMul float32',
    ]);
    expect(quantised(network(conv('int8'), 'real')).operators).toBe(0);
  });

  it('keeps the nodes that others read', () => {
    const { graph, operators } = quantised(
      network((on, x) => {
        layer(on, 'other');
        on.output('other', on.add('activation', [x], { fn: 'mish' }));
        layer(on, 'op');
        return conv('int8')(on, x);
      }),
    );
    expect(operators).toBe(1);
    expect(types(graph)).toEqual([
      BORDERS[0],
      BORDERS[1],
      'float32 activation float32',
      'uint8 conv uint8',
      BORDERS[1],
    ]);
  });

  it('stays as it is where its result is read as a real number too', () => {
    const read = network((on, x) => {
      const y = conv('int8')(on, x);
      on.output('real', y);
      return y;
    });
    expect(quantised(read).operators).toBe(0);
  });

  it('bounds its numbers in their own type', () => {
    const { graph } = quantised(
      network((on, x) => {
        const y = conv('int8')(on, x);
        layer(on, 'relu');
        return on.add('activation', [y], { fn: 'relu' });
      }),
    );
    expect(types(graph)).toEqual([BORDERS[0], 'uint8 conv uint8', 'uint8 activation uint8', BORDERS[1]]);
    expect(validate(graph)).toEqual([]);
  });
});
