import type { Graph } from '../../graph/graph.ts';
import type { ParamRole } from '../../ops/spec.ts';
import { profile, type Profile, type ProfileOptions } from '../profile.ts';
import { advise, type Advice } from './advice.ts';
import {
  cioTotals,
  parametersByRole,
  reconcile,
  type ConventionTotal,
  type Reconciliation,
} from './reconcile.ts';

/** Why tools print different numbers for a network, and what about it costs more than it need. */
export interface Explanation {
  readonly network: Profile['network'];
  readonly conventions: Profile['conventions'];
  readonly coverage: Profile['coverage'];
  readonly totals: readonly ConventionTotal[];
  readonly reconciliations: readonly Reconciliation[];
  readonly parameters: readonly { readonly role: ParamRole; readonly elements: number }[];
  readonly cio: readonly { readonly id: string; readonly title: string; readonly total: number }[];
  readonly advice: readonly Advice[];
}

/**
 * Explains a network's numbers; the FLOP convention of the options is the one that the others are compared with.
 *
 * @throws ProfileError CSP103 for an unknown convention
 */
export function explain(graph: Graph, options: ProfileOptions = {}): Explanation {
  const of = profile(graph, options);
  const { totals, reconciliations } = reconcile(graph, of.conventions.flops);
  return {
    network: of.network,
    conventions: of.conventions,
    coverage: of.coverage,
    totals,
    reconciliations,
    parameters: parametersByRole(graph),
    cio: cioTotals(graph),
    advice: advise(graph, of),
  };
}
