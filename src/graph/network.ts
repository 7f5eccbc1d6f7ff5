import type { Origin } from '../diagnostics.ts';
import type { ActivationFunction } from '../ops/activation.ts';
import type { OpAttrs, OpKind } from '../ops/registry.ts';
import type { Shape, TensorType } from '../ops/spec.ts';
import { taps, type SlidingWindow } from '../ops/window.ts';
import { GraphBuilder } from './builder.ts';
import type { Inference } from './inference.ts';
import type { Graph, TensorId } from './graph.ts';

/** One extent for both axes of an image, or height and width. */
export type Extent2D = number | readonly [number, number];

/** `linear`: none */
export type Activation = ActivationFunction | 'linear';

/** What holds for a whole network. */
export interface NetworkOptions {
  /** activation of every `conv` that names none */
  readonly activation?: Activation;
  /** who made it: the file of a user's module, or the zoo */
  readonly origin?: Origin;
  /** what operators make of types, shared by networks that are built one after the other; absent: its own */
  readonly inference?: Inference;
}

/** A convolution with what follows it: extents, channels, groups, normalisation and activation. */
export interface ConvOptions {
  /** channels of the result */
  readonly outChannels: number;
  /** one extent for a square, or height and width; by default 1 */
  readonly kernel?: Extent2D;
  /** one for both axes, or of each; by default 1 */
  readonly stride?: Extent2D;
  /** one for both axes, or of each; by default 1 */
  readonly dilation?: Extent2D;
  /** by default 1 */
  readonly groups?: number;
  /** `same` keeps the extent at stride 1 (the default); a number pads both sides by it */
  readonly padding?: number | 'same';
  /** batch normalisation (the default) */
  readonly batchNorm?: boolean;
  /** absent: only where there is no batch normalisation */
  readonly bias?: boolean;
  /** by default that of the network */
  readonly activation?: Activation;
  /** of the layer; by default derived from its kind and number */
  readonly name?: string;
}

/** A pooling window, square. */
export interface PoolOptions {
  /** extent of both axes */
  readonly kernel: number;
  /** of both axes; by default the kernel's extent */
  readonly stride?: number;
  /** `same`: kernel - 1 in all, the smaller half first (the default); a number pads both sides by it */
  readonly padding?: number | 'same';
  /** whether a last window that does not fit whole is left out (`floor`, the default) or taken */
  readonly rounding?: 'floor' | 'ceil';
  /** of the layer; by default derived from its kind and number */
  readonly name?: string;
}

/** Options of every layer. */
export interface LayerOptions {
  /** of the layer; by default derived from its kind and number */
  readonly name?: string;
}

/**
 * Builds a network layer by layer: every method adds one layer (a row of the profile) and returns its result.
 * `graph()` is the way to one.
 */
export class Network {
  /** what the layers are added to, for operators that this class does not offer */
  readonly builder: GraphBuilder;
  /** activation of every `conv` that names none; a network may change it on its way, as at the start of its head */
  defaultActivation: Activation;
  readonly #origin: Origin;
  readonly #activations = new Map<Activation, { fn: Exclude<Activation, 'linear'> }>();

