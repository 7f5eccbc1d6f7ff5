import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import { extraLevels, multibox } from './ssd.ts';
import { reducedVgg16 } from './vgg.ts';
import { single, type Family } from './family.ts';

const PRIORS = [3, 3, 3, 3];

/**
 * RefineDet's two steps on four maps: one that finds where objects are and corrects their boxes, one that classifies
 * and corrects again. `refined` are the maps of the second step.
 *
 * @source arXiv 1711.06897, section 3
 */
export function refinement(g: Network, maps: readonly TensorId[], refined: readonly TensorId[]): void {
  multibox(g, maps, { priors: PRIORS, classes: 2 });
  multibox(g, refined, { priors: PRIORS });
}

/** RefineDet on VGG-16: transfer connections carry each map, and the coarser ones upsampled, to the second step. */
function refineDet(g: Network, x: TensorId): void {
  const { conv4, conv5, fc7 } = reducedVgg16(g, x, { pool5: 'halve', dilation: 3 });
  const extra = extraLevels(g, fc7, [{ width: 256, outChannels: 512, stride: 2, padding: 1 }]);
  const maps = [g.l2Norm(conv4), g.l2Norm(conv5), fc7, ...extra];
  const conv = (map: TensorId, activation = g.defaultActivation): TensorId =>
    g.conv(map, { outChannels: 256, kernel: 3, batchNorm: false, activation });
  const refined: TensorId[] = [];
  let coarser: TensorId | undefined;
  for (const map of maps.toReversed()) {
    if (coarser === undefined) coarser = conv(conv(conv(map)));
    else {
      const same = conv(conv(map), 'linear');
      const up = g.convTranspose(coarser, {
        outChannels: 256,
        kernel: 2,
        stride: 2,
        padding: 0,
        batchNorm: false,
        activation: 'linear',
      });
      coarser = conv(g.add([same, up], { activation: g.defaultActivation }));
    }
    refined.unshift(coarser);
  }
  refinement(g, maps, refined);
}

export const REFINEDET: readonly Family[] = [
  single({
    name: 'refinedet320-vgg16',
    title: 'RefineDet320 (VGG-16)',
    input: 320,
    leastInput: 60,
    inputStep: 64,
    layers: refineDet,
    source:
      'arXiv 1711.06897; github.com/sfzhang15/RefineDet 52b6fe2, examples/refinedet/VGG16_COCO_320.py (the same in ' +
      'PyTorch: github.com/luuuyi/RefineDet.PyTorch 0e4b24c)',
    reproduction: 'exact',
    printed: [{ where: 'table 4', row: 'RefineDet / VGG16', values: {} }],
  }),
];
