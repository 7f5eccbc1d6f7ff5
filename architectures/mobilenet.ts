import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import { classifier, invertedResidual } from './blocks.ts';
import { family, type Family } from './family.ts';
import { activation, CLASSES, integer, WIDTH } from './parameter.ts';
import { scaleChannels } from './scale.ts';

export interface MobileNetOptions {
  /** factor of all channels; the last ones are no fewer than at 1 */
  readonly width?: number;
}

export interface MobileNetV2Options extends MobileNetOptions {
  /** factor of a block's channels that its depthwise convolution sees, but for the first block; 6 if absent */
  readonly expansion?: number;
}

/**
 * MobileNet-V2 without its classifier, as Darknet's file has it: the first block keeps its 1x1 expansion, and the
 * maps of stride 16 begin at 96 channels.
 *
 * @source github.com/WongKinYiu/CrossStagePartialNetworks, cfg/mobilenet-v2.cfg; arXiv 1801.04381
 */
export function mobileNetV2(g: Network, x: TensorId, options: MobileNetV2Options = {}): TensorId {
  const { width = 1, expansion = 6 } = options;
  let y = g.conv(x, { outChannels: scaleChannels(32, width), kernel: 3, stride: 2 });
  for (const [stage, { channels, blocks, stride }] of [
    { channels: 16, blocks: 1, stride: 1 },
    { channels: 24, blocks: 2, stride: 2 },
    { channels: 32, blocks: 3, stride: 2 },
    { channels: 64, blocks: 4, stride: 1 },
    { channels: 96, blocks: 3, stride: 2 },
    { channels: 160, blocks: 3, stride: 2 },
    { channels: 320, blocks: 1, stride: 1 },
  ].entries()) {
    const outChannels = scaleChannels(channels, width);
    for (let i = 0; i < blocks; i++) {
      const expanded = (stage === 0 ? 1 : expansion) * g.channels(y);
      y = invertedResidual(g, y, { expanded, outChannels, stride: i === 0 ? stride : 1 });
    }
  }
  return g.conv(y, { outChannels: scaleChannels(1280, Math.max(1, width)) });
}

/**
 * CSPMobileNet-V2 without its classifier: a stage's maps go around its inverted residual blocks, and a
 * depthwise convolution that doubles the channels takes the place of half of each expansion.
 *
 * @source github.com/WongKinYiu/CrossStagePartialNetworks, cfg/csmobilenet-v2.cfg
 */
export function cspMobileNetV2(g: Network, x: TensorId, { width = 1 }: MobileNetOptions = {}): TensorId {
  const scaled = (channels: number): number => scaleChannels(channels, width);
  const doubling = (map: TensorId, stride: number, outChannels: number): TensorId => {
    const channels = g.channels(map);
    const wide = g.conv(map, { outChannels: 2 * channels, kernel: 3, stride, groups: channels });
    return g.conv(wide, { outChannels, activation: 'linear' });
  };
  const inverted = (map: TensorId, outChannels: number): TensorId => {
    const y = doubling(g.conv(map, { outChannels: 3 * g.channels(map) }), 1, outChannels);
    return g.channels(map) === outChannels ? g.add([y, map]) : y;
  };

  const stem = g.conv(x, { outChannels: scaled(32), kernel: 3, stride: 2 });
  const half = g.channels(stem) / 2;
  const halved = g.conv(stem, { outChannels: half, kernel: 3, groups: half });
  const mixed = g.conv(g.identity(stem), { outChannels: g.channels(stem) });
  const first = g.conv(g.depthwise(mixed, { kernel: 3 }), { outChannels: half, activation: 'linear' });
  let y = g.concat([first, halved]);
  for (const { expanded, widths } of [
    { expanded: 48, widths: [24, 24] },
    { expanded: 72, widths: [32, 32, 32, 64, 64, 64, 64] },
    { expanded: 192, widths: [96, 96, 96] },
    { expanded: 288, widths: [160, 160, 160, 320] },
  ]) {
    const entry = g.conv(y, { outChannels: scaled(expanded) });
    const bypass = g.depthwise(entry, { kernel: 3, stride: 2 });
    let map = doubling(g.identity(entry), 2, scaled(widths[0] as number));
    for (const outChannels of widths.slice(1)) map = inverted(map, scaled(outChannels));
    y = g.concat([map, bypass]);
  }
  return g.conv(y, { outChannels: scaleChannels(640, Math.max(1, width)) });
}

const README = 'github.com/WongKinYiu/CrossStagePartialNetworks, README.md';

export const MOBILENET: readonly Family[] = [
  family({
    name: 'mobilenet-v2',
    title: 'MobileNet-V2',
    input: 224,
    parameters: {
      width: WIDTH,
      expansion: integer('factor of the channels between two blocks that a depthwise convolution sees', {
        least: 1,
        most: 10,
        step: 1,
        default: 6,
      }),
      activation: activation('relu'),
      classes: CLASSES,
    },
    layers: (g, x, values) => classifier(g, mobileNetV2(g, x, values), values),
    networks: [
      {
        name: 'mobilenet-v2',
        title: 'MobileNet-V2',
        source: 'github.com/WongKinYiu/CrossStagePartialNetworks, cfg/mobilenet-v2.cfg',
        reproduction: 'exact',
        printed: [{ where: README, row: 'MobileNet-v2', values: { params: '3.47M', bflops: '0.858' } }],
      },
    ],
  }),
  family({
    name: 'cspmobilenet-v2',
    title: 'CSPMobileNet-V2',
    input: 224,
    parameters: { width: WIDTH, activation: activation('relu'), classes: CLASSES },
    layers: (g, x, values) => classifier(g, cspMobileNetV2(g, x, values), values),
    networks: [
      {
        name: 'cspmobilenet-v2',
        title: 'CSPMobileNet-V2',
        source: 'github.com/WongKinYiu/CrossStagePartialNetworks, cfg/csmobilenet-v2.cfg',
        reproduction: 'exact',
        printed: [{ where: README, row: 'CSPMobileNet-v2', values: { params: '2.51M', bflops: '0.764' } }],
      },
    ],
  }),
];
