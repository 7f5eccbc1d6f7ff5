import type { Graph } from './graph.ts';
import { layerViews } from './layers.ts';

/** For each layer, the indices of the layers whose results it reads, each once, in ascending order. */
export function layerSources(graph: Graph): readonly (readonly number[])[] {
  // Per tensor, one more than the index of the layer that made it.
  const madeIn = new Uint32Array(graph.tensors.length);
  return Array.from(layerViews(graph), ({ layer, inputs, outputs }) => {
    for (const id of outputs) madeIn[id] = layer.index + 1;
    const makers = inputs.map((id) => madeIn[id] as number).filter((maker) => maker !== 0);
    return [...new Set(makers)].map((maker) => maker - 1).sort((a, b) => a - b);
  });
}
