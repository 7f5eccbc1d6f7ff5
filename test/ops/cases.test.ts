import { describe, expect, it } from 'vitest';
import { OPS, outputTypes, specOf, type OpAttrs, type OpKind } from '../../src/ops/registry.ts';
import { isProblem, type OpSpec, type TensorType, type Work } from '../../src/ops/spec.ts';
import { conforms, fields, type FieldTypes, type ValueType } from '../../src/values.ts';
import { casesOf } from './opCase.ts';

const KINDS = Object.keys(OPS) as OpKind[];

const CASES = new Map(await Promise.all(KINDS.map(async (kind) => [kind, await casesOf(kind)] as const)));

/** Not what shape rules would come up with by themselves. */
const DTYPE = 'bfloat16';

const typed = (shapes: readonly (readonly number[])[]): TensorType[] =>
  shapes.map((shape) => ({ dtype: DTYPE, shape }));

/** Primitives that are counted at all: an absent one and a zero say the same. */
const counted = (work: Work): Work =>
  Object.fromEntries(Object.entries(work).filter(([, count]) => count !== 0));

/** Every value in an attribute object with the path to it. */
function leaves(value: unknown, path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${path}.${key}`));
}

/** The types that attributes state for results; the input's where they state none. */
function statedTypes(attrs: object, count: number): readonly string[] {
  const stated = attrs as {
    readonly dtype?: string;
    readonly output?: TensorType;
    readonly outputs?: unknown;
  };
  const list: readonly unknown[] = Array.isArray(stated.outputs) ? stated.outputs : [stated.output];
  const of = (i: number): string | undefined => (list[i] as TensorType | undefined)?.dtype;
  return Array.from({ length: count }, (_, i) => of(i) ?? stated.dtype ?? DTYPE);
}

describe.each(KINDS)('%s', (kind) => {
  const cases = CASES.get(kind) ?? [];
  const spec: OpSpec<OpAttrs<OpKind>> = specOf(kind);

  it('has worked cases', () => {
    expect(cases.length).toBeGreaterThan(0);
  });

  it.each(cases.map((each) => [each.name, each] as const))('%s', (_, example) => {
    const inputs = typed(example.inputs);
    const outputs = outputTypes(kind, inputs, example.attrs);
    if (isProblem(outputs)) throw new TypeError(outputs.problem);
    expect(outputs.map(({ shape }) => shape)).toEqual(example.outputs);
    expect(outputs.map(({ dtype }) => dtype)).toEqual(statedTypes(example.attrs, outputs.length));
    expect(spec.params?.(inputs, example.attrs) ?? []).toEqual(
      (example.params ?? []).map(([role, shape]) => ({ role, type: { dtype: DTYPE, shape } })),
    );
    const work = typeof spec.work === 'function' ? spec.work(inputs, outputs, example.attrs) : {};
    expect(counted(work)).toEqual(counted(example.work));
    expect(example.source).not.toBe('');
  });

  it('shows every attribute with more than one value', () => {
    const each = cases.map((example) => new Map(leaves(example.attrs)));
    const paths = new Set(each.flatMap((attrs) => [...attrs.keys()]));
    const constant = [...paths].filter((path) => new Set(each.map((attrs) => attrs.get(path))).size === 1);
    expect(constant).toEqual([]);
  });

  const types = (): [string, ValueType<unknown>][] =>
    Object.entries(spec.attrs as Readonly<Record<string, ValueType<unknown>>>);

  it('shows every value of an attribute that is a choice', () => {
    for (const [name, { values }] of types()) {
      if (values === undefined || name === 'dtype') continue;
      const shown = cases.map(({ attrs }) => (attrs as Readonly<Record<string, unknown>>)[name]);
      // An optional flag that is absent is off.
      const missing = values.filter((value) => !shown.some((each) => (each ?? false) === value));
      expect(missing, name).toEqual([]);
    }
  });

  it('takes an element type as it is stated', () => {
    for (const value of types().find(([name]) => name === 'dtype')?.[1].values ?? []) {
      for (const example of cases) {
        const attrs: OpAttrs<OpKind> = { ...example.attrs, dtype: value };
        const outputs = outputTypes(kind, typed(example.inputs), attrs);
        expect(isProblem(outputs) ? outputs : outputs.map(({ dtype }) => dtype)).toEqual(
          example.outputs.map(() => value),
        );
      }
    }
  });

  it('knows its attributes, each by its type, and no others', () => {
    const type = fields(spec.attrs as FieldTypes<Readonly<Record<string, unknown>>>);
    const stranger = { nothing: 'of the sort' };
    for (const { attrs } of cases) {
      expect(type.mismatch(attrs)).toBeUndefined();
      expect(conforms(type, { ...attrs, ...stranger })).toBe(false);
      for (const name of Object.keys(attrs))
        expect(conforms(type, { ...attrs, [name]: stranger }), name).toBe(false);
    }
  });

  it('is linear in the batch', () => {
    if (typeof spec.work !== 'function') return;
    const { work } = spec;
    for (const example of cases) {
      if (example.batch === false || example.inputs.some((shape) => shape.length < 3)) continue;
      const scaled = (times: number): Work => {
        const inputs = typed(example.inputs.map(([batch = 1, ...rest]) => [batch * times, ...rest]));
        const outputs = outputTypes(kind, inputs, example.attrs);
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

describe('all operators', () => {
  it('have a summary of their own', () => {
    const summaries = KINDS.map((kind) => OPS[kind].summary);
    expect(summaries).not.toContain('');
    expect(new Set(summaries).size).toBe(KINDS.length);
  });
});
