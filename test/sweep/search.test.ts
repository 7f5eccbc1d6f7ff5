import { describe, expect, it } from 'vitest';
import { paretoFront } from '../../src/sweep/front.ts';
import { searchFront } from '../../src/sweep/search.ts';
import { DesignSpace } from '../../src/sweep/space.ts';

const levels = (name: string, count: number) => ({
  name,
  kind: 'parameter' as const,
  values: Array.from({ length: count }, (_, i) => i / (count - 1)) as [number, ...number[]],
});

/** ZDT1 on a grid, whose front is x1 from 0 to 1 where all others are 0 (Zitzler, Deb, Thiele 2000). */
const space = new DesignSpace(['a', 'b', 'c', 'd', 'e'].map((name) => levels(name, 21)));
const zdt1 = (index: number): readonly number[] => {
  const [x = 0, ...others] = Object.values(space.valuesAt(index)) as number[];
  const g = 1 + (9 * others.reduce((sum, value) => sum + value, 0)) / others.length;
  return [x, g * (1 - Math.sqrt(x / g))];
};

async function searched(budget: number, seed: number, evaluate = zdt1): Promise<readonly number[]> {
  const asked: number[] = [];
  await searchFront(space, { budget, seed, objectives: 2 }, (indices) => {
    asked.push(...indices);
    return Promise.resolve(indices.map(evaluate));
  });
  return asked;
}

describe('a search', () => {
  it('finds most of the front of a space of four million designs with two thousand', async () => {
    const asked = await searched(2000, 1);
    expect(asked).toHaveLength(2000);
    expect(new Set(asked).size).toBe(2000);
    const found = asked.filter((index) =>
      space
        .positionsAt(index)
        .slice(1)
        .every((position) => position === 0),
    );
    expect(found.length).toBeGreaterThan(15);
    const front = paretoFront(Float64Array.from(asked.flatMap(zdt1)), 2);
    // What was found and nothing else is on the front: it is the true one.
    expect(front.map((position) => asked[position]).sort()).toEqual([...found].sort());
  });

  it('asks for the same designs with the same seed, and for others with another', async () => {
    expect(await searched(200, 3)).toEqual(await searched(200, 3));
    expect(await searched(200, 3)).not.toEqual(await searched(200, 4));
  });

  it('goes on where designs have no numbers, and ends with a space that is all computed', async () => {
    expect(await searched(150, 1, (index) => (index % 2 === 0 ? [Number.NaN, 1] : zdt1(index)))).toHaveLength(
      150,
    );
    const small = new DesignSpace([levels('a', 5)]);
    const asked: number[] = [];
    await searchFront(small, { budget: 100, seed: 1, objectives: 1 }, (indices) => {
      asked.push(...indices);
      return Promise.resolve(indices.map((index) => [index]));
    });
    expect([...asked].sort()).toEqual([0, 1, 2, 3, 4]);
  });
});
