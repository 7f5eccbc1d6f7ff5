import { below, randomOf, shuffle } from './random.ts';
import type { DesignSpace } from './space.ts';

/** Which designs of a space are computed: all, or so many by chance. A search chooses as it goes. */
export type Sampling =
  | { readonly strategy: 'grid' }
  | { readonly strategy: 'random' | 'latin'; readonly samples: number; readonly seed: number };

/** Indices of designs, ascending, none twice. */
export interface Samples {
  /** how many there are */
  readonly length: number;
  /** the design at a position, 0 to `length` - 1 */
  readonly at: (position: number) => number;
  /** -1 where the design is none of them */
  readonly positionOf: (index: number) => number;
}

/**
 * The designs of a sample. `random` draws without putting back. `latin` divides each axis into as many even shares
 * as there are samples and takes each share once (a Latin hypercube): designs that fall together count once.
 */
export function samplesOf(space: DesignSpace, sampling: Sampling): Samples {
  if (sampling.strategy === 'grid' || (sampling.strategy === 'random' && sampling.samples >= space.size)) {
    const { size } = space;
    return { length: size, at: (position) => position, positionOf: (index) => (index < size ? index : -1) };
  }
  const drawn = sampling.strategy === 'random' ? randomly(space, sampling) : latin(space, sampling);
  const indices = Float64Array.from(drawn).sort();
  return {
    length: indices.length,
    at: (position) => indices[position] as number,
    positionOf(index) {
      let [from, to] = [0, indices.length];
      while (from < to) {
        const middle = (from + to) >>> 1;
        if ((indices[middle] as number) < index) from = middle + 1;
        else to = middle;
      }
      return indices[from] === index ? from : -1;
    },
  };
}

type Drawn = Extract<Sampling, { samples: number }>;

function randomly({ size }: DesignSpace, { samples, seed }: Drawn): ReadonlySet<number> {
  const random = randomOf(seed);
  const chosen = new Set<number>();
  if (samples <= size / 2) {
    while (chosen.size < samples) chosen.add(below(random, size));
    return chosen;
  }
  // Of a space that is taken for the most part, the rest is drawn.
  const left = new Set<number>();
  while (left.size < size - samples) left.add(below(random, size));
  for (let index = 0; index < size; index++) if (!left.has(index)) chosen.add(index);
  return chosen;
}

function latin(space: DesignSpace, { samples, seed }: Drawn): ReadonlySet<number> {
  const random = randomOf(seed);
  const shares = space.axes.map(({ values }) =>
    shuffle(
      Array.from({ length: samples }, (_, i) => Math.floor(((i + random()) / samples) * values.length)),
      random,
    ),
  );
  const designs = Array.from({ length: samples }, (_, i) =>
    space.indexOf(shares.map((share) => share[i] as number)),
  );
  return new Set(designs);
}
