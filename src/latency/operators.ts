import { readBytes, tensorOf, type Graph, type OpNode, type TensorId } from '../graph/graph.ts';
import { takenShare } from '../graph/layers.ts';
import { byteLength, type DType } from '../ops/dtype.ts';
import { specOf, type OpKind } from '../ops/registry.ts';
import { elements, quantity } from '../units.ts';
import type { Demand } from './demand.ts';
import { exactly } from './exact.ts';
import type { OperandBytes } from './traffic.ts';
import type { ShapeMemo } from './shapeMemo.ts';
import { linearLayer, matMulLayer, shapeKey, type ConvLayer } from './convLayer.ts';

/** Shapes that were met before: layers of equal shape and element type are one object, costed once. */
type Shapes = Pick<ShapeMemo, 'shapes'>;

const found = new WeakMap<Graph, readonly Demand[]>();

/** The demand of every node, in the order of the graph; found once for each graph, since every model asks. */
export function demandsOf(graph: Graph, memo?: ShapeMemo): readonly Demand[] {
  if (memo !== undefined) return memo.ofGraph(graph, () => exactly(graph, () => demandsWith(graph, memo)));
  let demands = found.get(graph);
  if (demands === undefined) {
    demands = exactly(graph, () => demandsWith(graph, { shapes: new Map() }));
    found.set(graph, demands);
  }
  return demands;
}

/** The same where it is known which nodes are applied on the way, of a graph without what lies around them. */
export function demandsWhere(
  graph: Graph,
  memo: ShapeMemo,
  isApplied: (node: number) => boolean,
): readonly Demand[] {
  return memo.ofGraph(graph, () =>
    exactly(graph, () =>
      graph.nodes.map((node, i) => (isApplied(i) ? NOTHING : demandOf(graph, node, memo))),
    ),
  );
}

function demandsWith(graph: Graph, shapes: Shapes): readonly Demand[] {
  const applied = appliedOnTheWay(graph);
  return graph.nodes.map((node, i) => (applied[i] === true ? NOTHING : demandOf(graph, node, shapes)));
}

const NOTHING: Demand = { kind: 'none' };
const UNKNOWN: Demand = { kind: 'unknown' };

function demandOf(graph: Graph, node: OpNode, shapes: Shapes): Demand {
  const { repeat = 1 } = node;
  if (node.kind === 'opaque' || repeat === 'unknown') return UNKNOWN;
  if (node.kind === 'concat' || specOf(node.kind).memory === 'view') return NOTHING;
  const product = productOf(graph, node);
  if (product !== undefined) {
    const { dtype } = tensorOf(graph, operand(node, 0)).type;
    const operands = operandBytes(graph, node);
    if (operands === undefined) return UNKNOWN;
    const key = `${shapeKey(product)} ${dtype} ${String(operands.weights)} ${String(operands.output)}`;
    const layer = shapes.shapes.get(key) ?? product;
    shapes.shapes.set(key, layer);
    return { kind: 'tiled', layer, dtype, bytes: operands, repeat };
  }
  let bytes = 0;
  for (const id of new Set([...node.inputs, ...node.params, ...node.outputs])) {
    const size = readBytes(tensorOf(graph, id));
    if (size === undefined) return UNKNOWN;
    bytes += Math.ceil(takenShare(graph, node, id) * size);
  }
  return { kind: 'once', bytes: quantity<'byte'>(bytes * repeat) };
}

/** Operators that are applied to results as they leave, where they can be. */
export const ON_THE_WAY: ReadonlySet<OpKind> = new Set(['activation', 'batchNorm', 'elementwise']);

/**
 * Whether each node is applied to results of the node before as they leave: batch normalisation, an activation
 * or another function of one operand, read by nobody else.
 */
