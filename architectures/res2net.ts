import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import { residual } from './blocks.ts';
import { family, type Family } from './family.ts';
import { activation, choice, CLASSES, integer } from './parameter.ts';

export interface Res2NetOptions {
  /** blocks per stage */
  readonly blocks: readonly number[];
  /** channels of one scale in the first stage; each later stage has twice as many */
  readonly width: number;
  /** groups of channels that see fields of different sizes */
  readonly scales: number;
  /** groups of the 3x3 convolutions (Res2NeXt) */
  readonly groups?: number;
}

/**
 * The inner part of a Res2Net block: 1x1, then one 3x3 convolution for each scale but the last, each on its slice
 * plus the result of the one before, then 1x1. In a stage's first block the slices are not added, and the last one
 * is pooled to the extent of the others.
 *
 * @source arXiv 1904.01169, figure 2
 */
function multiScale(
  g: Network,
  x: TensorId,
  { width, scales, groups = 1 }: Res2NetOptions,
  { outChannels, stride, first }: { outChannels: number; stride: number; first: boolean },
): TensorId {
  const wide = g.conv(x, { outChannels: width * scales });
  const maps: TensorId[] = [];
  for (let scale = 0; scale < scales - 1; scale++) {
    const slice = g.split(wide, { parts: scales, part: scale });
    const before = maps.at(-1);
    const read = first || before === undefined ? slice : g.add([before, slice]);
    maps.push(g.conv(read, { outChannels: width, kernel: 3, stride, groups }));
  }
  const rest = g.split(wide, { parts: scales, part: scales - 1 });
  maps.push(first ? g.avgPool(rest, { kernel: 3, stride, padding: 1 }) : rest);
  return g.conv(g.concat(maps), { outChannels, activation: 'linear' });
}

/**
 * Res2Net and Res2NeXt without their classifier.
 *
 * @source arXiv 1904.01169; github.com/Res2Net/Res2Net-PretrainedModels 219c8c6, res2net.py and res2next.py
 */
export function res2Net(g: Network, x: TensorId, options: Res2NetOptions): TensorId {
  let y = g.maxPool(g.conv(x, { outChannels: 64, kernel: 7, stride: 2 }), {
    kernel: 3,
    stride: 2,
    padding: 1,
  });
  for (const [stage, count] of options.blocks.entries()) {
    for (let i = 0; i < count; i++) {
      const stride = stage > 0 && i === 0 ? 2 : 1;
      const scaled = { ...options, width: options.width * 2 ** stage };
      const shape = { outChannels: 256 * 2 ** stage, stride, first: i === 0 };
      y = residual(g, y, (map) => multiScale(g, map, scaled, shape));
    }
  }
  return y;
}

/** Blocks per stage of each depth. */
const BLOCKS = { 50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3] };

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));

const SOURCE = 'arXiv 1904.01169; github.com/Res2Net/Res2Net-PretrainedModels 219c8c6';

export const RES2NET: readonly Family[] = [
  family({
    name: 'res2net',
    title: 'Res2Net and Res2NeXt',
    input: 224,
    parameters: {
      width: integer('channels of one scale in the first stage', {
        least: 8,
        most: 128,
        step: 8,
        default: 48,
      }),
      scales: integer('groups of channels that see fields of different sizes', {
        least: 2,
        most: 8,
        step: 1,
        default: 2,
      }),
      cardinality: choice('groups of the 3x3 convolutions, as far as they divide the width', [1, 2, 4, 8]),
      depth: choice('layers', [50, 101, 152]),
      activation: activation('relu'),
      classes: CLASSES,
    },
    layers: (g, x, { width, scales, cardinality, depth, classes }) => {
      const y = res2Net(g, x, {
        blocks: BLOCKS[depth],
        width,
        scales,
        groups: commonDivisor(width, cardinality),
      });
      g.linear(g.globalPool(y), { outFeatures: classes });
    },
    networks: [
      {
        name: 'res2net50',
        title: 'Res2Net-50',
        source: `${SOURCE}, res2net.py, res2net50_48w_2s`,
        reproduction: 'exact',
        printed: [
          {
            where: 'table 3',
            row: 'Res2Net-50',
            values: { params: '25.29M', bflops: '8.4' },
            counts: 'trainable',
            flops: 'standard',
          },
        ],
      },
      {
        name: 'res2net50-26w4s',
        title: 'Res2Net-50 (26w x 4s)',
        parameters: { width: 26, scales: 4 },
        source: `${SOURCE}, res2net.py, res2net50_26w_4s`,
        reproduction: 'exact',
        printed: [],
      },
      {
        name: 'res2next50',
        title: 'Res2NeXt-50',
        parameters: { width: 32, scales: 4, cardinality: 8 },
        source: `${SOURCE}, res2next.py`,
        reproduction: 'exact',
        printed: [
          {
            where: 'table 3',
            row: 'Res2NeXt-50',
            values: { params: '24.27M', bflops: '8.4' },
            counts: 'trainable',
            flops: 'standard',
            mismatch: {
              params:
                'the authors print 24.67M, which is what is counted: two digits are exchanged in the table',
            },
          },
        ],
      },
    ],
  }),
];
