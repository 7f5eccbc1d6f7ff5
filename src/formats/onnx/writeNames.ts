import type { Layer } from '../../graph/graph.ts';

/**
 * What every node and tensor name of a layer begins with in the ONNX files that we write: `L012_stem`, and a
 * slash behind it. Names given by people are cut down to letters, digits, `.`, `_` and `-`.
 */
export function layerScope({ index, name }: Pick<Layer, 'index' | 'name'>): string {
  const readable = name.replace(/[^\w.-]+/g, '_').slice(0, 40);
  return `L${String(index).padStart(3, '0')}${readable === '' ? '' : `_${readable}`}`;
}

/**
 * Index of the layer that a node of a file that we wrote belongs to; undefined for any other name.
 * Runtimes that rewrite the network keep the beginning of the name (`L012_stem/Conv_nchwc`).
 */
export function layerIndexOf(nodeName: string): number | undefined {
  const digits = /^L(\d{3,15})(?:_[\w.-]+)?\//.exec(nodeName)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
