import { tensorOf, type Graph, type OpNode } from '../graph/graph.ts';
import type { Primitive } from '../ops/spec.ts';
import { quantity } from '../units.ts';
import type { FlopConvention, FlopSize, FlopWeights } from './conventions/flops.ts';
import { elementsOf, workOf } from '../graph/layers.ts';
import type { Count } from './metric.ts';

/** What a convention counts for an operator; undefined: nothing. */
export const flopWeights = (convention: FlopConvention, node: OpNode): FlopWeights | undefined =>
  (node.kind === 'activation'
    ? convention.activations?.[node.attrs.fn]
    : node.kind === 'normalize'
      ? convention.normalizations?.[node.attrs.fn]
      : undefined) ??
  convention.kinds[node.kind] ??
  convention.others;

/** The sizes of an operator that rules count. */
export const FLOP_SIZES: Readonly<Record<FlopSize, (graph: Graph, node: OpNode) => number>> = {
  inputElement: (graph, { inputs }) => elementsOf(graph, inputs),
  outputElement: (graph, { outputs }) => elementsOf(graph, outputs),
  combinedElement: (graph, { inputs, outputs }) => inputs.length * elementsOf(graph, outputs),
  scaledElement: (graph, node) =>
    node.kind === 'normalize' && node.attrs.scale ? elementsOf(graph, node.outputs) : 0,
  weight: (graph, { params }) =>
    elementsOf(
      graph,
      params.filter((id) => tensorOf(graph, id).role === 'weight'),
    ),
  ungroupedMac(graph, node) {
    if (node.kind !== 'conv') return 0;
    const { mac, binaryMac } = workOf(graph, node) ?? {};
    return node.attrs.groups * ((mac ?? binaryMac) as number);
  },
  imageElement: (graph) =>
    elementsOf(
      graph,
      graph.inputs.map(({ tensor }) => tensor),
    ),
};

const isSize = (key: string): key is FlopSize => Object.hasOwn(FLOP_SIZES, key);

export const flops: Count<'FLOP', 'flops'> = {
  id: 'flops',
  title: 'FLOPs',
  label: 'FLOPs',
  unit: 'FLOP',
  definition: 'primitives of arithmetic, weighted by the chosen counting convention',
  source: 'metrics/conventions/flops.ts names the source of each convention',
  total: 'sum',
  column: { places: { table: 60, markdown: 60, page: 10 }, priority: 20 },
  rank: { order: 0, largest: 'with the most FLOPs' },
  measure({ nodes }, { graph, flops: convention }) {
    let total = 0;
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i] as OpNode;
      const weights = flopWeights(convention, node);
      const work = workOf(graph, node);
      if (work === undefined) return undefined;
      if (weights === undefined) continue;
      for (const key in weights) {
        const weight = weights[key as keyof FlopWeights] as number;
        const count = isSize(key) ? FLOP_SIZES[key](graph, node) : work[key as Primitive];
        if (count !== undefined) total += weight * count;
      }
    }
    return quantity(total);
  },
};
