import type { TensorId } from '../src/graph/graph.ts';
import type { Activation, Network } from '../src/graph/network.ts';
import { darknet53 } from './darknet.ts';
import { resnet } from './resnet.ts';
import { single, type Family } from './family.ts';

/**
 * TTFNet's head on the maps of strides 4, 8, 16 and 32: three times a deformable convolution, twice the extent, plus
 * the backbone's map behind one to three 3x3 convolutions; then class heat map and box extents.
 *
 * @source arXiv 1909.00700; github.com/ZJULearning/ttfnet 700ad90, mmdet/models/anchor_heads/ttf_head.py
 */
function ttfHead(g: Network, maps: readonly TensorId[], options: { readonly sizeConvs: number }): void {
  g.defaultActivation = 'relu';
  const convolutions = (
    map: TensorId,
    outChannels: number,
    count: number,
    last = g.defaultActivation,
  ): TensorId => {
    let y = map;
    for (let i = 1; i <= count; i++) {
      y = g.conv(y, {
        outChannels,
        kernel: 3,
        batchNorm: false,
        activation: i === count ? last : g.defaultActivation,
      });
    }
    return y;
  };
  const [...finer] = maps;
  let y = finer.pop() as TensorId;
  for (const [i, outChannels] of [256, 128, 64].entries()) {
    const deformed = g.deformConv(y, { outChannels, kernel: 3, bias: true });
    const lateral = finer[finer.length - 1 - i] as TensorId;
    const up = g.resize(deformed, { size: lateral, mode: 'linear' });
    y = g.add([up, convolutions(lateral, outChannels, i + 1, 'linear')]);
  }
  const predict = (map: TensorId, outChannels: number, activation: Activation, name: string): TensorId =>
    g.conv(map, { outChannels, batchNorm: false, activation, name });
  predict(convolutions(y, 128, 2), 80, 'linear', 'heatmap');
  predict(convolutions(y, 64, options.sizeConvs), 4, 'relu', 'size');
}

const SOURCE = 'arXiv 1909.00700; github.com/ZJULearning/ttfnet 700ad90';

export const TTFNET: readonly Family[] = [
  single({
    name: 'ttfnet-resnet18',
    title: 'TTFNet (ResNet-18)',
    input: 512,
    layers: (g, x) => {
      const maps = resnet(g, x, { blocks: [2, 2, 2, 2], block: 'basic', shortcut: 'projection' });
      ttfHead(g, maps, { sizeConvs: 1 });
    },
    source: `${SOURCE}, configs/ttfnet/ttfnet_r18_2x.py`,
    reproduction: 'exact',
    printed: [{ where: 'table 4', row: 'TTFNet / ResNet18', values: {} }],
  }),
  single({
    name: 'ttfnet-darknet53',
    title: 'TTFNet (Darknet-53)',
    input: 512,
    activation: 'leaky',
    layers: (g, x) => {
      ttfHead(g, darknet53(g, x).slice(-4), { sizeConvs: 2 });
    },
    source: `${SOURCE}, configs/ttfnet/ttfnet_d53_2x.py`,
    reproduction: 'exact',
    printed: [{ where: 'table 4', row: 'TTFNet / DarkNet53', values: {} }],
  }),
];
