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
  to: number;
  /** the tensors that live in it: the first, views of it, and results written over it */
  tensors: TensorId[];
}

/**
 * The activation buffers of a graph in execution order.
 *
 * A view shares its operand's buffer. A `stream` operator writes over an operand of the same size whose
 * buffer dies at this node. Constants and parameters are not activations.
 */
export function activationBuffers(graph: Graph): readonly ActivationBuffer[] {
  const end = graph.nodes.length;
  const lastRead = new Int32Array(graph.tensors.length).fill(-1);
  for (let node = 0; node < end; node++) {
    const { inputs } = graph.nodes[node] as OpNode;
    for (let i = 0; i < inputs.length; i++) lastRead[inputs[i] as TensorId] = node;
  }
  for (const { tensor } of graph.outputs) lastRead[tensor] = end;

  const result: ActivationBuffer[] = [];
  const home = new Array<ActivationBuffer | undefined>(graph.tensors.length);
  const place = (id: TensorId, from: number): void => {
    const { type, role } = tensorOf(graph, id);
    if (role !== 'activation') return;
    const bytes = byteLength(type.dtype, elements(type.shape));
    const buffer: ActivationBuffer = {
      bytes,
      from,
      to: Math.max(from, lastRead[id] as number),
      tensors: [id],
    };
    result.push(buffer);
    home[id] = buffer;
  };
  const join = (id: TensorId, buffer: ActivationBuffer): void => {
    // Most hold two at most: a list that grew to two would have room for seventeen.
    const [first] = buffer.tensors;
    if (first !== undefined && buffer.tensors.length === 1) buffer.tensors = [first, id];
    else buffer.tensors.push(id);
    buffer.to = Math.max(buffer.to, lastRead[id] as number);
    home[id] = buffer;
  };

  for (const { tensor } of graph.inputs) place(tensor, -1);
  graph.nodes.forEach((node, i) => {
    const { memory } = specOf(node.kind);
    for (let output = 0; output < node.outputs.length; output++) {
      const id = node.outputs[output] as TensorId;
      if (memory === 'view') {
        const base = node.inputs[0] === undefined ? undefined : home[node.inputs[0]];
        if (base === undefined) place(id, i);
        else join(id, base);
        continue;
      }
      const { type } = tensorOf(graph, id);
      const size = byteLength(type.dtype, elements(type.shape));
      let over: ActivationBuffer | undefined;
      if (memory === 'stream') {
        for (let input = 0; input < node.inputs.length; input++) {
          const base = home[node.inputs[input] as TensorId];
          if (
            over === undefined &&
            base !== undefined &&
            size !== undefined &&
            base.bytes === size &&
            base.to === i
          )
            over = base;
        }
      }
      if (over === undefined) place(id, i);
      else join(id, over);
    }
  });
  return result;
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
  all: readonly ActivationBuffer[] = activationBuffers(graph),
  timeline = activationTimeline(graph, all),
): Peak | undefined {
  let peak: { bytes: number; node: number } | undefined;
  timeline.forEach((bytes, node) => {
    if (bytes !== undefined && (peak === undefined || bytes > peak.bytes)) peak = { bytes, node };
  });
  if (peak === undefined) return undefined;
  const { node } = peak;
  return { ...peak, live: all.filter((buffer) => buffer.from <= node && buffer.to >= node) };
}

/** Bytes of activations that are alive while each node runs; undefined while one of unknown size is. */
export function activationTimeline(
  graph: Graph,
  all: readonly ActivationBuffer[] = activationBuffers(graph),
): readonly (number | undefined)[] {
  const known = new Float64Array(graph.nodes.length + 2);
  const unknown = new Int32Array(graph.nodes.length + 2);
  for (let i = 0; i < all.length; i++) {
    const { bytes, from, to } = all[i] as ActivationBuffer;
    const change = bytes === undefined ? unknown : known;
    const amount = bytes ?? 1;
    const first = Math.max(from, 0);
    change[first] = (change[first] as number) + amount;
    change[to + 1] = (change[to + 1] as number) - amount;
  }
  let [bytes, strings] = [0, 0];
  return graph.nodes.map((_, i) => {
    bytes += known[i] as number;
    strings += unknown[i] as number;
    return strings === 0 ? bytes : undefined;
  });
}
