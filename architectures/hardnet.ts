import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import { family, type Family } from './family.ts';
import { activation, choice, CLASSES } from './parameter.ts';

/** One harmonic dense block and the layers that follow it. */
export interface HarmonicStage {
  readonly layers: number;
  /** channels of the layers that nothing beside the next one reads */
  readonly growth: number;
  /** channels of the 1x1 convolution behind the block */
  readonly outChannels: number;
  /** 2x2 pooling behind that, and how an odd extent is halved */
  readonly pool?: 'floor' | 'ceil';
}

export interface HarDNetOptions {
  /** channels of the two convolutions of the stem */
  readonly stem: readonly [number, number];
  readonly stages: readonly HarmonicStage[];
  /** how much wider a layer is for every doubling of its reach; 1.7 if absent */
  readonly multiplier?: number;
}

/** Distances 1, 2, 4, ... of the layers that layer `index` (from 1) reads: the powers of two that divide it. */
function reaches(index: number): readonly number[] {
  const result: number[] = [];
  for (let reach = 1; index % reach === 0; reach *= 2) result.push(reach);
  return result;
}

/** Channels of layer `index`: `growth` times the multiplier for every reach but the first, to the nearest even. */
function width(index: number, growth: number, multiplier: number): number {
  const channels = growth * multiplier ** (reaches(index).length - 1);
  return Math.floor(Math.floor(channels + 1) / 2) * 2;
}

/**
 * Harmonic dense block: layer n reads the layers n - 1, n - 2, n - 4, ... as far as these powers of two divide n;
 * the result is the odd layers and the last one.
 *
 * @source HarDNet, arXiv 1909.00948, section 3
 */
function harmonicBlock(
  g: Network,
  x: TensorId,
  { layers, growth }: HarmonicStage,
  multiplier: number,
): TensorId {
  const maps = [x];
  for (let index = 1; index <= layers; index++) {
    const read = reaches(index).map((reach) => maps[index - reach] as TensorId);
    const joined = read.length === 1 ? (read[0] as TensorId) : g.concat(read);
    maps.push(g.conv(joined, { outChannels: width(index, growth, multiplier), kernel: 3 }));
  }
  return g.concat(maps.filter((_, index) => index % 2 === 1 || index === layers));
}

/**
 * HarDNet without its classifier.
 *
 * @returns the result of each stage's 1x1 convolution
 * @source arXiv 1909.00948; github.com/PingoLH/Pytorch-HarDNet de9662f, hardnet.py
 */
export function hardNet(g: Network, x: TensorId, options: HarDNetOptions): readonly TensorId[] {
  const { stem, stages, multiplier = 1.7 } = options;
  const wide = g.conv(g.conv(x, { outChannels: stem[0], kernel: 3, stride: 2 }), {
    outChannels: stem[1],
    kernel: 3,
  });
  let y = g.maxPool(wide, { kernel: 3, stride: 2, padding: 1 });
  return stages.map((stage) => {
    const result = g.conv(harmonicBlock(g, y, stage, multiplier), { outChannels: stage.outChannels });
    y =
      stage.pool === undefined ? result : g.maxPool(result, { kernel: 2, padding: 0, rounding: stage.pool });
    return result;
  });
}

const HARDNET_68: HarDNetOptions = {
  stem: [32, 64],
  stages: [
    { layers: 8, growth: 14, outChannels: 128, pool: 'floor' },
    { layers: 16, growth: 16, outChannels: 256 },
    { layers: 16, growth: 20, outChannels: 320, pool: 'floor' },
    { layers: 16, growth: 40, outChannels: 640, pool: 'floor' },
    { layers: 4, growth: 160, outChannels: 1024 },
  ],
};

