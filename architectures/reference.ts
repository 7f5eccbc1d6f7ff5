import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import { classifier, denseBlock, denseLayer, twoWayDenseLayer } from './blocks.ts';
import { exactFusionHead, partialResidualHead } from './heads.ts';
import { family, type Family } from './family.ts';
import { activation, choice } from './parameter.ts';

/** Stages at strides 4, 8, 16 and 32: channels, dense layers, width of the 1x1 convolutions in one-way layers. */
const STAGES = [
  { channels: 64, layers: 2, width: 16 },
  { channels: 128, layers: 3, width: 24 },
  { channels: 256, layers: 4, width: 32 },
  { channels: 512, layers: 1, width: 32 },
] as const;

export interface ReferenceOptions {
  /** dense layers of one way (CSPDenseNet) or of two (CSPPeleeNet) */
  readonly layer: 'dense' | 'twoWay';
  /** kernel of the last convolution: 3 (Reference, the default) or 1 (Referenceb) */
  readonly lastKernel?: 1 | 3;
}

/**
 * CSPDenseNet and CSPPeleeNet Reference without their classifier: three convolutions, then four stages whose input
 * bypasses a quarter as many channels of dense layers.
 *
 * @returns the results of strides 4, 8, 16 and 32, the last behind the last convolution: 64 to 512 channels
 */
export function cspReference(g: Network, x: TensorId, options: ReferenceOptions): readonly TensorId[] {
  const { layer, lastKernel = 3 } = options;
  const half = g.conv(x, { outChannels: 32, kernel: 3, stride: 2 });
  let y = g.conv(g.conv(half, { outChannels: 64, kernel: 3, stride: 2 }), { outChannels: 64, kernel: 3 });
  const stages = STAGES.map(({ channels, layers, width }, i) => {
    if (i > 0) y = g.maxPool(y, { kernel: 2 });
    const dense = denseBlock(g, g.conv(y, { outChannels: channels / 4 }), {
      layers,
      layer: (map) =>
        layer === 'dense'
          ? denseLayer(g, map, { growth: channels / 8, width })
          : twoWayDenseLayer(g, map, { growth: channels / 4, width: channels / 4 }),
    });
    const transition = g.conv(dense, { outChannels: g.channels(dense) });
    y = g.conv(g.concat([transition, y]), { outChannels: channels });
    return y;
  });
  return [...stages.slice(0, -1), g.conv(y, { outChannels: 512, kernel: lastKernel })];
}

/** What follows the maps of strides 4, 8, 16 and 32. */
const HEADS = {
  classifier: (g, maps) => classifier(g, maps.at(-1) as TensorId),
  prn: (g, maps) => {
    partialResidualHead(g, maps.slice(2));
  },
  'prn-3l': (g, maps) => {
    partialResidualHead(g, maps.slice(1));
  },
  'efm-sam': (g, maps) => {
    exactFusionHead(g, maps.slice(1), { attention: true });
  },
} as const satisfies Record<string, (g: Network, maps: readonly TensorId[]) => unknown>;

const README = 'github.com/WongKinYiu/CrossStagePartialNetworks, README.md';
const SOURCE = 'arXiv 1911.11929, tables 3 to 5; no definition was published';
const FIT =
  'one rule, widths and depths for all four networks, fitted to their printed digits. About 250 designs out of 40 ' +
  'billion have them, so they do not identify it; this is the most regular one about half as deep as PeleeNet';
