import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import { basicBlock, bottleneckBlock, classifier, cspStage, repeat, residual } from './blocks.ts';
import { family, single, type Family } from './family.ts';
import { activation, choice, CLASSES, DEPTH, GAMMA, WIDTH } from './parameter.ts';
import { bypassedChannels, scaleChannels, scaleLayers } from './scale.ts';

export interface ResNetOptions {
  /** blocks per stage */
  readonly blocks: readonly number[];
  readonly block?: 'basic' | 'bottleneck';
  /** channels of the 3x3 convolutions in the first stage; each later stage has twice as many */
  readonly width?: number;
  readonly groups?: number;
  /** factor of all channels */
  readonly scale?: number;
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
  const { blocks, block = 'bottleneck', width = 64, groups = 1, scale = 1, strideOn = '3x3' } = options;
  const darknet = (options.shortcut ?? 'darknet') === 'darknet';
  const shortcut = darknet ? 'common' : 'projection';
  const stem = g.conv(x, { outChannels: scaleChannels(64, scale), kernel: 7, stride: 2 });
  let y = darknet ? g.maxPool(stem, { kernel: 2 }) : g.maxPool(stem, { kernel: 3, stride: 2, padding: 1 });
  return blocks.map((count, stage) => {
    const inner = scaleChannels(width * 2 ** stage, scale, Math.max(8, groups));
    for (let i = 0; i < count; i++) {
      const stride = stage > 0 && i === 0 ? 2 : 1;
      y =
        block === 'basic'
          ? basicBlock(g, y, { outChannels: inner, stride, shortcut })
          : bottleneckBlock(g, y, {
              width: inner,
              outChannels: scaleChannels(256 * 2 ** stage, scale),
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
  /** share of each stage's channels that bypasses its bottlenecks; half of them if absent */
  readonly gamma?: number;
  /** factor of all channels */
  readonly scale?: number;
  /** factor of the blocks of each stage */
  readonly depth?: number;
}

/**
 * CSPResNet-50 and CSPResNeXt-50 without their classifier: half of each stage bypasses its bottlenecks.
 *
 * @returns the last transition of each stage, strides 4, 8, 16 and 32
 * @source github.com/WongKinYiu/CrossStagePartialNetworks, cfg/csresnet50.cfg and cfg/csresnext50.cfg
 */
export function cspResNet50(g: Network, x: TensorId, options: CspResNetOptions): readonly TensorId[] {
  const { groups = 1, gamma = 0.5, scale = 1, depth = 1 } = options;
  const stem = g.conv(x, { outChannels: scaleChannels(64, scale), kernel: 7, stride: 2 });
  let y = g.maxPool(stem, { kernel: 2 });
  return [3, 3, 5, 2].map((blocks, stage) => {
    const width = scaleChannels(options.width * 2 ** stage, scale, Math.max(8, groups));
    const whole = scaleChannels(256 * 2 ** stage, scale);
    const inner = whole - bypassedChannels(whole, gamma);
    // The published files leave out the activation of the splits in the two middle stages.
    const linear = stage === 1 || stage === 2 ? ({ splitActivation: 'linear' } as const) : {};
    if (stage > 0) y = g.conv(y, { outChannels: width, kernel: 3, stride: 2, groups });
    y = cspStage(g, y, {
      gamma,
      width: whole,
      innerWidth: stage === 0 ? Math.ceil(inner / 2) : inner,
      inner: (map) =>
        repeat(map, scaleLayers(blocks, depth), (z) =>
          bottleneckBlock(g, z, { width, outChannels: inner, groups, shortcut: 'common' }),
        ),
      outChannels: scaleChannels(options.outChannels * 2 ** stage, scale),
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
function classifyThenPool(g: Network, x: TensorId, { classes }: Classes): TensorId {
  const linear = { batchNorm: false, activation: 'linear', name: 'classifier' } as const;
  return g.softmax(g.globalPool(g.conv(x, { outChannels: classes, ...linear })));
}

interface Classes {
  readonly classes: number;
}

const CLASSIFIERS = {
  pooled: classifier,
  everyPosition: classifyThenPool,
  everyPositionAndCost: (g: Network, x: TensorId, classes: Classes) =>
    g.identity(classifyThenPool(g, x, classes), { name: 'cost' }),
  linear: (g: Network, x: TensorId, { classes }: Classes) =>
    g.linear(g.globalPool(x), { outFeatures: classes }),
};

/** Blocks of each number of layers. */
export const DEPTHS = {
  10: { block: 'basic', blocks: [1, 1, 1, 1] },
  18: { block: 'basic', blocks: [2, 2, 2, 2] },
  34: { block: 'basic', blocks: [3, 4, 6, 3] },
  50: { block: 'bottleneck', blocks: [3, 4, 6, 3] },
  101: { block: 'bottleneck', blocks: [3, 4, 23, 3] },
  152: { block: 'bottleneck', blocks: [3, 8, 36, 3] },
} as const;

const STYLES = {
  darknet: { shortcut: 'darknet', strideOn: '3x3' },
  he: { shortcut: 'projection', strideOn: '1x1' },
} as const;

const DARKNET = 'github.com/AlexeyAB/darknet';
const CSP = 'github.com/WongKinYiu/CrossStagePartialNetworks';
const README = `${CSP}, README.md`;

export const RESNET: readonly Family[] = [
  family({
    name: 'resnet',
    title: 'ResNet and ResNeXt',
    input: 256,
    parameters: {
      depth: choice('layers', [10, 18, 34, 50, 101, 152], 50),
      bottleneck: choice('channels of the 3x3 convolutions in the first stage', [32, 64, 128, 256], 64),
      cardinality: choice('groups of the 3x3 convolutions, from depth 50 on', [1, 2, 4, 8, 16, 32]),
      width: WIDTH,
      style: choice("stem, shortcuts and strides: Darknet's, or those of He et al.", ['darknet', 'he']),
      classifier: choice('what follows the last map', [
        'pooled',
        'everyPosition',
        'everyPositionAndCost',
        'linear',
      ]),
      activation: activation('leaky'),
      classes: CLASSES,
    },
    layers: (g, x, { depth, bottleneck, cardinality, width, style, classifier: end, classes }) => {
      const maps = resnet(g, x, {
        ...DEPTHS[depth],
        width: bottleneck,
        groups: cardinality,
        scale: width,
        ...STYLES[style],
      });
      CLASSIFIERS[end](g, last(maps), { classes });
    },
    networks: [
      {
        name: 'resnet10',
        title: 'ResNet-10',
        parameters: { depth: 10 },
        source: `${CSP}, cfg/resnet10.cfg`,
        reproduction: 'exact',
        printed: [{ where: 'table 3', row: 'ResNet-10', values: { params: '5.24M', bflops: '2.273' } }],
      },
      {
        name: 'resnet50',
        title: 'ResNet-50',
        parameters: { classifier: 'everyPosition' },
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
        parameters: { depth: 101, classifier: 'everyPositionAndCost' },
        source: `${DARKNET}, cfg/resnet101.cfg`,
        reproduction: 'exact',
        printed: [],
      },
      {
        name: 'resnet152',
        title: 'ResNet-152',
        parameters: { depth: 152, classifier: 'everyPositionAndCost' },
        source: `${DARKNET}, cfg/resnet152.cfg`,
        reproduction: 'exact',
        printed: [],
      },
      {
        name: 'resnet152-he',
        title: 'ResNet-152 (He et al.)',
        input: 224,
        parameters: { depth: 152, style: 'he', classifier: 'linear', activation: 'relu' },
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
        parameters: { bottleneck: 128, cardinality: 32 },
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
        parameters: { depth: 101, bottleneck: 128, cardinality: 32 },
        source: 'arXiv 1611.05431, with the stem and shortcuts of resnext50',
        reproduction: 'exact',
        printed: [],
      },
    ],
  }),
  single({
    name: 'cspresnet10',
    title: 'CSPResNet-10',
    input: 256,
    activation: 'leaky',
    layers: (g, x) => classifier(g, cspResNet10(g, x)),
    source: 'arXiv 1911.11929, table 3; no definition was published',
    reproduction: 'fitted',
    note: 'one of 46,994 designs found that print both digits: the least irregular of them, so its layers say little',
    printed: [{ where: 'table 3', row: 'CSPResNet-10', values: { params: '2.73M', bflops: '1.905' } }],
  }),
  family({
    name: 'cspresnet',
    title: 'CSPResNet-50 and CSPResNeXt-50',
    input: 256,
    parameters: {
      gamma: GAMMA,
      bottleneck: choice('channels of the 3x3 convolutions in the first stage', [32, 64, 128, 256], 64),
      cardinality: choice('groups of the 3x3 convolutions', [1, 2, 4, 8, 16, 32]),
      outChannels: choice("channels behind the first stage's last transition", [64, 128, 256, 512], 128),
      width: WIDTH,
      depth: DEPTH,
      activation: activation('leaky'),
      classes: CLASSES,
    },
    layers: (g, x, { bottleneck, cardinality, width, ...values }) => {
      const options = { ...values, width: bottleneck, groups: cardinality, scale: width };
      classifier(g, last(cspResNet50(g, x, options)), values);
    },
    networks: [
      {
        name: 'cspresnet50',
        title: 'CSPResNet-50',
        source: `${CSP}, cfg/csresnet50.cfg`,
        reproduction: 'exact',
        printed: [{ where: README, row: 'CSPResNet-50', values: { params: '21.57M', bflops: '8.97' } }],
      },
      {
        name: 'cspresnext50',
        title: 'CSPResNeXt-50',
        parameters: { bottleneck: 128, cardinality: 32, outChannels: 256 },
        source: `${CSP}, cfg/csresnext50.cfg`,
        reproduction: 'exact',
        printed: [
          { where: 'table 3', row: 'CSPResNeXt-50', values: { params: '20.50M', bflops: '7.93' } },
          { where: 'table 3', row: 'CSPResNeXt-50 (10 crop)', values: { params: '20.50M', bflops: '7.9' } },
          { where: 'figure 8', row: 'CSPResNeXt-50', values: { cio: '32.6M' } },
        ],
      },
    ],
  }),
];
