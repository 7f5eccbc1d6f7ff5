import { expect, describe, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { expectTorch } from './torch.ts';

describe('M2Det', () => {
  it('m2det320-vgg16 is its authors’, layer by layer', () => {
    expectTorch('m2det320-vgg16', 'm2det320-vgg16');
  });

  it('m2det320-vgg16 predicts on maps of 40, 20, 10, 5, 3 and 1', () => {
    const graph = buildNetwork('m2det320-vgg16');
    const extents = graph.outputs
      .filter(({ name }) => name.startsWith('box'))
      .map(({ tensor }) => graph.tensors[tensor]?.type.shape[2]);
    expect(extents).toEqual([40, 20, 10, 5, 3, 1]);
  });
});
