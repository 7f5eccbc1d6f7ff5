import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import { family, type Family } from './family.ts';
import { activation, choice, CLASSES } from './parameter.ts';

export interface SNetOptions {
  /** channels of the stem */
  readonly stem: number;
  /** channels of the stages at strides 8, 16 and 32 */
  readonly stages: readonly [number, number, number];
  /** channels of a 1x1 convolution behind the last stage; absent: there is none */
  readonly lastChannels?: number;
}

/** Blocks of each stage. */
const BLOCKS = [4, 8, 4];
const KERNEL = 5;

/**
 * Block of ShuffleNetV2: half of the channels pass, the other half go through 1x1, depthwise, 1x1; the first of a
 * stage takes all channels both ways and strides.
 *
 * @source arXiv 1807.11164, figure 3, with the 5x5 depthwise convolutions of arXiv 1903.11752
 */
function shuffleBlock(g: Network, x: TensorId, outChannels: number, stride: 1 | 2): TensorId {
  const wide = (map: TensorId): TensorId => {
    const inner = g.conv(map, { outChannels: outChannels / 2 });
    const spread = g.depthwise(inner, { kernel: KERNEL, stride, activation: 'linear' });
    return g.conv(spread, { outChannels: outChannels - g.channels(map) });
  };
  if (stride === 2) {
    const spread = g.depthwise(x, { kernel: KERNEL, stride, activation: 'linear' });
    return g.concat([g.conv(spread, { outChannels: g.channels(x) }), wide(x)]);
  }
  const shuffled = g.channelShuffle(x);
  const [passing, other] = [0, 1].map((part) => g.split(shuffled, { parts: 2, part })) as [
    TensorId,
    TensorId,
  ];
  return g.concat([passing, wide(other)]);
}

/**
 * SNet, the backbone of ThunderNet, without its classifier.
 *
 * @returns the maps at strides 8, 16 and 32
 * @source arXiv 1903.11752, table 1
 */
export function sNet(g: Network, x: TensorId, options: SNetOptions): readonly [TensorId, TensorId, TensorId] {
  const stem = g.conv(x, { outChannels: options.stem, kernel: 3, stride: 2 });
  let y = g.maxPool(stem, { kernel: 3, stride: 2, padding: 1 });
  const maps = options.stages.map((outChannels, stage) => {
    for (let i = 0; i < (BLOCKS[stage] as number); i++) y = shuffleBlock(g, y, outChannels, i === 0 ? 2 : 1);
    return y;
  });
  const [stride8, stride16, stride32] = maps as [TensorId, TensorId, TensorId];
  const { lastChannels } = options;
  return [
    stride8,
    stride16,
    lastChannels === undefined ? stride32 : g.conv(stride32, { outChannels: lastChannels }),
  ];
}

/** The three sizes, by the millions of MACs that their authors name them for. */
export const SNETS = {
  49: { stem: 24, stages: [60, 120, 240], lastChannels: 512 },
  146: { stem: 24, stages: [132, 264, 528] },
  535: { stem: 48, stages: [248, 496, 992] },
} as const satisfies Record<number, SNetOptions>;

/** Which of the three. */
export const SIZE = choice('size, in millions of MACs as its authors name it', [49, 146, 535]);

const SOURCE = 'arXiv 1903.11752, table 1';

export const SNET: readonly Family[] = [
  family({
    name: 'snet',
    title: 'SNet',
    input: 224,
    parameters: { size: SIZE, activation: activation('relu'), classes: CLASSES },
    layers: (g, x, { size, classes }) => {
      const [, , stride32] = sNet(g, x, SNETS[size]);
      g.linear(g.globalPool(stride32), { outFeatures: classes, bias: false });
    },
    networks: SIZE.choices.map((size) => ({
      name: `snet${String(size)}`,
      title: `SNet${String(size)}`,
      parameters: { size },
      source:
        size === 146
          ? `${SOURCE}; github.com/qinzheng93/ThunderNet cec2947, snet-training/network.py`
          : SOURCE,
      reproduction: 'exact',
      printed: [],
    })),
  }),
];
