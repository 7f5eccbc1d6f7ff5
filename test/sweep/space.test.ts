import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { axisValues, type AxisSyntax } from '../../src/sweep/axes.ts';
import { samplesOf } from '../../src/sweep/samples.ts';
import { DesignSpace, type Axis } from '../../src/sweep/space.ts';

const axis = (name: string, count: number, kind: Axis['kind'] = 'parameter'): Axis => ({
  name,
  kind,
  values: Array.from({ length: count }, (_, i) => i) as [number, ...number[]],
});

const space = fc
  .array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 })
  .map((counts) => new DesignSpace(counts.map((count, i) => axis(`p${i}`, count))));

const numbers: AxisSyntax = { parse: (text) => (Number.isFinite(Number(text)) ? Number(text) : text) };

describe('axes', () => {
  it('are lists, ranges by steps and by factors', () => {
    expect(axisValues('gamma', '0.25,0.5', numbers)).toEqual([0.25, 0.5]);
    expect(axisValues('gamma', '0.1..0.5:0.1', numbers)).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
    expect(axisValues('seq', '128..1024:x2', numbers)).toEqual([128, 256, 512, 1024]);
    expect(axisValues('seq', '1..10:4,10,2', numbers)).toEqual([1, 5, 9, 10, 2]);
    expect(axisValues('width', '1..2', { ...numbers, step: 0.5 })).toEqual([1, 1.5, 2]);
    expect(axisValues('fusion', 'both,last', numbers)).toEqual(['both', 'last']);
  });

  it.each(['', '1..', '2..1:1', '1..2', '1..2:0', '1..2:x1', 'a..b:1', '0..1e9:1'])(
    '%s is refused',
    (text) => {
      expect(() => axisValues('gamma', text, numbers)).toThrow(/gamma: .*CSP810/);
    },
  );

  it('put what designs share first, and hardware last', () => {
    const { axes } = new DesignSpace([
      axis('buffer', 2, 'buffer'),
      axis('gamma', 2),
      axis('input', 2, 'extent'),
    ]);
    expect(axes.map(({ name }) => name)).toEqual(['input', 'gamma', 'buffer']);
    expect(() => new DesignSpace([axis('gamma', 2), axis('gamma', 3)])).toThrow('gamma is an axis twice');
  });
});

describe('a space', () => {
  it('numbers its designs from 0, each once', () => {
    fc.assert(
      fc.property(space, (designs) => {
        const seen = new Set<string>();
        for (let index = 0; index < designs.size; index++) {
          expect(designs.indexOf(designs.positionsAt(index))).toBe(index);
          expect(designs.indexWith(designs.valuesAt(index))).toBe(index);
          seen.add(JSON.stringify(designs.valuesAt(index)));
        }
        expect(seen.size).toBe(designs.size);
      }),
    );
  });

  it('has no index for values that no axis takes', () => {
    expect(new DesignSpace([axis('a', 2)]).indexWith({ a: 2 })).toBeUndefined();
  });
});

describe('a sample', () => {
  it('by chance has as many designs as asked, none twice, the same for a seed', () => {
    fc.assert(
      fc.property(space, fc.nat(40), fc.nat(), (designs, samples, seed) => {
        const drawn = () => {
          const { length, at, positionOf } = samplesOf(designs, { strategy: 'random', samples, seed });
          const indices = Array.from({ length }, (_, i) => at(i));
          expect(indices.map(positionOf)).toEqual([...indices.keys()]);
          return indices;
        };
        const indices = drawn();
        expect(new Set(indices).size).toBe(Math.min(samples, designs.size));
        expect(indices.every((index) => index >= 0 && index < designs.size)).toBe(true);
        expect(drawn()).toEqual(indices);
      }),
    );
  });

  it('draws every design alike', () => {
    const designs = new DesignSpace([axis('a', 10)]);
    const counts = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 2000; seed++) {
      const { length, at } = samplesOf(designs, { strategy: 'random', samples: 3, seed });
      for (let i = 0; i < length; i++) counts[at(i)]!++;
    }
    // 600 each; five standard deviations of a binomial are 102.
    for (const count of counts) expect(Math.abs(count - 600)).toBeLessThan(102);
  });

  it('of a Latin hypercube takes each value of an axis with as many values once', () => {
    const designs = new DesignSpace([axis('a', 20), axis('b', 20), axis('c', 20)]);
    const { length, at } = samplesOf(designs, { strategy: 'latin', samples: 20, seed: 7 });
    expect(length).toBe(20);
    for (const own of [0, 1, 2]) {
      const taken = Array.from({ length }, (_, i) => designs.positionsAt(at(i))[own]);
      expect(new Set(taken).size).toBe(20);
    }
  });
});
