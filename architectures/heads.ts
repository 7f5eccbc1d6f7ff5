import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import { addCommon, detection, spatialAttention, spatialPyramidPooling } from './blocks.ts';

/**
 * Partial residual network: maps are added, in the channels that both have, where a feature pyramid joins them.
 * One output level per map, coarsest first.
 *
 * @param maps the backbone's maps, finest first: strides 16 and 32, or 8, 16 and 32
 * @source github.com/WongKinYiu/PartialResidualNetworks, cfg/yolov3-tiny-prn.cfg
 */
export function partialResidualHead(g: Network, maps: readonly TensorId[]): void {
  const [coarsest, ...finer] = [...maps].reverse() as [TensorId, ...TensorId[]];
  const narrow = g.conv(coarsest, { outChannels: 256 });
  let from = g.conv(narrow, { outChannels: 256, kernel: 3 });
  detection(g, addCommon(g, from, narrow));
  for (const map of finer) {
    const up = g.upsample(g.conv(g.identity(from), { outChannels: 128 }));
    const y = g.conv(addCommon(g, up, map), { outChannels: 128, kernel: 3 });
    from = addCommon(g, addCommon(g, y, up), map);
    detection(g, from);
  }
}

export interface FeaturePyramidOptions {
  /** a 1x1 and a 3x3 convolution more at the finer level (the head of YOLOv3-tiny as PeleeNet-YOLO has it) */
  readonly refined?: boolean;
}

/**
 * Feature pyramid over the maps of strides 16 and 32, two output levels, coarsest first.
 *
 * @source arXiv 1612.03144, as in yolov3-tiny.cfg
 */
export function featurePyramidHead(
  g: Network,
  maps: readonly TensorId[],
  options: FeaturePyramidOptions = {},
): void {
  const [fine, coarse] = maps as readonly [TensorId, TensorId];
  const narrow = g.conv(coarse, { outChannels: 256 });
  detection(g, g.conv(narrow, { outChannels: 256, kernel: 3 }));
  const up = g.upsample(g.conv(g.identity(narrow), { outChannels: 128 }));
  let y = g.conv(g.concat([up, fine]), { outChannels: 128, kernel: 3 });
  if (options.refined === true) {
    y = g.conv(g.conv(y, { outChannels: 128 }), { outChannels: 128, kernel: 3 });
  }
  detection(g, y);
}

export interface AttentionOptions {
  /** spatial attention before every output level: SAM of the paper */
  readonly attention?: boolean;
}

/**
 * Context enhancement: the sum of three maps at stride 16, from which every output level comes.
 *
 * @param maps strides 8, 16 and 32
 * @source ThunderNet, arXiv 1903.11752, as the costs of CSPNet's table 2 imply
 */
export function contextEnhancementHead(
  g: Network,
  maps: readonly TensorId[],
  { attention = false }: AttentionOptions = {},
): void {
  const [stride8, stride16, stride32] = maps as readonly [TensorId, TensorId, TensorId];
  const coarse = g.upsample(g.conv(stride32, { outChannels: 128 }));
  const fine = g.conv(g.maxPool(g.identity(stride8), { kernel: 2 }), { outChannels: 128 });
  const middle = g.conv(g.identity(stride16), { outChannels: 128 });
  const sum = g.add([middle, coarse, fine], { activation: g.defaultActivation });
  const level = (resize: (y: TensorId) => TensorId): void => {
    const y = resize(g.conv(g.identity(sum), { outChannels: 128, kernel: 3 }));
    detection(g, attention ? spatialAttention(g, y) : y);
  };
  level((y) => g.maxPool(y, { kernel: 2 }));
  level((y) => y);
  level((y) => g.upsample(y));
}

/**
 * Global fusion: the sum of three maps at stride 16 is resized to every output level.
 *
 * @param maps strides 8, 16 and 32
 * @source CSPNet, arXiv 1911.11929, figure 6 (b), as the costs of table 2 imply
 */
export function globalFusionHead(g: Network, maps: readonly TensorId[]): void {
  const [stride8, stride16, stride32] = maps as readonly [TensorId, TensorId, TensorId];
  const conv3x3 = (y: TensorId): TensorId => g.conv(y, { outChannels: 128, kernel: 3 });
  const activation = g.defaultActivation;
  const coarse = g.upsample(g.maxout(stride32, { outChannels: 128 }));
  const fine = g.conv(g.identity(stride8), { outChannels: 128 });
  const pooled = g.maxPool(fine, { kernel: 2 });
  const middle = g.conv(g.identity(stride16), { outChannels: 128 });
  const sum = g.add([middle, coarse, pooled], { activation });
  detection(g, conv3x3(sum));
  detection(g, conv3x3(g.maxPool(g.identity(sum), { kernel: 2 })));
  detection(g, conv3x3(g.add([g.upsample(g.identity(sum)), fine], { activation })));
}

export interface ExactFusionOptions extends AttentionOptions {
  /** spatial pyramid pooling at the coarsest level: SPP of the paper */
  readonly pooling?: boolean;
}

/**
 * Exact fusion: every output level joins the maps of its own stride and of the strides next to it. Maxout narrows
 * the maps before they are joined, the coarsest to a quarter, the others to 128 channels.
 *
 * @param maps strides 8, 16 and 32
 * @source CSPNet, arXiv 1911.11929, figure 6 (c), as the costs of table 2 imply
 */
export function exactFusionHead(
  g: Network,
  maps: readonly TensorId[],
  options: ExactFusionOptions = {},
): void {
  const { attention = false, pooling = false } = options;
  const [stride8, stride16, stride32] = maps as readonly [TensorId, TensorId, TensorId];
  const output = (y: TensorId): void => {
    detection(g, attention ? spatialAttention(g, y) : y);
  };
  const twoConvs = (y: TensorId): TensorId => {
    const conv3x3 = { outChannels: g.channels(y), kernel: 3 };
    return g.conv(g.conv(y, conv3x3), conv3x3);
  };
  const halfConvolved = (y: TensorId): TensorId => {
    const convolved = twoConvs(g.split(y, { parts: 2, part: 1 }));
    return g.concat([g.split(y, { parts: 2, part: 0 }), convolved]);
  };
  const up = (y: TensorId, outChannels: number): TensorId =>
    g.upsample(g.conv(g.identity(y), { outChannels }));

  const narrow = (y: TensorId, outChannels: number): TensorId =>
    g.channels(y) === outChannels ? y : g.maxout(y, { outChannels });
  const coarse = narrow(stride32, g.channels(stride32) / 4);
  const middle = narrow(g.identity(stride16), 128);
  const middlePooled = g.maxPool(middle, { kernel: 2 });
  const fine = narrow(g.identity(stride8), 128);
  const finePooled = g.maxPool(fine, { kernel: 2 });

  const joined32 = g.concat([coarse, middlePooled]);
  let fused32: TensorId;
  if (pooling) {
    const pooled = spatialPyramidPooling(g, g.conv(joined32, { outChannels: 128 }));
    fused32 = g.conv(pooled, { outChannels: 256, kernel: 3 });
    output(fused32);
  } else {
    fused32 = g.conv(joined32, { outChannels: 256 });
    output(twoConvs(fused32));
  }
  const fused16 = g.conv(g.concat([up(fused32, 128), middle, finePooled]), { outChannels: 256 });
  output(halfConvolved(fused16));
  const fused8 = g.conv(g.concat([up(fused16, 64), fine]), { outChannels: 128 });
  output(halfConvolved(fused8));
}
