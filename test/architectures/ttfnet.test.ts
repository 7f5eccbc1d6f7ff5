import { describe, it } from 'vitest';
import { expectTorch } from './torch.ts';

describe('TTFNet', () => {
  it.each(['ttfnet-resnet18', 'ttfnet-darknet53'])('%s is its authors’, layer by layer', (name) => {
    expectTorch(name, name);
  });
});