export function appliedOnTheWay(graph: Graph): readonly boolean[] {
  const readers = new Uint32Array(graph.tensors.length);
  for (const node of graph.nodes) for (const id of node.inputs) readers[id] = (readers[id] as number) + 1;
  for (const { tensor } of graph.outputs) readers[tensor] = (readers[tensor] as number) + 1;
  const made = new Uint8Array(graph.tensors.length);
  return graph.nodes.map((node) => {
    let applied = false;
    if (ON_THE_WAY.has(node.kind) && node.repeat === undefined) {
      const [only, ...others] = node.inputs.filter((id) => tensorOf(graph, id).role === 'activation');
      applied = only !== undefined && others.length === 0 && made[only] === 1 && readers[only] === 1;
    }
    for (const id of node.outputs) made[id] = 1;
    return applied;
  });
}

/** The node as a convolution shape, if it is a convolution, a fully connected layer or a product of matrices. */
export function productOf(graph: Graph, node: OpNode): ConvLayer | undefined {
  switch (node.kind) {
    case 'conv': {
      const [batch = 1, inputChannels = 1, ...input] = tensorOf(graph, operand(node, 0)).type.shape;
      const { outChannels, groups } = node.attrs;
      return { batch, inputChannels, outputChannels: outChannels, groups, input, window: node.attrs };
    }
    case 'linear': {
      const inputs = elements(tensorOf(graph, operand(node, 0)).type.shape);
      const outputs = elements(tensorOf(graph, result(node)).type.shape);
      const rows = outputs / node.attrs.outFeatures;
      return linearLayer(inputs / rows, node.attrs.outFeatures, rows);
    }
    case 'matMul': {
      const left = tensorOf(graph, operand(node, 0)).type.shape;
      const right = tensorOf(graph, operand(node, 1)).type.shape;
      const made = elements(tensorOf(graph, result(node)).type.shape);
      const inner = (node.attrs.transposeA ? left.at(-2) : left.at(-1)) ?? left.at(-1) ?? 1;
      const columns = (right.length < 2 ? 1 : node.attrs.transposeB ? right.at(-2) : right.at(-1)) ?? 1;
      const rowsInAll = made / columns;
      if (elements(right) === inner * columns) return linearLayer(inner, columns, rowsInAll);
      const count = rowsInAll / (elements(left.slice(-2)) / inner);
      return matMulLayer(rowsInAll / count, inner, columns, count);
    }
    default:
      return undefined;
  }
}

/** Bytes of an element of each operand of a product; undefined where one is of texts. */
function operandBytes(graph: Graph, node: OpNode): OperandBytes | undefined {
  const [weight = operand(node, 1), ...others] = node.params;
  const input = bytesPerElement(tensorOf(graph, operand(node, 0)).type.dtype);
  const output = bytesPerElement(tensorOf(graph, result(node)).type.dtype);
  let weights = readBytes(tensorOf(graph, weight));
  for (const id of others) {
    const tensor = tensorOf(graph, id);
    // What the weights of a block are multiplied with is part of them.
    if (tensor.role !== 'scale' && tensor.role !== 'shift') continue;
    const size = readBytes(tensor);
    weights = weights === undefined || size === undefined ? undefined : weights + size;
  }
  const count = elements(tensorOf(graph, weight).type.shape);
  if (input === undefined || weights === undefined || output === undefined) return undefined;
  return { input, weights: count === 0 ? input : weights / count, output };
}

/** Bytes of one element, a fraction for packed types; undefined for texts. */
export function bytesPerElement(dtype: DType): number | undefined {
  const eight = byteLength(dtype, 8);
  return eight === undefined ? undefined : eight / 8;
}

function operand(node: OpNode, index: number): TensorId {
  const id = node.inputs[index];
  if (id === undefined) throw new RangeError(`${node.kind} has no operand ${String(index)}`);
  return id;
}

function result(node: OpNode): TensorId {
  const [id] = node.outputs;
  if (id === undefined) throw new RangeError(`${node.kind} has no result`);
  return id;
}
