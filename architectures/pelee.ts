import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import { classifier, cspStage, denseBlock, squeezeExcitation, twoWayDenseLayer } from './blocks.ts';
import { family, type Family } from './family.ts';
import { activation, choice, CLASSES, DEPTH, GAMMA, integer, WIDTH } from './parameter.ts';
import { bypassedChannels, scaleChannels, scaleLayers } from './scale.ts';

/** Stages at strides 4, 8, 16 and 32: two-way dense layers, and the width of their 1x1 convolutions. */
const STAGES = [
  { layers: 3, width: 16 },
  { layers: 4, width: 32 },
  { layers: 8, width: 64 },
  { layers: 6, width: 64 },
] as const;
type Stage = (typeof STAGES)[number];

/** What PeleeNet and CSPPeleeNet have in common. */
interface DenseOptions {
  /** squeeze and excitation between the stages */
  readonly attention?: 'none' | 'squeeze';
  /** factor of all channels */
  readonly width?: number;
  /** factor of the dense layers of each stage */
  readonly depth?: number;
  /** channels that a two-way dense layer adds, before `width`; 32 if absent */
  readonly growth?: number;
}

export interface PeleeNetOptions extends DenseOptions {
  /** what a dense layer reads: all maps before it, or those 1, 2, 4, 8, ... layers back */
  readonly connections?: 'all' | 'powersOfTwo';
  /** channels per group of the 3x3 convolutions in the dense layers; absent: not grouped */
  readonly groupWidth?: 'none' | number;
}

/**
 * PeleeNet's stem: a strided 3x3 convolution, then a way that convolves beside one that pools.
 *
 * @source arXiv 1804.06882, figure 2
 */
function peleeStem(g: Network, x: TensorId, { width = 1 }: DenseOptions): TensorId {
  const channels = scaleChannels(32, width);
  const a = g.conv(x, { outChannels: channels, kernel: 3, stride: 2 });
  const narrow = g.conv(a, { outChannels: channels / 2 });
  const convolved = g.conv(narrow, { outChannels: channels, kernel: 3, stride: 2 });
  const pooled = g.maxPool(g.identity(a), { kernel: 2 });
  return g.conv(g.concat([convolved, pooled]), { outChannels: channels });
}

/** Dense layers of a stage, and the channels that each adds. */
const sizeOf = (stage: Stage, { width = 1, depth = 1, growth = 32 }: DenseOptions) => ({
  layers: scaleLayers(stage.layers, depth),
  growth: scaleChannels(growth, width),
  width: scaleChannels(stage.width, width),
});

function denseStage(g: Network, x: TensorId, stage: Stage, options: PeleeNetOptions): TensorId {
  const { layers, ...size } = sizeOf(stage, options);
  const { connections = 'all', groupWidth = 'none' } = options;
  const groups = groupWidth === 'none' ? {} : { groupWidth };
  return denseBlock(g, x, {
    layers,
    layer: (map) => twoWayDenseLayer(g, map, { ...size, ...groups }),
    connections,
  });
}

const squeeze = (g: Network, x: TensorId, { attention = 'none' }: DenseOptions): TensorId =>
  attention === 'none'
    ? x
    : squeezeExcitation(g, x, { squeezed: Math.ceil(g.channels(x) / 32), activation: 'relu' });

/**
 * PeleeNet without its classifier.
 *
 * @returns the transition of each stage, strides 4, 8, 16 and 32: 128, 256, 512 and 704 channels
 * @source arXiv 1804.06882; github.com/Robert-JunWang/PeleeNet
 */
export function peleeNet(g: Network, x: TensorId, options: PeleeNetOptions = {}): readonly TensorId[] {
  let y = peleeStem(g, x, options);
  return STAGES.map((stage, i) => {
    if (i > 0) y = g.maxPool(y, { kernel: 2 });
    const dense = denseStage(g, y, stage, options);
    y = g.conv(dense, { outChannels: g.channels(dense) });
    if (i < 3) y = squeeze(g, y, options);
    return y;
  });
}

export interface CspPeleeNetOptions extends DenseOptions {
  /** share of each stage's channels that bypasses its dense layers; half of them if absent */
  readonly gamma?: number;
}

