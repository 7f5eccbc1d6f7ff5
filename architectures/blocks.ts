import type { TensorId } from '../src/graph/graph.ts';
import type { Activation, Network } from '../src/graph/network.ts';
import { bypassedChannels } from './scale.ts';

/** A part of a network: the layers that follow a feature map, and what they make of it. */
export type Block = (x: TensorId) => TensorId;

const sameShape = (g: Network, a: TensorId, b: TensorId): boolean => {
  const { shape } = g.typeOf(a);
  return g.typeOf(b).shape.every((extent, axis) => extent === shape[axis]);
};

/** Applies a block `times` times, one after the other. */
export function repeat(x: TensorId, times: number, block: Block): TensorId {
  let y = x;
  for (let i = 0; i < times; i++) y = block(y);
  return y;
}

/** Darknet's shortcut: adds to `y` the channels that `x` has as well, sampled to the same extent. */
export const addCommon = (g: Network, y: TensorId, x: TensorId, activation = g.defaultActivation): TensorId =>
  g.add([y, x], { activation, align: sameShape(g, x, y) ? 'exact' : 'common' });

/** How a residual connection joins what the block made. */
export interface ShortcutOptions {
  /** activation after the sum; the network's default if absent */
  readonly activation?: Activation;
  /**
   * What happens where the block changes the shape: `projection` makes the shapes equal by a strided 1x1
   * convolution (He et al., option B; the default), `common` adds the channels that both have (Darknet).
   */
  readonly shortcut?: 'projection' | 'common';
}

/** Residual connection: what `body` makes of the map, plus the map. */
export function residual(g: Network, x: TensorId, body: Block, options: ShortcutOptions = {}): TensorId {
  const { activation = g.defaultActivation, shortcut = 'projection' } = options;
  const y = body(x);
  if (shortcut === 'common' || sameShape(g, x, y)) return addCommon(g, y, x, activation);
  const stride = Math.round((g.typeOf(x).shape[2] as number) / (g.typeOf(y).shape[2] as number));
  return g.add([y, g.conv(x, { outChannels: g.channels(y), stride, activation: 'linear' })], { activation });
}

/** Options of `bottleneckBlock`. */
export interface BottleneckBlockOptions extends ShortcutOptions {
  /** channels of the inner convolutions */
  readonly width: number;
  /** channels of the result */
  readonly outChannels: number;
  /** of both axes; by default 1 */
  readonly stride?: number;
  /** which convolution strides: the 3x3 one (the default) or the first 1x1 one (He et al. 2015) */
  readonly strideOn?: '3x3' | '1x1';
  /** of the 3x3 convolution; by default 1 */
  readonly groups?: number;
}

/**
 * Bottleneck block: 1x1 to `width`, 3x3, 1x1 to `outChannels`, plus the input.
 *
 * @source arXiv 1512.03385; with groups arXiv 1611.05431
 */
export function bottleneckBlock(g: Network, x: TensorId, options: BottleneckBlockOptions): TensorId {
  const { width, outChannels, stride = 1, strideOn = '3x3', groups = 1 } = options;
  const strides = strideOn === '3x3' ? ([1, stride] as const) : ([stride, 1] as const);
  return residual(
    g,
    x,
    (map) => {
      const a = g.conv(map, { outChannels: width, stride: strides[0] });
      const b = g.conv(a, { outChannels: width, kernel: 3, stride: strides[1], groups });
      return g.conv(b, { outChannels, activation: 'linear' });
    },
    options,
  );
}

/** Options of `basicBlock`. */
export interface BasicBlockOptions extends ShortcutOptions {
  /** channels of the result */
  readonly outChannels: number;
  /** of the first convolution, both axes; by default 1 */
  readonly stride?: number;
}

/**
 * Basic residual block: two 3x3 convolutions, plus the input.
 *
 * @source arXiv 1512.03385
 */
