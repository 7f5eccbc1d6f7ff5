import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { account, expectTorch } from './torch.ts';

describe('SSD', () => {
  it.each(['ssd300-vgg16', 'ssd512-hardnet68', 'ssd512-hardnet85'])(
    '%s is its published definition, layer by layer',
    (name) => {
      expectTorch(name, name);
    },
  );

  it('ssd300-vgg16 has the 34.3M parameters and 8732 boxes of its paper', () => {
    const graph = buildNetwork('ssd300-vgg16');
    expect(Number((account(graph).trainable / 1e6).toFixed(1))).toBe(34.3);
    let boxes = 0;
    for (const { name, tensor } of graph.outputs) {
      const [, channels = 0, height = 0, width = 0] = graph.tensors[tensor]?.type.shape ?? [];
      if (name.startsWith('box')) boxes += (channels / 4) * height * width;
    }
    expect(boxes).toBe(8732);
  });
});
