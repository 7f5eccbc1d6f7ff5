import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { typesOf } from '../../src/graph/graph.ts';
import { elements } from '../../src/units.ts';
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

  it.each([
    ['densenet201-elastic', '8.77'],
    ['cspdensenet201-elastic', '7.16'],
  ])('%s costs %s BFLOPs where normalisation, activation and pooling count', (name, printed) => {
    // Per element: 2 for batch normalisation, 1 for an activation, 1 for each that a pooling layer reads; all twice.
    const graph = buildNetwork(name);
    let operations = account(graph).macs;
    for (const node of graph.nodes) {
      const [input] = typesOf(graph, node.inputs);
      const count = elements(input?.shape ?? []);
      if (node.kind === 'batchNorm') operations += 2 * count;
      if (['activation', 'avgPool', 'maxPool'].includes(node.kind)) operations += count;
    }
    expect(((2 * operations) / 1e9).toFixed(2)).toBe(printed);
  });

  it('cspdensenet201-elastic has the weights of its stages', () => {
    let weights = 3 * 64 * 49;
    let channels = 64;
    for (const [stage, layers] of [10, 20, 40, 30].entries()) {
      weights += channels * (channels / 2);
      let read = channels / 2;
      for (let i = 0; i < layers; i++) {
        // Two ways of 64 channels, each 1x1 then 3x3 to 32.
        weights += 2 * (read * 64 + 64 * 32 * 9);
        read += 32;
      }
      const fused = read + channels / 2;
      channels = stage < 3 ? fused / 2 : fused;
      weights += fused * channels;
    }
    expect(account(buildNetwork('cspdensenet201-elastic')).weights).toBe(weights + channels * 1000);
  });
});
