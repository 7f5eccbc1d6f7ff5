import { specOf } from '../ops/registry.ts';
import { byteLength } from '../ops/dtype.ts';
import { elements } from '../units.ts';
import { tensorOf, type Graph, type OpNode, type TensorId } from './graph.ts';

/** One buffer that holds activations, from the node that fills it to the last one that reads it. */
export interface ActivationBuffer {
  /** undefined for strings, whose size no shape tells */
  readonly bytes: number | undefined;
  /** index of the node that produces it; -1 for an input of the network */
  readonly from: number;
  /** index of the last node that reads it; the number of nodes for an output of the network */
  readonly to: number;
  /** the tensors that live in it: the first, views of it, and results written over it */
  readonly tensors: readonly TensorId[];
}

/** The activation buffers of a graph as columns, by the order in which they are filled. */
export interface Lifetimes {
  /** number of buffers */
  readonly count: number;
  /** NaN for strings */
  readonly bytes: Float64Array;
  /** index of the node that fills each; -1 for inputs of the network */
  readonly from: Int32Array;
  /** index of the last node that reads each; the number of nodes for outputs of the network */
  readonly to: Int32Array;
  /** by tensor, the index of its buffer; -1 for what is no activation */
  readonly home: Int32Array;
}

/**
 * When each activation buffer of a graph is needed.
 *
 * A view shares its operand's buffer. A `stream` operator writes over an operand of the same size whose
 * buffer dies at this node. Constants and parameters are not activations.
 */
export function lifetimesOf(graph: Graph): Lifetimes {
  const end = graph.nodes.length;
  const most = graph.tensors.length;
  const lastRead = new Int32Array(most).fill(-1);
  for (let node = 0; node < end; node++) {
    const { inputs } = graph.nodes[node] as OpNode;
    for (let i = 0; i < inputs.length; i++) lastRead[inputs[i] as TensorId] = node;
  }
  for (const { tensor } of graph.outputs) lastRead[tensor] = end;

  const home = new Int32Array(most).fill(-1);
  const bytes = new Float64Array(most);
  const [from, to] = [new Int32Array(most), new Int32Array(most)];
  let count = 0;
  const sizeOf = (id: TensorId): number => {
    const { dtype, shape } = tensorOf(graph, id).type;
    return byteLength(dtype, elements(shape)) ?? Number.NaN;
  };
  const place = (id: TensorId, node: number): void => {
    if (tensorOf(graph, id).role !== 'activation') return;
    bytes[count] = sizeOf(id);
    from[count] = node;
    to[count] = Math.max(node, lastRead[id] as number);
    home[id] = count++;
  };

  for (const { tensor } of graph.inputs) place(tensor, -1);
  for (let i = 0; i < end; i++) {
    const { kind, inputs, outputs } = graph.nodes[i] as OpNode;
    const { memory } = specOf(kind);
    for (let output = 0; output < outputs.length; output++) {
      const id = outputs[output] as TensorId;
      let over = -1;
      if (memory === 'view') over = inputs[0] === undefined ? -1 : (home[inputs[0]] as number);
      else if (memory === 'stream') {
        const size = sizeOf(id);
        for (let input = 0; input < inputs.length && over === -1; input++) {
          const buffer = home[inputs[input] as TensorId] as number;
          if (buffer !== -1 && bytes[buffer] === size && to[buffer] === i) over = buffer;
        }
      }
      if (over === -1) place(id, i);
      else {
        home[id] = over;
        to[over] = Math.max(to[over] as number, lastRead[id] as number);
      }
    }
  }
  return { count, bytes, from, to, home };
}

/** The activation buffers of a graph, by the order in which they are filled: see `lifetimesOf`. */
export const activationBuffers = (graph: Graph): readonly ActivationBuffer[] =>
  buffersOf(graph, lifetimesOf(graph), () => true);

/** Those of the buffers that are wanted. */
function buffersOf(
  graph: Graph,
  lifetimes: Lifetimes,
  isWanted: (buffer: number) => boolean,
): readonly ActivationBuffer[] {
  const { count, bytes, from, to, home } = lifetimes;
  const tensors = new Map<number, TensorId[]>();
  for (let buffer = 0; buffer < count; buffer++) if (isWanted(buffer)) tensors.set(buffer, []);
  const add = (id: TensorId): void => {
    tensors.get(home[id] as number)?.push(id);
  };
  for (const { tensor } of graph.inputs) add(tensor);
  for (let i = 0; i < graph.nodes.length; i++) (graph.nodes[i] as OpNode).outputs.forEach(add);
  return [...tensors].map(([buffer, held]) => {
    const size = bytes[buffer] as number;
    return {
      bytes: Number.isNaN(size) ? undefined : size,
      from: from[buffer] as number,
      to: to[buffer] as number,
      tensors: held,
    };
  });
}

/** The moment at which most activation memory is held. */
export interface Peak {
  /** of all that is live there */
  readonly bytes: number;
  /** index of the node at which it is reached */
  readonly node: number;
  /** what is live there, inputs of the node and its results included */
  readonly live: readonly ActivationBuffer[];
}

/**
 * The most activation memory held at once, while one node after the other runs; undefined where no node's is known.
 *
 * @unit byte, for the dtypes of the graph
 * @definition max over nodes of the sum of buffers filled at or before the node and read at or after it
 */
export function peakActivations(
  graph: Graph,
  lifetimes = lifetimesOf(graph),
  timeline = activationTimeline(graph, lifetimes),
): Peak | undefined {
  let [node, most] = [-1, -1];
  timeline.forEach((held, i) => {
    if (held !== undefined && held > most) {
      most = held;
      node = i;
    }
  });
  if (node === -1) return undefined;
  const { from, to } = lifetimes;
  const isLive = (buffer: number): boolean =>
    (from[buffer] as number) <= node && (to[buffer] as number) >= node;
  return { bytes: most, node, live: buffersOf(graph, lifetimes, isLive) };
}

/** Bytes of activations that are alive while each node runs; undefined while one of unknown size is. */
export function activationTimeline(
  graph: Graph,
  { count, bytes: sizes, from, to }: Pick<Lifetimes, 'count' | 'bytes' | 'from' | 'to'> = lifetimesOf(graph),
): readonly (number | undefined)[] {
  const known = new Float64Array(graph.nodes.length + 2);
  const unknown = new Int32Array(graph.nodes.length + 2);
  for (let buffer = 0; buffer < count; buffer++) {
    const size = sizes[buffer] as number;
    const change = Number.isNaN(size) ? unknown : known;
    const amount = Number.isNaN(size) ? 1 : size;
    const first = Math.max(from[buffer] as number, 0);
    const next = (to[buffer] as number) + 1;
    change[first] = (change[first] as number) + amount;
    change[next] = (change[next] as number) - amount;
  }
  let [bytes, strings] = [0, 0];
  const timeline = new Array<number | undefined>(graph.nodes.length);
  for (let i = 0; i < timeline.length; i++) {
    bytes += known[i] as number;
    strings += unknown[i] as number;
    timeline[i] = strings === 0 ? bytes : undefined;
  }
  return timeline;
}
