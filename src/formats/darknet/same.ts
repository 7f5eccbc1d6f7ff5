import type { Origin } from '../../diagnostics.ts';
import type { Graph, OpNode, TensorId } from '../../graph/graph.ts';

/**
 * The first way in which two graphs differ, or undefined: kinds, attributes, operands and shared parameters of
 * their nodes in order. Names, origins and the grouping into layers do not matter.
 *
 * @param added indices of layers of `copy` that `graph` does not have; each hands on what it reads
 */
export function differenceOf(
  graph: Graph,
  copy: Graph,
  added: ReadonlySet<number>,
): { readonly what: string; readonly origin: Origin | undefined } | undefined {
  // What each tensor of the copy is in the graph.
  const twin = new Map<TensorId, TensorId>();
  const matches = (ofGraph: TensorId | undefined, ofCopy: TensorId): boolean => {
    const known = twin.get(ofCopy);
    if (known !== undefined) return known === ofGraph;
    if (ofGraph === undefined) return false;
    twin.set(ofCopy, ofGraph);
    return true;
  };
  const sameList = (ofGraph: readonly TensorId[], ofCopy: readonly TensorId[]): boolean =>
    ofGraph.length === ofCopy.length && ofCopy.every((id, i) => matches(ofGraph[i], id));
  const originOf = (index: number): Origin | undefined =>
    graph.layers.find(({ first, last }) => first <= index && index < last)?.origin;

  graph.inputs.forEach(({ tensor }, i) => {
    const other = copy.inputs[i];
    if (other !== undefined) twin.set(other.tensor, tensor);
  });
  let at = 0;
  for (const layer of copy.layers) {
    for (let i = layer.first; i < layer.last; i++) {
      const other = copy.nodes[i] as OpNode;
      if (added.has(layer.index)) {
        const [from, to] = [other.inputs[0], other.outputs[0]];
        const source = from === undefined ? undefined : twin.get(from);
        if (to !== undefined && source !== undefined) twin.set(to, source);
        continue;
      }
      const node = graph.nodes[at];
      const what = node === undefined ? `one ${other.kind} too many` : nodeDifference(node, other);
      if (what !== undefined) return { what, origin: originOf(at) };
      at++;
    }
  }
  return at === graph.nodes.length ? undefined : { what: 'nodes are left over', origin: originOf(at) };

  function nodeDifference(node: OpNode, other: OpNode): string | undefined {
    if (node.kind !== other.kind) return `${node.kind} would be read as ${other.kind}`;
    if (!deepEqual(node.attrs, other.attrs)) return `${node.kind} would be read with other attributes`;
    if (node.repeat !== undefined) return `${node.kind} is repeated`;
    if (!sameList(node.inputs, other.inputs)) return `${node.kind} would read other operands`;
    if (!sameList(node.params, other.params)) return `${node.kind} would have other parameters`;
    sameList(node.outputs, other.outputs);
    return undefined;
  }
}

function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const [left, right] = [Object.entries(a), new Map<string, unknown>(Object.entries(b))];
  return left.length === right.size && left.every(([key, value]) => deepEqual(value, right.get(key)));
}
