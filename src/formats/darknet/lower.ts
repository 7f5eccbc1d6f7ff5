import {
  ProfileError,
  problem,
  warning,
  type Diagnostic,
  type DiagnosticCode,
  type Origin,
} from '../../diagnostics.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { OpNode, TensorId } from '../../graph/graph.ts';
import type { ActivationAttrs, ActivationFunction } from '../../ops/activation.ts';
import type { ConvAttrs } from '../../ops/conv.ts';
import type { Shape } from '../../ops/spec.ts';
import type { SlidingWindow } from '../../ops/window.ts';
import { memo } from './memo.ts';

/** Darknet's names of activation functions; `linear` and the two softmaxes are not functions of one element. */
export const ACTIVATIONS: ReadonlyMap<string, ActivationFunction | 'linear' | 'softmax'> = new Map([
  ['linear', 'linear'],
  ['logistic', 'logistic'],
  ['leaky', 'leaky'],
  ['revleaky', 'leaky'],
  ['relu', 'relu'],
  ['relu6', 'relu6'],
  ['swish', 'swish'],
  ['mish', 'mish'],
  ['hard_mish', 'hardMish'],
  ['tanh', 'tanh'],
  ['hardtan', 'hardTanh'],
  ['lhtan', 'lhtan'],
  ['loggy', 'loggy'],
  ['elu', 'elu'],
  ['selu', 'selu'],
  ['gelu', 'gelu'],
  ['relie', 'relie'],
  ['ramp', 'ramp'],
  ['plse', 'plse'],
  ['stair', 'stair'],
  ['normalize_channels', 'normalizeChannels'],
  ['normalize_channels_softmax', 'softmax'],
  ['normalize_channels_softmax_maxval', 'softmax'],
]);

/** Attributes that many nodes have, as one object each: the builder infers equal nodes once. */
export const BATCH_NORM = {} as const;
export const IDENTITY = {} as const;
export const CHANNELS = { axis: 1 } as const;
const ACTIVATION_ATTRS: ReadonlyMap<string, ActivationAttrs> = new Map(
  [...ACTIVATIONS.values()].flatMap((fn) => (fn === 'linear' || fn === 'softmax' ? [] : [[fn, { fn }]])),
);

/** A convolution as Darknet's sections describe it. */
export interface Convolution {
  readonly filters: number;
  readonly size: number;
  readonly strideX: number;
  readonly strideY: number;
  readonly dilation: number;
  /** before dilation, on every side */
  readonly padding: number;
  readonly groups: number;
  readonly binary: boolean;
  readonly batchNormalize: boolean;
  readonly activation: string;
}

/** What a section's lowering works with: the graph so far, the section's place, and the ways to complain. */
export class Lowering {
  readonly builder: GraphBuilder;
  /** what the layer before made, or the network's input; undefined behind a section that is not known */
  #input: TensorId | undefined;
  /** where warnings go */
  readonly complain: (diagnostic: Diagnostic) => void;
  /** what each layer so far made */
  readonly results: (TensorId | undefined)[] = [];
  readonly #file: string;
  #section = 'net';
  #line = 0;

  constructor(
    builder: GraphBuilder,
    file: string,
    input: TensorId,
    complain: (diagnostic: Diagnostic) => void,
  ) {
    this.complain = complain;
    this.builder = builder;
    this.#file = file;
    this.#input = input;
  }

  /** What the layer before made, or the network's input. */
  get input(): TensorId {
    return this.#input ?? this.#behindUnknown(this.index - 1);
  }

  /** Index of the layer that is being lowered. */
  get index(): number {
    return this.results.length;
  }

  /** Starts the layer of a section. */
  start(section: string, line: number): void {
    this.#section = section;
    this.#line = line;
    this.builder.layer({ name: section + String(this.index), origin: this.origin(line) });
  }

  /** Ends the layer: its result is what the next one reads. */
  finish(result: TensorId): void {
    this.results.push(result);
    this.#input = result;
  }

