import { outputTypes, type OpAttrs, type OpKind } from '../ops/registry.ts';
import { isProblem, type TensorType } from '../ops/spec.ts';
import type { DType } from '../ops/dtype.ts';
import {
  tensorOf,
  typesOf,
  type Graph,
  type Layer,
  type OpNode,
  type Tensor,
  type TensorId,
} from './graph.ts';

/** What a pass made of a network, and how much of it. */
export interface Quantised {
  readonly graph: Graph;
  /** operators that are quantised ones now */
  readonly operators: number;
}

/**
 * The graph as runtimes run it: an operator between nodes that dequantise what it reads and one that quantises what it
 * makes is one operator on quantised maps. Such nodes stay where the network goes from one kind of number to the
 * other. Layers keep their names; one that was nothing but such nodes, or makes nothing, is gone.
 *
 * @source which operators: the QDQ selectors of onnxruntime
 *   (core/optimizer/qdq_transformer/selectors_actions/qdq_selector_action_transformer.cc)
 */
export function quantised(graph: Graph): Quantised {
  if (!graph.nodes.some(isDequantiser)) return { graph, operators: 0 };
  const pass = new Pass(graph);
  for (const node of graph.nodes) pass.visit(node);
  return pass.operators === 0 ? { graph, operators: 0 } : { graph: pass.result(), operators: pass.operators };
}

/** How an operator is quantised: between both kinds of nodes, or also where its result stays real. */
type Form = 'both' | 'real result';

/** The form in which runtimes have the operator; undefined: they have none. */
function formOf(node: OpNode): Form | undefined {
  switch (node.kind) {
    case 'conv':
    case 'concat':
    case 'add':
    case 'mul':
    case 'softmax':
    case 'maxPool':
    case 'avgPool':
    case 'resize':
    case 'upsample':
    case 'reshape':
    case 'layout':
    case 'transpose':
    case 'slice':
    case 'stridedSlice':
    case 'split':
    case 'expand':
    case 'gather':
    case 'identity':
      return 'both';
    case 'linear':
    case 'matMul':
      return 'real result';
    case 'globalPool':
      return node.attrs.mode === 'average' ? 'both' : undefined;
    case 'activation':
      return node.attrs.fn === 'leaky' || node.attrs.fn === 'logistic' ? 'both' : undefined;
    case 'elementwise':
      return QUANTISED_FUNCTIONS.includes(node.attrs.fn) ? 'both' : undefined;
    case 'reduce':
      if (node.attrs.fn === 'argMax') return 'real result';
      return node.attrs.fn === 'max' || node.attrs.fn === 'min' ? 'both' : undefined;
    case 'rearrange':
      return node.attrs.op === 'Tile' || node.attrs.op === 'GatherElements' ? 'both' : undefined;
    default:
      return undefined;
  }
}

const QUANTISED_FUNCTIONS: readonly string[] = ['add', 'mul', 'select'];

/** Functions that change nothing but where quantised numbers end. */
const bounds = (node: OpNode): boolean =>
  node.kind === 'activation'
    ? node.attrs.fn === 'relu' || node.attrs.fn === 'relu6'
    : node.kind === 'elementwise' && node.attrs.fn === 'clip';

const isQuantised = (dtype: DType): boolean => /^u?int(?:4|8|16)$/.test(dtype);
const isReal = (dtype: DType): boolean => dtype.includes('float');

/** Where a quantised result ends: the node that quantises it, and what bounds it before that. */
interface End {
  readonly quantiser: OpNode;
  readonly through?: OpNode;
}

