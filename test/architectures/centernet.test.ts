import { describe, it } from 'vitest';
import { expectTorch } from './torch.ts';

describe('CenterNet', () => {
  it.each(['centernet-resnet18', 'centernet-resnet101'])('%s is its authors’, layer by layer', (name) => {
    expectTorch(name, name);
  });
});
