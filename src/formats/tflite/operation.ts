import { excerpt, ProfileError, problem, type Origin } from '../../diagnostics.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { TensorId } from '../../graph/graph.ts';
import type { DType } from '../../ops/dtype.ts';
import type { OpAttrs, OpKind } from '../../ops/registry.ts';
import { formatShape, type ParamRole, type Shape, type TensorType } from '../../ops/spec.ts';
import { elements } from '../../units.ts';
import type { StoredOperator, StoredTensor } from './model.ts';
import { FUSED, OPERATOR, type Options } from './schema.ts';
import { axisFirst, channelsSecond, toFirst, toLast, type BlockNumbers, type Value } from './value.ts';

/** What a rule returns: the results of an operator, undefined for one that no node of our graph makes. */
export type Results = readonly (TensorId | undefined)[];

/** Thrown where a rule needs content that only a run can tell. */
export class Indeterminate extends Error {
  override readonly name = 'Indeterminate';
}

/** A map in one of its two forms, with the axes of that form. */
export interface MapForm {
  readonly id: TensorId;
  readonly channelsFirst: boolean;
  /** an axis of the file's shape in this form */
  readonly axis: (axis: number) => number;
}

const NO_PARAMS: readonly TensorId[] = [];

/** Types of numbers that are learned; whole numbers of 32 and 64 bits are indices and extents. */
const LEARNED = /float|^u?int(2|4|8|16)$/;

/** Where an operator is, and how often it runs. */
interface About {
  /** name of the layer */
  readonly layer: string;
  readonly file: string;
  readonly repeat: number | 'unknown';
  /** is told of extents that depend on the data and are counted at the most that they can be */
  readonly onBound: (symbol: string, most: number) => void;
  /** the operators of a subgraph, by name */
  readonly body: (subgraph: number) => readonly string[];
}

/** One operator of a file on its way into our graph: what a rule sees. */
export class Operation {
  readonly operator: StoredOperator;
  readonly inputs: readonly (Value | undefined)[];
  /** the outputs as the file states them */
  readonly outputs: readonly StoredTensor[];
  readonly origin: Origin;
  readonly #builder: GraphBuilder;
  readonly #about: About;
  #started = false;

  constructor(
    builder: GraphBuilder,
    operator: StoredOperator,
    inputs: readonly (Value | undefined)[],
    outputs: readonly StoredTensor[],
    about: About,
  ) {
    this.operator = operator;
    this.inputs = inputs;
    this.outputs = outputs;
    this.#builder = builder;
    this.#about = about;
    this.origin = { format: 'tflite', file: about.file, node: about.layer, op: operator.name };
  }

  get name(): string {
    return this.operator.name;
  }

  /** @throws ProfileError CSP201 always */
  fail(message: string, fix = 'check the model, or convert it again'): never {
    throw new ProfileError(problem('CSP201', message, fix, this.origin));
  }

  /** The operator's options; defaults where the file has none of this kind. */
  options<T>({ union, member, fields }: Options<T>): T {
    const { table } = this.operator;
    const [type, place] =
      union === 1
        ? [table.u8(OPERATOR.optionsType), OPERATOR.options]
        : [table.u8(OPERATOR.options2Type), OPERATOR.options2];
    const options = type === member ? table.table(place) : undefined;
    const read: Partial<T> = {};
    for (const name in fields) read[name] = fields[name](options);
    // Every field of T has its reader.
    return read as T;
  }

  /** The operators of a subgraph that says how two numbers are combined, by name. */
  body(subgraph: number): readonly string[] {
    return this.#about.body(subgraph);
  }

  has(index: number): boolean {
    return this.inputs[index] !== undefined;
  }

  value(index: number): Value {
    return this.inputs[index] ?? this.fail(`has no input ${String(index + 1)}`);
  }

  shape(index: number): Shape {
    return this.value(index).shape;
  }

  /** The shape of an input, which must have this many dimensions. */
  shapeOf(index: number, rank: number): Shape {
    const shape = this.shape(index);
    if (shape.length !== rank) {
      this.fail(`takes ${String(rank)} dimensions as input ${String(index + 1)}, not ${formatShape(shape)}`);
    }
    return shape;
  }

