import { readBytes, tensorOf, type Graph, type OpNode, type TensorId } from '../graph/graph.ts';
import { specOf } from '../ops/registry.ts';
import { elements, quantity } from '../units.ts';
import { flops } from './flops.ts';
import { elementsOf, looksUp, takenShare, type LayerView } from '../graph/layers.ts';
import type { Count } from './metric.ts';

export const memoryAccessCost: Count<'element', 'memoryAccessCost'> = {
  id: 'memoryAccessCost',
  title: 'mem access',
  label: 'memory access cost',
  unit: 'element',
  definition:
    'elements in + out + weights: hw(c1 + c2) + c1 c2 for a 1x1 convolution; of what is looked up, the entries that are taken; views access nothing',
  source: 'ShuffleNetV2, arXiv 1807.11164, guideline G1; the "MAC" of arXiv 1911.11929',
  total: 'sum',
  column: { places: { table: 30, markdown: 40, page: 50 }, priority: 80 },
  measure: (view, { graph }) => (movesNothing(view) ? undefined : quantity(accesses(view, graph))),
};

export const memoryAccessLowerBound: Count<'element', 'memoryAccessLowerBound'> = {
  id: 'memoryAccessLowerBound',
  title: 'lower bound',
  label: 'lower bound of the memory access cost',
  unit: 'element',
  definition:
    'least memory access cost of a convolution with the same MACs, window and maps over all splits of c1 * c2 into channels in and out: 2 sqrt(hw_in hw_out c1 c2) + weights',
  source: 'ShuffleNetV2, arXiv 1807.11164, equation 1, with input and output maps of their own size',
  total: 'none',
  measure(view, { graph }) {
    const conv = onlyConv(view);
    const [input, output] = [conv?.inputs[0], conv?.outputs[0]];
    if (conv === undefined || input === undefined || output === undefined) return undefined;
    const product =
      elements(tensorOf(graph, input).type.shape) * elements(tensorOf(graph, output).type.shape);
    return quantity(2 * Math.sqrt(product) + weightElements(conv, graph));
  },
};

export const memoryAccessRatio: Count<'1', 'memoryAccessRatio'> = {
  id: 'memoryAccessRatio',
  title: 'x bound',
  label: 'memory access cost over its bound',
  unit: '1',
  definition: 'memory access cost over its lower bound for equal MACs; 1 where channels in and out balance',
  source: 'ShuffleNetV2, arXiv 1807.11164, guideline G1',
  total: 'none',
  column: { places: { table: 40, page: 60 }, priority: 90 },
  measure(view, context) {
    const bound = memoryAccessLowerBound.measure(view, context);
    const conv = onlyConv(view);
    if (bound === undefined || conv === undefined) return undefined;
    const { graph } = context;
    return quantity(
      (elementsOf(graph, [...conv.inputs, ...conv.outputs]) + weightElements(conv, graph)) / bound,
    );
  },
};

export const arithmeticIntensity: Count<'FLOP/byte', 'arithmeticIntensity'> = {
  id: 'arithmeticIntensity',
  title: 'FLOP/B',
  label: 'arithmetic intensity',
  unit: 'FLOP/byte',
  definition:
    'FLOPs over the bytes of activations in and out and of parameters as stored, each moved once; of what is looked up, the entries that are taken',
  source: 'roofline model, Williams et al., CACM 2009',
  total: 'none',
  measure(view, context) {
    const count = flops.measure(view, context);
    if (count === undefined || movesNothing(view)) return undefined;
    const { graph } = context;
    let bytes = bytesOf(graph, view.outputs);
    for (let i = 0; i < view.inputs.length; i++) {
      const id = view.inputs[i] as TensorId;
      bytes += share(view, graph, id) * bytesOfOne(graph, id);
    }
    for (let n = 0; n < view.nodes.length; n++) {
      const node = view.nodes[n] as OpNode;
      bytes += bytesOf(graph, node.params);
      for (let i = 0; i < node.inputs.length; i++) {
        const id = node.inputs[i] as TensorId;
        const { role } = tensorOf(graph, id);
        if (role !== 'activation' && role !== 'constant')
          bytes += takenShare(graph, node, id) * bytesOfOne(graph, id);
      }
    }
    return bytes > 0 ? quantity(count / bytes) : undefined;
  },
};

/** Bytes of a tensor; not a number where it has no fixed size. */
const bytesOfOne = (graph: Graph, id: TensorId): number => readBytes(tensorOf(graph, id)) ?? Number.NaN;

/** Bytes of all these tensors together; not a number where one has no fixed size. */
function bytesOf(graph: Graph, ids: readonly TensorId[]): number {
  let total = 0;
  for (let i = 0; i < ids.length; i++) total += bytesOfOne(graph, ids[i] as TensorId);
  return total;
}

function accesses(view: LayerView, graph: Graph): number {
  let total = elementsOf(graph, view.outputs);
  for (let i = 0; i < view.inputs.length; i++) {
    const id = view.inputs[i] as TensorId;
    total += share(view, graph, id) * elements(tensorOf(graph, id).type.shape);
  }
  for (let i = 0; i < view.nodes.length; i++) total += weightElements(view.nodes[i] as OpNode, graph);
  return total;
}

/** How much of an activation the layer reads: of one that it only looks things up in, what it takes. */
function share({ nodes }: LayerView, graph: Graph, id: TensorId): number {
  let most = 0;
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i] as OpNode;
    if (node.inputs.includes(id)) most = Math.max(most, takenShare(graph, node, id));
  }
  return most;
}

/** Weights that a node reads, whether or not another node reads them too, and of tables what it takes. */
function weightElements(node: OpNode, graph: Graph): number {
  let total = 0;
  for (let i = 0; i < node.inputs.length; i++) {
    const id = node.inputs[i] as TensorId;
    const { role, type } = tensorOf(graph, id);
    const isRead =
      role === 'weight' || (role === 'embedding' && (node.kind === 'matMul' || looksUp(node, id)));
    if (isRead) total += takenShare(graph, node, id) * elements(type.shape);
  }
  for (let i = 0; i < node.params.length; i++) {
    const { role, type } = tensorOf(graph, node.params[i] as TensorId);
    // A tensor that several nodes share has the role that it was found with first: a head may read a table.
    if (role === 'weight' || (role === 'embedding' && i === 0)) total += elements(type.shape);
  }
  return total;
}

const movesNothing = ({ nodes }: LayerView): boolean =>
  nodes.every(({ kind }) => specOf(kind).memory === 'view');

/** The layer's convolution, if it has exactly one. */
function onlyConv({ nodes }: LayerView): OpNode<'conv'> | undefined {
  let found: OpNode<'conv'> | undefined;
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i] as OpNode;
    if (node.kind !== 'conv') continue;
    if (found !== undefined) return undefined;
    found = node;
  }
  return found;
}
