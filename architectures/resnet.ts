import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import type { Architecture } from './architecture.ts';
import { basicBlock, bottleneckBlock, classifier, cspStage, repeat, residual } from './blocks.ts';

export interface ResNetOptions {
  /** blocks per stage */
  readonly blocks: readonly number[];
  readonly block?: 'basic' | 'bottleneck';
  /** channels of the 3x3 convolutions in the first stage; each later stage has twice as many */
  readonly width?: number;
  readonly groups?: number;
  /**
   * `darknet`: 2x2 pooling in the stem, and shortcuts that add the channels both maps have;
   * `projection`: 3x3 pooling, and 1x1 convolutions on the shortcuts that change the shape (He et al.).
   */
  readonly shortcut?: 'darknet' | 'projection';
  /** which convolution of a bottleneck strides */
  readonly strideOn?: '3x3' | '1x1';
}

/**
 * ResNet and ResNeXt without their classifier.
 *
 * @returns the result of each stage, strides 4, 8, 16 and 32
 * @source arXiv 1512.03385; with groups arXiv 1611.05431
 */
export function resnet(g: Network, x: TensorId, options: ResNetOptions): readonly TensorId[] {
  const { blocks, block = 'bottleneck', width = 64, groups = 1, strideOn = '3x3' } = options;
  const darknet = (options.shortcut ?? 'darknet') === 'darknet';
  const shortcut = darknet ? 'common' : 'projection';
  const stem = g.conv(x, { outChannels: 64, kernel: 7, stride: 2 });
  let y = darknet ? g.maxPool(stem, { kernel: 2 }) : g.maxPool(stem, { kernel: 3, stride: 2, padding: 1 });
  return blocks.map((count, stage) => {
    for (let i = 0; i < count; i++) {
      const stride = stage > 0 && i === 0 ? 2 : 1;
      y =
        block === 'basic'
          ? basicBlock(g, y, { outChannels: width * 2 ** stage, stride, shortcut })
          : bottleneckBlock(g, y, {
              width: width * 2 ** stage,
              outChannels: 256 * 2 ** stage,
              stride,
              strideOn,
              groups,
              shortcut,
            });
    }
    return y;
  });
}

export interface CspResNetOptions {
  /** channels of the 3x3 convolutions in the first stage; each later stage has twice as many */
  readonly width: number;
  readonly groups?: number;
  /** channels behind the first stage's last transition; each later stage has twice as many */
  readonly outChannels: number;
}

/**
 * CSPResNet-50 and CSPResNeXt-50 without their classifier: half of each stage bypasses its bottlenecks.
 *
 * @returns the last transition of each stage, strides 4, 8, 16 and 32
 * @source github.com/WongKinYiu/CrossStagePartialNetworks, cfg/csresnet50.cfg and cfg/csresnext50.cfg
 */
export function cspResNet50(g: Network, x: TensorId, options: CspResNetOptions): readonly TensorId[] {
  const { groups = 1 } = options;
  let y = g.maxPool(g.conv(x, { outChannels: 64, kernel: 7, stride: 2 }), { kernel: 2 });
  return [3, 3, 5, 2].map((blocks, stage) => {
    const width = options.width * 2 ** stage;
    const half = 128 * 2 ** stage;
    // The published files leave out the activation of the splits in the two middle stages.
    const linear = stage === 1 || stage === 2 ? ({ splitActivation: 'linear' } as const) : {};
    if (stage > 0) y = g.conv(y, { outChannels: width, kernel: 3, stride: 2, groups });
    y = cspStage(g, y, {
      gamma: 0.5,
      width: 2 * half,
      innerWidth: stage === 0 ? 64 : half,
      inner: (map) =>
        repeat(map, blocks, (z) =>
          bottleneckBlock(g, z, { width, outChannels: half, groups, shortcut: 'common' }),
        ),
      outChannels: options.outChannels * 2 ** stage,
      ...linear,
    });
    return y;
  });
}

/** CSPResNet-10: a design that prints the digits of table 3. */
function cspResNet10(g: Network, x: TensorId): TensorId {
  const conv3x3 = (map: TensorId): TensorId => g.conv(map, { outChannels: g.channels(map), kernel: 3 });
  const twoConvs = (map: TensorId): TensorId => residual(g, map, (z) => conv3x3(conv3x3(z)));
  const stem = g.maxPool(g.conv(x, { outChannels: 64, kernel: 7, stride: 2 }), { kernel: 2 });
  const first = conv3x3(stem);
  const bypass = g.conv(first, { outChannels: 32 });
  const transition = g.conv(twoConvs(g.identity(first)), { outChannels: 32 });
  let y = g.conv(g.concat([transition, bypass]), { outChannels: 64 });
  for (const width of [128, 256, 512]) {
    y = cspStage(g, g.maxPool(y, { kernel: 2 }), {
      gamma: 0.5,
      width,
      inner: twoConvs,
      fusion: width === 512 ? 'first' : 'both',
      outChannels: width,
    });
  }
  return y;
}

const last = (maps: readonly TensorId[]): TensorId => maps[maps.length - 1] as TensorId;

/** Darknet's deeper ResNets classify every position and then take the mean. */
function classifyThenPool(g: Network, x: TensorId): TensorId {
  const scores = g.conv(x, { outChannels: 1000, batchNorm: false, activation: 'linear', name: 'classifier' });
  return g.softmax(g.globalPool(scores));
}

const DARKNET = 'github.com/AlexeyAB/darknet';
const CSP = 'github.com/WongKinYiu/CrossStagePartialNetworks';
const README = `${CSP}, README.md`;

