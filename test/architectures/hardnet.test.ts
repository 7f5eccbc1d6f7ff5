import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { account, expectTorch } from './torch.ts';

describe('HarDNet', () => {
  it.each(['hardnet68', 'hardnet85'])('%s is its authors’, layer by layer', (name) => {
    expectTorch(name, name);
  });

  it.each([
    // The authors' README: millions of parameters, GMACs.
    ['hardnet68', 17.6],
    ['hardnet85', 36.7],
  ])('%s has the parameters that its authors print', (name, millions) => {
    expect(Number((account(buildNetwork(name)).trainable / 1e6).toFixed(1))).toBe(millions);
  });

  it('hardnet85 has the GMACs that its authors print', () => {
    expect(Number((account(buildNetwork('hardnet85')).macs / 1e9).toFixed(1))).toBe(9.1);
  });

  it('hardnet138s has 138 layers with weights', () => {
    const { layers, macs, trainable } = account(buildNetwork('hardnet138s'));
    expect(Object.values(layers).reduce((sum, count) => sum + count)).toBe(138);
    // Counted by the program, of its own, that searched the designs.
    expect([trainable, macs]).toEqual([35_353_340, 6_700_193_040]);
  });
});