  /** Ends the layer of a section that is not known: neither its cost nor its result is. */
  finishUnknown(): void {
    this.builder.addAll('opaque', [this.input], { op: this.#section, outputs: [] });
    this.results.push(undefined);
    this.#input = undefined;
  }

  #behindUnknown(index: number): never {
    return this.fail(
      'CSP338',
      `it reads layer ${String(index)}, of a section that is not known: its shape is not known either`,
      'only layers that no other reads can be unknown: correct the name of the section, or read another layer',
    );
  }

  /** A line of the section, as the user sees it. */
  readonly origin = (line: number): Origin => ({
    format: 'darknet',
    file: this.#file,
    line,
    section: this.#section,
    index: this.index,
  });

  /** @throws ProfileError at the section */
  fail(code: DiagnosticCode, message: string, fix: string): never {
    throw new ProfileError(problem(code, message, fix, this.origin(this.#line)));
  }

  warn(code: DiagnosticCode, message: string, fix: string): void {
    this.complain(warning(code, message, fix, this.origin(this.#line)));
  }

  /** Index of the layer that `layers=` or `from=` names: counted from the first, or backwards from this one. */
  layerOf(reference: number, option: string): number {
    const index = reference < 0 ? this.index + reference : reference;
    if (index >= 0 && index < this.index) return index;
    return this.fail(
      'CSP328',
      `${option}=${String(reference)} is ` +
        (index === this.index
          ? 'this layer itself'
          : index > this.index
            ? 'a later layer'
            : 'before the first layer'),
      this.index === 0
        ? 'there is no layer before this one to name'
        : `name a layer from 0 to ${String(this.index - 1)}, or count back from -1 to -${String(this.index)}`,
    );
  }

  /** What the layers that an option names made. */
  resultsOf(references: readonly number[] | undefined, option: string): readonly TensorId[] {
    if (references === undefined)
      return this.fail('CSP329', `${option} is missing`, `add ${option}=-1, or another layer`);
    return references.map((reference) => {
      const index = this.layerOf(reference, option);
      return this.results[index] ?? this.#behindUnknown(index);
    });
  }

  /** What the one layer that `from=` names made. */
  resultOf(references: readonly number[] | undefined): TensorId {
    return this.resultsOf(references, 'from')[0] as TensorId;
  }

  shapeOf(tensor: TensorId): Shape {
    return this.builder.typeOf(tensor).shape;
  }

  /** The tensor as a map: features of a fully connected layer are channels of a single position. */
  image(tensor: TensorId): TensorId {
    const { shape } = this.builder.typeOf(tensor);
    if (shape.length > 2) return tensor;
    if (this.index === 0) {
      this.fail(
        'CSP330',
        'the layer needs a map, the network reads a vector',
        'give [net] width, height and channels',
      );
    }
    return this.builder.add('reshape', [tensor], { shape: [...shape, 1, 1] });
  }

  /** The layer's own input as a map. */
  get map(): TensorId {
    return this.image(this.input);
  }

  /** The tensor after an activation function of Darknet; ReLU for a name that Darknet does not know. */
  activate(tensor: TensorId, name: string): TensorId {
    let fn = ACTIVATIONS.get(name);
    if (fn === undefined) {
      this.warn(
        'CSP331',
        `there is no activation "${name}": ReLU is taken, as in Darknet`,
        'name one that exists',
      );
      fn = 'relu';
    }
    if (fn === 'linear') return tensor;
    return fn === 'softmax'
      ? this.builder.add('softmax', [tensor], CHANNELS)
      : this.builder.add('activation', [tensor], ACTIVATION_ATTRS.get(fn) ?? { fn });
  }

  /**
   * Convolution, batch normalisation or bias, and activation.
   *
   * @param sharing nodes of the layer whose parameters these are as well
   */
  convolve(input: TensorId, conv: Convolution, sharing?: readonly OpNode[]): TensorId {
    const shared = sharing
      ?.filter(({ kind }) => kind === 'conv' || kind === 'batchNorm')
      .map(({ params }) => params);
    let result = this.builder.add('conv', [input], convAttrs(conv), paramsOf(shared?.[0]));
    if (conv.batchNormalize)
      result = this.builder.add('batchNorm', [result], BATCH_NORM, paramsOf(shared?.[1]));
    return this.activate(result, conv.activation);
  }

  /** Fully connected layer, batch normalisation or bias, and activation. */
  connect(input: TensorId, outFeatures: number, batchNormalize: boolean, activation: string): TensorId {
    let result = this.builder.add('linear', [input], { outFeatures, bias: !batchNormalize, flatten: true });
    if (batchNormalize) result = this.builder.add('batchNorm', [result], BATCH_NORM);
    return this.activate(result, activation);
  }

  /** A tensor that the network holds from one step to the next, with this shape. */
  state(shape: Shape): TensorId {
    return this.builder.constant('constant', { dtype: 'float32', shape }, 'state');
  }
}

const paramsOf = (params: readonly TensorId[] | undefined): { readonly params?: readonly TensorId[] } =>
  params === undefined ? {} : { params };

/**
 * Attributes of a convolution. Darknet's output size ignores the dilation, (w + 2 padding - size) / stride + 1,
 * while the padding before the map is padding * dilation; the rest goes behind it.
 */
const convAttrs = memo((conv: Convolution): ConvAttrs => {
  const { filters, size, strideX, strideY, dilation, padding, groups, binary, batchNormalize } = conv;
  const total = 2 * padding + (dilation - 1) * (size - 1);
  return {
    ...squareWindow(size, strideX, strideY, dilation, Math.min(padding * dilation, total), total),
    outChannels: filters,
    groups,
    bias: !batchNormalize,
    ...(binary ? { binary } : {}),
  };
});

/** The window of Darknet's layers: the same extent, dilation and padding on both axes. */
export function squareWindow(
  size: number,
  strideX: number,
  strideY: number,
  dilation: number,
  before: number,
  total: number,
): SlidingWindow {
  const after = total - before;
  return {
    kernel: [size, size],
    stride: [strideY, strideX],
    dilation: [dilation, dilation],
    padding: { begin: [before, before], end: [after, after] },
    rounding: 'floor',
  };
}
