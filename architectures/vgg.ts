import type { TensorId } from '../src/graph/graph.ts';
import type { Activation, Network } from '../src/graph/network.ts';
import { family, single, type Family } from './family.ts';
import { activation, choice, CLASSES } from './parameter.ts';

/** 3x3 convolutions with bias and without normalisation, `count` in a row. */
function convolutions(
  g: Network,
  x: TensorId,
  outChannels: number,
  count: number,
  last?: Activation,
): TensorId {
  let y = x;
  for (let i = 1; i <= count; i++) {
    const activation = i === count && last !== undefined ? last : g.defaultActivation;
    y = g.conv(y, { outChannels, kernel: 3, batchNorm: false, activation });
  }
  return y;
}

/** Halves the extents; an odd one is rounded down unless told otherwise, as SSD does behind the third stage. */
const halve = (g: Network, x: TensorId, rounding: 'floor' | 'ceil' = 'floor'): TensorId =>
  g.maxPool(x, { kernel: 2, padding: 0, rounding });

export interface ReducedVggOptions {
  /** pool5 keeps the extent by a 3x3 window (SSD, the default) or halves it by a 2x2 one (RefineDet) */
  readonly pool5?: 'keep' | 'halve';
  /** dilation of fc6; 6 if absent */
  readonly dilation?: number;
  /** the maps are returned before their activation, which follows as a layer of its own */
  readonly raw?: boolean;
}

export interface ReducedVgg {
  /** stride 8, 512 channels */
  readonly conv4: TensorId;
  /** stride 16, 512 channels */
  readonly conv5: TensorId;
  /** stride 16 (32 if pool5 halves), 1024 channels */
  readonly fc7: TensorId;
  /** fc7 with its activation */
  readonly result: TensorId;
}

/**
 * VGG-16 whose fully connected layers fc6 and fc7 are convolutions of 1024 channels, fc6 dilated.
 *
 * @source arXiv 1409.1556, configuration D; reduced as in SSD, arXiv 1512.02325, section 3
 */
export function reducedVgg16(g: Network, x: TensorId, options: ReducedVggOptions = {}): ReducedVgg {
  const { pool5 = 'keep', dilation = 6, raw = false } = options;
  const tap = raw ? 'linear' : g.defaultActivation;
  const { defaultActivation } = g;
  const active = (map: TensorId): TensorId =>
    raw && defaultActivation !== 'linear' ? g.activation(map, defaultActivation) : map;
  let y = halve(g, convolutions(g, x, 64, 2));
  y = halve(g, convolutions(g, y, 128, 2));
  y = halve(g, convolutions(g, y, 256, 3), 'ceil');
  const conv4 = convolutions(g, y, 512, 3, tap);
  const conv5 = convolutions(g, halve(g, active(conv4)), 512, 3, tap);
  const pooled =
    pool5 === 'halve'
      ? halve(g, active(conv5))
      : g.maxPool(active(conv5), { kernel: 3, stride: 1, padding: 1 });
  const fc6 = g.conv(pooled, { outChannels: 1024, kernel: 3, dilation, batchNorm: false });
  const fc7 = g.conv(fc6, { outChannels: 1024, batchNorm: false, activation: tap });
  return { conv4, conv5, fc7, result: active(fc7) };
}

/**
 * Convolutions of each stage: configurations A, B, D and E.
 *
 * @source arXiv 1409.1556, table 1
 */
const DEPTHS = { 11: [1, 1, 2, 2, 2], 13: [2, 2, 2, 2, 2], 16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4] };

export const VGG: readonly Family[] = [
  family({
    name: 'vgg',
    title: 'VGG',
    input: 224,
    leastInput: 32,
    parameters: {
      depth: choice('layers with weights', [11, 13, 16, 19], 16),
      activation: activation('relu'),
      classes: CLASSES,
    },
    layers: (g, x, { depth, classes }) => {
      let y = x;
      for (const [stage, count] of DEPTHS[depth].entries()) {
        y = halve(g, convolutions(g, y, Math.min(64 * 2 ** stage, 512), count));
      }
      for (const outFeatures of [4096, 4096])
        y = g.linear(y, { outFeatures, activation: g.defaultActivation });
      g.linear(y, { outFeatures: classes });
    },
    networks: [
      {
        name: 'vgg16',
        title: 'VGG-16',
        source: 'arXiv 1409.1556, configuration D',
        reproduction: 'exact',
        printed: [],
      },
    ],
  }),
  single({
    name: 'vgg16-reduced',
    title: 'VGG-16 (reduced fc)',
    input: 300,
    leastInput: 12,
    layers: (g, x) => {
      reducedVgg16(g, x);
    },
    source: 'arXiv 1512.02325, section 3; github.com/amdegroot/ssd.pytorch 5b0b77f, ssd.py',
    reproduction: 'exact',
    printed: [],
  }),
];
