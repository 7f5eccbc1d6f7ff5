import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import {
  contextEnhancementHead,
  exactFusionHead,
  featurePyramidHead,
  globalFusionHead,
  partialResidualHead,
} from './heads.ts';
import { cspPeleeNet, peleeNet } from './pelee.ts';
import { family, type Family } from './family.ts';
import { activation, choice, DETECTED_CLASSES, GAMMA } from './parameter.ts';

/** Predictors of Pelee's SSD at one position: boxes and class scores of six priors. */
function predictors(g: Network, x: TensorId, classes: number): void {
  for (const values of [4, classes]) {
    g.conv(g.identity(x), { outChannels: 6 * values, batchNorm: false, activation: 'linear' });
  }
}

/**
 * Pelee: SSD on PeleeNet, with a residual block before the predictors and no map of stride 8.
 *
 * @source arXiv 1804.06882, section 3; github.com/Robert-JunWang/Pelee
 */
export function peleeSsd(g: Network, x: TensorId, options: { readonly classes?: number } = {}): void {
  const { classes = 81 } = options;
  const [, , stride16, stride32] = peleeNet(g, x) as readonly [TensorId, TensorId, TensorId, TensorId];
  const extra = (y: TensorId, width: number, window: { stride?: number; padding: number }): TensorId =>
    g.conv(g.conv(y, { outChannels: width }), { outChannels: 256, kernel: 3, ...window });
  const stride64 = extra(stride32, 256, { stride: 2, padding: 1 });
  const valid1 = extra(stride64, 128, { padding: 0 });
  const valid2 = extra(valid1, 128, { padding: 0 });
  const features = [stride16, stride32, stride64, valid1, valid2].map((map) => {
    const projected = g.conv(g.identity(map), { outChannels: 256, activation: 'linear' });
    const reduced = g.conv(g.identity(map), { outChannels: 128 });
    const convolved = g.conv(reduced, { outChannels: 128, kernel: 3 });
    const expanded = g.conv(convolved, { outChannels: 256, activation: 'linear' });
    return g.add([expanded, projected], { activation: g.defaultActivation });
  });
  // The finest map serves two scales of priors.
  for (const map of [features[0] as TensorId, ...features]) predictors(g, map, classes);
}

/** Heads by name, on the maps of strides 8, 16 and 32. */
const HEADS = {
  prn: (g, maps) => {
    partialResidualHead(g, maps.slice(1));
  },
  'prn-3l': partialResidualHead,
  yolo: (g, maps) => {
    featurePyramidHead(g, maps.slice(1), { refined: true });
  },
  fpn: (g, maps) => {
    featurePyramidHead(g, maps.slice(1));
  },
  cem: contextEnhancementHead,
  'cem-sam': (g, maps) => {
    contextEnhancementHead(g, maps, { attention: true });
  },
  gfm: globalFusionHead,
  efm: exactFusionHead,
  'efm-sam': (g, maps) => {
    exactFusionHead(g, maps, { attention: true });
  },
  'efm-spp': (g, maps) => {
    exactFusionHead(g, maps, { pooling: true });
  },
} as const satisfies Record<string, (g: Network, maps: readonly TensorId[]) => void>;

const PRN_RESULTS = 'github.com/WongKinYiu/PartialResidualNetworks, Results.md';
const PRN =
  'github.com/WongKinYiu/PartialResidualNetworks; arXiv 1911.11929, table 4; asked, not published (issue 12 there: "can not share")';
const PAPER =
  'arXiv 1911.11929, table 2; asked, not published (github.com/WongKinYiu/CrossStagePartialNetworks, issue 25)';
const HEAD = 'the backbone is fitted (see csppeleenet)';
const HEAD_FIT = `${HEAD}, the head follows the text and the cost differences of table 2`;

/** What its author says of the head in issue 1 of github.com/WongKinYiu/CrossStagePartialNetworks. */
const MAXOUT =
  'maxout stands before every route, as its author states (github.com/WongKinYiu/CrossStagePartialNetworks, issue 1), which no count of FLOPs can tell: maxout has none';
const EFM_FIT = `${HEAD_FIT}; ${MAXOUT}; of 2.6 million combinations of widths for this head none has every digit`;
const EFM_PARAMS = {
  params: '4.298M weights, 4.333M numbers in the weights file: the printed 4.31M is between',
};

