import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { List } from '../src/list.ts';

describe('a list in pieces', () => {
  it('holds what an array holds, over the ends of its pieces', () => {
    const step = fc.oneof(
      fc.record({ push: fc.integer({ min: 1, max: 20_000 }) }),
      fc.record({ pop: fc.integer({ min: 1, max: 9000 }) }),
      fc.record({ set: fc.nat(), to: fc.integer() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const [list, array] = [new List<number>(), [] as number[]];
        for (const each of steps) {
          if ('push' in each) {
            const [first, added] = [array.length, Array.from({ length: each.push }, (_, i) => i)];
            array.push(...added);
            expect(added.map((i) => list.push(i) - i).every((at) => at === first)).toBe(true);
          } else if ('pop' in each) {
            for (let i = 0; i < each.pop && list.pop() === array.pop(); i++);
          } else if (array.length > 0) {
            const index = each.set % array.length;
            array[index] = each.to;
            list.set(index, each.to);
          }
          expect(list.length).toBe(array.length);
          expect([-1, 0, array.length - 1, array.length].map((i) => list.at(i))).toEqual(
            [-1, 0, array.length - 1, array.length].map((i) => array[i]),
          );
        }
        expect(list.toArray()).toEqual(array);
      }),
      { numRuns: 30 },
    );
  });

  it('refuses to set what is not there', () => {
    const list = new List<number>();
    list.push(1);
    expect(() => {
      list.set(1, 2);
    }).toThrow(RangeError);
  });
});
