import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import { addCommon, detection, spatialPyramidPooling } from './blocks.ts';
import { partialResidualHead } from './heads.ts';
import { cspDarknet53, darknet53, darknetReference } from './darknet.ts';
import { cspResNet50 } from './resnet.ts';
import { family, single, type Family } from './family.ts';
import { activation, choice, GAMMA } from './parameter.ts';

/** Convolutions that alternate 1x1 to `width` and 3x3 to twice that, each kind `pairs` times. */
function alternate(g: Network, x: TensorId, width: number, pairs: number): TensorId {
  let y = x;
  for (let i = 0; i < pairs; i++) {
    y = g.conv(g.conv(y, { outChannels: width }), { outChannels: 2 * width, kernel: 3 });
  }
  return y;
}

/** 1x1, 3x3, 1x1, spatial pyramid pooling and 1x1 again: from and to `width` channels. */
function pooledPyramid(g: Network, x: TensorId, width: number): TensorId {
  const narrow = g.conv(alternate(g, x, width, 1), { outChannels: width });
  return g.conv(spatialPyramidPooling(g, narrow), { outChannels: width });
}

/**
 * Feature pyramid of YOLOv3 over the maps of strides 8, 16 and 32: three output levels, coarsest first.
 *
 * @source arXiv 1804.02767; with pooling yolov3-spp.cfg
 */
export function yolov3Head(
  g: Network,
  maps: readonly TensorId[],
  options: { readonly pooling?: boolean } = {},
): void {
  let from: TensorId | undefined;
  for (const [level, map] of [...maps].reverse().entries()) {
    const width = 512 / 2 ** level;
    let y = map;
    if (from !== undefined) {
      y = g.concat([g.upsample(g.conv(g.identity(from), { outChannels: width })), map]);
    }
    from =
      level === 0 && options.pooling === true
        ? g.conv(g.conv(pooledPyramid(g, y, width), { outChannels: 2 * width, kernel: 3 }), {
            outChannels: width,
          })
        : g.conv(alternate(g, y, width, 2), { outChannels: width });
    detection(g, g.conv(from, { outChannels: 2 * width, kernel: 3 }));
  }
}

/**
 * Path aggregation over the maps of strides 8, 16 and 32, behind spatial pyramid pooling: the pyramid is summed
 * up from coarse to fine and down again, three output levels, finest first.
 *
 * @source arXiv 2004.10934, arXiv 1803.01534; yolov4.cfg
 */
export function panetHead(g: Network, maps: readonly TensorId[]): void {
  const [fine, middle, coarse] = maps as ThreeMaps;
  const lateral = (from: TensorId, map: TensorId, width: number): TensorId => {
    const up = g.upsample(g.conv(from, { outChannels: width }));
    const joined = g.concat([g.conv(g.identity(map), { outChannels: width }), up]);
    return g.conv(alternate(g, joined, width, 2), { outChannels: width });
  };
  const output = (x: TensorId, width: number): void => {
    detection(g, g.conv(x, { outChannels: 2 * width, kernel: 3 }));
  };
  const down = (from: TensorId, map: TensorId, width: number): TensorId => {
    const half = g.conv(g.identity(from), { outChannels: width, kernel: 3, stride: 2 });
    return g.conv(alternate(g, g.concat([half, map]), width, 2), { outChannels: width });
  };

  const top = g.conv(g.conv(pooledPyramid(g, coarse, 512), { outChannels: 1024, kernel: 3 }), {
    outChannels: 512,
  });
  const up16 = lateral(top, middle, 256);
  const out8 = lateral(up16, fine, 128);
  output(out8, 128);
  const out16 = down(out8, up16, 256);
  output(out16, 256);
  output(down(out16, top, 512), 512);
}

/** The two output levels of YOLOv3-tiny and YOLOv4-tiny. */
function tinyHead(g: Network, coarse: TensorId, fine: TensorId): void {
  const top = g.conv(coarse, { outChannels: 256 });
  detection(g, g.conv(top, { outChannels: 512, kernel: 3 }));
  const up = g.upsample(g.conv(g.identity(top), { outChannels: 128 }));
  detection(g, g.conv(g.concat([up, fine]), { outChannels: 256, kernel: 3 }));
}

