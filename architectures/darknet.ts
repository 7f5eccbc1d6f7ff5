import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import { classifier, cspStage, darknetBlock, repeat } from './blocks.ts';
import { family, type Family } from './family.ts';
import { activation, CLASSES, DEPTH, GAMMA, WIDTH } from './parameter.ts';
import { scaleChannels, scaleLayers } from './scale.ts';

/** Blocks per stage of Darknet-53 and CSPDarknet-53, strides 2 to 32. */
const BLOCKS = [1, 2, 8, 8, 4] as const;

export interface Darknet53Options {
  /** factor of all channels */
  readonly width?: number;
  /** factor of the blocks of each stage */
  readonly depth?: number;
}

/**
 * Darknet-53 without its classifier.
 *
 * @returns the result of each stage, strides 2, 4, 8, 16 and 32
 * @source arXiv 1804.02767
 */
export function darknet53(g: Network, x: TensorId, options: Darknet53Options = {}): readonly TensorId[] {
  const { width = 1, depth = 1 } = options;
  let y = g.conv(x, { outChannels: scaleChannels(32, width), kernel: 3 });
  return BLOCKS.map((blocks, stage) => {
    const outChannels = scaleChannels(64 * 2 ** stage, width);
    y = g.conv(y, { outChannels, kernel: 3, stride: 2 });
    y = repeat(y, scaleLayers(blocks, depth), (z) => darknetBlock(g, z, { width: outChannels / 2 }));
    return y;
  });
}

export interface CspDarknet53Options extends Darknet53Options {
  /** share of each stage's channels that bypasses its blocks; half of them if absent */
  readonly gamma?: number;
}

/**
 * CSPDarknet-53 without its classifier: half of each stage bypasses its residual blocks, all of the first.
 *
 * @returns the last transition of each stage, strides 2, 4, 8, 16 and 32
 * @source github.com/WongKinYiu/CrossStagePartialNetworks, cfg/csdarknet53.cfg
 */
export function cspDarknet53(
  g: Network,
  x: TensorId,
  options: CspDarknet53Options = {},
): readonly TensorId[] {
  const { gamma = 0.5, width = 1, depth = 1 } = options;
  let y = g.conv(x, { outChannels: scaleChannels(32, width), kernel: 3 });
  return BLOCKS.map((blocks, stage) => {
    const outChannels = scaleChannels(64 * 2 ** stage, width);
    y = g.conv(y, { outChannels, kernel: 3, stride: 2 });
    y = cspStage(g, y, {
      gamma,
      width: stage === 0 ? 2 * outChannels : outChannels,
      inner: (map) =>
        repeat(map, scaleLayers(blocks, depth), (z) =>
          darknetBlock(g, z, { width: stage === 0 ? Math.ceil(g.channels(z) / 2) : g.channels(z) }),
        ),
      outChannels,
    });
    return y;
  });
}

/**
 * The Darknet reference network: 3x3 convolutions, each followed by 2x2 pooling, the last by none.
 *
 * @param pools how the maps shrink behind each of the first six convolutions: strides of 2x2 pooling
 * @returns the result of each convolution
 * @source pjreddie.com/darknet/imagenet
 */
export function darknetReference(
  g: Network,
  x: TensorId,
  options: {
    readonly pools?: readonly number[];
    readonly lastChannels?: number;
    /** factor of all channels */
    readonly width?: number;
  } = {},
): readonly TensorId[] {
  const { pools = [2, 2, 2, 2, 2, 2], lastChannels = 1024, width = 1 } = options;
  let y = x;
  const maps = pools.map((stride, i) => {
    const map = g.conv(y, { outChannels: scaleChannels(16 * 2 ** i, width), kernel: 3 });
    y = g.maxPool(map, { kernel: 2, stride });
    return map;
  });
  return [...maps, g.conv(y, { outChannels: scaleChannels(lastChannels, width), kernel: 3 })];
}

const README = 'github.com/WongKinYiu/CrossStagePartialNetworks, README.md';

export const DARKNET: readonly Family[] = [
  family({
    name: 'darknet-reference',
    title: 'Darknet Reference',
    input: 256,
    parameters: { width: WIDTH, activation: activation('leaky'), classes: CLASSES },
    layers: (g, x, values) => classifier(g, darknetReference(g, x, values).at(-1) as TensorId, values),
    networks: [
      {
        name: 'darknet-reference',
        title: 'Darknet Reference',
        source: 'github.com/WongKinYiu/CrossStagePartialNetworks, cfg/darknet.cfg',
        reproduction: 'exact',
        printed: [
          { where: 'table 3', row: 'Darknet Reference', values: { params: '7.31M', bflops: '0.96' } },
        ],
      },
    ],
  }),
  family({
    name: 'darknet53',
    title: 'Darknet-53',
    input: 256,
    parameters: { width: WIDTH, depth: DEPTH, activation: activation('leaky'), classes: CLASSES },
    layers: (g, x, values) => classifier(g, darknet53(g, x, values).at(-1) as TensorId, values),
    networks: [
      {
        name: 'darknet53',
        title: 'Darknet-53',
        source: 'github.com/WongKinYiu/CrossStagePartialNetworks, cfg/darknet53.cfg',
        reproduction: 'exact',
        printed: [{ where: README, row: 'DarkNet-53', values: { params: '41.57M', bflops: '18.57' } }],
      },
    ],
  }),
  family({
    name: 'cspdarknet53',
    title: 'CSPDarknet-53',
    input: 256,
    parameters: {
      gamma: GAMMA,
      width: WIDTH,
      depth: DEPTH,
      activation: activation('leaky'),
      classes: CLASSES,
    },
    layers: (g, x, values) => classifier(g, cspDarknet53(g, x, values).at(-1) as TensorId, values),
    networks: [
      {
        name: 'cspdarknet53',
        title: 'CSPDarknet-53',
        source: 'github.com/WongKinYiu/CrossStagePartialNetworks, cfg/csdarknet53.cfg',
        reproduction: 'exact',
        printed: [{ where: README, row: 'CSPDarkNet-53', values: { params: '27.61M', bflops: '13.07' } }],
      },
    ],
  }),
];
