import { excerpt, warning, type Diagnostic } from '../../diagnostics.ts';
import { tensorOf, type Graph, type GraphPort, type OpNode, type TensorId } from '../../graph/graph.ts';

/** Tensors that a warning names. */
const MOST_NAMED = 6;

/** What of a network is written. */
export interface Written {
  /** nodes that are not */
  readonly leftOut: ReadonlySet<OpNode>;
  readonly outputs: readonly GraphPort[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The network up to the operators at its end that nothing is known of, as detectors end in the choice of their
 * boxes: what these read are its outputs. All of it where operators that are known stand behind such ones, and where
 * nothing would be left.
 */
export function writtenPart(graph: Graph): Written {
  const leftOut = unknownEnd(graph);
  const whole: Written = { leftOut: new Set(), outputs: graph.outputs, diagnostics: [] };
  if (leftOut.size === 0) return whole;
  const makers = new Map<TensorId, OpNode>();
  for (const node of graph.nodes) for (const id of node.outputs) makers.set(id, node);
  const isMade = (id: TensorId): boolean => {
    const maker = makers.get(id);
    return maker !== undefined && !leftOut.has(maker);
  };
  const kept = graph.outputs.filter(({ tensor }) => isMade(tensor));
  const known = new Set(kept.map(({ tensor }) => tensor));
  const ends = [...new Set([...leftOut].flatMap(({ inputs }) => inputs))].filter(
    (id) => isMade(id) && !known.has(id),
  );
  if (ends.length === 0 && kept.length === 0) return whole;
  const layers = graph.layers.filter(({ first, last }) =>
    graph.nodes.slice(first, last).some((node) => leftOut.has(node)),
  );
  const added = ends.map((tensor) => ({ name: nameOf(graph, tensor), tensor }));
  const what = layers.map(({ index, name }) => `#${String(index)} ${excerpt(name)}`);
  const [first] = layers;
  return {
    leftOut,
    outputs: [...kept, ...added],
    diagnostics: [
      warning(
        'CSP405',
        `the model ends before ${listed(what)}, of which no ONNX form is known; its outputs are what that reads: ${listed(added.map(({ name }) => excerpt(name)))}`,
        'do in the program that runs the model what is left out',
        first?.origin,
      ),
    ],
  };
}

/** Operators that are not known, where nothing but others of them reads what they make. */
function unknownEnd({ nodes }: Graph): ReadonlySet<OpNode> {
  const end = new Set<OpNode>();
  const needed = new Set<TensorId>();
  for (const node of [...nodes].reverse()) {
    if (node.kind === 'opaque' && !node.outputs.some((id) => needed.has(id))) end.add(node);
    else for (const id of [...node.inputs, ...node.params]) needed.add(id);
  }
  return end;
}

/** As the file calls the tensor, else as its layer is called. */
function nameOf(graph: Graph, tensor: TensorId): string {
  const { name } = tensorOf(graph, tensor);
  if (name !== undefined) return name;
  const at = graph.nodes.findIndex(({ outputs }) => outputs.includes(tensor));
  return graph.layers.find(({ first, last }) => first <= at && at < last)?.name ?? '';
}

function listed(names: readonly string[]): string {
  const rest = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(', ') + (rest > 0 ? ` and ${String(rest)} more` : '');
}
