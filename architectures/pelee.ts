import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import type { Architecture } from './architecture.ts';
import { classifier, cspStage, denseBlock, squeezeExcitation, twoWayDenseLayer } from './blocks.ts';

/** Stages at strides 4, 8, 16 and 32: two-way dense layers, and the width of their 1x1 convolutions. */
const STAGES = [
  { layers: 3, width: 16 },
  { layers: 4, width: 32 },
  { layers: 8, width: 64 },
  { layers: 6, width: 64 },
] as const;
type Stage = (typeof STAGES)[number];

/** Channels that a two-way dense layer adds. */
const GROWTH = 32;

export interface PeleeNetOptions {
  /** what a dense layer reads: all maps before it, or those 1, 2, 4, 8, ... layers back */
  readonly connections?: 'all' | 'powersOfTwo';
  /** channels per group of the 3x3 convolutions in the dense layers; absent: not grouped */
  readonly groupWidth?: number;
  /** squeeze and excitation behind each transition but the last */
  readonly withSqueeze?: boolean;
}

/**
 * PeleeNet's stem: a strided 3x3 convolution, then a way that convolves beside one that pools.
 *
 * @source arXiv 1804.06882, figure 2
 */
export function peleeStem(g: Network, x: TensorId): TensorId {
  const a = g.conv(x, { outChannels: 32, kernel: 3, stride: 2 });
  const convolved = g.conv(g.conv(a, { outChannels: 16 }), { outChannels: 32, kernel: 3, stride: 2 });
  const pooled = g.maxPool(g.identity(a), { kernel: 2 });
  return g.conv(g.concat([convolved, pooled]), { outChannels: 32 });
}

const denseStage = (
  g: Network,
  x: TensorId,
  { layers, width }: Stage,
  options: PeleeNetOptions = {},
): TensorId =>
  denseBlock(g, x, {
    layers,
    layer: (map) => twoWayDenseLayer(g, map, { growth: GROWTH, width, ...options }),
    ...options,
  });

const squeeze = (g: Network, x: TensorId): TensorId =>
  squeezeExcitation(g, x, { squeezed: g.channels(x) / 32, activation: 'relu' });

/**
 * PeleeNet without its classifier.
 *
 * @returns the transition of each stage, strides 4, 8, 16 and 32: 128, 256, 512 and 704 channels
 * @source arXiv 1804.06882; github.com/Robert-JunWang/PeleeNet
 */
export function peleeNet(g: Network, x: TensorId, options: PeleeNetOptions = {}): readonly TensorId[] {
  let y = peleeStem(g, x);
  return STAGES.map((stage, i) => {
    if (i > 0) y = g.maxPool(y, { kernel: 2 });
    const dense = denseStage(g, y, stage, options);
    y = g.conv(dense, { outChannels: g.channels(dense) });
    if (options.withSqueeze === true && i < 3) y = squeeze(g, y);
    return y;
  });
}

export interface CspPeleeNetOptions {
  /** share of each stage's channels that bypasses its dense layers */
  readonly gamma?: number;
  /** squeeze and excitation before every stage but the first */
  readonly withSqueeze?: boolean;
}

/**
 * CSPPeleeNet without its classifier, as far as its printed numbers tell: in the two middle stages two 1x1
 * convolutions part the channels, the dense layers have a transition of their own, and the parts meet.
 *
 * @returns the results of strides 8, 16 and 32: 256, 512 and 640 channels
 */
export function cspPeleeNet(g: Network, x: TensorId, options: CspPeleeNetOptions = {}): readonly TensorId[] {
  const { gamma = 0.5, withSqueeze = false } = options;
  const [first, second, third, fourth] = STAGES;
  const stem = peleeStem(g, x);
  const bypass = g.maxPool(g.slice(stem, { start: 0, end: Math.round(gamma * g.channels(stem)) }), {
    kernel: 2,
  });
  const whole = g.conv(g.identity(stem), { outChannels: g.channels(stem) });
  const dense = g.maxPool(denseStage(g, whole, first), { kernel: 2 });
  const transition = g.conv(dense, { outChannels: g.channels(dense) });
  const entry = g.conv(g.concat([transition, bypass]), { outChannels: 128 });

  const next = (y: TensorId): TensorId => (withSqueeze ? squeeze(g, y) : y);
  const stage = (y: TensorId, which: Stage): TensorId =>
    cspStage(g, next(y), { gamma, inner: (map) => denseStage(g, map, which), fusion: 'last' });
  const stride8 = stage(entry, second);
  const stride16 = stage(g.maxPool(stride8, { kernel: 2 }), third);
  const y = next(g.maxPool(stride16, { kernel: 2 }));
  const stride32 = cspStage(g, y, {
    gamma,
    width: 640,
    innerWidth: g.channels(y) - Math.round(gamma * g.channels(y)),
    inner: (map) => denseStage(g, map, fourth),
    fusion: 'both',
    outChannels: 640,
  });
  return [stride8, stride16, stride32];
}

