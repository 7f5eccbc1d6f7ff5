import { describe, it } from 'vitest';
import { expectTorch } from './torch.ts';

describe('RFBNet', () => {
  it('rfbnet512-vgg16 is its authors’, layer by layer', () => {
    expectTorch('rfbnet512-vgg16', 'rfbnet512-vgg16');
  });
});
