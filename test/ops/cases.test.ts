import { describe, expect, it } from 'vitest';
import { OPS, specOf, type OpAttrs, type OpKind } from '../../src/ops/registry.ts';
import { isProblem, type OpSpec, type Work } from '../../src/ops/spec.ts';
import { casesOf } from './opCase.ts';

const KINDS = Object.keys(OPS) as OpKind[];

const CASES = new Map(await Promise.all(KINDS.map(async (kind) => [kind, await casesOf(kind)] as const)));

/** Primitives that are counted at all: an absent one and a zero say the same. */
const counted = (work: Work): Work =>
  Object.fromEntries(Object.entries(work).filter(([, count]) => count !== 0));

/** Every value in an attribute object with the path to it. */
function leaves(value: unknown, path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${path}.${key}`));
}

describe.each(KINDS)('%s', (kind) => {
  const cases = CASES.get(kind) ?? [];
  const spec: OpSpec<OpAttrs<OpKind>> = specOf(kind);

  it('has worked cases', () => {
    expect(cases.length).toBeGreaterThan(0);
  });

  it.each(cases.map((each) => [each.name, each] as const))('%s', (_, example) => {
    const inputs = example.inputs.map((shape) => ({ dtype: 'float32' as const, shape }));
    const outputs = spec.infer(inputs, example.attrs);
    if (isProblem(outputs)) throw new TypeError(outputs.problem);
    expect(outputs.map(({ shape }) => shape)).toEqual(example.outputs);
    expect((spec.params?.(inputs, example.attrs) ?? []).map(({ type }) => type.shape)).toEqual(
      example.params ?? [],
    );
    const work = typeof spec.work === 'function' ? spec.work(inputs, outputs, example.attrs) : {};
    expect(counted(work)).toEqual(counted(example.work));
    expect(example.source).not.toBe('');
  });

  it('shows every attribute with more than one value', () => {
    // A kind with a single case shows that its attributes matter by that case's numbers alone.
    if (cases.length < 2) return;
    const each = cases.map((example) => new Map(leaves(example.attrs)));
    const paths = new Set(each.flatMap((attrs) => [...attrs.keys()]));
    const constant = [...paths].filter((path) => new Set(each.map((attrs) => attrs.get(path))).size === 1);
    expect(constant).toEqual([]);
  });

  it('is linear in the batch', () => {
    if (typeof spec.work !== 'function') return;
    const { work } = spec;
    for (const example of cases) {
      if (example.inputs.some((shape) => shape.length < 3)) continue; // no batch in it
      const scaled = (times: number): Work => {
        const inputs = example.inputs.map(([batch = 1, ...rest]) => ({
          dtype: 'float32' as const,
          shape: [batch * times, ...rest],
        }));
        const outputs = spec.infer(inputs, example.attrs);
        if (isProblem(outputs)) throw new TypeError(outputs.problem);
        return work(inputs, outputs, example.attrs);
      };
      const once = scaled(1);
      const thrice = scaled(3);
      for (const [primitive, count] of Object.entries(once)) {
        expect(thrice[primitive as keyof Work], `${example.name}: ${primitive}`).toBe(3 * count);
      }
    }
  });
});
