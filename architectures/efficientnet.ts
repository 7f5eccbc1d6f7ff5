import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import { invertedResidual } from './blocks.ts';
import { family, single, type Family } from './family.ts';
import { activation, CLASSES, DEPTH, WIDTH } from './parameter.ts';
import { scaleChannels, scaleLayers } from './scale.ts';

/** A run of blocks; the widths of the depthwise convolutions are the file's own, not always 6 times the input. */
const STAGES = [
  { outChannels: 16, kernel: 3, stride: 1, expanded: [32] },
  { outChannels: 24, kernel: 3, stride: 2, expanded: [96, 144] },
  { outChannels: 40, kernel: 5, stride: 2, expanded: [144, 192] },
  { outChannels: 80, kernel: 3, stride: 1, expanded: [192, 384, 384] },
  { outChannels: 112, kernel: 5, stride: 2, expanded: [384, 576, 576] },
  { outChannels: 192, kernel: 5, stride: 2, expanded: [576, 960, 960, 960] },
  { outChannels: 320, kernel: 3, stride: 1, expanded: [960] },
] as const;

/** Channels of the squeezed vector for each width of the depthwise convolution. */
const SQUEEZED = { 32: 8, 96: 16, 144: 8, 192: 16, 384: 24, 576: 32, 960: 64 } as const;

/**
 * EfficientNet-B0 without its classifier, as Darknet's file has it.
 *
 * @source github.com/WongKinYiu/CrossStagePartialNetworks, cfg/enetb0.cfg; arXiv 1905.11946
 */
export function efficientNetB0(g: Network, x: TensorId): TensorId {
  let y = g.conv(x, { outChannels: 32, kernel: 3, stride: 2 });
  for (const { outChannels, kernel, stride, expanded } of STAGES) {
    for (const [i, width] of expanded.entries()) {
      y = invertedResidual(g, y, {
        expanded: width,
        outChannels,
        kernel,
        stride: i === 0 ? stride : 1,
        squeezed: SQUEEZED[width],
        dropout: true,
      });
    }
  }
  return g.conv(y, { outChannels: 1280 });
}

/** Stages of EfficientNet-B0 as published: MBConv blocks. */
const OFFICIAL_STAGES = [
  { outChannels: 16, kernel: 3, stride: 1, blocks: 1 },
  { outChannels: 24, kernel: 3, stride: 2, blocks: 2 },
  { outChannels: 40, kernel: 5, stride: 2, blocks: 2 },
  { outChannels: 80, kernel: 3, stride: 2, blocks: 3 },
  { outChannels: 112, kernel: 5, stride: 1, blocks: 3 },
  { outChannels: 192, kernel: 5, stride: 2, blocks: 4 },
  { outChannels: 320, kernel: 3, stride: 1, blocks: 1 },
] as const;

export interface EfficientNetOptions {
  /** factor of all channels: 1.1 in B2, 2 in B7 */
  readonly width?: number;
  /** factor of the blocks of each stage: 1.1 in B1, 3.1 in B7 */
  readonly depth?: number;
}

/**
 * EfficientNet without its classifier, as published, B0 unless scaled: every block but the first expands its input 6 times and
 * squeezes to a quarter of it.
 *
 * @source arXiv 1905.11946, table 1; github.com/tensorflow/tpu, models/official/efficientnet, for the scaling
 */
export function efficientNet(g: Network, x: TensorId, options: EfficientNetOptions = {}): TensorId {
  const { width = 1, depth = 1 } = options;
  let y = g.conv(x, { outChannels: scaleChannels(32, width), kernel: 3, stride: 2 });
  for (const [stage, { outChannels, kernel, stride, blocks }] of OFFICIAL_STAGES.entries()) {
    for (let i = 0; i < scaleLayers(blocks, depth); i++) {
      const channels = g.channels(y);
      y = invertedResidual(g, y, {
        ...(stage === 0 ? {} : { expanded: 6 * channels }),
        outChannels: scaleChannels(outChannels, width),
        kernel,
        stride: i === 0 ? stride : 1,
        squeezed: channels / 4,
      });
    }
  }
  return g.conv(y, { outChannels: scaleChannels(1280, width) });
}

export const EFFICIENTNET: readonly Family[] = [
  single({
    name: 'efficientnet-b0',
    title: 'EfficientNet-B0 (Darknet)',
    input: 224,
    activation: 'swish',
    layers: (g, x) => {
      const mean = g.identity(g.globalPool(efficientNetB0(g, x)), { name: 'dropout' });
      g.softmax(
        g.conv(mean, { outChannels: 1000, batchNorm: false, activation: 'linear', name: 'classifier' }),
      );
    },
    source: 'github.com/WongKinYiu/CrossStagePartialNetworks, cfg/enetb0.cfg',
    reproduction: 'exact',
    printed: [
      { where: 'table 3', row: 'EfficientNet-B0 (Darknet)', values: { params: '4.81M', bflops: '0.915' } },
    ],
  }),
  family({
    name: 'efficientnet',
    title: 'EfficientNet',
    input: 224,
    parameters: { width: WIDTH, depth: DEPTH, activation: activation('swish'), classes: CLASSES },
    layers: (g, x, { classes, ...values }) => {
      g.linear(g.globalPool(efficientNet(g, x, values)), { outFeatures: classes });
    },
    networks: [
      {
        name: 'efficientnet-b0-official',
        title: 'EfficientNet-B0 (official)',
        source: 'arXiv 1905.11946, table 1',
        reproduction: 'exact',
        printed: [
          { where: 'table 3', row: 'EfficientNet-B0 (official)', values: {} },
          {
            where: 'arXiv 1905.11946, table 2',
            row: 'EfficientNet-B0',
            values: { params: '5.3M' },
            counts: 'trainable',
          },
        ],
      },
    ],
  }),
];
