import { readBytes, tensorOf, type Graph, type OpNode, type TensorId } from '../graph/graph.ts';
import { takenShare } from '../graph/layers.ts';
import { byteLength, type DType } from '../ops/dtype.ts';
import { specOf } from '../ops/registry.ts';
import type { TensorType } from '../ops/spec.ts';
import { elements, quantity } from '../units.ts';
import type { Demand } from './demand.ts';
import { exactly } from './exact.ts';
import type { OperandBytes } from './traffic.ts';
import type { KnownDemand, ShapeMemo } from './shapeMemo.ts';
import { linearLayer, matMulLayer, shapeKey, type ConvLayer } from './convLayer.ts';

/** Shapes that were met before: layers of equal shape and element type are one object, costed once. */
type Shapes = Pick<ShapeMemo, 'shapes'> & Partial<Pick<ShapeMemo, 'demands'>>;

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

function demandsWith(graph: Graph, shapes: Shapes): readonly Demand[] {
  const applied = appliedOnTheWay(graph);
  return graph.nodes.map((node, i) => (applied[i] === true ? NOTHING : knownDemand(graph, node, shapes)));
}

/** The demand that a convolution of the same objects had in another network, or else its own. */
function knownDemand(graph: Graph, node: OpNode, shapes: Shapes): Demand {
  const [weight, ...others] = node.params;
  if (
    shapes.demands === undefined ||
    node.kind !== 'conv' ||
    node.repeat !== undefined ||
    weight === undefined
  )
    return demandOf(graph, node, shapes);
  // Other parameters than a bias have a share in what weights cost.
  if (others.some((id) => tensorOf(graph, id).role !== 'bias')) return demandOf(graph, node, shapes);
  const weights = tensorOf(graph, weight);
  if (weights.stored !== undefined) return demandOf(graph, node, shapes);
  const { type } = tensorOf(graph, operand(node, 0));
  const { type: made } = tensorOf(graph, result(node));
  let byType = shapes.demands.get(node.attrs);
  if (byType === undefined) {
    byType = new Map<TensorType, KnownDemand>();
    shapes.demands.set(node.attrs, byType);
  }
  const known = byType.get(type);
  if (known?.weights === weights.type && known.result === made) return known.demand;
  const demand = demandOf(graph, node, shapes);
  byType.set(type, { weights: weights.type, result: made, demand });
  return demand;
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
    if (
      (node.kind === 'activation' || node.kind === 'batchNorm' || node.kind === 'elementwise') &&
      node.repeat === undefined
    ) {
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