/** CSPPeleeNet that joins the parts before one transition, which is the split of the next stage. */
export function cspPeleeNetFusionFirst(g: Network, x: TensorId, gamma: number): TensorId {
  const [first, ...others] = STAGES;
  let y = denseStage(g, peleeStem(g, x), first);
  for (const stage of others) {
    const channels = g.channels(y);
    const bypassed = Math.round(gamma * channels);
    const bypass = g.conv(y, { outChannels: bypassed, stride: 2 });
    const rest = g.maxPool(g.conv(g.identity(y), { outChannels: channels - bypassed }), { kernel: 2 });
    y = g.concat([denseStage(g, rest, stage), bypass]);
  }
  return y;
}

/** CSPPeleeNet that joins the parts behind a transition of the dense layers, which narrows in the last stage. */
export function cspPeleeNetFusionLast(g: Network, x: TensorId, gamma: number): TensorId {
  let y = peleeStem(g, x);
  for (const [i, stage] of STAGES.entries()) {
    if (i > 0) y = g.maxPool(y, { kernel: 2 });
    y = cspStage(g, y, {
      gamma,
      split: 'convBypass',
      inner: (map) => denseStage(g, map, stage),
      fusion: 'last',
      ...(i === 3 ? { transition: Math.round(640 * (1 - gamma)) } : {}),
    });
  }
  return y;
}

const last = (maps: readonly TensorId[]): TensorId => maps[maps.length - 1] as TensorId;

const PELEE = 'arXiv 1804.06882; github.com/Robert-JunWang/PeleeNet';
const PAPER = 'arXiv 1911.11929, tables 1 and 3; no definition was published';
const FIT =
  'fitted to three gammas, the parameters, the detectors of table 2 and the claims of figure 7: of 61 million ' +
  "combinations of a first and a last stage the only one with all digits, but not known to be the authors'";
const FIRST =
  'fitted to three gammas: the first stage is whole, the strided transitions of the two parts split the next stage';
const LAST =
  'fitted to three gammas, the only one of 768 forms tried that has all digits; not one rule with csppeleenet';

