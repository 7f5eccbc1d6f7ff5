import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPS, outputTypes, specOf, type OpAttrs, type OpKind } from '../../src/ops/registry.ts';
import { isProblem, type Shape } from '../../src/ops/spec.ts';
import { conforms, fields } from '../../src/values.ts';
import { casesOf } from './opCase.ts';

const KINDS = Object.keys(OPS) as OpKind[];
const CASES = new Map(await Promise.all(KINDS.map(async (kind) => [kind, await casesOf(kind)] as const)));

const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 5 });

/** Inputs as a graph file may state them: those of a worked case, some of them missing, doubled or of another shape. */
const inputsLike = (inputs: readonly Shape[]): fc.Arbitrary<readonly Shape[]> =>
  fc.array(inputs.length === 0 ? shape : fc.oneof(shape, fc.constantFrom(...inputs)), { maxLength: 4 });

/** The same attributes with one of their numbers another. */
const attrsLike = (attrs: object): fc.Arbitrary<object> => {
  const text = JSON.stringify(attrs);
  const numbers = [...text.matchAll(/-?\b\d+(?:\.\d+)?\b/g)];
  if (numbers.length === 0) return fc.constant(attrs);
  return fc
    .tuple(fc.constantFrom(...numbers), fc.integer({ min: -3, max: 6 }))
    .map(([{ 0: number, index }, other]) => {
      const changed = `${text.slice(0, index)}${String(other)}${text.slice(index + number.length)}`;
      return JSON.parse(changed) as object;
    });
};

describe('whatever an operator is given, it refuses it or says what it costs', () => {
  it.each(KINDS)('%s', (kind) => {
    const spec = specOf(kind);
    const type = fields<OpAttrs<OpKind>>(spec.attrs);
    const changed = (CASES.get(kind) ?? []).map(({ inputs, attrs }) =>
      fc.tuple(
        fc.oneof(fc.constant(inputs), inputsLike(inputs)),
        fc.oneof(fc.constant(attrs), attrsLike(attrs)),
      ),
    );
    fc.assert(
      fc.property(fc.oneof(...changed), ([shapes, attrs]) => {
        if (!conforms(type, attrs)) return;
        const types = shapes.map((each) => ({ dtype: 'float32' as const, shape: each }));
        const outputs = outputTypes(kind, types, attrs);
        if (isProblem(outputs)) return;
        const params = spec.params?.(types, attrs) ?? [];
        const extents = [...outputs, ...params.map((param) => param.type)].flatMap((each) => each.shape);
        const work = typeof spec.work === 'function' ? spec.work(types, outputs, attrs) : {};
        spec.label?.(types, attrs);
        for (const count of [...extents, ...(Object.values(work) as number[])])
          expect(count, JSON.stringify([shapes, attrs])).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: Number(process.env['RUNS'] ?? 300) },
    );
  });
});
