import { tensorOf, type Graph, type Layer, type OpNode, type Tensor, type TensorId } from './graph.ts';

/**
 * The graph as deployment tools run it: batch normalisation behind a convolution or fully connected layer becomes
 * that layer's bias. One that stands alone (before an activation that comes first, behind a shared weight) stays.
 * Layers keep their index and name; one that was nothing but the normalisation has no nodes any more.
 */
export function foldBatchNorms(graph: Graph): Graph {
  const readers = new Map<TensorId, number>();
  const count = (id: TensorId): void => void readers.set(id, (readers.get(id) ?? 0) + 1);
  for (const { inputs, params } of graph.nodes) [...inputs, ...params].forEach(count);
  for (const { tensor } of graph.outputs) count(tensor);
  const alone = (id: TensorId): boolean => readers.get(id) === 1;

  const tensors: Tensor[] = [...graph.tensors];
  const makers = new Map<TensorId, OpNode>();
  const folded = new Map<OpNode, OpNode>();
  const gone = new Set<OpNode>();
  for (const node of graph.nodes) {
    for (const id of node.outputs) makers.set(id, node);
    const [input] = node.inputs;
    if (node.kind !== 'batchNorm' || input === undefined || !alone(input)) continue;
    const before = makers.get(input);
    if (before === undefined || before.repeat !== node.repeat || !before.params.every(alone)) continue;
    const biased = withBias(before, node.outputs, () => {
      const shift = tensorOf(graph, node.params[1] as TensorId);
      tensors.push({ role: 'bias', type: shift.type });
      return (tensors.length - 1) as TensorId;
    });
    if (biased === undefined) continue;
    folded.set(before, biased);
    gone.add(node);
  }

  const nodes: OpNode[] = [];
  const layers = graph.layers.map((layer): Layer => {
    const first = nodes.length;
    for (const node of graph.nodes.slice(layer.first, layer.last)) {
      if (!gone.has(node)) nodes.push(folded.get(node) ?? node);
    }
    return { ...layer, first, last: nodes.length };
  });
  return { ...graph, nodes, layers, tensors };
}

/** The node with a bias (its own, or a new one) and other outputs; undefined if none of its kind fits. */
function withBias(node: OpNode, outputs: readonly TensorId[], bias: () => TensorId): OpNode | undefined {
  switch (node.kind) {
    case 'conv':
    case 'convTranspose':
    case 'linear': {
      // On a sequence, the channels of the normalisation are not the features of the linear layer.
      if (node.kind === 'linear' && !node.attrs.flatten) return undefined;
      if (node.attrs.bias) return { ...node, outputs };
      // Kind and attributes stay a pair; the compiler cannot follow that through the union.
      return {
        ...node,
        outputs,
        attrs: { ...node.attrs, bias: true },
        params: [...node.params, bias()],
      } as OpNode;
    }
    default:
      return undefined;
  }
}
