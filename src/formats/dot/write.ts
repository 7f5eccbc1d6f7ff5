import { escapeControls } from '../../diagnostics.ts';
import { tensorOf, type Graph, type GraphPort, type TensorId } from '../../graph/graph.ts';
import { formatShape } from '../../ops/spec.ts';

/** The graph as Graphviz text: a box for each layer, an ellipse for each port, shapes on the arrows. */
export function writeDot(graph: Graph): string {
  const makers = new Map<TensorId, string>();
  const boxes: string[] = [];
  const arrows = new Set<string>();
  const arrow = (tensor: TensorId, to: string): void => {
    const from = makers.get(tensor);
    // Nothing makes a constant, and what a layer makes for itself is inside its box.
    if (from === undefined || from === to) return;
    arrows.add(`  ${from} -> ${to} [label=${quoted(formatShape(tensorOf(graph, tensor).type.shape))}];`);
  };
  const ellipse = (id: string, { name }: GraphPort): void => {
    boxes.push(`  ${id} [shape=ellipse, label=${quoted(name)}];`);
  };

  graph.inputs.forEach((port, i) => {
    ellipse(`input${String(i)}`, port);
    makers.set(port.tensor, `input${String(i)}`);
  });
  for (const { index, name, first, last } of graph.layers) {
    const id = `layer${String(index)}`;
    const nodes = graph.nodes.slice(first, last);
    boxes.push(
      `  ${id} [label=${quoted(`${String(index)} ${name}`, nodes.map(({ kind }) => kind).join(' + '))}];`,
    );
    for (const { outputs } of nodes) for (const tensor of outputs) makers.set(tensor, id);
    for (const { inputs } of nodes) for (const tensor of inputs) arrow(tensor, id);
  }
  graph.outputs.forEach((port, o) => {
    ellipse(`output${String(o)}`, port);
    arrow(port.tensor, `output${String(o)}`);
  });
  return [`digraph ${quoted(graph.name)} {`, '  node [shape=box];', ...boxes, ...arrows, '}', ''].join('\n');
}

/** Lines of text as one string of the DOT language. */
const quoted = (...lines: readonly string[]): string =>
  `"${lines.map((line) => escapeControls(line).replace(/[\\"]/g, '\\$&')).join('\\n')}"`;
