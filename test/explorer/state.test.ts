import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOTHING, stateIn, withState, type State } from '../../src/explorer/state.ts';

const name = fc.string({ minLength: 1, unit: 'binary' }).filter((text) => text !== '__proto__');
const natural = fc.nat();
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const map = <T>(values: fc.Arbitrary<T>) =>
  maybe(
    fc
      .array(fc.tuple(name, values), { minLength: 1, maxLength: 3 })
      .map((entries) => Object.fromEntries(entries)),
  );

/** Without the keys that hold nothing, as a state has it. */
const present = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;

const state = fc.record({
  networks: fc.array(
    fc.oneof(
      fc.record({
        kind: fc.constant('zoo' as const),
        name,
        parameters: fc.dictionary(
          fc.constantFrom('gamma', 'width', 'input'),
          fc.oneof(
            fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
            fc.constant('first'),
            fc.tuple(natural, natural),
          ),
        ),
      }),
      fc
        .record({
          kind: fc.constant('file' as const),
          name,
          options: fc
            .record({
              extent: maybe(fc.tuple(natural, natural)),
              batch: maybe(natural),
              input: map(fc.array(natural)),
              bind: map(natural),
              value: map(fc.array(fc.integer())),
              branch: map(fc.constantFrom('then' as const, 'else' as const)),
              assume: map(fc.constant('same-shape' as const)),
              qdq: maybe(fc.constantFrom('quantised' as const, 'literal' as const)),
            })
            .map(present),
          served: maybe(natural),
        })
        .map(present),
    ),
    { maxLength: 3 },
  ),
  settings: fc
    .record({
      flops: maybe(name),
      cio: maybe(name),
      group: maybe(fc.constantFrom('layer' as const, 'fused' as const)),
      dtype: maybe(fc.constantFrom('float32' as const, 'int8' as const)),
      device: maybe(name),
      bufferBytes: maybe(natural),
      fusion: maybe(fc.constantFrom('pairs' as const, 'stages' as const)),
      doubleBuffering: maybe(fc.constant(true)),
      haloReuse: maybe(fc.constant(true)),
    })
    .map(present),
});

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('the state in an address', () => {
  it('comes back as it went in, whatever the names', () => {
    fc.assert(
      fc.property(state, (given) => {
        expect(plain(stateIn(withState('', given as State)))).toEqual(plain(given));
      }),
    );
  });

  it('leaves what else stands there', () => {
    const some: State = { networks: [{ kind: 'zoo', name: 'vgg16', parameters: {} }], settings: {} };
    const fragment = withState('#layer=3', some);
    expect(new URLSearchParams(fragment.slice(1)).get('layer')).toBe('3');
    expect(stateIn(fragment)).toEqual(some);
    expect(withState(fragment, NOTHING)).toBe('#layer=3');
    expect(withState('', NOTHING)).toBe('');
  });

  it('is nothing where somebody wrote something else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const read = stateIn(`#${new URLSearchParams({ explore: text }).toString()}`);
        expect(Array.isArray(read.networks)).toBe(true);
      }),
    );
    const odd = {
      networks: [
        { kind: 'zoo' },
        { kind: 'mjs', name: 'x.mjs' },
        { kind: 'file', name: 'x', served: -1, options: { batch: '1', bind: { N: 1.5, M: 2 } } },
      ],
      settings: { device: 7, group: 'none', bufferBytes: 1e400, haloReuse: 'yes' },
    };
    expect(stateIn(`#${new URLSearchParams({ explore: JSON.stringify(odd) }).toString()}`)).toEqual({
      networks: [{ kind: 'file', name: 'x', options: { bind: { M: 2 } } }],
      settings: {},
    });
  });
});
