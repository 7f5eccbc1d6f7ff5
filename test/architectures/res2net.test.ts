import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { account, expectTorch } from './torch.ts';

describe('Res2Net', () => {
  it.each([
    ['res2net50', 'res2net50-48w2s'],
    ['res2net50-26w4s', 'res2net50-26w4s'],
    ['res2next50', 'res2next50'],
  ])('%s is its authors’, layer by layer', (name, file) => {
    expectTorch(name, file);
  });

  it.each([
    // The authors' README: millions of parameters, GMACs.
    ['res2net50', 25.29],
    ['res2net50-26w4s', 25.7],
    ['res2next50', 24.67],
  ])('%s has the parameters that its authors print', (name, millions) => {
    const { trainable, macs } = account(buildNetwork(name));
    expect(Number((trainable / 1e6).toFixed(2))).toBe(millions);
    expect(Math.abs(macs / 1e9 - 4.2)).toBeLessThan(0.06);
  });
});
