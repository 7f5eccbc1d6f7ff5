import { describe, expect, it } from 'vitest';
import { describeModel } from '../../src/formats/model.ts';
import { modelBytes, node, port, stored } from './onnx/model.ts';

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

  it('is what its graph says, where the format has no words of its own', async () => {
    const cfg =
      '[net]\nwidth=8\nheight=8\nchannels=3\n[convolutional]\nfilters=2\nsize=1\nactivation=linear\n';
    expect(await describeModel(cfg, { file: 'net.cfg' })).toMatchObject({
      inputs: [{ dtype: 'float32', shape: [1, 3, 8, 8] }],
      parameters: { tensors: 2, bytes: 4 * (6 + 2) },
    });
  });
});
