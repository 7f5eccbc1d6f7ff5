import type { Graph } from '../graph/graph.ts';
import { formatById } from './registry.ts';
import { layerIndexOf } from './onnx/writeNames.ts';
import { writeOnnx } from './onnx/write.ts';

/**
 * What the node that stands for each layer is called in a viewer: as in the network's own file where the viewer
 * opens files of that format, else as in the ONNX model that `writeOnnx` makes of it. Undefined for a layer that
 * has no node there.
 *
 * @throws ProfileError CSP401 where there is no such ONNX model
 */
export function viewerNodes(graph: Graph, viewer: string): readonly (string | undefined)[] {
  const nodeIn = formatById(graph.format)?.nodeIn?.[viewer];
  if (nodeIn !== undefined) return graph.layers.map(({ origin }) => nodeIn(origin));
  const names = new Map<number, string>();
  for (const { name = '' } of writeOnnx(graph, { dataFile: 'unread' }).graph.node) {
    const index = layerIndexOf(name);
    if (index !== undefined && !names.has(index)) names.set(index, name);
  }
  return graph.layers.map(({ index }) => names.get(index));
}
