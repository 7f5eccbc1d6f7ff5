import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { account, expectTorch } from './torch.ts';

describe('DenseNet', () => {
  it('densenet201 is torchvision’s, layer by layer', () => {
    expectTorch('densenet201', 'densenet201');
  });

  it('densenet201 has the parameters and MACs that torchvision publishes', () => {
    // torchvision, table of pre-trained weights: 20,013,928 parameters and 4.29 GMACs.
    const { trainable, macs } = account(buildNetwork('densenet201'));
    expect(trainable).toBe(20_013_928);
    expect(Number((macs / 1e9).toFixed(2))).toBe(4.29);
  });

  it('densenet264 is torchvision’s class with the blocks of the paper', () => {
    expectTorch('densenet264', 'densenet264');
  });

  it('densenet201-elastic is its authors’, layer by layer', () => {
    expectTorch('densenet201-elastic', 'densenet201-elastic');
  });
});
