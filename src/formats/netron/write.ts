import { inertJson } from '../../inertJson.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Measure, Measurements } from '../format.ts';
import { viewerNodes } from '../viewerNodes.ts';

interface Entry {
  readonly kind: 'model' | 'node';
  readonly target: string;
  readonly name: string;
  readonly value: number;
}

/**
 * An attachment for the viewer Netron: drop it onto the model that is open there, and each node shows its numbers
 * under Metrics, the model the totals. A file that Netron opens stays as it is, any other network is
 * opened as the ONNX model that `writeOnnx` makes of it.
 *
 * @throws ProfileError CSP401 where that model cannot be written
 * @source metadata.Attachment in source/view.js of Netron
 */
export function writeNetron(graph: Graph, measured: Measurements, measures: readonly Measure[]): string {
  const nodes = viewerNodes(graph, 'netron');
  const entries = (kind: Entry['kind'], target: string, values: Readonly<Record<string, unknown>>): Entry[] =>
    measures.flatMap(({ id }) => {
      const value = values[id];
      return typeof value === 'number' ? [{ kind, target, name: id, value }] : [];
    });
  const metrics = [
    ...entries('model', '', measured.totals),
    ...measured.layers.flatMap((layer, i) => {
      const node = nodes[i];
      return node === undefined ? [] : entries('node', node, layer);
    }),
  ];
  return `${inertJson({ signature: 'netron:attachment', metrics }, 1)}\n`;
}
