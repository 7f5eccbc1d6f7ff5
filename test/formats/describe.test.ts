import { describe, expect, it } from 'vitest';
import { describeModel, readModel } from '../../src/formats/model.ts';
import { emptyMessage } from '../../src/formats/onnx/message.ts';
import { TYPE } from '../../src/formats/onnx/proto.ts';
import { renderInputs } from '../../src/report/inputs.ts';
import { paramText } from './ncnn/param.ts';
import { modelBytes, node, port, stored } from './onnx/model.ts';
import { flatBuffer, modelRoot } from './tflite/build.ts';

describe('what a model says of itself', () => {
  const bytes = modelBytes({
    input: [port('image', 'float32', ['N', 3, '?', '?'])],
    initializer: [stored('w', 'float32', [4, 3, 3, 3]), stored('q', 'int4', [5])],
    node: [node('Conv', ['image', 'w'], ['a']), node('Relu', ['a'], ['b']), node('Relu', ['b'], ['y'])],
    output: [port('y')],
  });

  it('is its inputs, operators, stored size and what gives open extents a value', async () => {
    expect(await describeModel(bytes, { file: 'net.onnx' })).toMatchObject({
      inputs: [{ name: 'image', dtype: 'float32', shape: ['N', 3, null, null] }],
      operators: [
        { op: 'Relu', count: 2 },
        { op: 'Conv', count: 1 },
      ],
      // 108 float32, and five numbers of four bits in three bytes
      parameters: { tensors: 2, bytes: 4 * 108 + 3 },
      fix: 'pass --input image:1x3x224x224',
    });
  });

  it('names what inputs hold that are no tensors, whose items have extents with names', async () => {
    const item = port('', 'float32', ['N', 4]).type;
    const items = { ...emptyMessage(TYPE), sequenceType: { elemType: item } };
    const bytes = modelBytes({
      opset: 17,
      input: [
        { name: 's', type: items },
        { name: 'o', type: { ...emptyMessage(TYPE), optionalType: { elemType: items } } },
      ],
      initializer: [stored('first', 'int64', [], [0])],
      node: [node('SequenceAt', ['s', 'first'], ['x']), node('Relu', ['x'], ['y'])],
      output: [port('y')],
    });
    const { inputs } = await describeModel(bytes, { file: 'net.onnx' });
    expect(inputs).toEqual([
      { name: 's', dtype: 'sequence(float32)' },
      { name: 'o', dtype: 'optional(sequence(float32))' },
    ]);
    const fixes = async (bind: Readonly<Record<string, number>>): Promise<readonly string[]> =>
      (await readModel(bytes, { file: 'net.onnx', bind })).diagnostics.map(({ fix }) => fix);
    expect(await fixes({})).toEqual(['give one a value: --bind N=100']);
    expect(await fixes({ N: 100 })).toEqual([]);
  });

  it('is what TensorFlow Lite leaves open, and the shape that the converter assumed', async () => {
    const tensors = [
      { name: 'image', shape: [1, 4], signature: [-1, 4] },
      { name: 'w', shape: [3, 4] },
      { name: 'y', shape: [1, 3], signature: [-1, 3] },
    ];
    const operators = [{ op: 'FULLY_CONNECTED', inputs: [0, 1, -1], outputs: [2] }];
    const file = flatBuffer(modelRoot([{ tensors, operators, inputs: [0], outputs: [2] }]));
    expect(await describeModel(file, { file: 'net.tflite' })).toEqual({
      facts: [['operators', '1']],
      inputs: [{ name: 'image', dtype: 'float32', shape: ['image[0]', 4] }],
      outputs: [{ name: 'y', dtype: 'float32', shape: ['y[0]', 3] }],
      operators: [{ op: 'FULLY_CONNECTED', count: 1 }],
      parameters: { tensors: 1, bytes: 48 },
      fix: 'pass --input image:1x4',
    });
  });

  const convolution = 'Convolution c 1 1 data mid 0=8 1=3 6=216';

  it('is what ncnn says of an input without a size: the channels that are read of it', async () => {
    const text = paramText(['Input i 0 1 data', convolution, 'ReLU r 1 1 mid out -23330=4,3,7,5,8']);
    expect(await describeModel(text, { file: 'net.param' })).toEqual({
      facts: [],
      inputs: [{ name: 'data', dtype: 'float32', shape: [1, 3, null, null] }],
      outputs: [{ name: 'out', shape: [1, 8, 5, 7] }],
      operators: [
        { op: 'Convolution', count: 1 },
        { op: 'ReLU', count: 1 },
      ],
      parameters: { tensors: 1, bytes: 4 * 216 },
      fix: 'pass --input data:1x3x224x224',
    });
  });

  it('has no stored size where that hangs on the input', async () => {
    const text = paramText(['Input i 0 1 data', 'MemoryData m 0 1 w 0=5', 'BinaryOp b 2 1 data w out 0=0']);
    const described = await describeModel(text, { file: 'net.param' });
    expect(described).not.toHaveProperty('parameters');
    expect(described.inputs).toEqual([{ name: 'data', dtype: 'float32' }]);
    expect(renderInputs('table', { file: 'net.param', ...described }, 80)).toContain('stored tensors: –');
  });

  it('is what the graph of ncnn says, where every input has a size', async () => {
    const text = paramText(['Input i 0 1 data 0=6 1=4 2=3', convolution]);
    expect(await describeModel(text, { file: 'net.param' })).toMatchObject({
      inputs: [{ name: 'data', shape: [1, 3, 4, 6] }],
      outputs: [{ name: 'mid', shape: [1, 8, 2, 4] }],
      operators: [{ op: 'Convolution', count: 1 }],
    });
  });

  it('is what its graph says, where the format has no words of its own', async () => {
    const cfg =
      '[net]\nwidth=8\nheight=8\nchannels=3\n[convolutional]\nfilters=2\nsize=1\nactivation=linear\n';
    expect(await describeModel(cfg, { file: 'net.cfg' })).toMatchObject({
      inputs: [{ dtype: 'float32', shape: [1, 3, 8, 8] }],
      parameters: { tensors: 2, bytes: 4 * (6 + 2) },
    });
  });
});