  constructor(name: string, options: NetworkOptions = {}) {
    this.#origin = options.origin ?? { format: 'zoo', architecture: name };
    this.builder = new GraphBuilder({ name, source: name, format: this.#origin.format }, options.inference);
    this.defaultActivation = options.activation ?? 'relu';
  }

  /** An input of the network, NCHW. */
  input(shape: Shape, name = 'input'): TensorId {
    return this.builder.input(name, { dtype: 'float32', shape });
  }

  /** Names the stage of the layers that follow. */
  stage(name: string): void {
    this.builder.stage(name);
  }

  /** Type of a result, for blocks that derive their widths from what they get. */
  typeOf(x: TensorId): TensorType {
    return this.builder.typeOf(x);
  }

  /** Number of channels of a result. */
  channels(x: TensorId): number {
    return this.typeOf(x).shape[1] as number;
  }

  /** Convolution, batch normalisation (or bias) and activation: one layer. */
  conv(x: TensorId, options: ConvOptions): TensorId {
    const { outChannels, groups = 1, batchNorm = true, bias = !batchNorm } = options;
    this.#start('conv', options);
    return this.#finish(
      this.builder.add('conv', [x], this.#convAttributes(options, outChannels, groups, bias)),
      options,
    );
  }

  /** Transposed convolution, batch normalisation (or bias) and activation: one layer, `stride` times as large. */
  convTranspose(x: TensorId, options: ConvOptions): TensorId {
    const { outChannels, groups = 1, batchNorm = true, bias = !batchNorm } = options;
    this.#start('convTranspose', options);
    const window = { ...windowOf(options), outputPadding: [0, 0] };
    return this.#finish(
      this.builder.add('convTranspose', [x], { ...window, outChannels, groups, bias }),
      options,
    );
  }

  /**
   * Deformable convolution with weighted taps (DCNv2), batch normalisation (or bias) and activation: a convolution
   * finds the offsets and weights of the taps, a second layer applies them.
   */
  deformConv(x: TensorId, options: ConvOptions): TensorId {
    const { outChannels, groups = 1, batchNorm = true, bias = !batchNorm } = options;
    const window = windowOf(options);
    const places = taps(window);
    const name = options.name === undefined ? {} : { name: `${options.name}.offset` };
    const found = this.conv(x, {
      ...options,
      ...name,
      outChannels: 3 * places,
      groups: 1,
      batchNorm: false,
      bias: true,
      activation: 'linear',
    });
    const offset = this.builder.add('slice', [found], { axis: 1, start: 0, end: 2 * places });
    const raw = this.builder.add('slice', [found], { axis: 1, start: 2 * places, end: 3 * places });
    const mask = this.builder.add('activation', [raw], { fn: 'logistic' });
    this.#start('deformConv', options);
    const attrs = { ...window, outChannels, groups, bias, masked: true };
    return this.#finish(this.builder.add('deformConv', [x, offset, mask], attrs), options);
  }

  /** Batch normalisation and activation as a layer of its own: what DenseNet has before every convolution. */
  batchNorm(x: TensorId, options: LayerOptions & { readonly activation?: Activation } = {}): TensorId {
    const { activation = this.defaultActivation } = options;
    this.#start('batchNorm', options);
    const y = this.builder.add('batchNorm', [x], NO_ATTRIBUTES);
    return this.#activated(y, activation);
  }

  /** Depthwise convolution: one filter per channel. */
  depthwise(x: TensorId, options: Omit<ConvOptions, 'outChannels' | 'groups'>): TensorId {
    const channels = this.channels(x);
    return this.conv(x, { ...options, outChannels: channels, groups: channels });
  }

  /** Fully connected layer over the flattened map. */
  linear(
    x: TensorId,
    options: LayerOptions & {
      readonly outFeatures: number;
      readonly bias?: boolean;
      readonly activation?: Activation;
    },
  ): TensorId {
    const { outFeatures, bias = true, activation = 'linear' } = options;
    this.#start('linear', options);
    const y = this.builder.add('linear', [x], { outFeatures, bias, flatten: true });
    return this.#activated(y, activation);
  }

  /** Maximum over a window, channel by channel: one layer. */
  maxPool(x: TensorId, options: PoolOptions): TensorId {
    this.#start('maxPool', options);
    return this.builder.add('maxPool', [x], this.#poolAttributes(options));
  }

  /** Mean over a window, channel by channel: one layer. */
  avgPool(x: TensorId, options: PoolOptions): TensorId {
    this.#start('avgPool', options);
    return this.builder.add('avgPool', [x], this.#poolAttributes(options));
  }

  /** Mean (the default) or maximum of each channel over the whole map, to 1x1: one layer. */
  globalPool(x: TensorId, options: LayerOptions & { readonly mode?: 'average' | 'max' } = {}): TensorId {
    this.#start('globalPool', options);
    return this.builder.add('globalPool', [x], { mode: options.mode ?? 'average' });
  }

  /** Maximum over groups of channels. */
  maxout(x: TensorId, options: LayerOptions & { readonly outChannels: number }): TensorId {
    this.#start('maxout', options);
    return this.builder.add('maxout', [x], { outChannels: options.outChannels });
  }

  /** Residual connection: the first map plus the others. */
  add(
    xs: readonly TensorId[],
    options: LayerOptions & {
      readonly activation?: Activation;
      readonly align?: 'exact' | 'common';
    } = {},
  ): TensorId {
    const { activation = 'linear', align = 'exact' } = options;
    this.#start('add', options);
    const y = this.builder.add('add', xs, { align });
    return this.#activated(y, activation);
  }

  /** The map times a second one: of the same shape, or one value per channel. */
  mul(x: TensorId, scale: TensorId, options: LayerOptions = {}): TensorId {
    this.#start('mul', options);
    return this.builder.add('mul', [x, scale], NO_ATTRIBUTES);
  }

  /** Channels of several maps, one behind the other. */
  concat(xs: readonly TensorId[], options: LayerOptions = {}): TensorId {
    this.#start('concat', options);
    return this.builder.add('concat', xs, CHANNELS);
  }

  /** One of `parts` equal slices of the channels. */
  split(x: TensorId, options: LayerOptions & { readonly parts: number; readonly part: number }): TensorId {
    const width = this.channels(x) / options.parts;
    return this.slice(x, { ...options, start: width * options.part, end: width * (options.part + 1) });
  }

  /** Channels `start` (included) to `end` (excluded). */
  slice(x: TensorId, options: LayerOptions & { readonly start: number; readonly end: number }): TensorId {
    this.#start('slice', options);
    const { start, end } = options;
    const attrs = this.builder.inference.attributes(`slice ${start} ${end}`, () => ({ axis: 1, start, end }));
    return this.builder.add('slice', [x], attrs);
  }

  /** The map itself as a layer of its own: a reference back to it, or dropout at inference. */
  identity(x: TensorId, options: LayerOptions = {}): TensorId {
    this.#start('identity', options);
    return this.builder.add('identity', [x], NO_ATTRIBUTES);
  }

  /** Nearest-neighbour upsampling. */
  upsample(x: TensorId, options: LayerOptions & { readonly factor?: number } = {}): TensorId {
    this.#start('upsample', options);
    return this.builder.add('upsample', [x], { factor: options.factor ?? 2 });
  }

  /** Every position divided by its L2 norm over the channels, times a learned scale per channel. */
  l2Norm(x: TensorId, options: LayerOptions = {}): TensorId {
    this.#start('l2Norm', options);
    const attrs = { fn: 'lp', axes: [1], groups: 1, scale: true, shift: false } as const;
    return this.builder.add('normalize', [x], attrs);
  }

  /** Channels reordered so that each group takes turns with the others: 1, 3, 2, 4 of two groups of two. */
  channelShuffle(x: TensorId, options: LayerOptions & { readonly groups?: number } = {}): TensorId {
    this.#start('channelShuffle', options);
    return this.builder.add('channelShuffle', [x], { groups: options.groups ?? 2 });
  }

  /** Interpolation to the spatial extents of another map, or to ones given. */
  resize(
    x: TensorId,
    options: LayerOptions & {
      readonly size: TensorId | readonly number[];
      readonly mode?: 'nearest' | 'linear';
    },
  ): TensorId {
    const { size, mode = 'nearest' } = options;
    this.#start('resize', options);
    const extents = typeof size === 'number' ? this.typeOf(size).shape.slice(2) : size;
    return this.builder.add('resize', [x], { size: extents, mode });
  }

  /**
   * A part of the network whose parameters are the same wherever it is applied, such as a head on all levels of
   * a pyramid.
   *
   * @example const head = g.shared((x: TensorId) => g.conv(x, { outChannels: 256, kernel: 3 }));
   * @throws ProfileError CSP201 where it is applied to a map of other channels than before
   */
  shared<Inputs extends readonly unknown[], Result>(
    part: (...inputs: Inputs) => Result,
  ): (...inputs: Inputs) => Result {
    return this.builder.shared(part);
  }

  /** Any operator as a layer of its own: what has no method here. */
  operator<K extends OpKind>(
    kind: K,
    inputs: readonly TensorId[],
    attrs: OpAttrs<K>,
    options: LayerOptions = {},
  ): TensorId {
    return this.operators(kind, inputs, attrs, options)[0] as TensorId;
  }

  /** Any operator as a layer of its own: all of its results. */
  operators<K extends OpKind>(
    kind: K,
    inputs: readonly TensorId[],
    attrs: OpAttrs<K>,
    options: LayerOptions = {},
  ): readonly TensorId[] {
    this.#start(kind, options);
    return this.builder.addAll(kind, inputs, attrs);
  }

  /** Stored indices, for an operator that picks by them. */
  indices(values: readonly number[]): TensorId {
    const type = { dtype: 'int64', shape: [values.length] } as const;
    return this.builder.constant('constant', type, 'indices', values);
  }

  /** Activation function as a layer of its own. */
  activation(x: TensorId, fn: ActivationFunction, options: LayerOptions = {}): TensorId {
    this.#start('activation', options);
    return this.#activated(x, fn);
  }

  /** Softmax over the channels: one layer. */
  softmax(x: TensorId, options: LayerOptions = {}): TensorId {
    this.#start('softmax', options);
    return this.builder.add('softmax', [x], { axis: 1 });
  }

  /** One output level of YOLO. */
  yolo(
    x: TensorId,
    options: LayerOptions & { readonly classes?: number; readonly anchors?: number } = {},
  ): TensorId {
    this.#start('yolo', options);
    return this.builder.add('yolo', [x], { classes: options.classes ?? 80, anchors: options.anchors ?? 3 });
  }

  #convAttributes(options: ConvOptions, outChannels: number, groups: number, bias: boolean): OpAttrs<'conv'> {
    const { kernel = 1, stride = 1, dilation = 1, padding = 'same' } = options;
    const simple =
      padding === 'same' && dilation === 1 && typeof kernel === 'number' && typeof stride === 'number'
        ? simpleConvKey(kernel, stride, outChannels, groups, bias)
        : undefined;
    return this.builder.inference.attributes(
      simple ??
        `conv ${String(kernel)} ${String(stride)} ${String(dilation)} ${padding} ${outChannels} ${groups} ${bias}`,
      () => ({ ...windowOf(options), outChannels, groups, bias }),
    );
  }

  #poolAttributes(options: PoolOptions): SlidingWindow {
    const { kernel, stride, padding, rounding } = options;
    return this.builder.inference.attributes(`pool ${kernel} ${stride} ${padding} ${rounding}`, () =>
      poolWindow(options),
    );
  }

  #activated(x: TensorId, fn: Activation): TensorId {
    if (fn === 'linear') return x;
    let attrs = this.#activations.get(fn);
    if (attrs === undefined) {
      attrs = this.builder.inference.attributes(`activation ${fn}`, () => ({ fn }));
      this.#activations.set(fn, attrs);
    }
    return this.builder.add('activation', [x], attrs);
  }

