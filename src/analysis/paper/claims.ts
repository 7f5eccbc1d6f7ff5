import type { Profile } from '../profile.ts';
import { agreesWithPrinted } from './reproduce.ts';

/** A statement of the paper's text about one or two networks. */
export interface Claim {
  readonly where: string;
  readonly statement: string;
  readonly printed: string;
  readonly computed: number;
  readonly holds: boolean;
  /** how it was computed */
  readonly how: string;
}

/** A statement whose value is computed from profiles. */
export function claim(
  where: string,
  statement: string,
  printed: string,
  computed: number,
  how: string,
): Claim {
  return { where, statement, printed, computed, holds: agreesWithPrinted(computed, printed), how };
}

/** How much less the second network's largest layer costs. */
export function bottleneckReduction(from: Profile, to: Profile): number {
  return 1 - largest(to) / largest(from);
}

function largest({ network, bottleneck }: Profile): number {
  if (bottleneck === undefined) throw new RangeError(`${network.name} computes nothing`);
  return bottleneck.flops;
}

/** How much fewer FLOPs the second network has. */
export function flopsReduction(from: Profile, to: Profile): number {
  const [a, b] = [from.totals.flops, to.totals.flops];
  if (a === undefined || b === undefined) throw new RangeError('the networks compute nothing');
  return 1 - b / a;
}

/** How much less memory the maps behind the maxout layers of a pyramid take than those before them. */
export function maxoutReduction({ layers }: Profile): number {
  let [before, behind] = [0, 0];
  for (const { kind, inputElements, activationElements } of layers) {
    if (kind !== 'maxout' || inputElements === undefined || activationElements === undefined) continue;
    before += inputElements;
    behind += activationElements;
  }
  return 1 - behind / before;
}
