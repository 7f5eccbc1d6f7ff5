// A seeded sample of the mutants: what is not drawn is set aside as if it did not compile, and counts for nothing.
import { random } from './random.mjs';

const { MUTANTS_SAMPLE, MUTANTS_SEED } = process.env;

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
