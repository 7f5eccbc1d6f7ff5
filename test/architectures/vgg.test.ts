import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { account, expectTorch } from './torch.ts';

describe('VGG', () => {
  it('vgg16 is torchvision’s, layer by layer', () => {
    expectTorch('vgg16', 'vgg16');
  });

  it('vgg16-reduced replaces fc6 and fc7 by 512 x 1024 x 9 and 1024 x 1024 weights', () => {
    const convolutions = 138_344_128 - (25_088 * 4096 + 4096 * 4096 + 4096 * 1000);
    expect(account(buildNetwork('vgg16-reduced')).weights).toBe(convolutions + 512 * 1024 * 9 + 1024 * 1024);
  });
});