const HARDNET_85: HarDNetOptions = {
  stem: [48, 96],
  stages: [
    { layers: 8, growth: 24, outChannels: 192, pool: 'floor' },
    { layers: 16, growth: 24, outChannels: 256 },
    { layers: 16, growth: 28, outChannels: 320, pool: 'floor' },
    { layers: 16, growth: 36, outChannels: 480 },
    { layers: 16, growth: 48, outChannels: 720, pool: 'floor' },
    { layers: 4, growth: 256, outChannels: 1280 },
  ],
};

const HARDNET_138: HarDNetOptions = {
  stem: [32, 64],
  stages: [
    { layers: 8, growth: 12, outChannels: 96, pool: 'floor' },
    { layers: 8, growth: 12, outChannels: 96 },
    { layers: 16, growth: 12, outChannels: 192, pool: 'floor' },
    { layers: 16, growth: 24, outChannels: 192 },
    { layers: 32, growth: 24, outChannels: 384 },
    { layers: 32, growth: 48, outChannels: 384, pool: 'floor' },
    { layers: 16, growth: 48, outChannels: 768 },
  ],
};

/**
 * The stages of HarDNet-68 or 85 that SSD reads: without the last, the map that is 1/8 of the image third from the
 * front, the first pooling rounded up.
 *
 * @source github.com/PingoLH/PytorchSSD a2a0a26, models/SSD_HarDNet68.py and SSD_HarDNet85.py
 */
export function hardNetForDetection(g: Network, x: TensorId, depth: 68 | 85): readonly TensorId[] {
  const { stem, stages } = depth === 68 ? HARDNET_68 : HARDNET_85;
  const kept = stages.slice(0, -1).map((stage, i, all): HarmonicStage => {
    const { layers, growth, outChannels } = stage;
    if (i === 0) return { ...stage, pool: 'ceil' };
    return i === all.length - 1 ? { layers, growth, outChannels } : stage;
  });
  return hardNet(g, x, { stem, stages: kept });
}

const DEPTHS = { 68: HARDNET_68, 85: HARDNET_85, 138: HARDNET_138 };

const SOURCE = 'arXiv 1909.00948; github.com/PingoLH/Pytorch-HarDNet de9662f, hardnet.py';

export const HARDNET: readonly Family[] = [
  family({
    name: 'hardnet',
    title: 'HarDNet',
    input: 224,
    leastInput: 29,
    parameters: {
      depth: choice('layers', [68, 85, 138]),
      multiplier: {
        kind: 'number',
        title: 'how much wider a layer is for every doubling of its reach',
        least: 1,
        most: 2,
        step: 0.05,
        default: 1.7,
      },
      activation: activation('relu6'),
      classes: CLASSES,
    },
    layers: (g, x, { depth, multiplier, classes }) => {
      const maps = hardNet(g, x, { ...DEPTHS[depth], multiplier });
      g.linear(g.globalPool(maps.at(-1) as TensorId), { outFeatures: classes });
    },
    networks: [
      {
        name: 'hardnet68',
        title: 'HarDNet-68',
        source: SOURCE,
        reproduction: 'exact',
        printed: [],
      },
      {
        name: 'hardnet85',
        title: 'HarDNet-85',
        parameters: { depth: 85 },
        source: SOURCE,
        reproduction: 'exact',
        printed: [],
      },
      {
        name: 'hardnet138s',
        title: 'HarDNet-138s',
        parameters: { depth: 138 },
        source: 'arXiv 1909.00948 for the block; no definition of this depth was published',
        reproduction: 'open',
        note:
          '138 layers by the rules of HarDNet-68 and 85, in seven blocks: the nearest of 93,600 regular designs (16 lists ' +
          'of block lengths, growths and widths in fixed ratios), -0.4 % parameters, the printed FLOPs; none meets both digits',
        printed: [
          {
            where: 'table 3',
            row: 'HarDNet-138s',
            values: { params: '35.5M', bflops: '13.4' },
            counts: 'trainable',
            flops: 'standard',
            mismatch: {
              params: '35.35M: what the authors built is not known',
            },
          },
        ],
      },
    ],
  }),
];