export const PELEENET: readonly Architecture[] = [
  {
    name: 'peleenet',
    title: 'PeleeNet',
    input: 224,
    activation: 'leaky',
    layers: (g, x) => classifier(g, last(peleeNet(g, x))),
    source: PELEE,
    reproduction: 'exact',
    printed: [
      { where: 'table 1', row: 'PeleeNet', values: { bflops: '1.017' } },
      { where: 'table 3', row: 'PeleeNet', values: { params: '2.79M', bflops: '1.017' } },
    ],
  },
  {
    name: 'peleenet-swish',
    title: 'PeleeNet-swish',
    input: 224,
    activation: 'swish',
    layers: (g, x) => classifier(g, last(peleeNet(g, x))),
    source: PELEE,
    reproduction: 'exact',
    printed: [{ where: 'table 3', row: 'PeleeNet-swish', values: { params: '2.79M', bflops: '1.017' } }],
  },
  {
    name: 'sparsepeleenet',
    title: 'SparsePeleeNet',
    input: 224,
    activation: 'leaky',
    layers: (g, x) => classifier(g, last(peleeNet(g, x, { connections: 'powersOfTwo' }))),
    source: `${PELEE}; connections of SparseNet, arXiv 1801.05895`,
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
    input: 224,
    activation: 'leaky',
    layers: (g, x) => classifier(g, last(peleeNet(g, x, { groupWidth: 8 }))),
    source: `${PAPER}; PeleeNet with grouped 3x3 convolutions`,
    reproduction: 'fitted',
    note: 'one of three ways to group that print these BFLOPs, the simplest; no parameters were printed to tell them apart',
    printed: [{ where: 'table 1', row: 'PeleeNeXt', values: { bflops: '0.837' } }],
  },
  {
    name: 'sepeleenet-swish',
    title: 'SEPeleeNet-swish',
    input: 224,
    activation: 'swish',
    layers: (g, x) => classifier(g, last(peleeNet(g, x, { withSqueeze: true }))),
    source: `${PAPER}; PeleeNet with squeeze and excitation`,
    reproduction: 'fitted',
    note: 'only the total of 21.5 k added weights is known; squeezing the output of every dense layer by 2 has the same',
    printed: [{ where: 'table 3', row: 'SEPeleeNet-swish', values: { params: '2.81M', bflops: '1.017' } }],
  },
  {
    name: 'csppeleenet',
    title: 'CSPPeleeNet',
    input: 224,
    activation: 'leaky',
    layers: (g, x) => classifier(g, last(cspPeleeNet(g, x))),
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
    input: 224,
    activation: 'leaky',
    layers: (g, x) => classifier(g, last(cspPeleeNet(g, x, { gamma: 0.25 }))),
    source: PAPER,
    reproduction: 'fitted',
    note: FIT,
    printed: [{ where: 'table 1', row: 'CSPPeleeNet gamma=0.25', values: { bflops: '0.986' } }],
  },
  {
    name: 'csppeleenet-g75',
    title: 'CSPPeleeNet (gamma 0.75)',
    input: 224,
    activation: 'leaky',
    layers: (g, x) => classifier(g, last(cspPeleeNet(g, x, { gamma: 0.75 }))),
    source: PAPER,
    reproduction: 'fitted',
    note: FIT,
    printed: [{ where: 'table 1', row: 'CSPPeleeNet gamma=0.75', values: { bflops: '0.800' } }],
  },
  {
    name: 'csppeleenet-swish',
    title: 'CSPPeleeNet-swish',
    input: 224,
    activation: 'swish',
    layers: (g, x) => classifier(g, last(cspPeleeNet(g, x))),
    source: PAPER,
    reproduction: 'fitted',
    note: FIT,
    printed: [{ where: 'table 3', row: 'CSPPeleeNet-swish', values: { params: '2.83M', bflops: '0.888' } }],
  },
  {
    name: 'secsppeleenet-swish',
    title: 'SECSPPeleeNet-swish',
    input: 224,
    activation: 'swish',
    layers: (g, x) => classifier(g, last(cspPeleeNet(g, x, { withSqueeze: true }))),
    source: PAPER,
    reproduction: 'fitted',
    note: FIT,
    printed: [{ where: 'table 3', row: 'SECSPPeleeNet-swish', values: { params: '2.85M', bflops: '0.888' } }],
  },
  {
    name: 'csppeleenet-first-g25',
    title: 'CSPPeleeNet, fusion first (gamma 0.25)',
    input: 224,
    activation: 'leaky',
    layers: (g, x) => classifier(g, cspPeleeNetFusionFirst(g, x, 0.25)),
    source: PAPER,
    reproduction: 'fitted',
    note: FIRST,
    printed: [{ where: 'table 1', row: 'CSP fusion-first gamma=0.25', values: { bflops: '0.861' } }],
  },
  {
    name: 'csppeleenet-first',
    title: 'CSPPeleeNet, fusion first',
    input: 224,
    activation: 'leaky',
    layers: (g, x) => classifier(g, cspPeleeNetFusionFirst(g, x, 0.5)),
    source: PAPER,
    reproduction: 'fitted',
    note: FIRST,
    printed: [{ where: 'table 1', row: 'CSP fusion-first gamma=0.5', values: { bflops: '0.755' } }],
  },
  {
    name: 'csppeleenet-first-g75',
    title: 'CSPPeleeNet, fusion first (gamma 0.75)',
    input: 224,
    activation: 'leaky',
    layers: (g, x) => classifier(g, cspPeleeNetFusionFirst(g, x, 0.75)),
    source: PAPER,
    reproduction: 'fitted',
    note: FIRST,
    printed: [{ where: 'table 1', row: 'CSP fusion-first gamma=0.75', values: { bflops: '0.649' } }],
  },
  {
    name: 'csppeleenet-last-g25',
    title: 'CSPPeleeNet, fusion last (gamma 0.25)',
    input: 224,
    activation: 'leaky',
    layers: (g, x) => classifier(g, cspPeleeNetFusionLast(g, x, 0.25)),
    source: PAPER,
    reproduction: 'fitted',
    note: LAST,
    printed: [{ where: 'table 1', row: 'CSP fusion-last gamma=0.25', values: { bflops: '0.902' } }],
  },
  {
    name: 'csppeleenet-last',
    title: 'CSPPeleeNet, fusion last',
    input: 224,
    activation: 'leaky',
    layers: (g, x) => classifier(g, cspPeleeNetFusionLast(g, x, 0.5)),
    source: PAPER,
    reproduction: 'fitted',
    note: LAST,
    printed: [{ where: 'table 1', row: 'CSP fusion-last gamma=0.5', values: { bflops: '0.804' } }],
  },
  {
    name: 'csppeleenet-last-g75',
    title: 'CSPPeleeNet, fusion last (gamma 0.75)',
    input: 224,
    activation: 'leaky',
    layers: (g, x) => classifier(g, cspPeleeNetFusionLast(g, x, 0.75)),
    source: PAPER,
    reproduction: 'fitted',
    note: LAST,
    printed: [{ where: 'table 1', row: 'CSP fusion-last gamma=0.75', values: { bflops: '0.716' } }],
  },
];
