import { tensorOf, typesOf, type Graph, type Layer, type OpNode, type TensorId } from './graph.ts';
import { specOf } from '../ops/registry.ts';
import type { TensorType, Work } from '../ops/spec.ts';
import { elements } from '../units.ts';

/** A layer and what it reads and makes. */
export interface LayerView {
  /** the layer itself */
  readonly layer: Layer;
  /** its nodes, in order */
  readonly nodes: readonly OpNode[];
  /** activations that the layer reads from other layers, each once */
  readonly inputs: readonly TensorId[];
  /** activations that it makes and does not use up itself */
  readonly outputs: readonly TensorId[];
  /** constants that it reads and that no earlier layer has read: a shared weight counts once */
  readonly constants: readonly TensorId[];
}

/**
 * What each layer of a graph reads and makes: asked for one layer after the other, in their order.
 *
 * Its lists are walked by index, as those of the metrics are: code that runs a few times for each of very many layers
 * is mostly not optimised yet, and until then an iterator makes an object at each step.
 */
export function layerViewer(graph: Graph): (layer: Layer) => LayerView {
  // Per tensor, one more than the index of the layer that made it, or read it last: no search through lists.
  const madeIn = new Uint32Array(graph.tensors.length);
  const readIn = new Uint32Array(graph.tensors.length);
  return (layer) => {
    const mark = layer.index + 1;
    const nodes = graph.nodes.slice(layer.first, layer.last);
    let inputs = NONE;
    let constants = NONE;
    let made = NONE;
    let internal = false;
    for (let n = 0; n < nodes.length; n++) {
      const node = nodes[n] as OpNode;
      for (let i = 0; i < node.inputs.length; i++) {
        const id = node.inputs[i] as TensorId;
        if (tensorOf(graph, id).role !== 'activation') {
          if (readIn[id] === 0) constants = added(constants, id);
        } else if (madeIn[id] === mark) internal = true;
        else if (readIn[id] !== mark) inputs = added(inputs, id);
        readIn[id] = mark;
      }
      for (let i = 0; i < node.params.length; i++) {
        const id = node.params[i] as TensorId;
        if (readIn[id] === 0) constants = added(constants, id);
        readIn[id] = mark;
      }
      for (let i = 0; i < node.outputs.length; i++) {
        const id = node.outputs[i] as TensorId;
        madeIn[id] = mark;
        made = added(made, id);
      }
    }
    const outputs = internal ? made.filter((id) => readIn[id] !== mark) : made;
    return { layer, nodes, inputs, outputs, constants };
  };
}

/** The layers of a graph, one after the other, with what each reads and makes. */
export function* layerViews(graph: Graph): Generator<LayerView> {
  const viewOf = layerViewer(graph);
  for (const layer of graph.layers) yield viewOf(layer);
}

const NONE: TensorId[] = [];

/** The list with one more entry. Most lists have one at most, for which one that can grow takes ten times the room. */
function added(list: TensorId[], id: TensorId): TensorId[] {
  if (list === NONE) return [id];
  list.push(id);
  return list;
}

/** Elements of all these tensors together. */
export function elementsOf(graph: Graph, ids: readonly TensorId[]): number {
  let total = 0;
  for (let i = 0; i < ids.length; i++) total += elements(tensorOf(graph, ids[i] as TensorId).type.shape);
  return total;
}

/** Whether the node takes entries of this operand by index. */
export const looksUp = ({ kind, inputs }: OpNode, id: TensorId): boolean =>
  (kind === 'gather' || kind === 'gatherND') && inputs[0] === id;

/** How much of an operand a node reads: all of it, or the entries that it takes by index. */
export function takenShare(graph: Graph, node: OpNode, id: TensorId): number {
  if (!looksUp(node, id)) return 1;
  const all = elements(tensorOf(graph, id).type.shape);
  return all === 0 ? 1 : Math.min(1, elementsOf(graph, node.outputs) / all);
}

/** Arithmetic of a node over all its runs; undefined where operator or trip count is not known. */
export function workOf(graph: Graph, node: OpNode): Work | undefined {
  const { work } = specOf(node.kind);
  const { repeat = 1 } = node;
  if (work === 'none') return NO_WORK;
  if (work === 'unknown' || repeat === 'unknown') return undefined;
  const done = finishedWork(graph, node) ?? finish(graph, node, work);
  if (repeat === 1) return done;
  const all: { -readonly [P in keyof Work]: Work[P] } = {};
  for (const [primitive, count] of Object.entries(done)) all[primitive as keyof Work] = count * repeat;
  return all;
}

const NO_WORK: Work = {};

interface Finished {
  readonly kind: OpNode['kind'];
  readonly inputs: readonly TensorType[];
  readonly outputs: readonly TensorType[];
  readonly work: Work;
  /** that of the node before with these attributes */
  before: Finished | undefined;
}

/** How many nodes with the same attributes are remembered. */
const MOST_FINISHED = 4;

/** The work of the last nodes with these attributes: several metrics ask for it, and so do equal nodes. */
const finished = new WeakMap<object, Finished>();

function finishedWork(graph: Graph, { kind, attrs, inputs, outputs }: OpNode): Work | undefined {
  for (let done = finished.get(attrs); done !== undefined; done = done.before) {
    if (done.kind !== kind) continue;
    if (haveTypes(graph, inputs, done.inputs) && haveTypes(graph, outputs, done.outputs)) return done.work;
  }
  return undefined;
}

function finish(
  graph: Graph,
  node: OpNode,
  work: (inputs: readonly TensorType[], outputs: readonly TensorType[], attrs: never) => Work,
): Work {
  const { kind, attrs } = node;
  const [inputs, outputs] = [typesOf(graph, node.inputs), typesOf(graph, node.outputs)];
  const done: Finished = {
    kind,
    inputs,
    outputs,
    work: work(inputs, outputs, attrs as never),
    before: finished.get(attrs),
  };
  finished.set(attrs, done);
  let last: Finished | undefined = done;
  for (let i = 1; i < MOST_FINISHED; i++) last = last?.before;
  if (last !== undefined) last.before = undefined;
  return done.work;
}

function haveTypes(graph: Graph, ids: readonly TensorId[], types: readonly TensorType[]): boolean {
  if (ids.length !== types.length) return false;
  for (let i = 0; i < ids.length; i++) {
    if (tensorOf(graph, ids[i] as TensorId).type !== types[i]) return false;
  }
  return true;
}