const HEAD = `${FIT}; the head is that of csppeleenet-efm-sam`;
const DENSE_BFLOPS = {
  bflops: '0.836: a misprint, since the printed 2.01 of this network with PRN at 320 implies 0.835 here',
};
const HEAD_PARAMS = {
  params:
    '+0.3 %: 16,384 weights fewer at the coarsest level of the head would give the digits of both networks',
};
export const REFERENCE: readonly Family[] = [
  family({
    name: 'csp-reference',
    title: 'CSPDenseNet and CSPPeleeNet Reference',
    input: 224,
    parameters: {
      layer: choice('dense layers of one way (CSPDenseNet) or of two (CSPPeleeNet)', ['dense', 'twoWay']),
      lastKernel: choice('kernel of the last convolution: 1 in the networks with a b', [3, 1]),
      head: choice('what follows the backbone', ['classifier', 'prn', 'prn-3l', 'efm-sam']),
      activation: activation('leaky'),
    },
    layers: (g, x, { head, ...values }) => {
      HEADS[head](g, cspReference(g, x, values));
    },
    networks: [
      {
        name: 'cspdensenet-reference',
        title: 'CSPDenseNet Reference',
        source: SOURCE,
        reproduction: 'fitted',
        note: FIT,
        printed: [
          {
            where: 'table 3',
            row: 'CSPDenseNet Reference',
            statedInput: 256,
            values: { params: '3.48M', bflops: '0.886' },
            mismatch: DENSE_BFLOPS,
          },
        ],
      },
      {
        name: 'cspdensenetb-reference',
        title: 'CSPDenseNetb Reference',
        parameters: { lastKernel: 1 },
        source: `${README}; no definition was published`,
        reproduction: 'fitted',
        note: FIT,
        printed: [{ where: README, row: 'CSPDenseNetb Ref.', values: { params: '1.38M', bflops: '0.631' } }],
      },
      {
        name: 'csppeleenet-reference',
        title: 'CSPPeleeNet Reference',
        parameters: { layer: 'twoWay' },
        source: SOURCE,
        reproduction: 'fitted',
        note: FIT,
        printed: [
          {
            where: 'table 3',
            row: 'CSPPeleeNet Reference',
            statedInput: 256,
            values: { params: '4.10M', bflops: '1.103' },
          },
        ],
      },
      {
        name: 'csppeleenetb-reference',
        title: 'CSPPeleeNetb Reference',
        parameters: { layer: 'twoWay', lastKernel: 1 },
        source: `${README}; no definition was published`,
        reproduction: 'fitted',
        note: FIT,
        printed: [{ where: README, row: 'CSPPeleeNetb Ref.', values: { params: '2.01M', bflops: '0.897' } }],
      },
      {
        name: 'cspdensenetb-reference-prn',
        title: 'CSPDenseNetb Reference-PRN',
        input: 320,
        parameters: { lastKernel: 1, head: 'prn' },
        source: SOURCE,
        reproduction: 'fitted',
        note: FIT,
        printed: [
          {
            where: 'table 4',
            row: 'PRN / CSPDenseNetb Reference',
            values: { params: '1.87M', bflops: '1.59' },
          },
          { where: 'table 5', row: 'CSPDenseNetb Reference-PRN', values: {} },
        ],
      },
      {
        name: 'cspdensenet-reference-prn',
        title: 'CSPDenseNet Reference-PRN',
        input: 320,
        parameters: { head: 'prn' },
        source: SOURCE,
        reproduction: 'fitted',
        note: FIT,
        printed: [
          {
            where: 'table 4',
            row: 'PRN / CSPDenseNet Reference',
            values: { params: '3.97M', bflops: '2.01' },
          },
          { where: 'table 5', row: 'CSPDenseNet Reference-PRN', values: {} },
        ],
      },
      {
        name: 'csppeleenet-reference-prn',
        title: 'CSPPeleeNet Reference-PRN',
        input: 320,
        parameters: { layer: 'twoWay', head: 'prn' },
        source: SOURCE,
        reproduction: 'fitted',
        note: FIT,
        printed: [
          {
            where: 'table 4',
            row: 'PRN / CSPPeleeNet Reference',
            values: { params: '4.59M', bflops: '2.56' },
          },
          { where: 'table 5', row: 'CSPPeleeNet Reference-PRN', values: {} },
        ],
      },
      {
        name: 'csppeleenet-reference-prn-3l',
        title: 'CSPPeleeNet Reference-PRN-3l',
        input: 320,
        parameters: { layer: 'twoWay', head: 'prn-3l' },
        source: SOURCE,
        reproduction: 'fitted',
        note: FIT,
        printed: [
          {
            where: 'table 4',
            row: 'PRN-31 / CSPPeleeNet Reference',
            values: { params: '4.79M', bflops: '3.15' },
          },
          { where: 'table 5', row: 'CSPPeleeNet Reference-PRN-31', values: {} },
        ],
      },
      {
        name: 'cspdensenet-reference-efm-sam',
        title: 'CSPDenseNet Reference-EFM(SAM)',
        input: 320,
        parameters: { head: 'efm-sam' },
        source: SOURCE,
        reproduction: 'fitted',
        note: HEAD,
        printed: [
          {
            where: 'table 4',
            row: 'EFM SAM / CSPDenseNet Reference',
            values: { params: '5.05M', bflops: '2.89' },
            mismatch: HEAD_PARAMS,
          },
          { where: 'table 5', row: 'CSPDenseNet Reference-EFM SAM', values: {} },
        ],
      },
      {
        name: 'csppeleenet-reference-efm-sam',
        title: 'CSPPeleeNet Reference-EFM(SAM)',
        input: 320,
        parameters: { layer: 'twoWay', head: 'efm-sam' },
        source: SOURCE,
        reproduction: 'fitted',
        note: HEAD,
        printed: [
          {
            where: 'table 4',
            row: 'EFM SAM / CSPPeleeNet Reference',
            values: { params: '5.67M', bflops: '3.43' },
            mismatch: HEAD_PARAMS,
          },
          { where: 'table 5', row: 'CSPPeleeNet Reference-EFM SAM', values: {} },
        ],
      },
    ],
  }),
];
