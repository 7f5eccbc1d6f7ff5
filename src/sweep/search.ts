import { frontRanks } from './front.ts';
import { below, randomOf, type Random } from './random.ts';
import { samplesOf } from './samples.ts';
import type { DesignSpace } from './space.ts';

/** How long a search goes on, and from where. */
export interface SearchOptions {
  /** designs that are computed */
  readonly budget: number;
  /** of the random choices: the same seed makes the same search */
  readonly seed: number;
  /** numbers that each design has, to be minimised */
  readonly objectives: number;
}

/** Objectives of the designs of these indices, in their order; not numbers where they are not known. */
export type Evaluate = (designs: readonly number[]) => Promise<readonly (readonly number[])[]>;

interface Member {
  readonly index: number;
  readonly positions: readonly number[];
  readonly objectives: readonly number[];
}

interface Ranked extends Member {
  /** of its front: 0 is the best */
  readonly rank: number;
  /** how far its neighbours on the front are: those in sparse places are kept */
  readonly distance: number;
}

/**
 * Searches the front of a space that is too large to compute: a population begins as a Latin hypercube, and each
 * generation crosses and changes the positions of its better members on their axes. No design is computed twice, and
 * with equal answers the same designs are asked for.
 *
 * @source Deb, Pratap, Agarwal, Meyarivan: NSGA-II, IEEE Transactions on Evolutionary Computation 6 (2), 2002
 */
export async function searchFront(
  space: DesignSpace,
  options: SearchOptions,
  evaluate: Evaluate,
): Promise<void> {
  const { seed, objectives } = options;
  const budget = Math.min(options.budget, space.size);
  const random = randomOf(seed);
  const size = Math.min(budget, Math.max(16, Math.min(128, Math.round(budget / 10))));
  const seen = new Set<number>();
  const join = async (indices: readonly number[]): Promise<readonly Member[]> => {
    for (const index of indices) seen.add(index);
    const found = await evaluate(indices);
    return indices.map((index, i) => ({
      index,
      positions: space.positionsAt(index),
      objectives: found[i] as readonly number[],
    }));
  };
  const first = samplesOf(space, { strategy: 'latin', samples: size, seed });
  let population = ranked(
    await join(Array.from({ length: first.length }, (_, i) => first.at(i))),
    objectives,
    size,
  );
  while (seen.size < budget) {
    const children = new Set<number>();
    const wanted = Math.min(size, budget - seen.size);
    while (children.size < wanted) children.add(unseen(space, population, random, seen, children));
    population = ranked([...population, ...(await join([...children]))], objectives, size);
  }
}

const ATTEMPTS = 20;

/** A child of two members that was not computed yet; where there is none near, the next design that was not. */
function unseen(
  space: DesignSpace,
  population: readonly Ranked[],
  random: Random,
  ...known: readonly ReadonlySet<number>[]
): number {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const index = space.indexOf(child(space, winner(population, random), winner(population, random), random));
    if (!known.some((set) => set.has(index))) return index;
  }
  let index = below(random, space.size);
  while (known.some((set) => set.has(index))) index = (index + 1) % space.size;
  return index;
}

/** The better of two members drawn by chance. */
function winner(population: readonly Ranked[], random: Random): Ranked {
  const [a, b] = [0, 1].map(() => population[below(random, population.length)] as Ranked) as [Ranked, Ranked];
  return isBetter(a, b) ? a : b;
}

const isBetter = (a: Ranked, b: Ranked): boolean =>
  a.rank === b.rank ? a.distance > b.distance : a.rank < b.rank;

/** Each position from one parent or the other; about one of them changes, to a neighbour or to any. */
function child(space: DesignSpace, a: Member, b: Member, random: Random): readonly number[] {
  return space.axes.map(({ values: { length } }, axis) => {
    const position = (random() < 0.5 ? a : b).positions[axis] as number;
    if (random() >= 1 / space.axes.length) return position;
    if (random() < 0.5) return below(random, length);
    const step = (1 + below(random, 2)) * (random() < 0.5 ? -1 : 1);
    return Math.min(length - 1, Math.max(0, position + step));
  });
}

/** The best members: by fronts, and of the last front that fits in part, those in sparse places. */
function ranked(members: readonly Member[], objectives: number, size: number): readonly Ranked[] {
  const ranks = frontRanks(
    Float64Array.from(members.flatMap((member) => [...member.objectives])),
    objectives,
  );
  const all = members.map((member, i) => {
    const rank = ranks[i] as number;
    return { ...member, rank: rank === -1 ? Infinity : rank, distance: 0 };
  });
  const fronts = new Map<number, Ranked[]>();
  for (const member of all) {
    const front = fronts.get(member.rank);
    if (front === undefined) fronts.set(member.rank, [member]);
    else front.push(member);
  }
  return [...fronts.values()]
    .flatMap((front) => withDistances(front, objectives))
    .sort((a, b) => (isBetter(a, b) ? -1 : isBetter(b, a) ? 1 : a.index - b.index))
    .slice(0, size);
}

/** Sum over the objectives of the gap between both neighbours, as a share of the front's extent. */
function withDistances(front: readonly Ranked[], objectives: number): readonly Ranked[] {
  const distances = new Map(front.map((member) => [member, 0]));
  for (let k = 0; k < objectives; k++) {
    const valueOf = (member: Ranked | undefined): number => member?.objectives[k] ?? Number.NaN;
    const sorted = [...front].sort((a, b) => valueOf(a) - valueOf(b) || a.index - b.index);
    const extent = valueOf(sorted.at(-1)) - valueOf(sorted[0]);
    sorted.forEach((member, i) => {
      const [before, after] = [sorted[i - 1], sorted[i + 1]];
      const gap = before === undefined || after === undefined ? Infinity : valueOf(after) - valueOf(before);
      if (extent > 0) distances.set(member, (distances.get(member) as number) + gap / extent);
    });
  }
  return front.map((member) => ({ ...member, distance: distances.get(member) as number }));
}