  dtype(index: number): DType {
    return this.value(index).dtype ?? this.fail(`takes a tensor as input ${String(index + 1)}`);
  }

  /** Element type of an output, which the file states. */
  resultType(index = 0): DType {
    return this.outputs[index]?.dtype ?? this.fail(`has no tensor as output ${String(index + 1)}`);
  }

  /** The output as the file states it. */
  statedOutput(index = 0): TensorType {
    const output = this.outputs[index] ?? this.fail(`has no output ${String(index + 1)}`);
    return { dtype: this.resultType(index), shape: output.shape };
  }

  /** An extent of an output that depends on the data: what the file states, or else the most that it can be. */
  atMost(output: number, axis: number, most: number): number {
    const { name, shape, free } = this.outputs[output] ?? this.fail(`has no output ${String(output + 1)}`);
    const stated = free.includes(axis) ? undefined : shape[axis];
    if (stated === undefined) this.#about.onBound(`${name}[${String(axis)}]`, most);
    return stated ?? most;
  }

  isConstant(index: number): boolean {
    return this.inputs[index]?.storage !== undefined;
  }

  /** The whole numbers that an input holds, where they are known. */
  known(index: number): readonly number[] | undefined {
    const value = this.inputs[index];
    return value?.content ?? value?.storage?.content();
  }

  /** @throws Indeterminate where only a run can tell */
  numbers(index: number): readonly number[] {
    this.value(index);
    const known = this.known(index);
    if (known === undefined) throw new Indeterminate(`input ${String(index + 1)} is computed`);
    return known;
  }

  /** `axis` counted from the front, of so many dimensions. */
  axis(axis: number, rank: number): number {
    const counted = axis < 0 ? axis + rank : axis;
    return counted >= 0 && counted < rank
      ? counted
      : this.fail(`has no axis ${String(axis)} in ${String(rank)} dimensions`);
  }

  /** Axes counted from the front, each once. */
  axes(axes: readonly number[], rank: number): readonly number[] {
    return [...new Set(axes.map((axis) => this.axis(axis, rank)))];
  }

  /** The input with the shape that the file has. */
  id(index: number): TensorId {
    const value = this.value(index);
    if (value.storage !== undefined || value.content !== undefined) return this.#constant(value, 'constant');
    return this.#stored(value, index);
  }

  /** The input as an operand; learned numbers have this role. */
  learned(index: number, role: ParamRole): TensorId {
    return this.isConstant(index)
      ? this.#constant(this.value(index), this.#roleOf(index, role))
      : this.id(index);
  }