export const RESNET: readonly Architecture[] = [
  {
    name: 'resnet10',
    title: 'ResNet-10',
    input: 256,
    activation: 'leaky',
    layers: (g, x) => classifier(g, last(resnet(g, x, { block: 'basic', blocks: [1, 1, 1, 1] }))),
    source: `${CSP}, cfg/resnet10.cfg`,
    reproduction: 'exact',
    printed: [{ where: 'table 3', row: 'ResNet-10', values: { params: '5.24M', bflops: '2.273' } }],
  },
  {
    name: 'resnet50',
    title: 'ResNet-50',
    input: 256,
    activation: 'leaky',
    layers: (g, x) => classifyThenPool(g, last(resnet(g, x, { blocks: [3, 4, 6, 3] }))),
    source: `${CSP}, cfg/resnet50.cfg`,
    reproduction: 'exact',
    printed: [
      {
        where: README,
        row: 'ResNet-50',
        values: { params: '22.73M', bflops: '9.74' },
        mismatch: {
          bflops:
            '9.742 if the mean is taken before the classifier, which the file does after it (0.262 more)',
        },
      },
    ],
  },
  {
    name: 'resnet101',
    title: 'ResNet-101',
    input: 256,
    activation: 'leaky',
    layers: (g, x) =>
      g.identity(classifyThenPool(g, last(resnet(g, x, { blocks: [3, 4, 23, 3] }))), { name: 'cost' }),
    source: `${DARKNET}, cfg/resnet101.cfg`,
    reproduction: 'exact',
    printed: [],
  },
  {
    name: 'resnet152',
    title: 'ResNet-152',
    input: 256,
    activation: 'leaky',
    layers: (g, x) =>
      g.identity(classifyThenPool(g, last(resnet(g, x, { blocks: [3, 8, 36, 3] }))), { name: 'cost' }),
    source: `${DARKNET}, cfg/resnet152.cfg`,
    reproduction: 'exact',
    printed: [],
  },
  {
    name: 'resnet152-he',
    title: 'ResNet-152 (He et al.)',
    input: 224,
    layers: (g, x) => {
      const stages = resnet(g, x, { blocks: [3, 8, 36, 3], shortcut: 'projection', strideOn: '1x1' });
      g.linear(g.globalPool(last(stages)), { outFeatures: 1000 });
    },
    source: 'arXiv 1512.03385, table 1',
    reproduction: 'exact',
    note: 'the table quotes the literature: twice its MACs, and parameters with bias and batch normalisation',
    printed: [
      {
        where: 'table 3',
        row: 'ResNet-152',
        values: { params: '60.2M', bflops: '22.6' },
        counts: 'trainable',
      },
    ],
  },
  {
    name: 'resnext50',
    title: 'ResNeXt-50',
    input: 256,
    activation: 'leaky',
    layers: (g, x) => classifier(g, last(resnet(g, x, { blocks: [3, 4, 6, 3], width: 128, groups: 32 }))),
    source: `${CSP}, cfg/resnext50.cfg`,
    reproduction: 'exact',
    printed: [
      { where: 'table 3', row: 'ResNeXt-50', values: { params: '22.19M', bflops: '10.11' } },
      { where: 'figure 8', row: 'ResNeXt-50', values: { cio: '34.4M' } },
    ],
  },
  {
    name: 'resnext101',
    title: 'ResNeXt-101 (32x4d)',
    input: 256,
    activation: 'leaky',
    layers: (g, x) => classifier(g, last(resnet(g, x, { blocks: [3, 4, 23, 3], width: 128, groups: 32 }))),
    source: 'arXiv 1611.05431, with the stem and shortcuts of resnext50',
    reproduction: 'exact',
    printed: [],
  },
  {
    name: 'cspresnet10',
    title: 'CSPResNet-10',
    input: 256,
    activation: 'leaky',
    layers: (g, x) => classifier(g, cspResNet10(g, x)),
    source: 'arXiv 1911.11929, table 3; no definition was published',
    reproduction: 'fitted',
    note: 'one of 46,994 designs found that print both digits: the least irregular of them, so its layers say little',
    printed: [{ where: 'table 3', row: 'CSPResNet-10', values: { params: '2.73M', bflops: '1.905' } }],
  },
  {
    name: 'cspresnet50',
    title: 'CSPResNet-50',
    input: 256,
    activation: 'leaky',
    layers: (g, x) => classifier(g, last(cspResNet50(g, x, { width: 64, outChannels: 128 }))),
    source: `${CSP}, cfg/csresnet50.cfg`,
    reproduction: 'exact',
    printed: [{ where: README, row: 'CSPResNet-50', values: { params: '21.57M', bflops: '8.97' } }],
  },
  {
    name: 'cspresnext50',
    title: 'CSPResNeXt-50',
    input: 256,
    activation: 'leaky',
    layers: (g, x) => classifier(g, last(cspResNet50(g, x, { width: 128, groups: 32, outChannels: 256 }))),
    source: `${CSP}, cfg/csresnext50.cfg`,
    reproduction: 'exact',
    printed: [
      { where: 'table 3', row: 'CSPResNeXt-50', values: { params: '20.50M', bflops: '7.93' } },
      { where: 'table 3', row: 'CSPResNeXt-50 (10 crop)', values: { params: '20.50M', bflops: '7.9' } },
      { where: 'figure 8', row: 'CSPResNeXt-50', values: { cio: '32.6M' } },
    ],
  },
];
