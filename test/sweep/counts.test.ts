import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GivenValues } from '../../architectures/family.ts';
import { families, findFamily } from '../../architectures/zoo.ts';
import { profile, type Profile } from '../../src/analysis/profile.ts';
import { withDType } from '../../src/graph/graph.ts';
import { NetworkCounter } from '../../src/sweep/counts.ts';

/** What the profile of a graph of its own says, but for what needs a plan of the memory. */
function expected({ totals, bottleneck, coverage }: Profile) {
  const others = Object.fromEntries(Object.entries(totals).filter(([id]) => id !== 'arenaBytes'));
  const uncountedOperators = coverage.uncounted.reduce((sum, { count }) => sum + count, 0);
  return { totals: others, bottleneck, uncountedOperators };
}

describe('counts of designs', () => {
  it('are those of a profile, for every network of the zoo, one after the other', () => {
    const counter = new NetworkCounter();
    for (const family of families()) {
      for (const network of family.networks) {
        const { builder } = family.assemble({}, network, counter.inference);
        expect(builder.sketch(), network.name).toBeDefined();
        expect(counter.count(builder), network.name).toEqual(expected(profile(family.build({}, network))));
      }
    }
  });

  it('are those of a profile for any point of a family, whatever was counted before', () => {
    const counter = new NetworkCounter();
    const { family } = findFamily('csppeleenet');
    const point = fc.record({
      gamma: fc.integer({ min: 1, max: 19 }).map((step) => step / 20),
      fusion: fc.constantFrom('both', 'first', 'last'),
      width: fc.constantFrom(0.5, 1, 1.25),
      depth: fc.constantFrom(0.5, 1),
      attention: fc.constantFrom('none', 'squeeze'),
      input: fc.constantFrom(64, 96),
      batch: fc.constantFrom(1, 3),
    });
    fc.assert(
      fc.property(point, (values) => {
        const { builder } = family.assemble(values, undefined, counter.inference);
        expect(counter.count(builder)).toEqual(expected(profile(family.build(values))));
      }),
      { numRuns: 40 },
    );
  });

  it('stay those of a profile when all is forgotten between two networks', () => {
    const counter = new NetworkCounter({ remembered: 1000 });
    const { family, network } = findFamily('resnet50');
    const count = (values: GivenValues) =>
      counter.count(family.assemble(values, network, counter.inference).builder);
    const before = count({});
    for (let input = 64; counter.inference.generation < 2; input += 32) {
      const values = { input, width: input % 64 === 0 ? 0.5 : 2 };
      expect(count(values)).toEqual(expected(profile(family.build(values, network))));
      counter.inference.trim();
    }
    expect(count({})).toEqual(before);
  });

  it('of another element type are those of the network cast to it', () => {
    for (const name of ['peleenet', 'yolov3-tiny', 'ssd300-vgg16']) {
      const counter = new NetworkCounter({ float32: 'float16' });
      const { family, network } = findFamily(name);
      const { builder } = family.assemble({}, network, counter.inference);
      expect(counter.count(builder)).toEqual(
        expected(profile(withDType(family.build({}, network), 'float16'))),
      );
      expect(builder.build()).toEqual(withDType(family.build({}, network), 'float16'));
    }
  });

  it('of what passes 2^53 are refused with the place, as a profile does', () => {
    const counter = new NetworkCounter();
    const { family } = findFamily('vgg16');
    const values = { input: 16_384, batch: 65_536 };
    expect(() => counter.count(family.assemble(values, undefined, counter.inference).builder)).toThrow(
      /CSP202/,
    );
  });
});
