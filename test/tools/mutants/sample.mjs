// A seeded sample of the mutants: what is not drawn is set aside as if it did not compile, and counts for nothing.

const { MUTANTS_SAMPLE, MUTANTS_SEED } = process.env;

/** Numbers from 0 to 1, the same for the same seed: mulberry32. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function sampler() {
  const drawn = new Set();
  return {
    init: () => Promise.resolve(),
    // Stryker hands over all mutants at once here, and one group after the other below.
    group(mutants) {
      const next = random(Number(MUTANTS_SEED));
      const order = mutants.map(({ id }) => [next(), id]).sort(([a], [b]) => a - b);
      for (const [, id] of order.slice(0, Number(MUTANTS_SAMPLE))) drawn.add(id);
      return Promise.resolve([mutants.map(({ id }) => id)]);
    },
    check(mutants) {
      const verdict = ({ id }) => ({
        status: drawn.has(id) ? 'passed' : 'compileError',
        reason: 'not drawn',
      });
      return Promise.resolve(Object.fromEntries(mutants.map((mutant) => [mutant.id, verdict(mutant)])));
    },
  };
}
sampler.inject = [];

export const strykerPlugins = [{ kind: 'Checker', name: 'sample', factory: sampler }];