export function basicBlock(g: Network, x: TensorId, options: BasicBlockOptions): TensorId {
  const { outChannels, stride = 1 } = options;
  return residual(
    g,
    x,
    (map) => {
      const a = g.conv(map, { outChannels, kernel: 3, stride });
      return g.conv(a, { outChannels, kernel: 3, activation: 'linear' });
    },
    options,
  );
}

/**
 * Residual block of Darknet-53: 1x1 to `width`, 3x3 back, plus the input, nothing after the sum.
 *
 * @source arXiv 1804.02767
 */
export function darknetBlock(g: Network, x: TensorId, options: { readonly width: number }): TensorId {
  const body: Block = (map) =>
    g.conv(g.conv(map, { outChannels: options.width }), { outChannels: g.channels(x), kernel: 3 });
  return residual(g, x, body, { activation: 'linear' });
}

/** Options of `squeezeExcitation`. */
export interface SqueezeExcitationOptions {
  /** channels of the squeezed vector */
  readonly squeezed: number;
  /** activation of the squeezed vector; the network's default if absent */
  readonly activation?: Activation;
}

/**
 * Squeeze and excitation: each channel times a gate that is computed from all channels' means.
 *
 * @source arXiv 1709.01507
 */
export function squeezeExcitation(g: Network, x: TensorId, options: SqueezeExcitationOptions): TensorId {
  const { squeezed, activation = g.defaultActivation } = options;
  const mean = g.globalPool(x);
  const low = g.conv(mean, { outChannels: squeezed, batchNorm: false, activation });
  const gate = g.conv(low, { outChannels: g.channels(x), batchNorm: false, activation: 'logistic' });
  return g.mul(x, gate);
}

/**
 * Spatial attention as in YOLOv4: the map times the logistic of its own 1x1 convolution.
 *
 * @source arXiv 2004.10934, figure 5
 */
export const spatialAttention = (g: Network, x: TensorId): TensorId =>
  g.mul(x, g.conv(x, { outChannels: g.channels(x), activation: 'logistic' }));

/** Options of `invertedResidual`. */
export interface InvertedResidualOptions {
  /** channels of the depthwise convolution, behind a 1x1 convolution; absent: those of the input, without one */
  readonly expanded?: number;
  /** channels of the result */
  readonly outChannels: number;
  /** extent of the depthwise convolution, square; by default 3 */
  readonly kernel?: number;
  /** of the depthwise convolution, both axes; by default 1 */
  readonly stride?: number;
  /** channels of the squeezed vector of a squeeze and excitation after the depthwise convolution */
  readonly squeezed?: number;
  /** a layer before the sum that drops whole blocks in training and does nothing at inference */
  readonly dropout?: boolean;
}

/**
 * Inverted residual block: 1x1 to `expanded`, depthwise, linear 1x1 to `outChannels`, plus the input where the
 * shape allows it.
 *
 * @source arXiv 1801.04381; with squeeze and excitation arXiv 1905.11946
 */
export function invertedResidual(g: Network, x: TensorId, options: InvertedResidualOptions): TensorId {
  const { expanded, outChannels, kernel = 3, stride = 1, squeezed, dropout = false } = options;
  const wide = expanded === undefined ? x : g.conv(x, { outChannels: expanded });
  let y = g.depthwise(wide, { kernel, stride });
  if (squeezed !== undefined) y = squeezeExcitation(g, y, { squeezed });
  y = g.conv(y, { outChannels, activation: 'linear' });
  if (!sameShape(g, x, y)) return y;
  return g.add([dropout ? g.identity(y) : y, x]);
}

/**
 * Spatial pyramid pooling: the map beside its maxima over windows of several sizes.
 *
 * @source arXiv 1406.4729, as in yolov3-spp.cfg
 */
export function spatialPyramidPooling(
  g: Network,
  x: TensorId,
  options: { readonly kernels?: readonly number[] } = {},
): TensorId {
  const maps = [x];
  for (const [i, kernel] of (options.kernels ?? [5, 9, 13]).entries()) {
    maps.unshift(g.maxPool(i === 0 ? x : g.identity(x), { kernel, stride: 1 }));
  }
  return g.concat(maps);
}