  #roleOf(index: number, role: ParamRole): ParamRole | 'constant' {
    const { dtype, shape } = this.value(index);
    return dtype !== undefined && LEARNED.test(dtype) && shape.some((extent) => extent !== 1)
      ? role
      : 'constant';
  }

  /** A stored input as a parameter, in the shape that our operator has it. */
  param(index: number, role: ParamRole, shape: Shape): TensorId {
    const value = this.value(index);
    if (elements(value.shape) !== elements(shape)) {
      this.fail(`takes ${formatShape(shape)} as input ${String(index + 1)}, not ${formatShape(value.shape)}`);
    }
    if (value.storage !== undefined) return this.#constant(value, role, shape);
    const id = this.id(index);
    return formatShape(shape) === formatShape(value.shape) ? id : this.reshape(id, shape);
  }

  /** Of a stored input that is quantised in blocks, the scales and zero points: attributes and parameters of `linear`. */
  blocks(index: number): {
    readonly attrs: { readonly scales?: number; readonly zeroPoints?: true };
    readonly params: readonly TensorId[];
  } {
    const { scales, zeroPoints } = this.value(index).storage?.blocks?.() ?? {};
    if (scales === undefined) return { attrs: {}, params: [] };
    const count = elements(scales.shape);
    const vector = (role: ParamRole, { name, dtype }: BlockNumbers): TensorId =>
      this.#builder.constant(role, { dtype: dtype ?? 'float32', shape: [count] }, name);
    if (zeroPoints === undefined) return { attrs: { scales: count }, params: [vector('scale', scales)] };
    return {
      attrs: { scales: count, zeroPoints: true },
      params: [vector('scale', scales), vector('shift', zeroPoints)],
    };
  }

  /** A parameter that the file stores in several parts: the first gives its name and type. */
  joined(indices: readonly number[], role: ParamRole, shape: Shape): TensorId {
    let count = 0;
    for (const index of indices) count += elements(this.shape(index));
    const storage = this.value(indices[0] as number).storage;
    if (storage === undefined || count !== elements(shape)) {
      return this.fail(`has ${String(count)} ${role}s where ${formatShape(shape)} are needed`);
    }
    return this.#builder.constant(role, { dtype: storage.dtype, shape }, storage.name);
  }

  #constant(value: Value, role: ParamRole | 'constant', shape = value.shape): TensorId {
    const key = `${role} ${shape.join('x')}`;
    let id = value.constants.get(key);
    if (id === undefined) {
      const { storage } = value;
      const dtype = storage?.dtype ?? value.dtype ?? 'int32';
      const content = role === 'constant' ? (value.content ?? storage?.content()) : undefined;
      id = this.#builder.constant(
        role,
        { dtype, shape },
        storage?.name,
        content !== undefined && content.length <= MOST_STATED ? content : undefined,
      );
      value.constants.set(key, id);
    }
    return id;
  }

  #stored(value: Value, index: number): TensorId {
    if (value.stored !== undefined) return value.stored;
    const { channelsFirst, shape } = value;
    if (channelsFirst === undefined) return this.fail(`has no tensor as input ${String(index + 1)}`);
    value.stored = isOneOrder(shape)
      ? this.reshape(channelsFirst, shape)
      : this.one('layout', [channelsFirst], { perm: toLast(shape.length) });
    return value.stored;
  }

  /** The input with its channels second. */
  first(index: number): TensorId {
    const value = this.value(index);
    if (value.shape.length < 3) {
      this.fail(`takes a map as input ${String(index + 1)}, not ${formatShape(value.shape)}`);
    }
    if (value.storage !== undefined) return this.#constant(value, 'constant', channelsSecond(value.shape));
    return (value.channelsFirst ??= this.#turned(this.id(index), value.shape));
  }

  /** A tensor of this shape of the file, with its channels second. */
  #turned(id: TensorId, shape: Shape): TensorId {
    const [turned] = isOneOrder(shape)
      ? this.add('reshape', [id], { shape: channelsSecond(shape) }, NO_PARAMS, true)
      : this.add('layout', [id], { perm: toFirst(shape.length) }, NO_PARAMS, true);
    return turned as TensorId;
  }

  /** The input in the form that it has. */
  map(index: number): MapForm {
    const value = this.value(index);
    const rank = value.shape.length;
    return this.isFirst(index)
      ? { id: this.first(index), channelsFirst: true, axis: (axis) => axisFirst(axis, rank) }
      : { id: this.id(index), channelsFirst: false, axis: (axis) => axis };
  }

  /** Whether the input is at hand with its channels second only. */
  isFirst(index: number): boolean {
    const value = this.inputs[index];
    return value?.channelsFirst !== undefined && value.stored === undefined;
  }

  /**
   * Operands that are broadcast to each other, all in one form: with the channels second where one is at hand in that
   * form only.
   */
  broadcast(role?: ParamRole, indices = this.inputs.map((_, index) => index)): readonly TensorId[] {
    const rank = indices.reduce((most, index) => Math.max(most, this.shape(index).length), 0);
    const first = indices.some((index) => this.isFirst(index) && this.shape(index).length === rank);
    return indices.map((index) => {
      if (first) return this.#aligned(index, rank, role);
      return role === undefined ? this.id(index) : this.learned(index, role);
    });
  }

  /** An operand with the channels second, and as many dimensions as the others. */
  #aligned(index: number, rank: number, role: ParamRole | undefined): TensorId {
    const value = this.value(index);
    const missing = rank - value.shape.length;
    if (missing === 0 && value.storage === undefined) return this.first(index);
    if (value.shape.length === 0) return this.id(index);
    const shape = [...Array.from({ length: missing }, () => 1), ...value.shape];
    if (value.storage !== undefined) {
      const roleHere = role === undefined ? 'constant' : this.#roleOf(index, role);
      return this.#constant(value, roleHere, channelsSecond(shape));
    }
    return this.#turned(this.reshape(this.id(index), shape), shape);
  }

  /** Adds a node of our graph. Its results are of the form of its operands, unless said otherwise. */
  add<K extends OpKind>(
    kind: K,
    inputs: readonly TensorId[],
    attrs: OpAttrs<K>,
    params: readonly TensorId[] = NO_PARAMS,
    channelsLast = kind !== 'layout' &&
      kind !== 'reshape' &&
      inputs.some((id) => this.#builder.isChannelsLast(id)),
  ): readonly TensorId[] {
    this.start();
    return this.#builder.addAll(kind, inputs, attrs, { params, repeat: this.#about.repeat, channelsLast });
  }

  /** Starts the operator's layer, if that has not been done. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#builder.layer({ name: this.#about.layer, origin: this.origin });
  }

  /** The one result of a node. */
  one<K extends OpKind>(
    kind: K,
    inputs: readonly TensorId[],
    attrs: OpAttrs<K>,
    params: readonly TensorId[] = NO_PARAMS,
  ): TensorId {
    return this.add(kind, inputs, attrs, params)[0] as TensorId;
  }

  reshape(id: TensorId, shape: Shape): TensorId {
    return this.one('reshape', [id], { shape });
  }

  /** The element type of a result where it is not the operand's. */
  dtypeUnless(operand: TensorId): { readonly dtype?: DType } {
    const dtype = this.resultType();
    return this.#builder.typeOf(operand).dtype === dtype ? {} : { dtype };
  }

  typeOf(id: TensorId): TensorType {
    return this.#builder.typeOf(id);
  }

  /** The result behind the activation function that the options name. */
  fused(id: TensorId, fused: number): TensorId {
    const fn = FUSED[fused] ?? this.fail(`has the activation function ${String(fused)}, which is not known`);
    switch (fn) {
      case 'none':
        return id;
      case 'signBit':
        return this.one('elementwise', [id], { fn: 'sign', dtype: this.typeOf(id).dtype });
      case 'reluN1To1':
        return this.one('activation', [id], { fn: 'hardTanh' });
      case 'relu':
      case 'relu6':
      case 'tanh':
        return this.one('activation', [id], { fn });
    }
  }

  /** Every input that is a tensor, with the shape that the file has. */
  operands(role?: ParamRole): readonly TensorId[] {
    return this.inputs.flatMap((value, index) => {
      if (value?.dtype === undefined) return [];
      return [role === undefined ? this.id(index) : this.learned(index, role)];
    });
  }

  /** Data that is moved, copied or produced by no operator of ours: outputs of these shapes. */
  moved(shapes: readonly Shape[], indices = [0]): Results {
    return this.add(
      'rearrange',
      indices.map((index) => this.id(index)),
      { op: this.name, outputs: shapes.map((shape, i) => ({ dtype: this.resultType(i), shape })) },
    );
  }

  /** Data that is moved: outputs as the file states them. */
  stated(): Results {
    const outputs = this.outputs.map((_, i) => this.statedOutput(i));
    return this.add('rearrange', this.operands(), { op: this.name, outputs }, NO_PARAMS, false);
  }

  /** What is not known: outputs as the file states them. */
  opaque(op = this.name): Results {
    const outputs = this.outputs.map((output) => output.dtype !== undefined);
    const types = this.outputs.flatMap((_, i) => (outputs[i] === true ? [this.statedOutput(i)] : []));
    const ids = this.add('opaque', this.operands(), { op: excerpt(op), outputs: types }, NO_PARAMS, false);
    let next = 0;
    return outputs.map((isTensor) => (isTensor ? ids[next++] : undefined));
  }
}

/** Content of more numbers than this is data, not part of what an operator does. */
const MOST_STATED = 16;

/** Whether a shape has the same order of elements channels first and last: of one position, or one channel. */
function isOneOrder(shape: Shape): boolean {
  return shape.at(-1) === 1 || elements(shape.slice(1, -1)) === 1;
}
