import { excerpt, type Origin, ProfileError, problem } from '../../diagnostics.ts';
import type { DType } from '../../ops/dtype.ts';
import type { TensorFile } from './constant.ts';
import type { AttributeProto, GraphProto, NodeProto, TensorProto } from './proto.ts';
import { compatible, type Extent, isKnown, nameOf, type UnknownExtent } from '../../ops/extent.ts';
import {
  isRanked,
  type RankedTensor,
  type Scalar,
  type Tensor,
  tensor,
  UNKNOWN,
  type Value,
} from './values.ts';
import type { TensorType } from '../../ops/spec.ts';

/** What a node may ask of the inference around it. */
export interface Surroundings {
  readonly file: TensorFile;
  /** attributes of the function call that the node is part of, by name */
  readonly attributes: ReadonlyMap<string, AttributeProto> | undefined;
  /** extents that the user gave to symbols */
  readonly bindings: ReadonlyMap<string, number>;
  /** Infers the types of a graph attribute, given its inputs; outer values are seen by name. */
  readonly body: (owner: Node, graph: GraphProto, inputs: readonly Value[]) => Body;
  /** Notes what a graph attribute stores that is not run. */
  readonly skip: (graph: GraphProto) => void;
  /** a tensor that a node stores */
  readonly constant: (proto: TensorProto, name: string) => Tensor;
  /** MACs of a body, and everything else that it computes */
  readonly costOf: (body: Body) => Cost;
  /** tensors whose numbers were asked for and are in another file */
  readonly unopened: Set<string>;
  /** labels of nodes of which only one branch fits these inputs, and which runs is not known */
  readonly unfit: Set<string>;
  /** branches that the user chose, by the label of the node */
  readonly branches: ReadonlyMap<string, Branch>;
}

export type Branch = 'then' | 'else';

/** What a body computes, as far as it can be counted. */
export interface Cost {
  readonly macs: number;
  /** operations that are no multiply-accumulates */
  readonly others: number;
}

/** The inside of a node: a branch, a loop's body, a function, with all types inferred. */
export interface Body {
  readonly nodes: readonly InferredNode[];
  /** what it is given, in order */
  readonly inputs: readonly Value[];
  readonly results: readonly Value[];
}

export interface InferredNode {
  readonly node: Node;
  readonly outputs: readonly Value[];
  /** the same object for nodes of the same operator, attributes and operand types, whose result has no content */
  readonly alike?: object | undefined;
}

/** How the bodies of a node run: each so often. */
export interface Inside {
  readonly bodies: readonly Body[];
  readonly repeat: number | 'unknown';
  /** they are all that the node does */
  readonly whole: boolean;
  /** what is counted where the data decide, behind the label of the node: `counted as its then branch` */
  readonly bound?: string;
}

/** Thrown by `Node` where a handler needs a shape that nothing is known of: the outputs are then unknown too. */
export class Indeterminate extends Error {
  override readonly name = 'Indeterminate';
}
const INDETERMINATE = new Indeterminate('the shape of an operand is unknown');

/** A node of an ONNX graph with the types of its inputs: what a handler sees. */
export class Node {
  readonly proto: NodeProto;
  readonly domain: string;
  readonly op: string;
  /** version of the operator set that the node's domain is imported at */
  readonly opset: number;
  readonly inputs: readonly (Value | undefined)[];
  /** how the node is called in messages and rows */
  readonly label: string;
  readonly surroundings: Surroundings;
  /** set by the handlers of operators that hold graphs, and for functions */
  inside: Inside | undefined;
  /** whether more was looked at than types: what an input holds, or what the user gave to a symbol */
  looksPastTypes = false;

  constructor(
    proto: NodeProto,
    domain: string,
    opset: number,
    inputs: readonly (Value | undefined)[],
    label: string,
    surroundings: Surroundings,
  ) {
    this.proto = proto;
    this.domain = domain;
    this.op = proto.opType ?? '';
    this.opset = opset;
    this.inputs = inputs;
    this.label = label;
    this.surroundings = surroundings;
  }

  /** the operator, its domain before it where that is not ONNX's own */
  get qualified(): string {
    return this.domain === '' ? this.op : `${this.domain}.${this.op}`;
  }

  get origin(): Origin {
    const { name: file } = this.surroundings.file;
    const module = moduleOf(this.proto);
    const origin: Origin = { format: 'onnx', file, node: this.label, op: this.op };
    return module === undefined ? origin : { ...origin, module };
  }

