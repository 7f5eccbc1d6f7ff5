import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromOnnx } from '../../../src/formats/onnx/read.ts';
import { bytesSource } from '../../../src/formats/byteSource.ts';
import { modelBytes, node, port, stored } from './model.ts';

it('gives each convolution its own attributes, however many are alike', () => {
  const convs = fc.array(
    fc.record({
      kernel: fc.constantFrom(1, 3),
      stride: fc.constantFrom(1, 2),
      groups: fc.constantFrom(1, 4),
      outChannels: fc.constantFrom(4, 8),
      bias: fc.boolean(),
    }),
    { minLength: 1, maxLength: 20 },
  );
  fc.assert(
    fc.property(convs, (all) => {
      const bytes = modelBytes({
        opset: 13,
        input: [port('x', 'float32', [1, 8, 9, 9])],
        initializer: all.flatMap(({ kernel, groups, outChannels }, i) => [
          stored(`w${String(i)}`, 'float32', [outChannels, 8 / groups, kernel, kernel]),
          stored(`b${String(i)}`, 'float32', [outChannels]),
        ]),
        node: all.map(({ stride, groups, bias }, i) =>
          node('Conv', ['x', `w${String(i)}`, ...(bias ? [`b${String(i)}`] : [])], [`y${String(i)}`], {
            strides: [stride, stride],
            group: groups,
          }),
        ),
        output: all.map((_, i) => port(`y${String(i)}`)),
      });
      const { graph } = fromOnnx(bytesSource(bytes), { file: 'x.onnx' });
      expect(graph.nodes.map(({ attrs }) => attrs)).toEqual(
        all.map(({ kernel, stride, groups, outChannels, bias }) => ({
          kernel: [kernel, kernel],
          stride: [stride, stride],
          dilation: [1, 1],
          padding: { begin: [0, 0], end: [0, 0] },
          rounding: 'floor',
          outChannels,
          groups,
          bias,
        })),
      );
    }),
  );
});

it('tells lists of attributes apart that begin alike', () => {
  const axes = [[1], [1, 2], [1, 2, 3], [1]];
  const bytes = modelBytes({
    opset: 17,
    input: [port('x', 'float32', [1, 2, 3, 4])],
    node: axes.map((each, i) => node('ReduceMean', ['x'], [`y${String(i)}`], { axes: each })),
    output: axes.map((_, i) => port(`y${String(i)}`)),
  });
  const { graph } = fromOnnx(bytesSource(bytes), { file: 'x.onnx' });
  expect(graph.nodes.map(({ attrs }) => attrs)).toEqual(
    axes.map((each) => ({ fn: 'mean', axes: each, keepDims: true })),
  );
});

it('states what comes out of stored numbers in the type and shape that the nodes behind give them', () => {
  const bytes = modelBytes({
    opset: 13,
    input: [port('x', 'float32', [2, 3])],
    initializer: [stored('w', 'float16', [2, 3]), stored('flat', 'int64', [1], [6])],
    node: [
      node('Cast', ['w'], ['cast'], { to: 1 }),
      node('Reshape', ['w', 'flat'], ['reshaped']),
      node('Add', ['x', 'cast'], ['sum']),
    ],
    output: ['sum', 'cast', 'reshaped', 'w'].map((name) => port(name)),
  });
  const { graph } = fromOnnx(bytesSource(bytes), { file: 'x.onnx' });
  expect(graph.outputs.map(({ tensor }) => graph.tensors[tensor]?.type)).toEqual([
    { dtype: 'float32', shape: [2, 3] },
    { dtype: 'float32', shape: [2, 3] },
    { dtype: 'float16', shape: [6] },
    { dtype: 'float16', shape: [2, 3] },
  ]);
});
