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
  /** what was explained */
  readonly network: Profile['network'];
  /** ids of the counting rules of the base */
  readonly conventions: Profile['conventions'];
  /** what of the network was counted */
  readonly coverage: Profile['coverage'];
  /** FLOPs by every convention */
  readonly totals: readonly ConventionTotal[];
  /** every convention but the base against it */
  readonly reconciliations: readonly Reconciliation[];
  /** elements of the parameters by what they are for */
  readonly parameters: readonly { readonly role: ParamRole; readonly elements: number }[];
  /** convolutional input and output by every convention, in elements */
  readonly cio: readonly { readonly id: string; readonly title: string; readonly total: number }[];
  /** empty where there is nothing to say */
  readonly advice: readonly Advice[];
}

/**
 * Explains a network's numbers; the FLOP convention of the options is the one that the others are compared with.
 *
 * @throws ProfileError CSP103 for an unknown convention
 */
export function explain(
  graph: Graph,
  options: ProfileOptions & {
    /** what a graph costs, on a device for example; absent: its counts by these conventions */
    readonly measure?: (graph: Graph) => Profile;
  } = {},
): Explanation {
  const of = options.measure?.(graph) ?? profile(graph, options);
  const { totals, reconciliations } = reconcile(graph, of.conventions.flops);
  return {
    network: of.network,
    conventions: of.conventions,
    coverage: of.coverage,
    totals,
    reconciliations,
    parameters: parametersByRole(graph),
    cio: cioTotals(graph),
    advice: advise(graph, of, { measure: options.measure }),
  };
}
