import type { Origin } from '../diagnostics.ts';
import type { OpAttrs, OpKind } from '../ops/registry.ts';
import { byteLength, type DType } from '../ops/dtype.ts';
import type { ParamRole, Shape, TensorType } from '../ops/spec.ts';
import { elements } from '../units.ts';

/** Index into `Graph.tensors`. */
export type TensorId = number & { readonly __tensor: never };

/** A dimension as files state it; symbols become numbers in bind.ts and are gone after it. */
export type Dim = number | { readonly symbol: string };

/** How a file stores a constant, where that is more, or less, than its type says. */
export interface Stored {
  /** parameters of the file that it is made of, and that no constant before it is made of: shared ones count once */
  readonly elements: number;
  /** bytes of these in the file, the scales and zero points of their blocks included */
  readonly bytes: number;
  /** bytes that a runtime reads for it; absent: those of its type, as it makes folded constants once */
  readonly read?: number;
}

/** A value of the network: computed, learned or fixed. */
export interface Tensor {
  /** element type and shape */
  readonly type: TensorType;
  /** activations are computed; every other role is a constant of the network, learned or fixed */
  readonly role: 'activation' | 'constant' | ParamRole;
  /** as the file has it */
  readonly name?: string;
  /** content of a small `constant`, row-major, where it is known: an index, an exponent, a factor */
  readonly values?: readonly number[];
  /** the file stores it with the channels last (NHWC); the shape here always has them second */
  readonly channelsLast?: true;
  /** absent: a constant is stored as its type says, for itself alone */
  readonly stored?: Stored;
}

/** What nodes of every kind have. */
export interface NodeFields {
  /** data operands, in the operator's order */
  readonly inputs: readonly TensorId[];
  /** parameters that the operator owns, in the order of `OpSpec.params`; shared ones have the same id */
  readonly params: readonly TensorId[];
  /** results, in the operator's order */
  readonly outputs: readonly TensorId[];
  /** how often the node runs per inference (a loop's trip count); absent: once */
  readonly repeat?: number | 'unknown';
}

/** One operator applied: a union over all kinds, so that a `switch` on `kind` narrows `attrs`. */
export type OpNode<K extends OpKind = OpKind> = {
  [P in K]: NodeFields & { readonly kind: P; readonly attrs: OpAttrs<P> };
}[K];

/** What a person would call a layer: a Darknet section, an ONNX node, a zoo block's conv + BN + activation. */
export interface Layer {
  /** position in `Graph.layers` */
  readonly index: number;
  /** as the file or the builder has it */
  readonly name: string;
  /** named by the builder, or else derived from the resolution */
  readonly stage: string;
  /** where the user wrote it */
  readonly origin: Origin;
  /** the nodes [first, last) of `Graph.nodes` */
  readonly first: number;
  /** excluded */
  readonly last: number;
}

/** An input or output of a graph. */
export interface GraphPort {
  /** as the file has it */
  readonly name: string;
  /** what it holds */
  readonly tensor: TensorId;
}

/** A network with every shape known, in execution order. */
export interface Graph {
  /** what reports call it */
  readonly name: string;
  /** file or architecture that it was made from */
  readonly source: string;
  /** id of the format that it was read from: one of src/formats/registry.ts */
  readonly format: string;
  /** size of the file, where a device stores it as it is */
  readonly fileBytes?: number;
  /** in the order of the file */
  readonly inputs: readonly GraphPort[];
  /** in the order of the file */
  readonly outputs: readonly GraphPort[];
  /** declared outputs whose shape is not known, by name in the order of the file; absent: none */
  readonly shapelessOutputs?: readonly string[];
  /** in order of execution */
  readonly nodes: readonly OpNode[];
  /** by `TensorId` */
  readonly tensors: readonly Tensor[];
  /** in order of execution */
  readonly layers: readonly Layer[];
  /** what the data decide and is counted at a bound, in words; absent: nothing */
  readonly bounds?: readonly string[];
  /**
   * the same with one node for each layer, where a layer runs as one: what its nodes hand each other is not held in
   * memory (see fuseLayers.ts)
   */
  readonly fused?: Graph;
  /** how it was read, as far as its numbers depend on that: sentences without a full stop */
  readonly notes?: readonly string[];
}

/** The tensor with this id. */
export function tensorOf(graph: Pick<Graph, 'tensors'>, id: TensorId): Tensor {
  const tensor = graph.tensors[id];
  if (tensor === undefined) throw new RangeError(`no tensor ${String(id)}`);
  return tensor;
}

/** Bytes that reading all of it takes; undefined for texts. */
export const readBytes = ({ type, stored }: Tensor): number | undefined =>
  stored?.read ?? byteLength(type.dtype, elements(type.shape));

/** The shape as the file has it, which is what people see. */
export function storedShape({ type: { shape }, channelsLast }: Tensor): Shape {
  if (channelsLast === undefined) return shape;
  let stored = storedShapes.get(shape);
  if (stored === undefined) {
    const [batch = 1, channels = 1, ...spatial] = shape;
    storedShapes.set(shape, (stored = [batch, ...spatial, channels]));
  }
  return stored;
}

const storedShapes = new WeakMap<Shape, Shape>();

export function typesOf(graph: Pick<Graph, 'tensors'>, ids: readonly TensorId[]): readonly TensorType[] {
  const types = new Array<TensorType>(ids.length);
  for (let i = 0; i < ids.length; i++) types[i] = tensorOf(graph, ids[i] as TensorId).type;
  return types;
}

/** The graph with every float32 tensor in another element type: what a quantised or half-precision copy holds. */
export function withDType(graph: Graph, dtype: DType): Graph {
  const types = new Map<TensorType, TensorType>();
  const cast = (type: TensorType): TensorType => {
    if (type.dtype !== 'float32') return type;
    let result = types.get(type);
    if (result === undefined) {
      result = { dtype, shape: type.shape };
      types.set(type, result);
    }
    return result;
  };
  const castTensor = (tensor: Tensor): Tensor => {
    const type = cast(tensor.type);
    if (type === tensor.type || tensor.stored === undefined) return { ...tensor, type };
    const { elements: count } = tensor.stored;
    return { ...tensor, type, stored: { elements: count, bytes: byteLength(dtype, count) ?? Number.NaN } };
  };
  return { ...graph, tensors: graph.tensors.map(castTensor) };
}
