import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { expectTorch } from './torch.ts';

describe('RefineDet', () => {
  it('refinedet320-vgg16 is its published definition, layer by layer', () => {
    expectTorch('refinedet320-vgg16', 'refinedet320-vgg16');
  });

  it('refinedet320-vgg16 has the 6375 boxes of its paper', () => {
    const graph = buildNetwork('refinedet320-vgg16');
    let boxes = 0;
    for (const { name, tensor } of graph.outputs) {
      const [, channels = 0, height = 0, width = 0] = graph.tensors[tensor]?.type.shape ?? [];
      if (name.startsWith('box')) boxes += (channels / 4) * height * width;
    }
    // Both steps predict all of them.
    expect(boxes).toBe(2 * 6375);
  });
});
