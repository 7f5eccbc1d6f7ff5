import { inertJson } from '../../inertJson.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Measure, Measurements } from '../format.ts';
import { viewerNodes } from '../viewerNodes.ts';

/** From nothing to the most expensive node. */
const GRADIENT = [
  { stop: 0, bgColor: '#ffffff' },
  { stop: 1, bgColor: '#d7301f' },
] as const;

/**
 * Node data for the viewer Model Explorer: one number for each node, which it colours by that number. A file
 * that it opens stays as it is, any other network is opened as the ONNX model that `writeOnnx` makes of it.
 *
 * @throws ProfileError CSP401 where that model cannot be written
 * @source node_data_builder.py and node_data_provider_extension_service.ts of Model Explorer
 */
export function writeModelExplorer(graph: Graph, measured: Measurements, measure: Measure): string {
  const nodes = viewerNodes(graph, 'model-explorer');
  const results = Object.fromEntries(
    measured.layers.flatMap((layer, i) => {
      const [node, value] = [nodes[i], layer[measure.id]];
      return node === undefined || typeof value !== 'number' ? [] : [[node, { value }]];
    }),
  );
  return `${inertJson({ name: measure.title, results, gradient: GRADIENT }, 1)}\n`;
}
