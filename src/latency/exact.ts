import { ProfileError, problem } from '../diagnostics.ts';
import type { Graph } from '../graph/graph.ts';
import { QuantityError } from '../units.ts';

/**
 * What an act gives whose counts can be stated.
 *
 * @throws ProfileError CSP202 where one passes 2^53
 */
export function exactly<T>({ name }: Pick<Graph, 'name'>, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    throw new ProfileError(
      problem(
        'CSP202',
        `what "${name}" moves or takes on hardware cannot be stated: ${error.message}`,
        'check the extents of its layers',
      ),
    );
  }
}