type ThreeMaps = readonly [TensorId, TensorId, TensorId];

/** The Darknet reference network with its last pooling at stride 1: one result of stride 16, two of stride 32. */
function tinyBackbone(g: Network, x: TensorId, lastChannels: number): ThreeMaps {
  const maps = darknetReference(g, x, { pools: [2, 2, 2, 2, 2, 1], lastChannels });
  return maps.slice(4) as [TensorId, TensorId, TensorId];
}

/**
 * Cross-stage partial block of YOLOv4-tiny: the second half of the channels passes two 3x3 convolutions, whose
 * results are both kept.
 *
 * @returns the transition of the inner part, and the whole stage
 */
function tinyCspStage(g: Network, x: TensorId, width: number): readonly [TensorId, TensorId] {
  const entry = g.conv(x, { outChannels: width, kernel: 3 });
  const half = g.split(entry, { parts: 2, part: 1 });
  const a = g.conv(half, { outChannels: width / 2, kernel: 3 });
  const b = g.conv(a, { outChannels: width / 2, kernel: 3 });
  const transition = g.conv(g.concat([b, a]), { outChannels: width });
  return [transition, g.concat([entry, transition])];
}

function yolov4Tiny(g: Network, x: TensorId): void {
  let y = g.conv(g.conv(x, { outChannels: 32, kernel: 3, stride: 2 }), {
    outChannels: 64,
    kernel: 3,
    stride: 2,
  });
  let fine = y;
  for (const width of [64, 128, 256]) {
    const [transition, stage] = tinyCspStage(g, y, width);
    fine = transition;
    y = g.maxPool(stage, { kernel: 2 });
  }
  tinyHead(g, g.conv(y, { outChannels: 512, kernel: 3 }), fine);
}

const ALEXEY = 'github.com/AlexeyAB/darknet';
const CSP = 'github.com/WongKinYiu/CrossStagePartialNetworks';

const YOLOV3_PARAMS = {
  params: 'neither the weights (61.90M) nor the numbers of the weights file (62.00M) are 62.3M',
};

