import { specOf } from '../ops/registry.ts';
import { tensorOf, type Graph, type Layer, type OpNode, type TensorId } from './graph.ts';

/** Layers that are one, whatever reads them: sections, nodes of one module. */
interface Unit {
  readonly layers: readonly Layer[];
  readonly nodes: readonly OpNode[];
  /** activations that it reads and does not make, each once */
  readonly inputs: readonly TensorId[];
  readonly outputs: readonly TensorId[];
}

/** As many units are tried behind another before a function of several nodes is given up: swish has 2, GELU 5. */
const MOST_AHEAD = 16;

/**
 * The graph with layers as a person draws them: a convolution (or whatever else makes a map) with the bias, batch
 * normalisation and activation behind it, however many nodes those are, as long as nothing else reads what is in
 * between. A layer keeps the name and origin of what leads it; totals do not change.
 *
 * @param unitOf layers one after the other that have the same unit stay together; undefined: the layer is one
 */
export function fuseLayers(
  original: Graph,
  unitOf: (layer: Layer) => string | undefined = () => undefined,
): Graph {
  const graph = withoutIdentities(original);
  const units = unitsOf(graph, unitOf);
  const readers = readersOf(graph, units);
  const groups: Unit[][] = [];
  const taken = new Uint8Array(units.length);
  for (const [i, unit] of units.entries()) {
    if (taken[i] === 1) continue;
    const prefix = renames(unit) ? soleReader(graph, unit, readers) : undefined;
    // What only renames a map stands with the layer that reads it, where there is one such.
    if (prefix !== undefined && taken[prefix] === 0) {
      units[prefix] = joined(unit, units[prefix] as Unit);
      continue;
    }
    taken[i] = 1;
    groups.push([unit, ...followers(i, units, readers, taken)]);
  }
  return regrouped(graph, groups);
}

/** A part of one axis is a view, whatever the file calls it. */
function asView(node: OpNode): OpNode {
  if (node.kind !== 'stridedSlice') return node;
  const { axes, starts, steps, sizes } = node.attrs;
  const [[axis, ...others], [start], [step], [size]] = [axes, starts, steps, sizes];
  if (axis === undefined || start === undefined || size === undefined) return node;
  if (step !== 1 || others.length > 0) return node;
  return { ...node, kind: 'slice', attrs: { axis, start, end: start + size } };
}

/** The graph whose nodes read what another name stood for. */
function withoutIdentities(graph: Graph): Graph {
  const names = new Map<TensorId, TensorId>();
  const real = (id: TensorId): TensorId => names.get(id) ?? id;
  const nodes: OpNode[] = [];
  const layers = graph.layers.map((layer): Layer => {
    const first = nodes.length;
    for (const node of graph.nodes.slice(layer.first, layer.last)) {
      const [output] = node.outputs;
      const inputs = node.inputs.some((id) => names.has(id)) ? node.inputs.map(real) : node.inputs;
      const [input] = inputs;
      if (node.kind === 'identity' && input !== undefined && output !== undefined) names.set(output, input);
      else nodes.push(asView(inputs === node.inputs ? node : { ...node, inputs }));
    }
    return { ...layer, first, last: nodes.length };
  });
  const outputs = graph.outputs.map(({ name, tensor }) => ({ name, tensor: real(tensor) }));
  return { ...graph, nodes, layers, outputs };
}

function unitsOf(graph: Graph, unitOf: (layer: Layer) => string | undefined): Unit[] {
  const units: Unit[] = [];
  let layers: Layer[] = [];
  let name: string | undefined;
  const close = (): void => {
    const nodes = layers.flatMap(({ first, last }) => graph.nodes.slice(first, last));
    if (nodes.length > 0) units.push(unitFrom(graph, layers, nodes));
    layers = [];
  };
  for (const layer of graph.layers) {
    const next = unitOf(layer);
    if (next === undefined || next !== name) close();
    name = next;
    layers.push(layer);
  }
  close();
  return units;
}

function unitFrom(graph: Graph, layers: readonly Layer[], nodes: readonly OpNode[]): Unit {
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const read = new Set(
    nodes.flatMap(({ inputs }) =>
      inputs.filter((id) => !made.has(id) && tensorOf(graph, id).role === 'activation'),
    ),
  );
  return { layers, nodes, inputs: [...read], outputs: [...made] };
}

/** A unit behind one that only renames what it reads: the second leads. */
const joined = (first: Unit, second: Unit): Unit => ({
  layers: [...second.layers, ...first.layers],
  nodes: [...first.nodes, ...second.nodes],
  inputs: [...new Set([...first.inputs, ...second.inputs.filter((id) => !first.outputs.includes(id))])],
  outputs: [...first.outputs, ...second.outputs],
});

/** The units that read each tensor, in order; a network's output has a reader that is none. */
type Readers = ReadonlyMap<TensorId, readonly number[]>;
const OUTSIDE = Number.MAX_SAFE_INTEGER;