  /** @throws ProfileError CSP201 always */
  fail(message: string, fix = 'check the model, or export it again'): never {
    throw new ProfileError(problem('CSP201', message, fix, this.origin));
  }

  /** Number of outputs that the node names; optional ones that it leaves out at the end do not count. */
  get outputs(): number {
    return this.proto.output.length;
  }

  has(index: number): boolean {
    return this.inputs[index] !== undefined;
  }

  value(index: number): Value {
    return this.inputs[index] ?? this.fail(`has no input ${String(index + 1)}`);
  }

  tensor(index: number): Tensor {
    const value = this.value(index);
    if (value.kind === 'unknown') throw INDETERMINATE;
    if (value.kind !== 'tensor') {
      return this.fail(`takes a tensor, not a ${value.kind}, as input ${String(index + 1)}`);
    }
    return value;
  }

  /** The tensor, whose rank must be known. */
  typed(index: number): RankedTensor {
    const value = this.tensor(index);
    if (!isRanked(value)) throw INDETERMINATE;
    return value;
  }

  dtype(index: number): DType | undefined {
    return this.tensor(index).dtype;
  }

  shape(index: number): readonly Extent[] {
    return this.typed(index).shape;
  }

  /** The shape, which must have `rank` dimensions. */
  shapeOf(index: number, rank: number): readonly Extent[] {
    const shape = this.shape(index);
    if (shape.length !== rank) {
      this.fail(`takes ${String(rank)} dimensions as input ${String(index + 1)}, not ${formatDims(shape)}`);
    }
    return shape;
  }

  /** Refuses an input, if it is there, whose shape cannot be this one. */
  expect(index: number, shape: readonly Extent[]): void {
    if (!this.has(index)) return;
    const found = this.shape(index);
    const fits =
      found.length === shape.length && found.every((dim, axis) => compatible(dim, shape[axis] ?? dim));
    if (!fits)
      this.fail(`takes ${formatDims(shape)} as input ${String(index + 1)}, not ${formatDims(found)}`);
  }

  /** Dimension `axis` of an input, negative from the end. */
  dim(index: number, axis: number): Extent {
    const shape = this.shape(index);
    return (
      shape.at(axis) ??
      this.fail(`needs more dimensions in input ${String(index + 1)} than ${formatDims(shape)} has`)
    );
  }

  /** The content of an input, element by element, where it is small enough to be followed. */
  elements(index: number): readonly Scalar[] | undefined {
    const value = this.inputs[index];
    if (value?.kind !== 'tensor') return undefined;
    if (value.constant?.external === true) this.surroundings.unopened.add(value.constant.name);
    if (value.elements === undefined) return undefined;
    this.looksPastTypes = true;
    return value.elements();
  }

  /** The content of an input, where all of it is known. */
  numbers(index: number): readonly number[] | undefined {
    const elements = this.elements(index);
    return elements?.every(isKnown) === true ? elements : undefined;
  }

