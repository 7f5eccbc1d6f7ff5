import { peakActivations, type ActivationBuffer, type Lifetimes } from '../graph/liveness.ts';
import { storedShape, tensorOf, type Graph, type Layer, type TensorId } from '../graph/graph.ts';
import type { Shape } from '../ops/spec.ts';

/** An activation that is held in memory while the peak is reached. */
export interface LiveTensor {
  /** its name in the file, or that of the layer that makes it */
  readonly name: string;
  /** outermost first */
  readonly shape: Shape;
  /** element type */
  readonly dtype: string;
  /** that it takes in memory */
  readonly bytes: number;
  /** index of the layer that first wrote its memory; absent for an input of the network */
  readonly from?: number;
  /** index of the last layer that reads its memory, also what is written over it; absent for an output */
  readonly to?: number;
}

/** The layer at which most memory holds activations, and what is held. */
export interface ActivationPeak {
  /** index of the layer */
  readonly layer: number;
  /** of all that is held */
  readonly bytes: number;
  /** largest first */
  readonly tensors: readonly LiveTensor[];
}

/** The first peak of the activation memory; undefined where no layer's is known. */
export function peakOf(
  graph: Graph,
  lifetimes: Lifetimes,
  timeline: readonly (number | undefined)[],
): ActivationPeak | undefined {
  const peak = peakActivations(graph, lifetimes, timeline);
  const layer = peak && layerAt(graph, peak.node);
  if (peak === undefined || layer === undefined) return undefined;
  const made = makers(graph);
  const tensors = peak.live.flatMap((buffer) => liveTensor(graph, buffer, peak.node, made));
  return { layer: layer.index, bytes: peak.bytes, tensors: tensors.sort((a, b) => b.bytes - a.bytes) };
}

function liveTensor(
  graph: Graph,
  buffer: ActivationBuffer,
  node: number,
  made: Int32Array,
): readonly LiveTensor[] {
  const { bytes } = buffer;
  if (bytes === undefined || bytes === 0) return [];
  // What was written last: a result in place, or a view, of what the buffer held before.
  const written = buffer.tensors.filter((id) => (made[id] as number) <= node);
  const id = (written.at(-1) ?? buffer.tensors[0]) as TensorId;
  const tensor = tensorOf(graph, id);
  const { type, name } = tensor;
  const [from, to] = [layerAt(graph, buffer.from), layerAt(graph, buffer.to)];
  return [
    {
      name: name ?? layerAt(graph, made[id] as number)?.name ?? '',
      shape: storedShape(tensor),
      dtype: type.dtype,
      bytes,
      ...(from === undefined ? {} : { from: from.index }),
      ...(to === undefined ? {} : { to: to.index }),
    },
  ];
}

/** Per tensor, the index of the node that makes it; -1 for an input of the network. */
function makers(graph: Graph): Int32Array {
  const made = new Int32Array(graph.tensors.length).fill(-1);
  graph.nodes.forEach((node, i) => {
    for (const id of node.outputs) made[id] = i;
  });
  return made;
}

const layerAt = (graph: Graph, node: number): Layer | undefined =>
  graph.layers.find(({ first, last }) => first <= node && node < last);
