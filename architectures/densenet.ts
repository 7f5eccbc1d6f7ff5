import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import { denseBlock } from './blocks.ts';
import { family, type Family } from './family.ts';
import { activation, choice, CLASSES, DEPTH, GAMMA, integer } from './parameter.ts';
import { bypassedChannels, scaleLayers } from './scale.ts';

export interface DenseNetOptions {
  /** layers of each dense block */
  readonly blocks: readonly number[];
  /** channels that each layer adds; 32 if absent */
  readonly growth?: number;
  /** layers in two halves, one at half the resolution (Elastic, arXiv 1812.05262) */
  readonly elastic?: boolean;
}

/** A convolution without normalisation, activation and bias: DenseNet has those before the next one. */
const bare = { batchNorm: false, bias: false, activation: 'linear' } as const;

/** What a layer of DenseNet-BC adds: normalisation and activation, 1x1, 3x3. */
function layer(g: Network, x: TensorId, growth: number): TensorId {
  const narrow = g.conv(g.batchNorm(x), { outChannels: 4 * growth });
  return g.conv(narrow, { outChannels: growth, kernel: 3, ...bare });
}

/** The same by two ways of half the width, one of them at half the resolution unless the map is 7x7 or smaller. */
function elasticLayer(g: Network, x: TensorId, growth: number): TensorId {
  const way = (map: TensorId): TensorId =>
    g.conv(g.conv(map, { outChannels: 2 * growth }), { outChannels: growth, kernel: 3, ...bare });
  const normalized = g.batchNorm(x);
  const [height = 0] = g.typeOf(x).shape.slice(2);
  const low =
    height > 7
      ? g.resize(way(g.avgPool(normalized, { kernel: 2, padding: 0 })), { size: normalized, mode: 'linear' })
      : way(normalized);
  return g.add([way(normalized), low]);
}

/** The two layers before the first block. */
const stem = (g: Network, x: TensorId, growth: number): TensorId =>
  g.maxPool(g.conv(x, { outChannels: 2 * growth, kernel: 7, stride: 2 }), {
    kernel: 3,
    stride: 2,
    padding: 1,
  });

/**
 * DenseNet-BC without its classifier: each layer reads what all layers of its block before it made.
 *
 * @returns the normalised result, stride 32
 * @source arXiv 1608.06993
 */
export function denseNet(g: Network, x: TensorId, options: DenseNetOptions): TensorId {
  const { blocks, growth = 32, elastic = false } = options;
  const make = elastic ? elasticLayer : layer;
  let y = stem(g, x, growth);
  for (const [i, layers] of blocks.entries()) {
    y = denseBlock(g, y, { layers, layer: (map) => [make(g, map, growth)] });
    if (i === blocks.length - 1) break;
    const narrow = g.conv(g.batchNorm(y), { outChannels: Math.floor(g.channels(y) / 2), ...bare });
    y = g.avgPool(narrow, { kernel: 2, padding: 0 });
  }
  return g.batchNorm(y);
}

interface CspDenseNetOptions {
  /** share of each block's channels that bypasses it */
  readonly gamma: number;
  readonly growth: number;
  /** factor of the layers of each block */
  readonly depth: number;
}

/**
 * The same with half of each block's channels bypassing it by a 1x1 convolution, and one transition, behind the
 * pooling, for both halves.
 *
 * @source arXiv 1911.11929, section 3, for the rule; the places of its convolutions are a guess
 */
function cspDenseNet(g: Network, x: TensorId, { gamma, growth, depth }: CspDenseNetOptions): TensorId {
  const blocks = [10, 20, 40, 30];
  let y = stem(g, x, growth);
  for (const [i, layers] of blocks.entries()) {
    const channels = g.channels(y);
    const bypassed = bypassedChannels(channels, gamma);
    const bypass = g.conv(y, { outChannels: bypassed });
    const rest = g.slice(y, { start: bypassed, end: channels });
    const inner = denseBlock(g, rest, {
      layers: scaleLayers(layers, depth),
      layer: (map) => [elasticLayer(g, map, growth)],
    });
    const fused = g.concat([inner, bypass]);
    const outChannels = g.channels(fused);
    y =
      i === blocks.length - 1
        ? g.conv(fused, { outChannels })
        : g.conv(g.avgPool(fused, { kernel: 2, padding: 0 }), { outChannels: Math.floor(outChannels / 2) });
  }
  return y;
}

const classify = (g: Network, x: TensorId, classes: number): TensorId =>
  g.linear(g.globalPool(x), { outFeatures: classes });