  #attribute(name: string): AttributeProto | undefined {
    let attribute: AttributeProto | undefined;
    for (const candidate of this.proto.attribute) if (candidate.name === name) attribute = candidate;
    const reference = attribute?.refAttrName;
    return reference === undefined || reference === ''
      ? attribute
      : this.surroundings.attributes?.get(reference);
  }

  /** Whether the attribute is there, whatever its type. */
  hasAttribute(name: string): boolean {
    return this.#attribute(name) !== undefined;
  }

  #typed(name: string, expected: number): AttributeProto | undefined {
    const attribute = this.#attribute(name);
    const type = attribute?.type;
    if (type !== undefined && type !== 0 && type !== expected) {
      this.fail(`attribute "${excerpt(name)}" has type ${String(type)} instead of ${String(expected)}`);
    }
    return attribute;
  }

  int(name: string): number | undefined;
  int(name: string, otherwise: number): number;
  int(name: string, otherwise?: number): number | undefined {
    const attribute = this.#typed(name, ATTRIBUTE.int);
    return attribute === undefined ? otherwise : attribute.i === undefined ? 0 : attribute.i;
  }

  ints(name: string): readonly number[] | undefined {
    const attribute = this.#typed(name, ATTRIBUTE.ints);
    return attribute?.ints;
  }

  float(name: string): number | undefined;
  float(name: string, otherwise: number): number;
  float(name: string, otherwise?: number): number | undefined {
    const attribute = this.#typed(name, ATTRIBUTE.float);
    return attribute === undefined ? otherwise : attribute.f === undefined ? 0 : attribute.f;
  }

  floats(name: string): readonly number[] | undefined {
    return this.#typed(name, ATTRIBUTE.floats)?.floats;
  }

  text(name: string): string | undefined;
  text(name: string, otherwise: string): string;
  text(name: string, otherwise?: string): string | undefined {
    const attribute = this.#typed(name, ATTRIBUTE.text);
    return attribute === undefined ? otherwise : attribute.s === undefined ? '' : attribute.s;
  }

  texts(name: string): readonly string[] | undefined {
    return this.#typed(name, ATTRIBUTE.texts)?.strings;
  }

  /** A tensor attribute. */
  stored(name: string): Tensor | undefined {
    const proto = this.#typed(name, ATTRIBUTE.tensor)?.t;
    return proto === undefined ? undefined : this.surroundings.constant(proto, this.label);
  }

  graph(name: string): GraphProto {
    return this.#typed(name, ATTRIBUTE.graph)?.g ?? this.fail(`has no graph "${name}"`);
  }

  body(graph: GraphProto, inputs: readonly Value[]): Body {
    return this.surroundings.body(this, graph, inputs);
  }

  /** The attribute as protobuf has it, for handlers of rare types. */
  raw(name: string): AttributeProto | undefined {
    return this.#attribute(name);
  }

  /** `axis` counted from the front, for a tensor of `rank` dimensions. */
  axis(axis: number, rank: number): number {
    const counted = axis < 0 ? axis + rank : axis;
    if (!(counted >= 0 && counted < rank))
      this.fail(`has no axis ${String(axis)} in ${String(rank)} dimensions`);
    return counted;
  }

  /** Axes counted from the front, each at most once. */
  axes(axes: readonly number[], rank: number): readonly number[] {
    const counted = axes.map((axis) => this.axis(axis, rank));
    if (new Set(counted).size !== counted.length) this.fail(`names an axis twice: ${axes.join(', ')}`);
    return counted;
  }

  /** An extent that depends on the data; the user can set it with `--bind`. */
  unknown(output: number, axis: number, atMost: number | undefined): Extent {
    return this.unknownInside(output, String(axis), atMost);
  }

  /** The same of an extent that no result has: the keys that are looked at. */
  unknownInside(output: number, what: string, atMost: number | undefined): Extent {
    const symbol = `${this.proto.output[output] ?? this.label}[${what}]`;
    this.looksPastTypes = true;
    return this.surroundings.bindings.get(symbol) ?? ({ symbol, atMost } satisfies UnknownExtent);
  }

  /** The extent, which gets a name if it has none. */
  named(extent: Extent, output: number, axis: number): Extent {
    return isKnown(extent) || extent.symbol !== '' ? extent : this.unknown(output, axis, extent.atMost);
  }

  /** The node with inputs of these types, where they are tensors. */
  withTypes(types: readonly (TensorType | undefined)[]): Node {
    const inputs = this.inputs.map((value, i) =>
      value?.kind === 'tensor' ? { ...value, shape: types[i]?.shape ?? value.shape } : value,
    );
    return new Node(this.proto, this.domain, this.opset, inputs, this.label, this.surroundings);
  }

  /** The node with other inputs, of the operators of another version: what another operator sees of it. */
  withInputs(inputs: readonly (Value | undefined)[], opset = this.opset): Node {
    return new Node(this.proto, this.domain, opset, inputs, this.label, this.surroundings);
  }

  /** An output of the dtype of input `index` and this shape. */
  like(index: number, shape: readonly Extent[]): Tensor {
    return tensor(this.dtype(index), shape);
  }
}

/** AttributeProto.AttributeType, by number. */
const ATTRIBUTE = { float: 1, int: 2, text: 3, tensor: 4, graph: 5, floats: 6, ints: 7, texts: 8 } as const;

export const formatDims = (shape: readonly Extent[]): string => `[${shape.map(nameOf).join(',')}]`;

export const unknownOutputs = (node: Node): readonly Value[] => node.proto.output.map(() => UNKNOWN);

/**
 * The modules that torch.export says a node is inside of, from its entry
 * `: Net/layer1: Sequential/layer1.0: Block/layer1.0.conv1: Conv2d/conv2d: aten.conv2d.default`: the last name but one.
 *
 * @source namespace of the metadata of nodes, torch.onnx of PyTorch 2.6
 */
function moduleOf({ metadataProps }: NodeProto): string | undefined {
  for (const { key, value } of metadataProps) {
    if (key !== 'namespace') continue;
    const [name = ''] = (value?.split('/').at(-2) ?? '').split(': ');
    return name === '' ? undefined : name.replaceAll('.', '/');
  }
  return undefined;
}
