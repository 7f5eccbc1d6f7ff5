import { describe, expect, it } from 'vitest';
import { bottleneck } from '../../architectures/blocks.ts';
import { profile } from '../../src/analysis/profile.ts';
import { graph } from '../../src/graph/network.ts';

/** torchvision's resnet50 and resnext50_32x4d at 224x224. */
const torchvision = (groups: number, width: number) =>
  graph('resnet50', (g) => {
    const stem = g.conv(g.input([1, 3, 224, 224]), { outChannels: 64, kernel: 7, stride: 2 });
    let x = g.maxPool(stem, { kernel: 3, stride: 2 });
    for (const [stage, blocks] of [3, 4, 6, 3].entries()) {
      for (let i = 0; i < blocks; i++) {
        x = bottleneck(g, x, {
          width: width * 2 ** stage,
          outChannels: 256 * 2 ** stage,
          stride: i === 0 && stage > 0 ? 2 : 1,
          groups,
        });
      }
    }
    g.linear(g.globalPool(x), { outFeatures: 1000 });
  });

const total = (groups: number, width: number, flops: string) => profile(torchvision(groups, width), { flops }).totals.flops;

// What the tools themselves print, run on torchvision 0.14.1 with torch 1.13 on 2026-11-24:
// fvcore 3378afe: FlopCountAnalysis(model, zeros(1, 3, 224, 224)).total()
// thop 43c064a: profile(model, inputs=(zeros(1, 3, 224, 224),))
describe('FLOP conventions', () => {
  it.each([
    ['fvcore', 1, 64, 4111512576],
    ['fvcore', 32, 128, 4259381248],
    ['thop', 1, 64, 4133742592],
    ['thop', 32, 128, 4288184320],
    // torchvision publishes 4.09 and 4.23 GFLOPS, which are MACs: 4089184256 and 4230479872.
    ['standard', 1, 64, 2 * 4089184256],
    ['standard', 32, 128, 2 * 4230479872],
  ])('%s, %i groups', (convention, groups, width, printed) => {
    expect(total(groups, width, convention)).toBe(printed);
  });

  it('differ by what the tools count and leave out', () => {
    const batchNormElements = 22227968 / 2;
    const [fvcore, thop] = [total(1, 64, 'fvcore') as number, total(1, 64, 'thop') as number];
    expect(thop - fvcore).toBe(2 * batchNormElements + 2048);
  });
});
