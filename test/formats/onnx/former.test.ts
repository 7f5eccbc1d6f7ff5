import { expect, it } from 'vitest';
import { bytesSource } from '../../../src/formats/byteSource.ts';
import { fromOnnx } from '../../../src/formats/onnx/read.ts';
import { writeOnnx } from '../../../src/formats/onnx/write.ts';
import { profile } from '../../../src/analysis/profile.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import { type Attribute, graph as graphProto, modelBytes, node, port, stored } from './model.ts';

const read = (bytes: Uint8Array): Graph => fromOnnx(bytesSource(bytes), { file: 'x.onnx' }).graph;

/** One operator of a map of 1 x 3 x 6 x 8. */
const graphOf = (
  op: string,
  attributes: Readonly<Record<string, Attribute>>,
  operands: Readonly<Record<string, readonly number[]>> = {},
): Graph =>
  read(
    modelBytes({
      opset: 7,
      input: [port('x', 'float32', [1, 3, 6, 8])],
      initializer: Object.entries(operands).map(([name, values]) =>
        stored(name, 'int64', [values.length], values),
      ),
      node: [node(op, ['x', ...Object.keys(operands)], ['y'], attributes)],
      output: [port('y')],
    }),
  );

const shapeOf = (graph: Graph): readonly number[] | undefined =>
  graph.tensors[graph.outputs[0]?.tensor ?? -1]?.type.shape;

// Shapes: onnxruntime 1.30.
it.each([
  ['Crop', { border: [1, 2, 3, 1] }, {}, [1, 3, 3, 4]],
  ['Crop', { border: [1, 2, 5, 5], scale: [3, 4] }, {}, [1, 3, 3, 4]],
  ['DynamicSlice', {}, { starts: [0, 1], ends: [1, 3] }, [1, 2, 6, 8]],
  ['DynamicSlice', {}, { starts: [0, 1], ends: [-1, 3], axes: [3, 2] }, [1, 3, 2, 7]],
])('reads %s of %j %j as %j', (op, attributes, operands, shape) => {
  const graph = graphOf(op, attributes, operands);
  expect(shapeOf(graph)).toEqual(shape);
  expect(graph.nodes.map(({ kind }) => kind)).toEqual(['stridedSlice']);
});

it('refuses to crop more than there is', () => {
  expect(() => graphOf('Crop', { border: [4, 0, 4, 0] })).toThrow('crops more than there is');
});

// 144 elements; a softplus is two transcendental functions and an addition.
it.each([
  ['Affine', 2 * 144, ['mul', 'add']],
  ['ImageScaler', 2 * 144, ['mul', 'add']],
  ['Scale', 144, ['mul']],
  ['ScaledTanh', 3 * 144, ['mul', 'tanh', 'mul']],
  ['ParametricSoftplus', 5 * 144, ['mul', 'softplus', 'mul']],
])('counts %s as %i operations, and writes it so', (op, flops, functions) => {
  const graph = graphOf(op, {});
  expect(shapeOf(graph)).toEqual([1, 3, 6, 8]);
  expect(graph.nodes.map(({ attrs }) => 'fn' in attrs && attrs.fn)).toEqual(functions);
  expect(profile(graph, { flops: 'full' }).totals.flops).toBe(flops);
  const again = read(Buffer.concat([...writeOnnx(graph, {}).file.chunks()]));
  expect(profile(again, { flops: 'full' }).totals.flops).toBe(flops);
});

// As onnxruntime has it, in either form.
it.each([7, 13])('squeezes every extent of 1 where the list of axes is empty, opset %i', (opset) => {
  const graph = read(
    modelBytes({
      opset,
      input: [port('x', 'float32', [3, 1, 5, 1])],
      initializer: opset < 13 ? [] : [stored('axes', 'int64', [0])],
      node: [
        opset < 13 ? node('Squeeze', ['x'], ['y'], { axes: [] }) : node('Squeeze', ['x', 'axes'], ['y']),
      ],
      output: [port('y')],
    }),
  );
  expect(shapeOf(graph)).toEqual([3, 5]);
});

const typesOf = (graph: Graph): unknown => graph.outputs.map(({ tensor }) => graph.tensors[tensor]?.type);

// Types and shapes: onnxruntime 1.30.
it('splits into as many parts as there are outputs', () => {
  const graph = read(
    modelBytes({
      opset: 18,
      input: [port('x', 'float32', [20])],
      node: [node('Split', ['x'], ['a', 'b', 'c', 'd'], { num_outputs: 5 })],
      output: ['a', 'b', 'c', 'd'].map((name) => port(name)),
    }),
  );
  expect(typesOf(graph)).toEqual(Array(4).fill({ dtype: 'float32', shape: [5] }));
});

