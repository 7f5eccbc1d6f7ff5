import { tensorOf, type Graph, type GraphPort, type Layer, type TensorId } from '../../graph/graph.ts';
import type { DType } from '../../ops/dtype.ts';
import type { TensorType } from '../../ops/spec.ts';
import { elements } from '../../units.ts';
import { dataTypeOf } from './dtype.ts';
import { emptyMessage } from './message.ts';
import {
  ATTRIBUTE,
  NODE,
  TENSOR,
  TYPE,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './proto.ts';
import { layerScope } from './writeNames.ts';
import { encodeNumbers, type Content, type Layout } from './writeWeights.ts';

/** An attribute without its name. */
export type AttributeValue = Partial<AttributeProto> & { readonly type: number };

export const int = (i: number): AttributeValue => ({ type: 2, i });
export const ints = (values: readonly number[]): AttributeValue => ({ type: 7, ints: values });
export const float = (f: number): AttributeValue => ({ type: 1, f });
export const text = (s: string): AttributeValue => ({ type: 3, s });

export const graph = (g: GraphProto): AttributeValue => ({ type: 5, g });

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Domain of onnxruntime's own operators. */
export const MICROSOFT_DOMAIN = 'com.microsoft';

/** Elements of a constant that is held in its node, and so in memory. */
const MOST_INLINE = 1 << 20;

/** A stored tensor: its numbers are small and here, or come from a constant of the graph. */
export interface Initializer {
  readonly proto: TensorProto;
  readonly content: Uint8Array | { readonly id: TensorId; readonly layout: Layout };
}

/**
 * The ONNX graph on its way: nodes and stored tensors, with names that lead back to layers.
 * Values are passed around by name; every name is used once.
 */
export class Draft {
  readonly opset: number;
  /** of the graph itself; those of a body are in its attribute */
  readonly nodes: NodeProto[] = [];
  readonly initializers: Initializer[] = [];
  readonly #graph: Graph;
  readonly #taken = new Set<string>();
  /** values that a node computes, so that a port's name can take the place of theirs */
  readonly #computed = new Set<string>();
  readonly #values = new Map<TensorId, string>();
  readonly #stored = new Map<string, string>();
  /** values that are stored, and so the same in every run */
  readonly #fixed = new Set<string>();
  readonly #content: Content;
  /** where nodes are added: the graph, or the body that is being written */
  #open = this.nodes;
  #scope = '';
  #microsoft = false;

  constructor(graph: Graph, opset: number, content: Content) {
    this.#graph = graph;
    this.opset = opset;
    this.#content = content;
  }

  /** Starts the layer whose name the next nodes begin with. */
  layer(layer: Layer): void {
    this.#scope = `${layerScope(layer)}/`;
  }

  /** A name that nothing has yet, this one if it is free. */
  name(wanted: string): string {
    // Runtimes hand results to JavaScript as properties, where this name is lost.
    if (wanted === '__proto__') return this.name('_proto_');
    let name = wanted;
    for (let n = 2; this.#taken.has(name); n++) name = `${wanted}_${String(n)}`;
    this.#taken.add(name);
    return name;
  }

  /** Says that the value of a tensor of the graph is this one. */
  define(id: TensorId, value: string): void {
    this.#values.set(id, value);
  }

  /** The value of a tensor of the graph; a constant is stored on first use. */
  value(id: TensorId): string {
    return this.#values.get(id) ?? this.constant(id);
  }

  typeOf(id: TensorId): TensorType {
    return tensorOf(this.#graph, id).type;
  }

  /** Whether a node made the tensor's value. */
  has(id: TensorId): boolean {
    return this.#values.has(id);
  }

  /** Whether no input of the model changes the value. */
  isFixed(value: string): boolean {
    return this.#fixed.has(value);
  }

  /** Whether a node of onnxruntime's own domain was added. */
  get usesMicrosoft(): boolean {
    return this.#microsoft;
  }

  /** A constant of the graph as a stored tensor, with other dimensions or axes in another order if need be. */
  constant(id: TensorId, dims?: readonly number[], layout: Layout = {}): string {
    const { type, role, name } = tensorOf(this.#graph, id);
    const written = dims ?? type.shape;
    const computed = this.#values.get(id);
    if (computed !== undefined) return this.#arranged(computed, type.shape, written, layout);
    const key = `${String(id)}:${written.join()}:${String(layout.order)}`;
    if (role === 'constant' && elements(written) > 1 && elements(written) <= MOST_INLINE) {
      return this.#constantNode(key, type.dtype, written, () => this.#content(id, layout));
    }
    return this.#store(key, name ?? role, type.dtype, written, {
      id,
      layout,
    });
  }

  /** Whole numbers that describe something (axes, extents) as a stored vector. */
  integers(values: readonly number[]): string {
    return this.#store(
      `integers${values.join()}`,
      'integers',
      'int64',
      [values.length],
      encodeNumbers('int64', Float64Array.from(values)),
    );
  }

  /** Numbers that belong to an operator's definition, in the element type of what they meet; a scalar by default. */
  numbers(dtype: DType, values: readonly number[], dims: readonly number[] = []): string {
    const key = `${dtype}${values.join()}:${dims.join()}`;
    return this.#constantNode(key, dtype, dims, () => [encodeNumbers(dtype, Float64Array.from(values))]);
  }

  /** A Constant node: what an initialiser holds counts as learned. */
  #constantNode(
    key: string,
    dtype: DType,
    dims: readonly number[],
    content: () => Iterable<Uint8Array>,
  ): string {
    const before = this.#stored.get(key);
    if (before !== undefined) return before;
    const t = {
      ...emptyMessage(TENSOR),
      dims,
      dataType: dataTypeOf(dtype),
      rawData: concatenated(content()),
    };
    // In the graph itself, where bodies see it as well.
    const open = this.#open;
    this.#open = this.nodes;
    const value = this.op('Constant', [], { value: { type: 4, t } });
    this.#open = open;
    this.#stored.set(key, value);
    this.#fixed.add(value);
    return value;
  }

  /** A computed parameter with other dimensions or axes in another order. */
  #arranged(value: string, shape: readonly number[], dims: readonly number[], { order }: Layout): string {
    const turned = order === undefined ? value : this.op('Transpose', [value], { perm: ints(order) });
    const now = order?.map((axis) => shape[axis]) ?? shape;
    return now.join() === dims.join() ? turned : this.op('Reshape', [turned, this.integers(dims)]);
  }

  #store(
    key: string,
    wanted: string,
    dtype: DType,
    dims: readonly number[],
    content: Initializer['content'],
  ): string {
    const before = this.#stored.get(key);
    if (before !== undefined) return before;
    const name = this.name(`${this.#scope}${wanted}`);
    this.#stored.set(key, name);
    this.#fixed.add(name);
    this.initializers.push({
      proto: { ...emptyMessage(TENSOR), name, dims, dataType: dataTypeOf(dtype) },
      content,
    });
    return name;
  }

  /** Adds a node with one output and returns that. */
  op(opType: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.ops(opType, inputs, 1, attributes)[0] as string;
  }

  /** Adds a node of onnxruntime's own domain with one output and returns that. */
  microsoft(opType: string, inputs: readonly string[], attributes: Attributes = {}): string {
    this.#microsoft = true;
    return this.#add(opType, inputs, [true], attributes, MICROSOFT_DOMAIN)[0] as string;
  }

  /** Adds a node with several outputs, or those of a list that are wanted, and returns them. */
  ops(
    opType: string,
    inputs: readonly string[],
    outputs: number | readonly boolean[],
    attributes: Attributes = {},
  ): readonly string[] {
    const wanted = typeof outputs === 'number' ? Array.from({ length: outputs }, () => true) : outputs;
    return this.#add(opType, inputs, wanted, attributes, undefined);
  }

  #add(
    opType: string,
    inputs: readonly string[],
    wanted: readonly boolean[],
    attributes: Attributes,
    domain: string | undefined,
  ): readonly string[] {
    const name = this.name(`${this.#scope}${opType}`);
    // An output has its node's name, which lives in a space of its own.
    const output =
      wanted.length === 1 ? [name] : wanted.map((each, o) => (each ? this.name(`${name}:${String(o)}`) : ''));
    const made = output.filter((value) => value !== '');
    for (const value of made) this.#computed.add(value);
    this.#open.push({
      ...emptyMessage(NODE),
      opType,
      name,
      domain,
      input: inputs,
      output,
      attribute: Object.entries(attributes).map(([key, value]) => ({
        ...emptyMessage(ATTRIBUTE),
        ...value,
        name: key,
      })),
    });
    return made;
  }

  /**
   * The nodes that a function adds, for a body; what they make is not seen outside of it. The function learns
   * whether one of them made a value.
   */
  body(write: (made: (value: string) => boolean) => void): readonly NodeProto[] {
    const outer = this.#open;
    const nodes: NodeProto[] = [];
    this.#open = nodes;
    write((value) => nodes.some(({ output }) => output.includes(value)));
    this.#open = outer;
    for (const { output } of nodes) for (const value of output) this.#computed.delete(value);
    return nodes;
  }

  /** A name for a value of this layer that no node of the graph makes. */
  fresh(wanted: string): string {
    return this.name(`${this.#scope}${wanted}`);
  }

  /** Makes the port's name the name of its value: renamed where a node made it for this port alone, else copied. */
  output({ name, tensor }: GraphPort, renamed: Map<string, string>): void {
    const value = this.value(tensor);
    if (this.#computed.has(value) && !renamed.has(value)) {
      renamed.set(value, name);
      return;
    }
    const copy = this.op('Identity', [value]);
    renamed.set(copy, name);
  }

  /** Types of all tensors of the graph that nodes compute, by value name. */
  valueTypes(): ReadonlyMap<string, TensorType> {
    const types = new Map<string, TensorType>();
    for (const [id, value] of this.#values) {
      if (this.#computed.has(value)) types.set(value, tensorOf(this.#graph, id).type);
    }
    return types;
  }
}

function concatenated(chunks: Iterable<Uint8Array>): Uint8Array {
  const all = [...chunks];
  const bytes = new Uint8Array(all.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of all) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** A value's name and type as ONNX states them. */
export const valueInfo = (name: string, { dtype, shape }: TensorType): ValueInfoProto => ({
  name,
  type: {
    ...emptyMessage(TYPE),
    tensorType: {
      elemType: dataTypeOf(dtype),
      shape: { dim: shape.map((extent) => ({ dimValue: extent, dimParam: undefined })) },
    },
  },
});
