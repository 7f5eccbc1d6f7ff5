import { describe, expect, it } from 'vitest';
import { resnet } from '../../architectures/resnet.ts';
import { buildNetwork } from '../../architectures/zoo.ts';
import { graph } from '../../src/graph/network.ts';
import type { TensorId } from '../../src/graph/graph.ts';
import { account, expectRecord, torch } from './torch.ts';

const BLOCKS = {
  resnet18: [2, 2, 2, 2],
  resnet101: [3, 4, 23, 3],
  resnet152: [3, 8, 36, 3],
} as const;

describe('ResNet with projections', () => {
  it.each(Object.entries(BLOCKS))('is torchvision’s %s, layer by layer', (name, blocks) => {
    const net = graph(name, (g) => {
      const block = name === 'resnet18' ? 'basic' : 'bottleneck';
      const stages = resnet(g, g.input([1, 3, 224, 224]), { blocks, block, shortcut: 'projection' });
      g.linear(g.globalPool(stages.at(-1) as TensorId), { outFeatures: 1000 });
    });
    expectRecord(net, torch(name));
  });

  it('resnet152-he strides in the 1x1 convolutions: fewer MACs in three blocks, the same parameters', () => {
    const { macs, trainable } = account(buildNetwork('resnet152-he'));
    const record = torch('resnet152');
    expect(trainable).toBe(record.trainable);
    // The first 1x1 convolution of a stage runs on a quarter of the positions.
    const saved = [
      [256, 128, 28],
      [512, 256, 14],
      [1024, 512, 7],
    ].reduce((sum, [from = 0, to = 0, extent = 0]) => sum + 3 * extent ** 2 * from * to, 0);
    expect(macs).toBe(record.macs - saved);
  });
});
