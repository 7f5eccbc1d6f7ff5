import { advise, type Advice } from '../analysis/explain/advice.ts';
import type { Profile } from '../analysis/profile.ts';
import type { Graph } from '../graph/graph.ts';

/** Layers up to which rewriting a network, to see what that saves, takes no time to speak of. */
const MOST_ADVISED = 1000;

/**
 * What to change about each network of a report; undefined for one that is only a profile, or too long.
 *
 * @param measure what a rewritten network costs; absent: its counts
 */
export const adviceFor = (
  subjects: readonly { readonly graph?: Graph; readonly profile: Profile }[],
  measure?: (graph: Graph) => Profile,
): readonly (readonly Advice[] | undefined)[] =>
  subjects.map(({ graph, profile }) =>
    // Rows that are modules are no layers of the graph.
    graph === undefined || graph.layers.length !== profile.layers.length || graph.layers.length > MOST_ADVISED
      ? undefined
      : advise(graph, profile, { measure, detailed: false }),
  );
