import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import { multibox } from './ssd.ts';
import { reducedVgg16 } from './vgg.ts';
import { single, type Family } from './family.ts';

/** A convolution on one branch: batch-normalised, not activated if it is the branch's last. */
const last = { activation: 'linear' } as const;

/** Branches of different reach side by side, joined by 1x1, plus a 1x1 of the input. */
function fuse(
  g: Network,
  x: TensorId,
  branches: readonly TensorId[],
  { outChannels, stride }: { readonly outChannels: number; readonly stride: number },
): TensorId {
  const joined = g.conv(g.concat(branches), { outChannels, ...last });
  return g.add([joined, g.conv(x, { outChannels, stride, ...last })], { activation: g.defaultActivation });
}

/**
 * Receptive field block: three branches that end in 3x3 convolutions of growing dilation.
 *
 * @source arXiv 1711.07767, figure 4a
 */
function receptiveFieldBlock(
  g: Network,
  x: TensorId,
  options: { readonly outChannels: number; readonly stride: number; readonly dilation: number },
): TensorId {
  const { stride, dilation } = options;
  const width = Math.floor(g.channels(x) / 8);
  const end = (map: TensorId, reach: number): TensorId =>
    g.conv(map, { outChannels: 2 * width, kernel: 3, dilation: reach, ...last });
  const near = end(g.conv(x, { outChannels: 2 * width, stride }), dilation);
  const middle = end(
    g.conv(g.conv(x, { outChannels: width }), { outChannels: 2 * width, kernel: 3, stride }),
    dilation + 1,
  );
  const wide = g.conv(g.conv(x, { outChannels: width }), { outChannels: (width / 2) * 3, kernel: 3 });
  const far = end(g.conv(wide, { outChannels: 2 * width, kernel: 3, stride }), 2 * dilation + 1);
  return fuse(g, x, [near, middle, far], options);
}

/**
 * Receptive field block for the shallow map: four branches, 1x3 and 3x1 convolutions in place of 3x3.
 *
 * @source arXiv 1711.07767, figure 4b
 */
function shallowReceptiveFieldBlock(g: Network, x: TensorId): TensorId {
  const width = g.channels(x) / 4;
  const end = (map: TensorId, dilation: number): TensorId =>
    g.conv(map, { outChannels: width, kernel: 3, dilation, ...last });
  const slim = (map: TensorId, outChannels: number, kernel: readonly [number, number]): TensorId =>
    g.conv(map, { outChannels, kernel });
  const narrow = (): TensorId => g.conv(x, { outChannels: width });
  const half = slim(g.conv(x, { outChannels: width / 2 }), (width / 4) * 3, [1, 3]);
  const branches = [
    end(narrow(), 1),
    end(slim(narrow(), width, [3, 1]), 3),
    end(slim(narrow(), width, [1, 3]), 3),
    end(slim(half, width, [3, 1]), 5),
  ];
  return fuse(g, x, branches, { outChannels: g.channels(x), stride: 1 });
}

/** RFBNet on VGG-16 for inputs of 512. */
function rfbNet512(g: Network, x: TensorId): void {
  const { conv4, fc7 } = reducedVgg16(g, x);
  const maps = [shallowReceptiveFieldBlock(g, conv4)];
  let y = fc7;
  for (const [outChannels, stride, dilation] of [
    [1024, 1, 2],
    [512, 2, 2],
    [256, 2, 2],
    [256, 2, 1],
    [256, 2, 1],
  ] as const) {
    y = receptiveFieldBlock(g, y, { outChannels, stride, dilation });
    maps.push(y);
  }
  maps.push(g.conv(g.conv(y, { outChannels: 128 }), { outChannels: 256, kernel: 4, padding: 1 }));
  multibox(g, maps, { priors: [6, 6, 6, 6, 6, 4, 4] });
}

export const RFBNET: readonly Family[] = [
  single({
    name: 'rfbnet512-vgg16',
    title: 'RFBNet512 (VGG-16)',
    input: 512,
    leastInput: 268,
    layers: rfbNet512,
    source: 'arXiv 1711.07767; github.com/GOATmessi8/RFBNet 88d5850, models/RFB_Net_vgg.py',
    reproduction: 'exact',
    printed: [{ where: 'table 4', row: 'RFBNet / VGG16', values: {} }],
  }),
];
