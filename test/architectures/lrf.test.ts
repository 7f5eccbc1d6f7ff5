import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { account, expectTorch, torch } from './torch.ts';

describe('LRF', () => {
  it('lrf512-vgg16 is its authors’, layer by layer', () => {
    expectTorch('lrf512-vgg16', 'lrf512-vgg16');
  });

  it('lrf512-resnet101 has another backbone, and wider weights in the first additional map', () => {
    const resnet = torch('resnet101').weights - 2048 * 1000;
    const vgg = account(buildNetwork('vgg16-reduced')).weights;
    const narrow = 1024 * 256 + 256 * 9 * 512;
    const wide = 2048 * 512 + 512 * 9 * 512;
    const { weights } = account(buildNetwork('lrf512-resnet101'));
    expect(weights).toBe(torch('lrf512-vgg16').weights - vgg + resnet - narrow + wide);
  });
});
