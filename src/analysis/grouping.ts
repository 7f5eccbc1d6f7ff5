import { formatById } from '../formats/registry.ts';
import { foldBatchNorms } from '../graph/foldBatchNorms.ts';
import { fuseLayers } from '../graph/fuseLayers.ts';
import type { Graph } from '../graph/graph.ts';

/**
 * What a row of a profile is: a layer as the file has it, or with the bias, normalisation and activation behind it, or
 * a module, told apart by all the names of its path or by as many as stated.
 */
export type Grouping = 'layer' | 'fused' | 'module' | `module:${number}`;

/** How many names tell modules apart; undefined where rows are no modules. */
export function moduleDepth(by: Grouping): number | undefined {
  if (by === 'layer' || by === 'fused') return undefined;
  return by === 'module' ? Infinity : Number(by.slice('module:'.length));
}

/** The graph with its layers grouped so; counts do not change. */
export const grouped = (graph: Graph, by: Grouping): Graph =>
  by !== 'fused' ? graph : fuseLayers(graph, ({ origin }) => formatById(origin.format)?.unitOf?.(origin));

/** Whether the layers of two networks are of different kinds: operators on one side, say, and sections on the other. */
export function areUnlike(a: Graph['format'], b: Graph['format']): boolean {
  const [left, right] = [formatById(a), formatById(b)];
  return a !== b && !(left?.drawn === true && right?.drawn === true);
}

/** Whether the layers of a format are single operators, which people draw as one with what stands behind them. */
export const isOfOperators = (format: Graph['format']): boolean => formatById(format)?.drawn !== true;

/** The graph as it is compared with one of another format: layers fused, batch normalisation folded. */
export const comparable = (graph: Graph): Graph => grouped(foldBatchNorms(graph), 'fused');