/** Of PeleeNet's 704 last channels CSPPeleeNet keeps 640. */
const narrowed = (channels: number): number => Math.round((channels * 640) / 704);

/**
 * CSPPeleeNet without its classifier, as far as its printed numbers tell: in the two middle stages two 1x1
 * convolutions part the channels, the dense layers have a transition of their own, and the parts meet.
 *
 * @returns the results of strides 8, 16 and 32: 256, 512 and 640 channels
 */
export function cspPeleeNet(g: Network, x: TensorId, options: CspPeleeNetOptions = {}): readonly TensorId[] {
  const { gamma = 0.5 } = options;
  const [first, second, third, fourth] = STAGES;
  const added = (stage: Stage): number => {
    const { layers, growth } = sizeOf(stage, options);
    return layers * growth;
  };
  const stem = peleeStem(g, x, options);
  const channels = g.channels(stem);
  const bypass = g.maxPool(g.slice(stem, { start: 0, end: bypassedChannels(channels, gamma) }), {
    kernel: 2,
  });
  const whole = g.conv(g.identity(stem), { outChannels: channels });
  const dense = g.maxPool(denseStage(g, whole, first, options), { kernel: 2 });
  const transition = g.conv(dense, { outChannels: g.channels(dense) });
  const entry = g.conv(g.concat([transition, bypass]), { outChannels: channels + added(first) });

  const stage = (y: TensorId, which: Stage): TensorId =>
    cspStage(g, squeeze(g, y, options), {
      gamma,
      inner: (map) => denseStage(g, map, which, options),
      fusion: 'last',
    });
  const stride8 = stage(entry, second);
  const stride16 = stage(g.maxPool(stride8, { kernel: 2 }), third);
  const y = squeeze(g, g.maxPool(stride16, { kernel: 2 }), options);
  const outChannels = narrowed(g.channels(y) + added(fourth));
  const stride32 = cspStage(g, y, {
    gamma,
    width: outChannels,
    innerWidth: g.channels(y) - bypassedChannels(g.channels(y), gamma),
    inner: (map) => denseStage(g, map, fourth, options),
    fusion: 'both',
    outChannels,
  });
  return [stride8, stride16, stride32];
}

/** CSPPeleeNet that joins the parts before one transition, which is the split of the next stage. */
export function cspPeleeNetFusionFirst(g: Network, x: TensorId, options: CspPeleeNetOptions = {}): TensorId {
  const { gamma = 0.5 } = options;
  const [first, ...others] = STAGES;
  let y = denseStage(g, peleeStem(g, x, options), first, options);
  for (const stage of others) {
    y = squeeze(g, y, options);
    const channels = g.channels(y);
    const bypassed = bypassedChannels(channels, gamma);
    const bypass = g.conv(y, { outChannels: bypassed, stride: 2 });
    const rest = g.maxPool(g.conv(g.identity(y), { outChannels: channels - bypassed }), { kernel: 2 });
    y = g.concat([denseStage(g, rest, stage, options), bypass]);
  }
  return y;
}

/** CSPPeleeNet that joins the parts behind a transition of the dense layers, which narrows in the last stage. */
export function cspPeleeNetFusionLast(g: Network, x: TensorId, options: CspPeleeNetOptions = {}): TensorId {
  const { gamma = 0.5 } = options;
  let y = peleeStem(g, x, options);
  for (const [i, stage] of STAGES.entries()) {
    if (i > 0) y = squeeze(g, g.maxPool(y, { kernel: 2 }), options);
    const { layers, growth } = sizeOf(stage, options);
    const whole = g.channels(y) + layers * growth;
    y = cspStage(g, y, {
      gamma,
      split: 'convBypass',
      inner: (map) => denseStage(g, map, stage, options),
      fusion: 'last',
      ...(i === 3 ? { transition: Math.round(narrowed(whole) * (1 - gamma)) } : {}),
    });
  }
  return y;
}

const last = (maps: readonly TensorId[]): TensorId => maps[maps.length - 1] as TensorId;

const PELEE_PAPER = 'arXiv 1804.06882; github.com/Robert-JunWang/PeleeNet';
const PAPER =
  'arXiv 1911.11929, tables 1 and 3; asked, not published (github.com/WongKinYiu/CrossStagePartialNetworks, issue 25)';
