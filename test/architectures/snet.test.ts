import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { account, expectTorch } from './torch.ts';

describe('SNet', () => {
  it('snet146 is its authors’, layer by layer', () => {
    expectTorch('snet146', 'snet146');
  });

  it.each([
    // By hand, stage by stage at 56, 28, 14 and 7: see the formula in the test below.
    ['snet49', [24, 60, 120, 240], 240 * 512],
    ['snet535', [48, 248, 496, 992], 0],
  ] as const)('%s has the weights of its stages', (name, widths, lastConv) => {
    let weights = 27 * widths[0] + lastConv + 1000 * (lastConv === 0 ? 992 : 512);
    for (const [stage, blocks] of [4, 8, 4].entries()) {
      const from = widths[stage] as number;
      const to = widths[stage + 1] as number;
      // Strided: from -> to/2, 5x5, -> to - from; and 5x5, from -> from. The rest: to/2 -> to/2, 5x5, -> to/2.
      weights += from * (to / 2) + 25 * (to / 2) + (to / 2) * (to - from) + 25 * from + from * from;
      weights += (blocks - 1) * (2 * (to / 2) ** 2 + 25 * (to / 2));
    }
    expect(account(buildNetwork(name)).weights).toBe(weights);
  });
});