export const PELEE_DETECTORS: readonly Family[] = [
  family({
    name: 'pelee-ssd',
    title: 'Pelee (SSD)',
    input: 304,
    leastInput: 257,
    parameters: { classes: DETECTED_CLASSES },
    layers: peleeSsd,
    networks: [
      {
        name: 'pelee-ssd',
        title: 'Pelee (SSD)',
        source: 'arXiv 1804.06882; github.com/Robert-JunWang/Pelee',
        reproduction: 'exact',
        printed: [
          {
            where: 'table 4',
            row: 'Pelee SSD / PeleeNet',
            values: { params: '5.98M', bflops: '2.58' },
            counts: 'trainable',
            mismatch: {
              bflops: "2.570: the printed 2.58 is twice the 1,290 M MACs that Pelee's paper rounds to",
            },
          },
        ],
      },
    ],
  }),
  family({
    name: 'peleenet-detector',
    title: 'PeleeNet with a head of YOLO',
    input: 416,
    parameters: {
      head: choice('what follows the backbone', ['prn', 'prn-3l', 'yolo', 'fpn', 'efm']),
      connections: choice('maps that a dense layer of the backbone reads', ['all', 'powersOfTwo']),
      activation: activation('leaky'),
    },
    layers: (g, x, { head, ...values }) => {
      HEADS[head](g, peleeNet(g, x, values).slice(1));
    },
    networks: [
      {
        name: 'peleenet-yolo',
        title: 'PeleeNet-YOLO',
        parameters: { head: 'yolo' },
        source: PRN_RESULTS,
        reproduction: 'fitted',
        note: 'all printed digits and figure 7 come out; how the last 0.16 M weights of the head are shared out is not unique',
        printed: [
          {
            where: PRN_RESULTS,
            row: 'Pelee-YOLOv3-tiny',
            input: 416,
            values: { params: '3.91M', bflops: '5.06' },
            counts: 'params',
          },
          {
            where: PRN_RESULTS,
            row: 'Pelee-YOLOv3-tiny',
            input: 320,
            values: { params: '3.91M', bflops: '2.99' },
            counts: 'params',
          },
        ],
      },
      {
        name: 'peleenet-fpn',
        title: 'PeleeNet-FPN',
        parameters: { head: 'fpn' },
        source: PRN_RESULTS,
        reproduction: 'exact',
        printed: [
          {
            where: PRN_RESULTS,
            row: 'Pelee-FPN',
            input: 416,
            values: { params: '3.75M', bflops: '4.84' },
            counts: 'params',
          },
          {
            where: PRN_RESULTS,
            row: 'Pelee-FPN',
            input: 320,
            values: { params: '3.75M', bflops: '2.86' },
            counts: 'params',
          },
        ],
      },
      {
        name: 'peleenet-prn',
        title: 'PeleeNet-PRN',
        source: PRN,
        reproduction: 'exact',
        printed: [
          {
            where: 'table 4',
            row: 'PRN / PeleeNet',
            values: { params: '3.16M', bflops: '4.04' },
            counts: 'params',
          },
          {
            where: PRN_RESULTS,
            row: 'Pelee-PRN',
            input: 320,
            values: { params: '3.16M', bflops: '2.39' },
            counts: 'params',
          },
        ],
      },
      {
        name: 'peleenet-prn-3l',
        title: 'PeleeNet-PRN-3l',
        parameters: { head: 'prn-3l' },
        source: PRN_RESULTS,
        reproduction: 'exact',
        printed: [
          {
            where: PRN_RESULTS,
            row: 'Pelee-PRN-3l',
            input: 416,
            values: { params: '3.36M', bflops: '5.03' },
            counts: 'params',
          },
          {
            where: PRN_RESULTS,
            row: 'Pelee-PRN-3l',
            input: 320,
            values: { params: '3.36M', bflops: '3.98' },
            counts: 'params',
            mismatch: {
              bflops:
                'a misprint for 2.98: the same network prints 5.03 at 416, and 5.03 * (320/416)^2 = 2.98',
            },
          },
        ],
      },
      {
        name: 'sparsepeleenet-prn',
        title: 'SparsePeleeNet-PRN',
        parameters: { connections: 'powersOfTwo' },
        source: PRN_RESULTS,
        reproduction: 'exact',
        printed: [
          { where: PRN_RESULTS, row: 'SparsePelee-PRN', input: 416, values: { bflops: '3.65' } },
          { where: PRN_RESULTS, row: 'SparsePelee-PRN', input: 320, values: { bflops: '2.16' } },
        ],
      },
      {
        name: 'peleenet-efm',
        title: 'PeleeNet-EFM',
        parameters: { head: 'efm' },
        source: PRN_RESULTS,
        reproduction: 'fitted',
        note: 'taken to be what the results call Pelee-ReCORE-BiF, whose BFLOPs it has',
        printed: [
          { where: PRN_RESULTS, row: 'Pelee-ReCORE-BiF', input: 416, values: { bflops: '5.32' } },
          { where: PRN_RESULTS, row: 'Pelee-ReCORE-BiF', input: 320, values: { bflops: '3.15' } },
        ],
      },
    ],
  }),
  family({
    name: 'csppeleenet-detector',
    title: 'CSPPeleeNet with a head of YOLO',
    input: 416,
    leastInput: 25,
    parameters: {
      head: choice('what follows the backbone', [
        'efm',
        'efm-sam',
        'efm-spp',
        'prn',
        'prn-3l',
        'cem',
        'cem-sam',
        'gfm',
      ]),
      gamma: GAMMA,
      activation: activation('leaky'),
    },
    layers: (g, x, { head, ...values }) => {
      HEADS[head](g, cspPeleeNet(g, x, values));
    },
    networks: [
      {
        name: 'csppeleenet-prn',
        title: 'CSPPeleeNet-PRN',
        parameters: { head: 'prn' },
        source: PAPER,
        reproduction: 'fitted',
        note: HEAD,
        printed: [{ where: 'table 2', row: 'PRN', values: { bflops: '3.590' } }],
      },
      {
        name: 'csppeleenet-prn-swish',
        title: 'CSPPeleeNet-PRN (swish)',
        parameters: { head: 'prn', activation: 'swish' },
        source: PAPER,
        reproduction: 'fitted',
        note: HEAD,
        printed: [{ where: 'table 2', row: 'PRN swish', values: { bflops: '3.590' } }],
      },
      {
        name: 'csppeleenet-prn-3l',
        title: 'CSPPeleeNet-PRN-3l',
        parameters: { head: 'prn-3l' },
        source: PAPER,
        reproduction: 'fitted',
        note: HEAD,
        printed: [{ where: 'table 2', row: 'PRN-31', values: { bflops: '4.586' } }],
      },
      {
        name: 'csppeleenet-cem',
        title: 'CSPPeleeNet-CEM',
        parameters: { head: 'cem' },
        source: PAPER,
        reproduction: 'fitted',
        note: HEAD_FIT,
        printed: [{ where: 'table 2', row: 'CEM', values: { bflops: '4.049' } }],
      },
      {
        name: 'csppeleenet-cem-sam',
        title: 'CSPPeleeNet-CEM(SAM)',
        parameters: { head: 'cem-sam' },
        source: PAPER,
        reproduction: 'fitted',
        note: HEAD_FIT,
        printed: [
          {
            where: 'table 2',
            row: 'CEM SAM',
            values: { bflops: '4.165' },
            mismatch: {
              bflops:
                '4.1660: the sum of the residuals of CEM (+0.02 %) and of attention (+0.116 as printed)',
            },
          },
        ],
      },
      {
        name: 'csppeleenet-gfm',
        title: 'CSPPeleeNet-GFM',
        parameters: { head: 'gfm' },
        source: PAPER,
        reproduction: 'open',
        note: `${HEAD_FIT}; it adds its maps, so that its author's maxout before every route changes nothing here`,
        printed: [
          {
            where: 'table 2',
            row: 'GFM',
            values: { bflops: '4.605' },
            mismatch: { bflops: '4.6033: -0.04 %, no variant of the head that was tried is closer' },
          },
        ],
      },
      {
        name: 'csppeleenet-efm',
        title: 'CSPPeleeNet-EFM',
        source: PAPER,
        reproduction: 'fitted',
        note: EFM_FIT,
        printed: [
          { where: 'table 2', row: 'EFM', values: { bflops: '4.868' } },
          { where: 'table 2', row: 'EFM GIoU', values: { bflops: '4.868' } },
        ],
      },
      {
        name: 'csppeleenet-efm-sam',
        title: 'CSPPeleeNet-EFM(SAM)',
        parameters: { head: 'efm-sam' },
        source: PAPER,
        reproduction: 'fitted',
        note: EFM_FIT,
        printed: [
          {
            where: 'table 2',
            row: 'EFM SAM',
            values: { bflops: '5.068' },
            mismatch: {
              bflops: '5.0665: the sum of the residuals of EFM (-0.02 %) and of attention (0.1994 for 0.200)',
            },
          },
          {
            where: 'table 4',
            row: 'EFM SAM / CSPPeleeNet',
            input: 416,
            values: { params: '4.31M', bflops: '5.07' },
            mismatch: EFM_PARAMS,
          },
          {
            where: 'table 4',
            row: 'EFM SAM / CSPPeleeNet',
            input: 512,
            values: { params: '4.31M', bflops: '7.68' },
            mismatch: EFM_PARAMS,
          },
        ],
      },
      {
        name: 'csppeleenet-efm-spp',
        title: 'CSPPeleeNet-EFM(SPP)',
        parameters: { head: 'efm-spp' },
        source: PAPER,
        reproduction: 'open',
        note: `${HEAD_FIT}; ${MAXOUT}; nothing is known of where SPP stands, only that it saves 0.005 BFLOPs, and of 434,560 places and widths no regular one does`,
        printed: [
          {
            where: 'table 2',
            row: 'EFM SPP',
            values: { bflops: '4.863' },
            mismatch: {
              bflops: "-0.05 %: pooled 1x1 and a 3x3 convolution in place of the coarsest level's three",
            },
          },
        ],
      },
    ],
  }),
];
