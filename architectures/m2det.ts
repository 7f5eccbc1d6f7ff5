import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import { multibox } from './ssd.ts';
import { reducedVgg16 } from './vgg.ts';
import { single, type Family } from './family.ts';

/** Maps of each level's pyramid, and channels of each. */
const SCALES = 6;
const CHANNELS = 256;
const LEVELS = 8;

/**
 * Thinned U-shape module: a pyramid down to one position and up again, each way joined by sums.
 *
 * @returns the maps from the coarsest to the finest
 * @source arXiv 1811.04533, figure 4c
 */
function thinnedUShape(g: Network, x: TensorId): readonly TensorId[] {
  const conv = (
    map: TensorId,
    kernel: number,
    window: { stride?: number; padding?: number } = {},
  ): TensorId => g.conv(map, { outChannels: CHANNELS, kernel, ...window });
  const down = [x];
  for (let i = 1; i < SCALES; i++) {
    const finer = down.at(-1) as TensorId;
    down.push(i < SCALES - 1 ? conv(finer, 3, { stride: 2 }) : conv(finer, 3, { padding: 0 }));
  }
  const up = [conv(down[SCALES - 1] as TensorId, 1)];
  for (let i = SCALES - 2; i >= 0; i--) {
    const lateral = conv(down[i] as TensorId, 3);
    up.push(g.add([g.resize(up.at(-1) as TensorId, { size: lateral }), lateral]));
  }
  return up.map((map, i) => (i === 0 ? map : conv(map, 1)));
}

/**
 * M2Det on VGG-16: eight pyramids one after the other over one base feature, their maps side by side per scale.
 *
 * The 1x1 convolution before the pyramids is one for all of them, as in the authors' code.
 */
function m2det(g: Network, x: TensorId): void {
  const { conv4, fc7 } = reducedVgg16(g, x);
  const shallow = g.conv(conv4, { outChannels: 256, kernel: 3 });
  const deep = g.resize(g.conv(fc7, { outChannels: 512 }), { size: shallow });
  const base = g.concat([shallow, deep]);
  const reduce = g.shared((map: TensorId) => g.conv(map, { outChannels: CHANNELS / 2 }));
  const pyramids: (readonly TensorId[])[] = [];
  for (let level = 0; level < LEVELS; level++) {
    const finest = pyramids.at(-1)?.at(-1);
    const reduced = reduce(base);
    pyramids.push(thinnedUShape(g, finest === undefined ? reduced : g.concat([reduced, finest])));
  }
  const maps = Array.from({ length: SCALES }, (_, i) =>
    g.concat(pyramids.map((pyramid) => pyramid[SCALES - 1 - i] as TensorId)),
  );
  const [finest, ...coarser] = maps as [TensorId, ...TensorId[]];
  multibox(g, [g.batchNorm(finest, { activation: 'linear' }), ...coarser], { priors: [6, 6, 6, 6, 6, 6] });
}

export const M2DET: readonly Family[] = [
  single({
    name: 'm2det320-vgg16',
    title: 'M2Det320 (VGG-16)',
    input: 320,
    leastInput: 260,
    layers: m2det,
    source: 'arXiv 1811.04533; github.com/VDIGPKU/M2Det de4a624, m2det.py with configs/m2det320_vgg.py',
    reproduction: 'exact',
    note: 'as the published configuration: without the channel attention (SFAM) of the paper, which adds 3.1 M MACs',
    printed: [{ where: 'table 4', row: 'M2Det / VGG16', values: {} }],
  }),
];