/** Options of `denseLayer`. */
export interface DenseLayerOptions {
  /** channels that the layer adds */
  readonly growth: number;
  /** channels of a 1x1 convolution before the 3x3 one; absent: there is none */
  readonly width?: number;
}

/**
 * What one layer of a dense block adds: a 3x3 convolution, behind a 1x1 one if it has a `width`.
 *
 * @source arXiv 1608.06993
 */
export function denseLayer(g: Network, x: TensorId, options: DenseLayerOptions): readonly TensorId[] {
  const { growth, width } = options;
  const y = width === undefined ? x : g.conv(x, { outChannels: width });
  return [g.conv(y, { outChannels: growth, kernel: 3 })];
}

/** Options of `twoWayDenseLayer`. */
export interface TwoWayDenseLayerOptions {
  /** channels that the layer adds, half of them by each way */
  readonly growth: number;
  /** channels of each way's 1x1 convolution */
  readonly width: number;
  /** channels per group of the 3x3 convolutions, where these divide all channels; absent: not grouped */
  readonly groupWidth?: number;
}

/**
 * What one two-way dense layer adds: one way sees 3x3 of the map, the other 5x5 by two 3x3 convolutions.
 *
 * @source Pelee, arXiv 1804.06882
 */
export function twoWayDenseLayer(
  g: Network,
  x: TensorId,
  options: TwoWayDenseLayerOptions,
): readonly TensorId[] {
  const { growth, width, groupWidth } = options;
  const half = Math.ceil(growth / 2);
  const conv3x3 = (map: TensorId, outChannels: number): TensorId =>
    g.conv(map, {
      outChannels,
      kernel: 3,
      groups: groupWidth === undefined ? 1 : groupsOf(g.channels(map), outChannels, groupWidth),
    });
  const near = conv3x3(g.conv(x, { outChannels: width }), half);
  const far = conv3x3(conv3x3(g.conv(g.identity(x), { outChannels: width }), half), growth - half);
  return [far, near];
}

/** As many groups as divide the channels of both sides, of this many input channels or more. */
function groupsOf(inChannels: number, outChannels: number, groupWidth: number): number {
  let groups = Math.max(1, Math.floor(inChannels / groupWidth));
  while (inChannels % groups !== 0 || outChannels % groups !== 0) groups--;
  return groups;
}

/** Options of `denseBlock`. */
export interface DenseBlockOptions {
  /** how many layers follow one another */
  readonly layers: number;
  /** the new maps that a layer makes of what it reads */
  readonly layer: (x: TensorId) => readonly TensorId[];
  /**
   * What a layer reads of the maps before it: `all` (the default), or `powersOfTwo`, those that are 1, 2, 4, 8, ...
   * layers back (SparseNet, arXiv 1801.05895). The block's result is all of them either way.
   */
  readonly connections?: 'all' | 'powersOfTwo';
}

/** Dense block: every layer reads what the layers before it made, the result is all of that side by side. */
export function denseBlock(g: Network, x: TensorId, options: DenseBlockOptions): TensorId {
  const { layers, layer, connections = 'all' } = options;
  /** what each layer made, the last first, then the input */
  const made: (readonly TensorId[])[] = [[x]];
  const join = (isRead: (age: number) => boolean): TensorId => {
    const maps: TensorId[] = [];
    for (let age = 0; age < made.length; age++) {
      // A block of many layers joins thousands of maps: by index, where `flat` takes several times as long.
      const own = made[age] as readonly TensorId[];
      if (isRead(age)) for (let i = 0; i < own.length; i++) maps.push(own[i] as TensorId);
    }
    return maps.length === 1 ? (maps[0] as TensorId) : g.concat(maps);
  };
  const isRead = connections === 'all' ? () => true : (age: number) => Number.isInteger(Math.log2(age + 1));
  for (let i = 0; i < layers; i++) made.unshift(layer(join(isRead)));
  return join(() => true);
}

