import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import type { PrintedRow } from './architecture.ts';
import { family, type Family } from './family.ts';
import { DETECTED_CLASSES, integer } from './parameter.ts';
import { SIZE, sNet, SNETS } from './snet.ts';

/** Channels of the map that regions are cut from: 5 for each of 7x7 bins. */
const BINS = [7, 7];
const CHANNELS = 245;
/** Anchors per position: 5 scales, 5 ratios. */
const ANCHORS = 25;
/** Boxes that suppression looks at. */
const CANDIDATES = 2000;

export interface ThunderNetOptions {
  /** regions of each image that the head looks at; 200 if absent */
  readonly regions?: number;
  /** background included; 81 if absent */
  readonly classes?: number;
}

/** Context enhancement: the maps at strides 16 and 32 and the mean of the latter, each by 1x1 to the same width, summed. */
function contextEnhancement(g: Network, stride16: TensorId, stride32: TensorId): TensorId {
  const lateral = (map: TensorId): TensorId =>
    g.conv(map, { outChannels: CHANNELS, batchNorm: false, activation: 'linear' });
  const local = lateral(stride16);
  const context = [lateral(stride32), lateral(g.globalPool(stride32))];
  return g.add([local, ...context.map((map) => g.resize(map, { size: local }))]);
}

/** Boxes of the regions that most likely hold an object, and the image of each. */
function proposals(
  g: Network,
  scores: TensorId,
  boxes: TensorId,
  regions: number,
): { readonly places: TensorId; readonly images: TensorId } {
  const [batch, , height, width] = g.typeOf(scores).shape as [number, number, number, number];
  const count = ANCHORS * height * width;
  const rows = (map: TensorId, shape: readonly number[]): TensorId =>
    g.operator('reshape', [g.operator('transpose', [map], { perm: [0, 2, 3, 1] })], { shape });
  const kept = Math.min(CANDIDATES, count);
  const [best, order] = g.operators('sort', [rows(scores, [batch, 1, count])], {
    op: 'TopK',
    axis: 2,
    kept,
    outputs: [
      { dtype: 'float32', shape: [batch, 1, kept] },
      { dtype: 'int64', shape: [batch, 1, kept] },
    ],
  }) as [TensorId, TensorId];
  const candidates = g.operator(
    'gatherND',
    [rows(boxes, [batch, count, 4]), g.operator('reshape', [order], { shape: [batch, kept, 1] })],
    { batchDims: 1 },
  );
  // Image, class and candidate of each region.
  const chosen = g.operator('nonMaxSuppression', [candidates, best], {
    outputs: [{ dtype: 'int64', shape: [batch * regions, 3] }],
  });
  const columns = (...list: readonly number[]): TensorId =>
    g.operator('gather', [chosen, g.indices(list)], { axis: 1 });
  return {
    places: g.operator('gatherND', [candidates, columns(0, 2)], { batchDims: 0 }),
    images: g.operator('reshape', [columns(0)], { shape: [batch * regions] }),
  };
}

/**
 * ThunderNet: region proposals on one map, which their features then weigh (spatial attention), and a head of one
 * fully connected layer on each region.
 *
 * @source arXiv 1903.11752, sections 3.2 and 3.3; github.com/qinzheng93/ThunderNet cec2947, thundernet/
 */
function thunderNet(
  g: Network,
  x: TensorId,
  size: keyof typeof SNETS,
  options: ThunderNetOptions = {},
): void {
  const { regions = 200, classes = 81 } = options;
  const [, stride16, stride32] = sNet(g, x, SNETS[size]);
  const map = contextEnhancement(g, stride16, stride32);
  const proposing = g.conv(g.depthwise(map, { kernel: 5 }), { outChannels: 256 });
  const bare = { batchNorm: false, activation: 'linear' } as const;
  const scores = g.conv(proposing, { outChannels: ANCHORS, ...bare, name: 'objectness' });
  const boxes = g.conv(proposing, { outChannels: 4 * ANCHORS, ...bare, name: 'anchorBox' });
  const attention = g.conv(proposing, { outChannels: CHANNELS, activation: 'logistic' });
  const weighed = g.mul(map, attention);
  const { places, images } = proposals(g, scores, boxes, regions);
  const features = g.operator('psRoiAlign', [weighed, places, images], { size: BINS, points: 4 });
  const hidden = g.linear(features, { outFeatures: 1024, activation: 'relu' });
  g.linear(hidden, { outFeatures: classes, name: 'class' });
  g.linear(hidden, { outFeatures: 4, name: 'box' });
}

const SOURCE = 'arXiv 1903.11752; github.com/qinzheng93/ThunderNet cec2947';

const network = (size: keyof typeof SNETS, printed: Pick<PrintedRow, 'values' | 'mismatch'>) => ({
  name: `thundernet-snet${String(size)}`,
  title: `ThunderNet (SNet${String(size)})`,
  parameters: { size },
  source: SOURCE,
  reproduction: 'exact' as const,
  note: 'with 200 regions, one fully connected layer and boxes that all classes share, as the text of the paper has it',
  printed: [
    { where: 'table 4', row: `ThunderNet / SNet${String(size)}`, flops: 'standard' as const, ...printed },
    // The paper's table 5 leaves the largest one out.
    ...(size === 535 ? [] : [{ where: 'table 5', row: `SNet${String(size)}-ThunderNet`, values: {} }]),
  ],
});

export const THUNDERNET: readonly Family[] = [
  family({
    name: 'thundernet',
    title: 'ThunderNet',
    input: 320,
    parameters: {
      size: SIZE,
      regions: integer('regions of each image that the head looks at', {
        least: 1,
        most: 2000,
        step: 1,
        default: 200,
      }),
      classes: DETECTED_CLASSES,
    },
    layers: (g, x, { size, ...values }) => {
      thunderNet(g, x, size, values);
    },
    networks: [
      network(49, { values: { bflops: '0.52' } }),
      network(146, {
        values: { bflops: '0.95' },
        mismatch: {
          bflops:
            'twice the 473 M MACs of arXiv 1903.11752; the channels that it and its code state make 502.5 M, and 162.5 M ' +
            'instead of 146 M for the backbone at 224',
        },
      }),
      network(535, {
        values: { bflops: '2.60' },
        mismatch: { bflops: 'twice the rounded 1300 M MACs of arXiv 1903.11752; 1305.9 M are counted' },
      }),
    ],
  }),
];