  /** Batch normalisation and activation behind a convolution. */
  #finish(x: TensorId, options: ConvOptions): TensorId {
    const { batchNorm = true, activation = this.defaultActivation } = options;
    const y = batchNorm ? this.builder.add('batchNorm', [x], NO_ATTRIBUTES) : x;
    return this.#activated(y, activation);
  }

  #start(kind: string, { name }: LayerOptions): void {
    this.builder.layer({
      name: name ?? `${kind}${String(this.builder.layerCount)}`,
      origin: this.#origin,
    });
  }
}

const MOST_CHANNELS = 2 ** 18;

/**
 * The attributes of most convolutions as one number, for a text would have to be made for each of hundreds of layers;
 * undefined where they are too large, or no whole numbers.
 */
function simpleConvKey(
  kernel: number,
  stride: number,
  outChannels: number,
  groups: number,
  bias: boolean,
): number | undefined {
  if (!isBelow(kernel, 64) || !isBelow(stride, 16)) return undefined;
  if (!isBelow(outChannels, MOST_CHANNELS) || !isBelow(groups, MOST_CHANNELS)) return undefined;
  const window = ((bias ? 1 : 0) * 64 + kernel) * 16 + stride;
  return (window * MOST_CHANNELS + outChannels) * MOST_CHANNELS + groups;
}

