import fc from 'fast-check';
import { expect, it } from 'vitest';
import { profile } from '../../src/analysis/profile.ts';
import { graph } from '../../src/graph/network.ts';
import { selectRows } from '../../src/report/renderer.ts';

/** A chain of layers of these widths: those of width 0 only rectify, and have no weights. */
const chain = (widths: readonly number[]) =>
  profile(
    graph('chain', (g) => {
      let x = g.input([1, 3, 4, 4]);
      for (const width of widths)
        x = width === 0 ? g.activation(x, 'relu') : g.conv(x, { outChannels: width });
    }),
  );

it('the first rows are those of all, sorted', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(3), { minLength: 1, maxLength: 80 }),
      fc.integer({ min: 0, max: 90 }),
      fc.constantFrom(undefined, 'index', 'flops', 'weights', 'name', 'kind'),
      (widths, top, sort) => {
        const cost = chain(widths);
        const options = {
          width: 80,
          color: false,
          tool: { name: '', version: '' },
          ...(sort === undefined ? {} : { sort }),
        };
        const all = selectRows(cost, { ...options, sort: sort ?? 'flops', top: 'all' });
        expect(selectRows(cost, { ...options, top })).toEqual(all.slice(0, top));
      },
    ),
  );
});
