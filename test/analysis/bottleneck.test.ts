import { describe, expect, it } from 'vitest';
import { bottleneckOf } from '../../src/analysis/bottleneck.ts';

describe('the bottleneck', () => {
  it('is the first of the layers with the most, among those that compute', () => {
    const rows = [
      { index: 3, flops: 40 },
      { index: 4, flops: 0 },
      { index: 5 },
      { index: 7, flops: 100 },
      { index: 9, flops: 100 },
      { index: 11, flops: 10 },
      { index: 12, flops: 9 },
    ];
    const layers = [1, 1, 0, 0, 1, 0, 0, 0, 0, 2];
    expect(bottleneckOf(rows)).toEqual({
      layer: 7,
      flops: 100,
      share: 100 / 259,
      maxOverMean: 500 / 259,
      histogram: layers.map((count, i) => ({ from: 10 * i, to: 10 * (i + 1), layers: count })),
    });
  });

  it('is none where nothing computes', () => {
    expect(bottleneckOf([])).toBeUndefined();
    expect(bottleneckOf([{ index: 0 }, { index: 1, flops: 0 }])).toBeUndefined();
  });
});
