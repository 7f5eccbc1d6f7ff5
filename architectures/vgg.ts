import type { TensorId } from '../src/graph/graph.ts';
import type { Activation, Network } from '../src/graph/network.ts';
import type { Architecture } from './architecture.ts';

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

export const VGG: readonly Architecture[] = [
  {
    name: 'vgg16',
    title: 'VGG-16',
    input: 224,
    layers: (g, x) => {
      let y = x;
      for (const [outChannels, count] of [
        [64, 2],
        [128, 2],
        [256, 3],
        [512, 3],
        [512, 3],
      ] as const) {
        y = halve(g, convolutions(g, y, outChannels, count));
      }
      for (const outFeatures of [4096, 4096]) y = g.linear(y, { outFeatures, activation: 'relu' });
      g.linear(y, { outFeatures: 1000 });
    },
    source: 'arXiv 1409.1556, configuration D',
    reproduction: 'exact',
    printed: [],
  },
  {
    name: 'vgg16-reduced',
    title: 'VGG-16 (reduced fc)',
    input: 300,
    layers: (g, x) => {
      reducedVgg16(g, x);
    },
    source: 'arXiv 1512.02325, section 3; github.com/amdegroot/ssd.pytorch 5b0b77f, ssd.py',
    reproduction: 'exact',
    printed: [],
  },
];
