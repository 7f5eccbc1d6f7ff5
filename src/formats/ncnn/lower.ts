import { ProfileError, problem, warning, type Diagnostic, type Origin } from '../../diagnostics.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { TensorId } from '../../graph/graph.ts';
import type { ActivationFunction } from '../../ops/activation.ts';
import type { DType } from '../../ops/dtype.ts';
import type { ElementwiseFunction } from '../../ops/elementwise.ts';
import type { OpAttrs, OpKind } from '../../ops/registry.ts';
import { formatShape, type ParamRole, type Shape, type TensorType } from '../../ops/spec.ts';
import { elements } from '../../units.ts';
import type { LayerLine } from './param.ts';
import { originOf } from './param.ts';
import type { Params } from './params.ts';

/**
 * How a layer of ncnn becomes nodes: its results, one for each blob that it makes (an input where the layer changes
 * nothing); `Unknown` where its arithmetic cannot be told.
 */
export type Rule = (on: Lowering, params: Params) => readonly TensorId[] | Unknown;

/** A layer whose cost is not known, why, and what shapes its results have where those are known. */
export class Unknown {
  readonly reason: string;
  /** extents behind the batch, one list for each result; undefined: the hints of the file, if it has any */
  readonly shapes: readonly Shape[] | undefined;

  constructor(reason: string, shapes?: readonly Shape[]) {
    this.reason = reason;
    this.shapes = shapes;
  }
}

const BATCH_NORM = {};

/**
 * What a layer's rule works with: the graph so far, the layer's inputs, and the ways to complain.
 *
 * A blob of ncnn has a width, a height and channels (outermost first: channels, depth, height, width) and no batch;
 * its tensor has the batch in front, so that a map is NCHW. Axis `a` of a blob is axis `a + 1` of the tensor.
 */
export class Lowering {
  readonly builder: GraphBuilder;
  readonly batch: number;
  readonly #file: string;
  #layer!: LayerLine;
  #inputs: readonly TensorId[] = [];

  constructor(builder: GraphBuilder, file: string, batch: number) {
    this.builder = builder;
    this.#file = file;
    this.batch = batch;
  }

  /** Starts the row of a layer that reads these tensors. */
  start(layer: LayerLine, inputs: readonly TensorId[]): void {
    this.#layer = layer;
    this.#inputs = inputs;
    this.builder.layer({ name: layer.name, origin: this.origin });
  }

