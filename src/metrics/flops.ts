import type { OpNode } from '../graph/graph.ts';
import type { Primitive } from '../ops/spec.ts';
import { quantity } from '../units.ts';
import type { FlopConvention, FlopWeights } from './conventions/flops.ts';
import { elementsOf, workOf } from '../graph/layers.ts';
import type { Count } from './metric.ts';

/** What a convention counts for an operator; undefined: nothing. */
export const flopWeights = (convention: FlopConvention, node: OpNode): FlopWeights | undefined =>
  (node.kind === 'activation' ? convention.activations?.[node.attrs.fn] : undefined) ??
  convention.kinds[node.kind] ??
  convention.others;

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
    for (const node of nodes) {
      const weights = flopWeights(convention, node);
      const work = workOf(graph, node);
      if (work === undefined) return undefined;
      if (weights === undefined) continue;
      for (const primitive in work) {
        const weight = weights[primitive as Primitive];
        if (weight !== undefined) total += weight * (work[primitive as Primitive] as number);
      }
      if (weights.inputElement !== undefined) total += weights.inputElement * elementsOf(graph, node.inputs);
      if (weights.outputElement !== undefined)
        total += weights.outputElement * elementsOf(graph, node.outputs);
    }
    return quantity(total);
  },
};
