import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import { hardNetForDetection } from './hardnet.ts';
import { reducedVgg16 } from './vgg.ts';
import { family, single, type Family } from './family.ts';
import { choice } from './parameter.ts';

/** Convolution with bias, without normalisation. */
const biased = { batchNorm: false } as const;

export interface PredictorOptions {
  /** priors per position of each map */
  readonly priors: readonly number[];
  /** background included; 81 if absent */
  readonly classes?: number;
}

/**
 * SSD's predictors: on each map a 3x3 convolution for the box offsets and one for the class scores of its priors.
 * What follows (softmax, boxes, suppression) is not part of the graph.
 *
 * @source arXiv 1512.02325, section 2.1
 */
export function multibox(g: Network, maps: readonly TensorId[], options: PredictorOptions): void {
  const { priors, classes = 81 } = options;
  for (const [level, map] of maps.entries()) {
    for (const [what, values] of [
      ['box', 4],
      ['class', classes],
    ] as const) {
      const outChannels = (priors[level] as number) * values;
      const name = `${what}${String(level)}`;
      g.conv(map, { outChannels, kernel: 3, ...biased, activation: 'linear', name });
    }
  }
}

/** One map of SSD's pyramid from the one before: 1x1, then a window that shrinks it. */
export interface ExtraLevel {
  readonly width: number;
  readonly outChannels: number;
  readonly kernel?: number;
  readonly stride?: number;
  readonly padding?: number;
}

const strided = (width: number, outChannels: number): ExtraLevel => ({
  width,
  outChannels,
  stride: 2,
  padding: 1,
});
const valid = (width: number, outChannels: number): ExtraLevel => ({ width, outChannels, padding: 0 });

/** SSD's additional maps, each from the one before. */
export function extraLevels(g: Network, x: TensorId, levels: readonly ExtraLevel[]): readonly TensorId[] {
  let y = x;
  return levels.map(({ width, ...window }) => {
    const narrow = g.conv(y, { outChannels: width, ...biased });
    y = g.conv(narrow, { kernel: 3, ...window, ...biased });
    return y;
  });
}

const EXTRAS_300 = [strided(256, 512), strided(128, 256), valid(128, 256), valid(128, 256)];
const EXTRAS_512 = [
  strided(256, 512),
  strided(128, 256),
  strided(128, 256),
  strided(128, 256),
  { width: 128, outChannels: 256, kernel: 4, padding: 1 },
];

/** SSD on VGG-16, for inputs of 300. */
function ssdVgg(g: Network, x: TensorId): void {
  const { conv4, fc7 } = reducedVgg16(g, x);
  const maps = [g.l2Norm(conv4), fc7, ...extraLevels(g, fc7, EXTRAS_300)];
  multibox(g, maps, { priors: [4, 6, 6, 6, 4, 4] });
}

/** SSD on HarDNet, for inputs of 512: a bridge of wider maps takes the place of fc6 and fc7. */
function ssdHarDNet(g: Network, x: TensorId, depth: 68 | 85): void {
  const stages = hardNetForDetection(g, x, depth);
  const [, , stride8] = stages;
  const last = g.maxPool(stages.at(-1) as TensorId, { kernel: 3, stride: 1, padding: 1 });
  const wide = g.conv(
    last,
    depth === 68 ? { outChannels: 640, kernel: 3, dilation: 4 } : { outChannels: 960, kernel: 3 },
  );
  const bridge = g.conv(wide, { outChannels: g.channels(last) });
  const maps = [g.l2Norm(stride8 as TensorId), bridge, ...extraLevels(g, bridge, EXTRAS_512)];
  multibox(g, maps, { priors: [6, 6, 6, 6, 6, 4, 4] });
}

export const SSD: readonly Family[] = [
  single({
    name: 'ssd300-vgg16',
    title: 'SSD300 (VGG-16)',
    input: 300,
    leastInput: 268,
    layers: ssdVgg,
    source: 'arXiv 1512.02325; github.com/amdegroot/ssd.pytorch 5b0b77f, ssd.py, with the 81 classes of COCO',
    reproduction: 'exact',
    printed: [
      {
        where: 'table 4',
        row: 'SSD / VGG16',
        values: { params: '34.3M', bflops: '70.4' },
        counts: 'trainable',
        flops: 'standard',
        mismatch: { bflops: 'twice the 35.2 GMACs of arXiv 1801.04381, table 6; SSD300 has 34.36 GMACs' },
      },
    ],
  }),
  family({
    name: 'ssd512-hardnet',
    title: 'SSD512 (HarDNet)',
    input: 512,
    leastInput: 265,
    parameters: { depth: choice('layers of the HarDNet', [68, 85]) },
    layers: (g, x, { depth }) => {
      ssdHarDNet(g, x, depth);
    },
    networks: [
      {
        name: 'ssd512-hardnet68',
        title: 'SSD512 (HarDNet-68)',
        source: 'github.com/PingoLH/PytorchSSD a2a0a26, models/SSD_HarDNet68.py',
        reproduction: 'exact',
        printed: [{ where: 'table 4', row: 'SSD / HarDNet68', values: {} }],
      },
      {
        name: 'ssd512-hardnet85',
        title: 'SSD512 (HarDNet-85)',
        parameters: { depth: 85 },
        source: 'github.com/PingoLH/PytorchSSD a2a0a26, models/SSD_HarDNet85.py',
        reproduction: 'exact',
        printed: [{ where: 'table 4', row: 'SSD / HarDNet85', values: {} }],
      },
    ],
  }),
];