  get origin(): Origin {
    return originOf(this.#file, this.#layer);
  }

  get inputCount(): number {
    return this.#inputs.length;
  }

  get outputCount(): number {
    return this.#layer.outputs.length;
  }

  get inputs(): readonly TensorId[] {
    return this.#inputs;
  }

  input(index = 0): TensorId {
    return (
      this.#inputs[index] ??
      this.fail(
        `has ${String(this.#inputs.length)} inputs, input ${String(index + 1)} is missing`,
        'connect it to a blob',
      )
    );
  }

  typeOf(tensor: TensorId): TensorType {
    return this.builder.typeOf(tensor);
  }

  /** Extents of a blob, outermost first, without the batch. */
  dims(tensor: TensorId): Shape {
    return this.typeOf(tensor).shape.slice(1);
  }

  /** Extents of an input that has one of these numbers of dimensions. */
  shape(index: number, ...ranks: readonly number[]): Shape {
    const dims = this.dims(this.input(index));
    if (ranks.length === 0 || ranks.includes(dims.length)) return dims;
    return this.fail(
      `input ${String(index + 1)} is ${formatShape(dims)}, of ${String(dims.length)} dimensions`,
      `give it a blob of ${ranks.join(' or ')}`,
    );
  }

  /** An axis of a blob of this rank as ncnn states it, negative ones from the back. */
  axis(stated: number, rank: number): number {
    const axis = stated < 0 ? rank + stated : stated;
    if (axis >= 0 && axis < rank) return axis;
    return this.fail(
      `axis ${String(stated)} does not exist in a blob of ${String(rank)} dimensions`,
      `name an axis from 0 to ${String(rank - 1)}`,
    );
  }

  /** @throws ProfileError at the layer */
  fail(message: string, fix: string): never {
    throw new ProfileError(problem('CSP364', message, fix, this.origin));
  }

  warning(message: string, fix: string): Diagnostic {
    return warning('CSP365', message, fix, this.origin);
  }

  add<K extends OpKind>(
    kind: K,
    inputs: readonly TensorId[],
    attrs: OpAttrs<K>,
    params?: readonly TensorId[],
  ): TensorId {
    return this.builder.add(kind, inputs, attrs, params === undefined ? {} : { params });
  }

  /** A learned tensor, or one that the layer stores, without a batch. */
  stored(role: ParamRole, shape: Shape, dtype: DType = 'float32'): TensorId {
    return this.builder.constant(role, { dtype, shape });
  }

  /** A number as the second operand of an elementwise operator. */
  number(value: number): TensorId {
    return this.builder.constant('constant', { dtype: 'float32', shape: [] }, undefined, [value]);
  }

  elementwise(fn: ElementwiseFunction, ...inputs: readonly TensorId[]): TensorId {
    const [first] = inputs;
    const dtype = first === undefined ? 'float32' : this.typeOf(first).dtype;
    return this.add('elementwise', inputs, { fn, dtype });
  }

  /** The function of each element, after `scale x + shift` where that changes anything. */
  scaled(x: TensorId, scale: number, shift: number): TensorId {
    let result = x;
    if (scale !== 1) result = this.elementwise('mul', result, this.number(scale));
    return shift === 0 ? result : this.elementwise('add', result, this.number(shift));
  }

  /** The same elements with these extents behind the batch; nothing where they are the same. */
  reshape(tensor: TensorId, dims: Shape): TensorId {
    const from = this.dims(tensor);
    if (from.length === dims.length && from.every((extent, i) => extent === dims[i])) return tensor;
    return this.add('reshape', [tensor], { shape: [this.batch, ...dims] });
  }

  /** All elements in one dimension. */
  flat(tensor: TensorId): TensorId {
    return this.reshape(tensor, [elements(this.dims(tensor))]);
  }

  concat(tensors: readonly TensorId[], axis: number): TensorId {
    // What the file stores has no batch: it meets each image.
    const whole = tensors.map((tensor) => {
      const { shape } = this.typeOf(tensor);
      if (shape[0] === this.batch) return tensor;
      return this.add('expand', [tensor], { shape: [this.batch, ...shape.slice(1)] });
    });
    return this.add('concat', whole, { axis: axis + 1 });
  }

  activation(tensor: TensorId, fn: ActivationFunction): TensorId {
    return this.add('activation', [tensor], { fn });
  }

  /** Clipping; between 0 and 6 it has a name. */
  clip(tensor: TensorId, low: number | undefined, high: number | undefined): TensorId {
    return low === 0 && high === 6 ? this.activation(tensor, 'relu6') : this.elementwise('clip', tensor);
  }

  batchNorm(tensor: TensorId): TensorId {
    return this.add('batchNorm', [tensor], BATCH_NORM);
  }

  /** The function that a layer applies to its result, by its type and numbers. */
  fused(tensor: TensorId, type: number, numbers: readonly number[]): TensorId {
    switch (type) {
      case 1:
        return this.activation(tensor, 'relu');
      case 2:
        return this.activation(tensor, 'leaky');
      case 3:
        return this.clip(tensor, numbers[0], numbers[1]);
      case 4:
        return this.activation(tensor, 'logistic');
      case 5:
        return this.activation(tensor, 'mish');
      case 6:
        return this.activation(tensor, 'hardSwish');
      default:
        return tensor;
    }
  }

  /** The tensor in eight bits. */
  quantized(tensor: TensorId): TensorId {
    return this.typeOf(tensor).dtype === 'int8'
      ? tensor
      : this.add('elementwise', [tensor], { fn: 'quantize', dtype: 'int8' });
  }

  /** Fully connected over the last dimension, with a bias. */
  project(tensor: TensorId, outFeatures: number, bias: boolean, int8: boolean): TensorId {
    const x = int8 ? this.quantized(tensor) : tensor;
    const features = this.dims(x).at(-1) ?? 1;
    return this.add(
      'linear',
      [x],
      { outFeatures, bias, flatten: false, ...(int8 ? { dtype: 'float32' } : {}) },
      int8 ? this.parameters([outFeatures, features], bias ? outFeatures : 0, int8) : undefined,
    );
  }

  /** Weights, in eight bits or not, and a bias, which is stored in full. */
  parameters(weight: Shape, bias: number, int8: boolean): readonly TensorId[] {
    const weights = this.stored('weight', weight, int8 ? 'int8' : 'float32');
    return bias === 0 ? [weights] : [weights, this.stored('bias', [bias])];
  }
}