const isBelow = (value: number, end: number): boolean => Number.isInteger(value) && value > 0 && value < end;

/**
 * A network from a function that adds its layers.
 *
 * @example graph('two convs', (g) => {
 *   const x = g.conv(g.input([1, 3, 32, 32]), { outChannels: 16, kernel: 3 });
 *   g.conv(x, { outChannels: 32, kernel: 3, stride: 2 });
 * })
 * @throws ProfileError CSP2xx where shapes do not fit
 */
export function graph(name: string, build: (g: Network) => void, options: NetworkOptions = {}): Graph {
  const network = new Network(name, options);
  build(network);
  return network.builder.build();
}

const NO_ATTRIBUTES = {};

/** The axis of the channels. */
const CHANNELS = { axis: 1 };

const pair = (extent: Extent2D): readonly [number, number] =>
  typeof extent === 'number' ? [extent, extent] : extent;

function windowOf(options: ConvOptions): SlidingWindow {
  const kernel = pair(options.kernel ?? 1);
  const dilation = pair(options.dilation ?? 1);
  const { padding = 'same' } = options;
  const pad = kernel.map((k, axis) =>
    padding === 'same' ? Math.floor(((dilation[axis] as number) * (k - 1)) / 2) : padding,
  );
  return {
    kernel,
    stride: pair(options.stride ?? 1),
    dilation,
    padding: { begin: pad, end: pad },
    rounding: 'floor',
  };
}

function poolWindow({
  kernel,
  stride = kernel,
  padding = 'same',
  rounding = 'floor',
}: PoolOptions): SlidingWindow {
  const begin = padding === 'same' ? Math.floor((kernel - 1) / 2) : padding;
  const end = padding === 'same' ? kernel - 1 - begin : padding;
  return {
    kernel: pair(kernel),
    stride: pair(stride),
    dilation: [1, 1],
    padding: { begin: pair(begin), end: pair(end) },
    rounding,
  };
}
