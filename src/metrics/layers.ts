import { tensorOf, typesOf, type Graph, type OpNode, type TensorId } from '../graph/graph.ts';
import { specOf } from '../ops/registry.ts';
import type { Work } from '../ops/spec.ts';
import { elements } from '../units.ts';
import type { LayerView } from './metric.ts';

/** The layers of a graph with what each reads and makes, in one pass. */
export function layerViews(graph: Graph): readonly LayerView[] {
  // Per tensor, one more than the index of the layer that made it, or read it last: no search through lists.
  const madeIn = new Uint32Array(graph.tensors.length);
  const readIn = new Uint32Array(graph.tensors.length);
  return graph.layers.map((layer) => {
    const mark = layer.index + 1;
    const nodes = graph.nodes.slice(layer.first, layer.last);
    const inputs: TensorId[] = [];
    const constants: TensorId[] = [];
    const made: TensorId[] = [];
    let internal = false;
    for (const node of nodes) {
      for (const id of node.inputs) {
        if (tensorOf(graph, id).role !== 'activation') constant(id);
        else if (madeIn[id] === mark) internal = true;
        else if (readIn[id] !== mark) inputs.push(id);
        readIn[id] = mark;
      }
      for (const id of node.params) constant(id);
      for (const id of node.outputs) {
        madeIn[id] = mark;
        made.push(id);
      }
    }
    const outputs = internal ? made.filter((id) => readIn[id] !== mark) : made;
    return { layer, nodes, inputs, outputs, constants };

    function constant(id: TensorId): void {
      if (readIn[id] === 0) constants.push(id);
      readIn[id] = mark;
    }
  });
}

/** Elements of all these tensors together. */
export function elementsOf(graph: Graph, ids: readonly TensorId[]): number {
  let total = 0;
  for (const id of ids) total += elements(tensorOf(graph, id).type.shape);
  return total;
}

/** Arithmetic of a node over all its runs; undefined where operator or trip count is not known. */
export function workOf(graph: Graph, node: OpNode): Work | undefined {
  const { work } = specOf(node.kind);
  const { repeat = 1 } = node;
  if (work === 'none') return {};
  if (work === 'unknown' || repeat === 'unknown') return undefined;
  const once = work(typesOf(graph, node.inputs), typesOf(graph, node.outputs), node.attrs);
  if (repeat === 1) return once;
  const all: { -readonly [P in keyof Work]: Work[P] } = {};
  for (const [primitive, count] of Object.entries(once)) all[primitive as keyof Work] = count * repeat;
  return all;
}
