import type { Primitive } from '../ops/spec.ts';
import { quantity } from '../units.ts';
import { elementsOf, workOf } from './layers.ts';
import type { Metric } from './metric.ts';

export const flops: Metric<'FLOP', 'flops'> = {
  id: 'flops',
  title: 'FLOPs',
  label: 'FLOPs',
  unit: 'FLOP',
  definition: 'primitives of arithmetic, weighted by the chosen counting convention',
  source: 'metrics/conventions/flops.ts names the source of each convention',
  total: 'sum',
  measure({ nodes }, { graph, flops: convention }) {
    let total = 0;
    for (const node of nodes) {
      const weights = convention.kinds[node.kind] ?? convention.others;
      const work = workOf(graph, node);
      if (work === undefined) return undefined;
      if (weights === undefined) continue;
      for (const primitive in work) {
        const weight = weights[primitive as Primitive];
        if (weight !== undefined) total += weight * (work[primitive as Primitive] as number);
      }
      if (weights.outputElement !== undefined)
        total += weights.outputElement * elementsOf(graph, node.outputs);
    }
    return quantity(total);
  },
};
