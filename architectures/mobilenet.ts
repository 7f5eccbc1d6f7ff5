import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import type { Architecture } from './architecture.ts';
import { classifier, invertedResidual } from './blocks.ts';

/**
 * MobileNet-V2 without its classifier, as Darknet's file has it: the first block keeps its 1x1 expansion, and the
 * maps of stride 16 begin at 96 channels.
 *
 * @source github.com/WongKinYiu/CrossStagePartialNetworks, cfg/mobilenet-v2.cfg; arXiv 1801.04381
 */
export function mobileNetV2(g: Network, x: TensorId): TensorId {
  let y = g.conv(x, { outChannels: 32, kernel: 3, stride: 2 });
  for (const { expansion, outChannels, blocks, stride } of [
    { expansion: 1, outChannels: 16, blocks: 1, stride: 1 },
    { expansion: 6, outChannels: 24, blocks: 2, stride: 2 },
    { expansion: 6, outChannels: 32, blocks: 3, stride: 2 },
    { expansion: 6, outChannels: 64, blocks: 4, stride: 1 },
    { expansion: 6, outChannels: 96, blocks: 3, stride: 2 },
    { expansion: 6, outChannels: 160, blocks: 3, stride: 2 },
    { expansion: 6, outChannels: 320, blocks: 1, stride: 1 },
  ]) {
    for (let i = 0; i < blocks; i++) {
      const expanded = expansion * g.channels(y);
      y = invertedResidual(g, y, { expanded, outChannels, stride: i === 0 ? stride : 1 });
    }
  }
  return g.conv(y, { outChannels: 1280 });
}

/**
 * CSPMobileNet-V2 without its classifier: a stage's maps go around its inverted residual blocks, and a
 * depthwise convolution that doubles the channels takes the place of half of each expansion.
 *
 * @source github.com/WongKinYiu/CrossStagePartialNetworks, cfg/csmobilenet-v2.cfg
 */
export function cspMobileNetV2(g: Network, x: TensorId): TensorId {
  const doubling = (map: TensorId, stride: number, outChannels: number): TensorId => {
    const channels = g.channels(map);
    const wide = g.conv(map, { outChannels: 2 * channels, kernel: 3, stride, groups: channels });
    return g.conv(wide, { outChannels, activation: 'linear' });
  };
  const inverted = (map: TensorId, outChannels: number): TensorId => {
    const y = doubling(g.conv(map, { outChannels: 3 * g.channels(map) }), 1, outChannels);
    return g.channels(map) === outChannels ? g.add([y, map]) : y;
  };

  const stem = g.conv(x, { outChannels: 32, kernel: 3, stride: 2 });
  const halved = g.conv(stem, { outChannels: 16, kernel: 3, groups: 16 });
  const mixed = g.conv(g.identity(stem), { outChannels: 32 });
  const first = g.conv(g.depthwise(mixed, { kernel: 3 }), { outChannels: 16, activation: 'linear' });
  let y = g.concat([first, halved]);
  for (const { expanded, widths } of [
    { expanded: 48, widths: [24, 24] },
    { expanded: 72, widths: [32, 32, 32, 64, 64, 64, 64] },
    { expanded: 192, widths: [96, 96, 96] },
    { expanded: 288, widths: [160, 160, 160, 320] },
  ]) {
    const entry = g.conv(y, { outChannels: expanded });
    const bypass = g.depthwise(entry, { kernel: 3, stride: 2 });
    let map = doubling(g.identity(entry), 2, widths[0] as number);
    for (const outChannels of widths.slice(1)) map = inverted(map, outChannels);
    y = g.concat([map, bypass]);
  }
  return g.conv(y, { outChannels: 640 });
}

const README = 'github.com/WongKinYiu/CrossStagePartialNetworks, README.md';

export const MOBILENET: readonly Architecture[] = [
  {
    name: 'mobilenet-v2',
    title: 'MobileNet-V2',
    input: 224,
    layers: (g, x) => classifier(g, mobileNetV2(g, x)),
    source: 'github.com/WongKinYiu/CrossStagePartialNetworks, cfg/mobilenet-v2.cfg',
    reproduction: 'exact',
    printed: [{ where: README, row: 'MobileNet-v2', values: { params: '3.47M', bflops: '0.858' } }],
  },
  {
    name: 'cspmobilenet-v2',
    title: 'CSPMobileNet-V2',
    input: 224,
    layers: (g, x) => classifier(g, cspMobileNetV2(g, x)),
    source: 'github.com/WongKinYiu/CrossStagePartialNetworks, cfg/csmobilenet-v2.cfg',
    reproduction: 'exact',
    printed: [{ where: README, row: 'CSPMobileNet-v2', values: { params: '2.51M', bflops: '0.764' } }],
  },
];
