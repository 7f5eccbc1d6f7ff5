import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { account, torch } from './torch.ts';

describe('PFPNet', () => {
  it('pfpnet-r320-vgg16 is its authors’, layer by layer', () => {
    const ours = account(buildNetwork('pfpnet-r320-vgg16'));
    const record = torch('pfpnet-r320-vgg16');
    expect(ours.layers).toEqual(record.layers);
    expect([ours.macs, ours.weights, ours.statistics]).toEqual([
      record.macs,
      record.weights,
      record.statistics,
    ]);
    // Their batch normalisation has no scale and shift: as many numbers as it has means and variances.
    expect(ours.trainable).toBe(record.trainable + record.statistics);
  });

  it('pfpnet-s300-vgg16 predicts on maps of 38, 19, 10 and 5', () => {
    const graph = buildNetwork('pfpnet-s300-vgg16');
    const extents = graph.outputs
      .filter(({ name }) => name.startsWith('box'))
      .map(({ tensor }) => graph.tensors[tensor]?.type.shape[2]);
    expect(extents).toEqual([38, 19, 10, 5]);
  });
});