it('takes a list for a batch of one channel in a batch normalisation', () => {
  const params = ['scale', 'shift', 'mean', 'variance'];
  const graph = read(
    modelBytes({
      opset: 13,
      input: [port('x', 'float32', [10])],
      initializer: params.map((name) => stored(name, 'float32', [1])),
      node: [node('BatchNormalization', ['x', ...params], ['y'])],
      output: [port('y')],
    }),
  );
  expect(typesOf(graph)).toEqual([{ dtype: 'float32', shape: [10] }]);
  expect(profile(graph).totals.params).toBe(4);
  expect(profile(graph, { flops: 'full' }).totals.flops).toBe(20);
});

it('multiplies by matrices without columns', () => {
  const graph = read(
    modelBytes({
      opset: 13,
      input: [port('x', 'float32', [4, 4])],
      initializer: [stored('a', 'float32', [4, 0]), stored('b', 'float32', [0, 4])],
      node: [
        node('MatMul', ['x', 'a'], ['y']),
        node('MatMul', ['y', 'b'], ['z']),
        node('Gemm', ['x', 'a'], ['w']),
      ],
      output: [port('y'), port('z'), port('w')],
    }),
  );
  expect(typesOf(graph)).toEqual([
    { dtype: 'float32', shape: [4, 0] },
    { dtype: 'float32', shape: [4, 4] },
    { dtype: 'float32', shape: [4, 0] },
  ]);
  expect(profile(graph).totals.macs).toBe(0);
});

it('normalises over the axes that there are', () => {
  const graph = read(
    modelBytes({
      opset: 13,
      input: [port('x', 'float32', [2, 3, 2])],
      node: [node('MeanVarianceNormalization', ['x'], ['y'])],
      output: [port('y')],
    }),
  );
  expect(graph.nodes.map(({ attrs }) => 'axes' in attrs && attrs.axes)).toEqual([[0, 2]]);
});

it.each([
  ['LayerNormalization', 12, 'float32'],
  ['LayerNormalization', 17, 'float16'],
  ['SimplifiedLayerNormalization', 17, 'float32'],
] as const)('gives %s of opset %i with a float32 scale the type %s', (op, opset, dtype) => {
  const graph = read(
    modelBytes({
      opset,
      input: [port('x', 'float16', [2, 4])],
      initializer: [
        stored('scale', opset === 17 && op === 'LayerNormalization' ? 'float16' : 'float32', [4]),
      ],
      node: [node(op, ['x', 'scale'], ['y'])],
      output: [port('y')],
    }),
  );
  expect(typesOf(graph)).toEqual([{ dtype, shape: [2, 4] }]);
});

it('feeds the number of the run to a loop as its body declares it', () => {
  const body = graphProto({
    input: [port('i', 'int64', [1]), port('go', 'bool', [1]), port('sum', 'float32', [3])],
    node: [
      node('Squeeze', ['i'], ['at'], { axes: [0] }),
      node('Gather', ['x', 'at'], ['row']),
      node('Add', ['sum', 'row'], ['next']),
      node('Squeeze', ['go'], ['on'], { axes: [0] }),
    ],
    output: [port('on'), port('next'), port('row')],
  });
  const graph = read(
    modelBytes({
      opset: 11,
      input: [port('x', 'float32', [5, 3])],
      initializer: [
        stored('runs', 'int64', [], [5]),
        stored('true', 'bool', [], [1]),
        stored('zero', 'float32', [3]),
      ],
      node: [node('Loop', ['runs', 'true', 'zero'], ['sums', 'rows'], { body: { g: body } })],
      output: [port('sums'), port('rows')],
    }),
  );
  expect(typesOf(graph)).toEqual([
    { dtype: 'float32', shape: [3] },
    { dtype: 'float32', shape: [5, 3] },
  ]);
});

it('reads the numbers of a tensor whose other field is there and empty', () => {
  const graph = read(
    modelBytes({
      opset: 13,
      input: [port('x', 'float32', [2, 3])],
      initializer: [
        { ...stored('shape', 'int64', [1]), rawData: new Uint8Array(0), int64Data: Uint8Array.of(6) },
      ],
      node: [node('Reshape', ['x', 'shape'], ['y'])],
      output: [port('y')],
    }),
  );
  expect(typesOf(graph)).toEqual([{ dtype: 'float32', shape: [6] }]);
});