function readersOf(graph: Graph, units: readonly Unit[]): Readers {
  const readers = new Map<TensorId, number[]>();
  const read = (id: TensorId, by: number): void => {
    const list = readers.get(id);
    if (list === undefined) readers.set(id, [by]);
    else list.push(by);
  };
  for (const [i, { inputs }] of units.entries()) for (const id of inputs) read(id, i);
  for (const { tensor } of graph.outputs) read(tensor, OUTSIDE);
  return readers;
}

/** Whether a unit gives a map another name, shape or order of axes, without moving it, and nothing else. */
const renames = ({ nodes }: Unit): boolean =>
  nodes.every(({ kind }) => kind === 'reshape' || kind === 'layout');

function soleReader(graph: Graph, { outputs, inputs }: Unit, readers: Readers): number | undefined {
  // With what makes the map, if that is read by nothing else.
  if (
    inputs.length === 1 &&
    readers.get(inputs[0] as TensorId)?.length === 1 &&
    madeInside(graph, inputs[0])
  ) {
    return undefined;
  }
  const [reader, ...others] = outputs.flatMap((id) => readers.get(id) ?? []);
  return reader === OUTSIDE || others.length > 0 ? undefined : reader;
}

const madeInside = (graph: Graph, id: TensorId | undefined): boolean =>
  graph.inputs.every(({ tensor }) => tensor !== id);

/** Whether a node may stand behind another in one layer: a function of each element, a bias, a normalisation. */
function follows(node: OpNode): boolean {
  switch (node.kind) {
    case 'activation':
    case 'batchNorm':
    case 'elementwise':
    case 'mul':
    case 'add':
    case 'reshape':
    case 'layout':
      return true;
    default:
      return false;
  }
}

/** The first unit of all these, which are in order each. */
function firstOf(sets: Iterable<ReadonlySet<number>>): number {
  let first = OUTSIDE;
  for (const set of sets)
    for (const index of set) {
      first = Math.min(first, index);
      break;
    }
  return first;
}

/** The units behind one that are one layer with it. They are taken. */
function followers(
  start: number,
  units: readonly Unit[],
  readers: Readers,
  taken: Uint8Array,
): readonly Unit[] {
  const found: Unit[] = [];
  const made = new Set<TensorId>();
  /** readers outside by tensor; what has some is open */
  const open = new Map<TensorId, Set<number>>();
  const include = (index: number): void => {
    const unit = units[index] as Unit;
    for (const id of unit.inputs) {
      const left = open.get(id);
      left?.delete(index);
      if (left?.size === 0) open.delete(id);
    }
    for (const id of unit.outputs) {
      made.add(id);
      // A unit that was joined with what stands before it reads some of what it makes.
      const outside = new Set(readers.get(id));
      outside.delete(index);
      if (outside.size > 0) open.set(id, outside);
    }
  };
  include(start);
  let ahead: number[] = [];
  while (ahead.length < MOST_AHEAD) {
    const next = firstOf(open.values());
    const unit = units[next];
    if (unit === undefined || taken[next] === 1) break;
    if (!unit.nodes.every(follows) || !unit.inputs.every((id) => made.has(id))) break;
    ahead.push(next);
    include(next);
    if (open.size > 1) continue;
    for (const index of ahead) {
      taken[index] = 1;
      found.push(units[index] as Unit);
    }
    ahead = [];
  }
  return found;
}

/** The graph with these layers, nodes in their order. */
function regrouped(graph: Graph, groups: readonly (readonly Unit[])[]): Graph {
  const nodes: OpNode[] = [];
  const layers = groups.map((units, index): Layer => {
    const first = nodes.length;
    for (const unit of units) nodes.push(...unit.nodes);
    return { ...(units[0]?.layers[0] as Layer), index, first, last: nodes.length };
  });
  const fused = { ...graph, nodes, layers };
  return { ...fused, fused: contracted(fused) };
}

/**
 * The graph with one node for each layer, as a runtime that fuses them sees it: for liveness. A result has a buffer
 * of its own, unless the layer only looks at its input in another way.
 */
function contracted(graph: Graph): Graph {
  const readOutside = new Set(graph.outputs.map(({ tensor }) => tensor));
  const units = graph.layers.map((layer) => {
    const unit = unitFrom(graph, [layer], graph.nodes.slice(layer.first, layer.last));
    for (const id of unit.inputs) readOutside.add(id);
    return unit;
  });
  const nodes = units.map(({ nodes: parts, inputs, outputs }): OpNode => {
    const kept = outputs.filter((id) => readOutside.has(id));
    const ports = { inputs, outputs: kept.length > 0 ? kept : outputs.slice(-1), params: [] };
    return parts.every(({ kind }) => specOf(kind).memory === 'view')
      ? { ...ports, kind: 'identity', attrs: {} }
      : { ...ports, kind: 'opaque', attrs: { op: 'layer', outputs: [] } };
  });
  return { ...graph, nodes, layers: graph.layers.map((layer, i) => ({ ...layer, first: i, last: i + 1 })) };
}