/** Options of `cspStage`: how the channels are parted, and where the parts meet. */
export interface CspStageOptions {
  /** share of the channels that bypasses the inner block, between 0 and 1; half of them if absent */
  readonly gamma?: number;
  /** what the other channels pass through: a dense block, residual blocks, ... */
  readonly inner: Block;
  /**
   * Where the two parts meet: `first` joins them before one transition, `last` behind a transition of the inner
   * part, `both` (the default) between two transitions.
   */
  readonly fusion?: 'first' | 'last' | 'both';
  /**
   * How the channels are parted: by a 1x1 convolution for each part (`conv`, the default), by free slices
   * (`slice`), or the bypass by a convolution and the rest by a slice (`convBypass`).
   */
  readonly split?: 'conv' | 'slice' | 'convBypass';
  /** activation of the convolutions that split; the network's default if absent */
  readonly splitActivation?: Activation;
  /** channels that `gamma` divides; those of the input if absent (other numbers need split `conv`) */
  readonly width?: number;
  /** channels that enter the inner block; what the bypass leaves of `width` if absent */
  readonly innerWidth?: number;
  /** channels of the inner part behind its transition; as many as the inner block yields if absent */
  readonly transition?: number;
  /** channels of the result; those of both parts together if absent */
  readonly outChannels?: number;
}

/**
 * Cross-stage partial stage: a part of the channels bypasses the inner block and meets its result at the end, so
 * that the gradient of the one is not the other's again.
 *
 * @source CSPNet, arXiv 1911.11929, figures 2 and 3
 * @example cspStage(g, x, { gamma: 0.5, inner: (y) => repeat(y, 3, (z) => darknetBlock(g, z, { width: 64 })) })
 */
export function cspStage(g: Network, x: TensorId, options: CspStageOptions): TensorId {
  const { gamma = 0.5, inner, fusion = 'both', split = 'conv', width = g.channels(x) } = options;
  const activation = options.splitActivation ?? g.defaultActivation;
  const bypassed = bypassedChannels(width, gamma);
  const innerWidth = options.innerWidth ?? width - bypassed;
  const bypass =
    split === 'slice'
      ? g.slice(x, { start: 0, end: bypassed })
      : g.conv(x, { outChannels: bypassed, activation });
  const rest =
    split === 'conv'
      ? g.conv(g.identity(x), { outChannels: innerWidth, activation })
      : g.slice(x, { start: bypassed, end: bypassed + innerWidth });
  const y = inner(rest);
  if (fusion === 'first') {
    return g.conv(g.concat([y, bypass]), { outChannels: options.outChannels ?? g.channels(y) + bypassed });
  }
  const transition =
    options.transition ??
    (fusion === 'last' && options.outChannels !== undefined ? options.outChannels - bypassed : g.channels(y));
  const fused = g.concat([g.conv(y, { outChannels: transition }), bypass]);
  return fusion === 'last'
    ? fused
    : g.conv(fused, { outChannels: options.outChannels ?? transition + bypassed });
}

/** Classifier as Darknet has it: mean of each channel, 1x1 convolution with bias, softmax. */
export function classifier(g: Network, x: TensorId, options: { readonly classes?: number } = {}): TensorId {
  const { classes = 1000 } = options;
  return g.softmax(
    g.conv(g.globalPool(x), {
      outChannels: classes,
      batchNorm: false,
      activation: 'linear',
      name: 'classifier',
    }),
  );
}

/** Options of `detection`. */
export interface DetectionOptions {
  /** that a box may be of; by default 80, those of MS COCO */
  readonly classes?: number;
  /** anchor boxes per position */
  readonly anchors?: number;
}

/** One output level of YOLO: a 1x1 convolution with bias to (classes + 5) values per anchor. */
export function detection(g: Network, x: TensorId, options: DetectionOptions = {}): TensorId {
  const { classes = 80, anchors = 3 } = options;
  const raw = g.conv(x, { outChannels: anchors * (classes + 5), batchNorm: false, activation: 'linear' });
  return g.yolo(raw, { classes, anchors });
}