class Pass {
  operators = 0;
  readonly #graph: Graph;
  readonly #tensors: Tensor[];
  /** nodes that read a tensor, and one more for an output of the network */
  readonly #readers = new Map<TensorId, (OpNode | undefined)[]>();
  readonly #makers = new Map<TensorId, OpNode>();
  /** what a node is now; undefined: gone */
  readonly #changed = new Map<OpNode, OpNode | undefined>();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#tensors = [...graph.tensors];
    const read = (id: TensorId, node: OpNode | undefined): void => {
      const readers = this.#readers.get(id);
      if (readers === undefined) this.#readers.set(id, [node]);
      else readers.push(node);
    };
    for (const node of graph.nodes) {
      for (const id of node.inputs) read(id, node);
      for (const id of node.outputs) this.#makers.set(id, node);
    }
    for (const { tensor } of graph.outputs) read(tensor, undefined);
  }

  /** Makes the node a quantised one, if it is one. */
  visit(node: OpNode): void {
    const form = formOf(node);
    if (form === undefined || !this.#hasQuantisedWeights(node)) return;
    const inputs = node.inputs.map((id) => this.#dequantised(id));
    const sources = inputs.flatMap((id) => id ?? []);
    if (sources.length !== inputs.length || !this.#readsQuantised(node, sources)) return;
    const found = node.outputs.flatMap((id) => this.#quantisedAs(id, node) ?? []);
    const ends = found.length === node.outputs.length ? found : undefined;
    if (ends === undefined && form === 'both') return;
    const outputs = ends?.map(({ quantiser }) => quantiser.outputs[0] as TensorId) ?? node.outputs;
    const made = withTypes(node, sources, this.#typesOf(sources), this.#typesOf(outputs));
    if (made === undefined) return;
    this.operators++;
    if (ends === undefined) {
      this.#changed.set(node, { ...made, outputs });
      return;
    }
    // What bounds the numbers on the way is of their type too.
    const own = ends.map(
      ({ through }, i) => (through === undefined ? outputs[i] : node.outputs[i]) as TensorId,
    );
    this.#changed.set(node, { ...made, outputs: own });
    for (const [i, { through, quantiser }] of ends.entries()) {
      this.#changed.set(quantiser, undefined);
      if (through === undefined) continue;
      const { dtype } = tensorOf(this.#graph, outputs[i] as TensorId).type;
      this.#retype(own[i] as TensorId, dtype);
      const attrs = through.kind === 'elementwise' ? { ...through.attrs, dtype } : through.attrs;
      this.#changed.set(through, { ...through, attrs, outputs: quantiser.outputs } as OpNode);
    }
  }

  /** The graph with these nodes changed, and without those that nothing reads any more. */
  result(): Graph {
    const nodes = this.#nodes();
    const changed: OpNode[] = [];
    const layers: Layer[] = [];
    for (const layer of this.#graph.layers) {
      const first = changed.length;
      for (const node of this.#graph.nodes.slice(layer.first, layer.last)) {
        const now = nodes.get(node);
        if (now !== undefined) changed.push(now);
      }
      if (changed.length > first)
        layers.push({ ...layer, index: layers.length, first, last: changed.length });
    }
    return { ...this.#graph, nodes: changed, layers, tensors: this.#tensors };
  }

  #nodes(): ReadonlyMap<OpNode, OpNode> {
    const { nodes, outputs } = this.#graph;
    const now = nodes.map((node) => (this.#changed.has(node) ? this.#changed.get(node) : node));
    const read = new Set<TensorId>(outputs.map(({ tensor }) => tensor));
    for (const node of now) for (const id of node?.inputs ?? []) read.add(id);
    const kept = new Map<OpNode, OpNode>();
    for (const [i, node] of now.entries()) {
      if (node === undefined || (isDequantiser(node) && !node.outputs.some((id) => read.has(id)))) continue;
      kept.set(nodes[i] as OpNode, node);
    }
    return kept;
  }

  #typesOf(ids: readonly TensorId[]): readonly TensorType[] {
    return typesOf({ tensors: this.#tensors }, ids);
  }

  #retype(id: TensorId, dtype: DType): void {
    const tensor = this.#tensors[id] as Tensor;
    this.#tensors[id] = { ...tensor, type: { ...tensor.type, dtype } };
  }

  /** What the operand is as a quantised one: what a node dequantises, or a constant; undefined for real numbers. */
  #dequantised(id: TensorId): TensorId | undefined {
    const { role, type } = tensorOf(this.#graph, id);
    if (!isReal(type.dtype)) return id;
    const maker = this.#makers.get(id);
    return role === 'activation' && maker !== undefined && isDequantiser(maker) ? maker.inputs[0] : undefined;
  }

  /** The one node that quantises a result, and what bounds it before that. */
  #quantisedAs(id: TensorId, { repeat }: OpNode): End | undefined {
    const isOften = (node: OpNode): boolean => node.repeat === repeat;
    const [reader, ...others] = this.#readers.get(id) ?? [];
    if (reader === undefined || others.length > 0) return undefined;
    if (!isOften(reader)) return undefined;
    if (isQuantiser(reader)) return { quantiser: reader };
    const [result] = reader.outputs;
    if (!bounds(reader) || result === undefined) return undefined;
    const [last, ...more] = this.#readers.get(result) ?? [];
    return last !== undefined && more.length === 0 && isQuantiser(last) && isOften(last)
      ? { quantiser: last, through: reader }
      : undefined;
  }

  /** Whether at least one operand was dequantised for the node: others are indices and constants. */
  #readsQuantised(node: OpNode, sources: readonly TensorId[]): boolean {
    return sources.some(
      (id, i) => id !== node.inputs[i] && isQuantised(tensorOf(this.#graph, id).type.dtype),
    );
  }

  #hasQuantisedWeights({ kind, params }: OpNode): boolean {
    const [weight] = params;
    return (
      (kind !== 'conv' && kind !== 'linear') ||
      (weight !== undefined && isQuantised(tensorOf(this.#graph, weight).type.dtype))
    );
  }
}

const isQuantiser = (node: OpNode): boolean =>
  node.kind === 'elementwise' && node.attrs.fn === 'quantize' && node.inputs.length === 1;

const isDequantiser = (node: OpNode): boolean =>
  node.kind === 'elementwise' && node.attrs.fn === 'dequantize' && node.inputs.length === 1;

/** The node with these operands, if it then makes results of these types. */
function withTypes(
  node: OpNode,
  inputs: readonly TensorId[],
  operands: readonly TensorType[],
  results: readonly TensorType[],
): OpNode | undefined {
  const [{ dtype } = { dtype: undefined }] = results;
  if (dtype === undefined) return undefined;
  const attrs = attrsFor(node, operands[0]?.dtype, dtype);
  const made = outputTypes<OpKind>(node.kind, operands, attrs);
  const fits =
    !isProblem(made) &&
    made.length === results.length &&
    made.every((type, i) => type.dtype === results[i]?.dtype);
  // Kind and attributes stay a pair; the compiler cannot follow that through the union.
  return fits ? ({ ...node, inputs, attrs } as OpNode) : undefined;
}

/** Attributes of the node for results of this element type. */
function attrsFor(node: OpNode, operand: DType | undefined, dtype: DType): OpAttrs<OpKind> {
  switch (node.kind) {
    case 'conv':
    case 'linear':
      return operand === dtype ? node.attrs : { ...node.attrs, dtype };
    case 'matMul':
    case 'elementwise':
      return { ...node.attrs, dtype };
    case 'rearrange':
      return { ...node.attrs, outputs: node.attrs.outputs.map(({ shape }) => ({ dtype, shape })) };
    default:
      return node.attrs;
  }
}
