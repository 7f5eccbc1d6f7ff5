import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import { refinement } from './refinedet.ts';
import { multibox } from './ssd.ts';
import { reducedVgg16 } from './vgg.ts';
import { single, type Family } from './family.ts';

const CHANNELS = 256;
const LEVELS = 4;

/** Normalised, activated, convolved. */
const convolve = (g: Network, x: TensorId, outChannels: number, kernel: number): TensorId =>
  g.conv(g.batchNorm(x), { outChannels, kernel, batchNorm: false, bias: false, activation: 'linear' });

interface ParallelPyramid {
  /** what each level is predicted from */
  readonly maps: readonly TensorId[];
  /** each level before it sees the others */
  readonly plain: readonly TensorId[];
}

/**
 * Parallel feature pyramid: one wide map of all of VGG's stages is pooled to four extents, each is convolved, and
 * each level reads its wide map and the narrow ones of all others.
 *
 * @source PFPNet, ECCV 2018, section 3; github.com/chosj95/PFPNet.pytorch 35f5979, models/PFPNetR.py
 */
function parallelPyramid(g: Network, x: TensorId): ParallelPyramid {
  const { conv4, conv5, fc7 } = reducedVgg16(g, x, { dilation: 3, raw: true });
  const finest = convolve(g, conv4, CHANNELS, 1);
  const deeper = [conv5, fc7].map((map) =>
    g.resize(convolve(g, map, CHANNELS, 1), { size: finest, mode: 'linear' }),
  );
  const head = convolve(g, g.concat([finest, ...deeper]), 3 * CHANNELS, 1);
  const pool = (map: TensorId, levels: number): TensorId =>
    levels === 0 ? map : g.avgPool(map, { kernel: 2 ** levels, padding: 0, rounding: 'ceil' });
  const wide = Array.from({ length: LEVELS }, (_, level) => pool(head, level));
  const narrow = wide.map((map) => convolve(g, convolve(g, map, CHANNELS / 2, 1), CHANNELS, 3));
  const maps = wide.map((own, level) => {
    const all = narrow.map((map, i) => {
      if (i === level) return own;
      return i < level ? pool(map, level - i) : g.resize(map, { size: own, mode: 'linear' });
    });
    const first = g.conv(g.batchNorm(g.concat(all)), { outChannels: CHANNELS, kernel: 3 });
    return g.conv(first, { outChannels: CHANNELS, kernel: 3 });
  });
  return { maps, plain: narrow };
}

const SOURCE = 'ECCV 2018; github.com/chosj95/PFPNet.pytorch 35f5979, models/PFPNetR.py';

export const PFPNET: readonly Family[] = [
  single({
    name: 'pfpnet-r320-vgg16',
    title: 'PFPNet-R320 (VGG-16)',
    input: 320,
    leastInput: 60,
    layers: (g, x) => {
      const { maps, plain } = parallelPyramid(g, x);
      refinement(
        g,
        plain.map((map) => g.activation(map, 'relu')),
        maps,
      );
    },
    source: `${SOURCE}, with the 81 classes of COCO`,
    reproduction: 'exact',
    note: 'batch normalisation has a scale and a shift here, which the published code leaves out: 29,184 parameters more',
    printed: [{ where: 'table 4', row: 'PFPNet-R / VGG16', values: {} }],
  }),
  single({
    name: 'pfpnet-s300-vgg16',
    title: 'PFPNet-S300 (VGG-16)',
    input: 300,
    leastInput: 60,
    layers: (g, x) => {
      multibox(g, parallelPyramid(g, x).maps, { priors: [4, 6, 6, 6] });
    },
    source: `${SOURCE}, for the pyramid; the text of the paper for the one step of SSD`,
    reproduction: 'open',
    note:
      'no definition of the version with the predictors of SSD was published: the pyramid of PFPNet-R with one step ' +
      'of predictors',
    printed: [{ where: 'table 4', row: 'PFPNet-S / VGG16', values: {} }],
  }),
];
