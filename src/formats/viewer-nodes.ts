import type { Graph } from '../graph/graph.ts';
import { layerIndexOf } from './onnx/write-names.ts';
import { writeOnnx } from './onnx/write.ts';

/** Numbers of a network and of its layers, in the order of the layers: a profile is one. */
export interface Measurements {
  readonly totals: Readonly<Record<string, unknown>>;
  readonly layers: readonly Readonly<Record<string, unknown>>[];
}

/** A number to show, by its key in the measurements. */
export interface Measure {
  readonly id: string;
  readonly title: string;
}

/**
 * What the node that stands for each layer is called in a viewer: as in the network's own file where the viewer
 * opens files of that format, else as in the ONNX model that `writeOnnx` makes of it. Undefined for a layer that
 * has no node there.
 *
 * @throws ProfileError CSP401 where there is no such ONNX model
 */
export function viewerNodes(
  graph: Graph,
  opens: readonly Graph['format'][],
): readonly (string | undefined)[] {
  if (opens.includes(graph.format)) {
    return graph.layers.map(({ origin }) => {
      if (origin.format === 'onnx') return origin.node;
      // Netron calls a section by its index.
      return origin.format === 'darknet' && origin.index !== undefined ? String(origin.index) : undefined;
    });
  }
  const names = new Map<number, string>();
  for (const { name = '' } of writeOnnx(graph, { dataFile: 'unread' }).graph.node) {
    const index = layerIndexOf(name);
    if (index !== undefined && !names.has(index)) names.set(index, name);
  }
  return graph.layers.map(({ index }) => names.get(index));
}
