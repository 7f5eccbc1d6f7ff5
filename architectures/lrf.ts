import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import { resnet } from './resnet.ts';
import { multibox } from './ssd.ts';
import { reducedVgg16 } from './vgg.ts';
import { single, type Family } from './family.ts';

interface Backbone {
  /** strides 8 and 16, before their activation */
  readonly maps: readonly [TensorId, TensorId];
  /** where the additional maps start */
  readonly result: TensorId;
  /** stride of the first additional map */
  readonly stride: number;
}

/** Channels of the levels at strides 8, 16, 32 and 64 that the light-weight branch and the top-down way serve. */
const WIDTHS = [512, 1024, 512, 256] as const;

/**
 * LRF: a light-weight network sees the image reduced eightfold and scales the backbone's maps (its scratch network),
 * strided convolutions carry each level to the next, then every level reads all coarser ones.
 *
 * @source Learning Rich Features at High-Speed, ICCV 2019; github.com/vaesl/LRF-Net e44b120, models/LRF_COCO_512.py
 */
function lrf(g: Network, x: TensorId, backbone: (g: Network, x: TensorId) => Backbone): void {
  const conv3 = (map: TensorId, outChannels: number, stride = 1): TensorId =>
    g.conv(map, { outChannels, kernel: 3, stride });
  const linear = (map: TensorId, outChannels: number): TensorId =>
    g.conv(map, { outChannels, activation: 'linear' });
  const merge = (map: TensorId): TensorId => conv3(g.activation(map, 'relu'), g.channels(map));

  let light = x;
  for (let i = 0; i < 3; i++) light = g.maxPool(light, { kernel: 2, padding: 0 });
  light = conv3(g.conv(conv3(light, 128), { outChannels: 128 }), 128);

  const { maps, result, stride } = backbone(g, x);
  let feature = result;
  const levels: TensorId[] = [];
  for (const [i, width] of WIDTHS.entries()) {
    if (i > 0) light = conv3(light, width / 4, 2);
    const scale = linear(light, width);
    let map: TensorId;
    if (i < maps.length) {
      map = g.batchNorm(maps[i] as TensorId, { activation: 'linear' });
    } else {
      const first = i === maps.length;
      map = shrink(g, feature, width, first ? stride : 2);
      feature = g.activation(map, 'relu');
    }
    const scaled = g.mul(map, scale);
    const finer = levels.at(-1);
    levels.push(merge(finer === undefined ? scaled : g.add([carry(g, finer, width), scaled])));
  }
  const [, , , stride64] = levels as [TensorId, TensorId, TensorId, TensorId];
  const raw = shrink(g, feature, 256, 2);
  levels.push(merge(g.add([carry(g, stride64, 256), raw])));
  const beyond = g.activation(shrink(g, g.activation(raw, 'relu'), 256, 2), 'relu');
  const last = g.conv(g.conv(beyond, { outChannels: 128 }), { outChannels: 256, kernel: 4, padding: 1 });

  const narrow = levels.slice(1).map((map) => g.conv(map, { outChannels: 128 }));
  const predicted = levels.slice(0, -1).map((own, i) => {
    const width = g.channels(own);
    const coarser = narrow.slice(i).map((map) => g.resize(map, { size: own, mode: 'linear' }));
    const joined = coarser.length === 1 ? (coarser[0] as TensorId) : g.concat(coarser);
    const halves = [g.conv(own, { outChannels: width / 2 }), g.conv(joined, { outChannels: width / 2 })];
    return conv3(g.concat(halves), width);
  });
  multibox(g, [...predicted, levels.at(-1) as TensorId, beyond, last], { priors: [6, 6, 6, 6, 6, 4, 4] });
}

/** An additional map: 1x1 to a quarter of the channels, then a strided 3x3, not activated. */
const shrink = (g: Network, x: TensorId, outChannels: number, stride: number): TensorId =>
  g.conv(g.conv(x, { outChannels: g.channels(x) / 4 }), {
    outChannels,
    kernel: 3,
    stride,
    activation: 'linear',
  });

/** A level's contribution to the next coarser one. */
const carry = (g: Network, x: TensorId, outChannels: number): TensorId =>
  g.conv(x, { outChannels, kernel: 3, stride: 2, activation: 'linear' });

const SOURCE = 'ICCV 2019; github.com/vaesl/LRF-Net e44b120, models/LRF_COCO_512.py';

export const LRF: readonly Family[] = [
  single({
    name: 'lrf512-vgg16',
    title: 'LRF512 (VGG-16)',
    input: 512,
    leastInput: 272,
    layers: (g, x) => {
      lrf(g, x, (_, image) => {
        const { conv4, fc7, result } = reducedVgg16(g, image, { raw: true });
        return { maps: [conv4, fc7], result, stride: 2 };
      });
    },
    source: SOURCE,
    reproduction: 'exact',
    printed: [{ where: 'table 4', row: 'LRF / VGG16', values: {} }],
  }),
  single({
    name: 'lrf512-resnet101',
    title: 'LRF512 (ResNet-101)',
    input: 512,
    leastInput: 264,
    layers: (g, x) => {
      lrf(g, x, (_, image) => {
        const stages = resnet(g, image, { blocks: [3, 4, 23, 3], shortcut: 'projection' });
        const [, stride8, stride16, stride32] = stages as [TensorId, TensorId, TensorId, TensorId];
        return { maps: [stride8, stride16], result: stride32, stride: 1 };
      });
    },
    source: `${SOURCE} (VGG-16 only); the backbone is that of arXiv 1512.03385`,
    reproduction: 'open',
    note:
      'the version with ResNet-101 was not published: its stages at strides 8 and 16, which have as many channels, ' +
      'take the places of conv4_3 and fc7, and the additional maps start at stride 32',
    printed: [{ where: 'table 4', row: 'LRF / ResNet101', values: {} }],
  }),
];