export const YOLO: readonly Family[] = [
  family({
    name: 'yolov3',
    title: 'YOLOv3',
    input: 416,
    leastInput: 25,
    parameters: {
      pooling: choice('spatial pyramid pooling', ['none', 'spp']),
      activation: activation('leaky'),
    },
    layers: (g, x, { pooling }) => {
      yolov3Head(g, darknet53(g, x).slice(2), { pooling: pooling === 'spp' });
    },
    networks: [
      {
        name: 'yolov3',
        title: 'YOLOv3',
        source: `${ALEXEY}, cfg/yolov3.cfg; arXiv 1804.02767`,
        reproduction: 'exact',
        printed: [
          {
            where: 'table 4',
            row: 'YOLOv3 / DarkNet53',
            input: 608,
            values: { params: '62.3M', bflops: '140.7' },
            mismatch: YOLOV3_PARAMS,
          },
          {
            where: 'table 4',
            row: 'YOLOv3 / DarkNet53',
            input: 416,
            values: { params: '62.3M', bflops: '65.9' },
            mismatch: YOLOV3_PARAMS,
          },
          {
            where: 'table 4',
            row: 'YOLOv3 / DarkNet53',
            input: 320,
            values: { params: '62.3M', bflops: '39.0' },
            mismatch: YOLOV3_PARAMS,
          },
        ],
      },
      {
        name: 'yolov3-spp',
        title: 'YOLOv3-SPP',
        input: 608,
        parameters: { pooling: 'spp' },
        source: `${ALEXEY}, cfg/yolov3-spp.cfg`,
        reproduction: 'exact',
        printed: [
          { where: 'table 4', row: 'YOLOv3 SPP / DarkNet53', values: { params: '62.9M', bflops: '141.5' } },
        ],
      },
    ],
  }),
  single({
    name: 'yolov3-tiny',
    title: 'YOLOv3-tiny',
    input: 416,
    leastInput: 17,
    activation: 'leaky',
    layers: (g, x) => {
      const [fine, , coarse] = tinyBackbone(g, x, 1024);
      tinyHead(g, coarse, fine);
    },
    source: `${ALEXEY}, cfg/yolov3-tiny.cfg`,
    reproduction: 'exact',
    printed: [
      {
        where: 'table 4',
        row: 'YOLOv3-tiny / Darknet Reference',
        values: { params: '8.86M', bflops: '5.57' },
        counts: 'params',
      },
      { where: 'table 5', row: 'YOLOv3-tiny', values: {} },
    ],
  }),
  single({
    name: 'yolov3-tiny-prn',
    title: 'YOLOv3-tiny-PRN',
    input: 416,
    activation: 'leaky',
    layers: (g, x) => {
      const [fine, middle, coarse] = tinyBackbone(g, x, 512);
      partialResidualHead(g, [fine, addCommon(g, coarse, middle)]);
    },
    source: 'github.com/WongKinYiu/PartialResidualNetworks, cfg/yolov3-tiny-prn.cfg',
    reproduction: 'exact',
    printed: [
      {
        where: 'table 4',
        row: 'PRN / Darknet Reference',
        values: { params: '4.96M', bflops: '3.47' },
        mismatch: {
          params: 'neither the weights (4.93M) nor the numbers of the weights file (4.94M) are 4.96M',
        },
      },
      { where: 'table 5', row: 'YOLOv3-tiny-PRN', values: {} },
    ],
  }),
  family({
    name: 'yolov4',
    title: 'YOLOv4',
    input: 608,
    leastInput: 25,
    parameters: { gamma: GAMMA },
    activation: 'leaky',
    layers: (g, x, values) => {
      g.defaultActivation = 'mish';
      const maps = cspDarknet53(g, x, values).slice(2);
      g.defaultActivation = 'leaky';
      panetHead(g, maps);
    },
    networks: [
      {
        name: 'yolov4',
        title: 'YOLOv4',
        source: `${ALEXEY}, cfg/yolov4.cfg; arXiv 2004.10934`,
        reproduction: 'exact',
        printed: [],
      },
    ],
  }),
  single({
    name: 'yolov4-tiny',
    title: 'YOLOv4-tiny',
    input: 416,
    leastInput: 17,
    activation: 'leaky',
    layers: yolov4Tiny,
    source: `${ALEXEY}, cfg/yolov4-tiny.cfg`,
    reproduction: 'exact',
    printed: [],
  }),
  family({
    name: 'cspresnext50-panet-spp',
    title: 'PANet(SPP)-CSPResNeXt-50',
    input: 416,
    leastInput: 25,
    parameters: { gamma: GAMMA, activation: activation('leaky') },
    layers: (g, x, { gamma }) => {
      panetHead(g, cspResNet50(g, x, { width: 128, groups: 32, outChannels: 256, gamma }).slice(1));
    },
    networks: [
      {
        name: 'cspresnext50-panet-spp',
        title: 'PANet(SPP)-CSPResNeXt-50',
        source: `${CSP}, cfg/csresnext50-panet-spp.cfg`,
        reproduction: 'exact',
        printed: [
          {
            where: 'table 4',
            row: 'PANet SPP / CSPResNeXt50',
            input: 608,
            values: { params: '56.9M', bflops: '100.6' },
          },
          {
            where: 'table 4',
            row: 'PANet SPP / CSPResNeXt50',
            input: 512,
            values: { params: '56.9M', bflops: '71.3' },
          },
          {
            where: 'table 4',
            row: 'PANet SPP / CSPResNeXt50',
            input: 416,
            values: { params: '56.9M', bflops: '47.1' },
          },
          {
            where: 'table 4',
            row: 'PANet SPP / CSPResNeXt50',
            input: 320,
            values: { params: '56.9M', bflops: '27.9' },
          },
        ],
      },
    ],
  }),
];