const GROWTH = integer('channels that a dense layer adds', { least: 4, most: 64, step: 4, default: 32 });

export const DENSENET: readonly Family[] = [
  family({
    name: 'densenet',
    title: 'DenseNet',
    input: 224,
    leastInput: 29,
    parameters: {
      blocks: choice(
        'dense layers of each block',
        ['6-12-24-16', '6-12-32-32', '6-12-36-24', '6-12-48-32', '6-12-64-32', '6-12-64-48', '10-20-40-30'],
        '6-12-48-32',
      ),
      growth: GROWTH,
      layer: choice('a dense layer: one way, or two of half the width, one at half the resolution', [
        'plain',
        'elastic',
      ]),
      activation: activation('relu'),
      classes: CLASSES,
    },
    layers: (g, x, { blocks, growth, layer: form, classes }) => {
      const options = { blocks: blocks.split('-').map(Number), growth, elastic: form === 'elastic' };
      classify(g, denseNet(g, x, options), classes);
    },
    networks: [
      {
        name: 'densenet201',
        title: 'DenseNet-201',
        source: 'arXiv 1608.06993, table 1',
        reproduction: 'exact',
        printed: [],
      },
      {
        name: 'densenet264',
        title: 'DenseNet-264',
        parameters: { blocks: '6-12-64-48' },
        source: 'arXiv 1608.06993, table 1 (k = 32)',
        reproduction: 'exact',
        printed: [],
      },
      {
        name: 'densenet264-32',
        title: 'DenseNet-264-32',
        parameters: { blocks: '6-12-64-32' },
        source: 'arXiv 1911.11929, table 3; blocks fitted to its parameters',
        reproduction: 'fitted',
        note:
          'DenseNet-264 (k = 32) has 33.34M parameters and 11.50 BFLOPs; with 32 instead of 48 layers in the last block, as in ' +
          'DenseNet-201, the printed 27.21M come out. Of the 349,504 ways to part 130 dense layers into four blocks, none ' +
          'with 11.03 BFLOPs has less than 12 % too many parameters',
        printed: [
          {
            where: 'table 3',
            row: 'DenseNet-264-32',
            values: { params: '27.21M', bflops: '11.03' },
            counts: 'trainable',
            flops: 'standard',
            mismatch: {
              bflops:
                'twice the MACs is 10.96 (-0.6 %); 11.03 is near a count that adds normalisation and pooling',
            },
          },
        ],
      },
      {
        name: 'densenet201-elastic',
        title: 'DenseNet-201-Elastic',
        parameters: { blocks: '10-20-40-30', layer: 'elastic' },
        source: 'arXiv 1812.05262; github.com/allenai/elastic 57345c6, models/densenet.py',
        reproduction: 'exact',
        printed: [
          {
            where: 'table 3',
            row: 'DenseNet-201-Elastic',
            values: { params: '19.48M', bflops: '8.77' },
            counts: 'trainable',
            flops: 'standard',
            mismatch: {
              bflops:
                'twice the MACs is 8.53; 8.77 is twice a count that adds 2 per normalised, 1 per activated and 1 per pooled element',
            },
          },
        ],
      },
    ],
  }),
  family({
    name: 'cspdensenet',
    title: 'CSPDenseNet-Elastic',
    input: 224,
    leastInput: 29,
    parameters: {
      gamma: GAMMA,
      growth: GROWTH,
      depth: DEPTH,
      activation: activation('relu'),
      classes: CLASSES,
    },
    layers: (g, x, { classes, ...values }) => classify(g, cspDenseNet(g, x, values), classes),
    networks: [
      {
        name: 'cspdensenet201-elastic',
        title: 'CSPDenseNet-201-Elastic',
        source:
          'arXiv 1911.11929, table 3; asked, not published (github.com/WongKinYiu/CrossStagePartialNetworks, issue 34)',
        reproduction: 'open',
        note:
          'the nearest design with one rule for all stages: +0.1 % parameters, and +0.5 % by the count that explains the ' +
          '8.77 of its baseline (see densenet201-elastic); 96 of 54,000 designs that treat the stages differently meet ' +
          'both digits by that count, so these say little',
        printed: [
          {
            where: 'table 3',
            row: 'CSPDenseNet-201-Elastic',
            values: { params: '20.17M', bflops: '7.13' },
            counts: 'trainable',
            flops: 'standard',
            mismatch: {
              params: '20.19M: what the authors built is not known',
              bflops: 'twice the MACs is 6.96; 7.16 with what the 8.77 of its baseline counts',
            },
          },
        ],
      },
    ],
  }),
];