const FIT =
  'fitted to three gammas, the parameters, the detectors of table 2 and the claims of figure 7: of 61 million ' +
  "combinations of a first and a last stage the only one with all digits, but not known to be the authors'";
const FIRST =
  'fitted to three gammas: the first stage is whole, the strided transitions of the two parts split the next stage';
const LAST =
  'fitted to three gammas, the only one of 768 forms tried that has all digits; not one rule with csppeleenet';

const FUSIONS = {
  both: (g: Network, x: TensorId, options: CspPeleeNetOptions) => last(cspPeleeNet(g, x, options)),
  first: cspPeleeNetFusionFirst,
  last: cspPeleeNetFusionLast,
};

const COMMON = {
  width: WIDTH,
  depth: DEPTH,
  growth: integer('channels that a dense layer adds', { least: 4, most: 96, step: 4, default: 32 }),
  attention: choice('between the stages', ['none', 'squeeze']),
  activation: activation('leaky'),
  classes: CLASSES,
} as const;

export const PELEE: readonly Family[] = [
  family({
    name: 'peleenet',
    title: 'PeleeNet',
    input: 224,
    parameters: {
      connections: choice('maps that a dense layer reads', ['all', 'powersOfTwo']),
      groupWidth: choice('channels per group of the 3x3 convolutions', ['none', 4, 8, 16, 32]),
      ...COMMON,
    },
    layers: (g, x, values) => classifier(g, last(peleeNet(g, x, values)), values),
    networks: [
      {
        name: 'peleenet',
        title: 'PeleeNet',
        source: PELEE_PAPER,
        reproduction: 'exact',
        printed: [
          { where: 'table 1', row: 'PeleeNet', values: { bflops: '1.017' } },
          { where: 'table 3', row: 'PeleeNet', values: { params: '2.79M', bflops: '1.017' } },
        ],
      },
      {
        name: 'peleenet-swish',
        title: 'PeleeNet-swish',
        parameters: { activation: 'swish' },
        source: PELEE_PAPER,
        reproduction: 'exact',
        printed: [{ where: 'table 3', row: 'PeleeNet-swish', values: { params: '2.79M', bflops: '1.017' } }],
      },
      {
        name: 'sparsepeleenet',
        title: 'SparsePeleeNet',
        parameters: { connections: 'powersOfTwo' },
        source: `${PELEE_PAPER}; connections of SparseNet, arXiv 1801.05895`,
        reproduction: 'exact',
        note: "no definition was published; of the connection rules tried, SparseNet's is the one with all digits",
        printed: [
          { where: 'table 1', row: 'SPeleeNet', values: { bflops: '0.904' } },
          { where: 'table 3', row: 'SparsePeleeNet', values: { params: '2.39M', bflops: '0.904' } },
        ],
      },
      {
        name: 'peleenext',
        title: 'PeleeNeXt',
        parameters: { groupWidth: 8 },
        source: `${PAPER}; PeleeNet with grouped 3x3 convolutions`,
        reproduction: 'fitted',
        note: 'one of three ways to group that print these BFLOPs, the simplest; no parameters were printed to tell them apart',
        printed: [{ where: 'table 1', row: 'PeleeNeXt', values: { bflops: '0.837' } }],
      },
      {
        name: 'sepeleenet-swish',
        title: 'SEPeleeNet-swish',
        parameters: { activation: 'swish', attention: 'squeeze' },
        source: `${PAPER}; PeleeNet with squeeze and excitation`,
        reproduction: 'fitted',
        note: 'only the total of 21.5 k added weights is known; squeezing the output of every dense layer by 2 has the same',
        printed: [
          { where: 'table 3', row: 'SEPeleeNet-swish', values: { params: '2.81M', bflops: '1.017' } },
        ],
      },
    ],
  }),
  family({
    name: 'csppeleenet',
    title: 'CSPPeleeNet',
    input: 224,
    parameters: {
      gamma: GAMMA,
      fusion: choice('where the parts of a stage meet: before its transition, behind it, or between two', [
        'both',
        'first',
        'last',
      ]),
      ...COMMON,
    },
    layers: (g, x, { fusion, ...values }) => classifier(g, FUSIONS[fusion](g, x, values), values),
    networks: [
      {
        name: 'csppeleenet',
        title: 'CSPPeleeNet',
        source: PAPER,
        reproduction: 'fitted',
        note: FIT,
        printed: [
          { where: 'table 1', row: 'CSPPeleeNet gamma=0.5', values: { bflops: '0.888' } },
          { where: 'table 3', row: 'CSPPeleeNet', values: { params: '2.83M', bflops: '0.888' } },
        ],
      },
      {
        name: 'csppeleenet-g25',
        title: 'CSPPeleeNet (gamma 0.25)',
        parameters: { gamma: 0.25 },
        source: PAPER,
        reproduction: 'fitted',
        note: FIT,
        printed: [{ where: 'table 1', row: 'CSPPeleeNet gamma=0.25', values: { bflops: '0.986' } }],
      },
      {
        name: 'csppeleenet-g75',
        title: 'CSPPeleeNet (gamma 0.75)',
        parameters: { gamma: 0.75 },
        source: PAPER,
        reproduction: 'fitted',
        note: FIT,
        printed: [{ where: 'table 1', row: 'CSPPeleeNet gamma=0.75', values: { bflops: '0.800' } }],
      },
      {
        name: 'csppeleenet-swish',
        title: 'CSPPeleeNet-swish',
        parameters: { activation: 'swish' },
        source: PAPER,
        reproduction: 'fitted',
        note: FIT,
        printed: [
          { where: 'table 3', row: 'CSPPeleeNet-swish', values: { params: '2.83M', bflops: '0.888' } },
        ],
      },
      {
        name: 'secsppeleenet-swish',
        title: 'SECSPPeleeNet-swish',
        parameters: { activation: 'swish', attention: 'squeeze' },
        source: PAPER,
        reproduction: 'fitted',
        note: FIT,
        printed: [
          { where: 'table 3', row: 'SECSPPeleeNet-swish', values: { params: '2.85M', bflops: '0.888' } },
        ],
      },
      {
        name: 'csppeleenet-first-g25',
        title: 'CSPPeleeNet, fusion first (gamma 0.25)',
        parameters: { fusion: 'first', gamma: 0.25 },
        source: PAPER,
        reproduction: 'fitted',
        note: FIRST,
        printed: [{ where: 'table 1', row: 'CSP fusion-first gamma=0.25', values: { bflops: '0.861' } }],
      },
      {
        name: 'csppeleenet-first',
        title: 'CSPPeleeNet, fusion first',
        parameters: { fusion: 'first' },
        source: PAPER,
        reproduction: 'fitted',
        note: FIRST,
        printed: [{ where: 'table 1', row: 'CSP fusion-first gamma=0.5', values: { bflops: '0.755' } }],
      },
      {
        name: 'csppeleenet-first-g75',
        title: 'CSPPeleeNet, fusion first (gamma 0.75)',
        parameters: { fusion: 'first', gamma: 0.75 },
        source: PAPER,
        reproduction: 'fitted',
        note: FIRST,
        printed: [{ where: 'table 1', row: 'CSP fusion-first gamma=0.75', values: { bflops: '0.649' } }],
      },
      {
        name: 'csppeleenet-last-g25',
        title: 'CSPPeleeNet, fusion last (gamma 0.25)',
        parameters: { fusion: 'last', gamma: 0.25 },
        source: PAPER,
        reproduction: 'fitted',
        note: LAST,
        printed: [{ where: 'table 1', row: 'CSP fusion-last gamma=0.25', values: { bflops: '0.902' } }],
      },
      {
        name: 'csppeleenet-last',
        title: 'CSPPeleeNet, fusion last',
        parameters: { fusion: 'last' },
        source: PAPER,
        reproduction: 'fitted',
        note: LAST,
        printed: [{ where: 'table 1', row: 'CSP fusion-last gamma=0.5', values: { bflops: '0.804' } }],
      },
      {
        name: 'csppeleenet-last-g75',
        title: 'CSPPeleeNet, fusion last (gamma 0.75)',
        parameters: { fusion: 'last', gamma: 0.75 },
        source: PAPER,
        reproduction: 'fitted',
        note: LAST,
        printed: [{ where: 'table 1', row: 'CSP fusion-last gamma=0.75', values: { bflops: '0.716' } }],
      },
    ],
  }),
];
