import { describe, expect, it } from 'vitest';
import { bound, type Extent } from '../../src/ops/extent.ts';
import { OPS, outputTypes, specOf, type OpAttrs, type OpKind } from '../../src/ops/registry.ts';
import { isProblem, type OpSpec, type Shape, type TensorType } from '../../src/ops/spec.ts';
import { casesOf } from './opCase.ts';

const typed = (shapes: readonly Shape[]): readonly TensorType[] =>
  shapes.map((shape) => ({ dtype: 'float32', shape }));

/** Each extent of the inputs alone, and all of them. */
const choicesOf = (shapes: readonly Shape[]): ((input: number, axis: number) => boolean)[] => [
  () => true,
  ...shapes.flatMap((shape, i) =>
    shape.map((_, axis) => (other: number, at: number) => other === i && at === axis),
  ),
];

describe.each(Object.keys(OPS) as OpKind[])('%s', (kind) => {
  const spec: OpSpec<OpAttrs<OpKind>> = specOf(kind);

  it.each([true, false])('holds where extents are not known (bounded: %s)', async (bounded) => {
    for (const example of await casesOf(kind)) {
      const expected = outputTypes(kind, typed(example.inputs), example.attrs);
      if (isProblem(expected)) throw new TypeError(expected.problem);
      for (const isOpen of choicesOf(example.inputs)) {
        // Not even the number of dimensions of the result is known then.
        if (kind === 'gatherND' && isOpen(1, (example.inputs[1]?.length ?? 0) - 1)) continue;
        const inputs = typed(example.inputs).map(({ dtype, shape }, i) => ({
          dtype,
          shape: shape.map((extent, axis): Extent =>
            isOpen(i, axis)
              ? { symbol: `${String(i)},${String(axis)}`, atMost: bounded ? extent : undefined }
              : extent,
          ),
        }));
        const found = spec.infer(inputs, example.attrs);
        if (isProblem(found)) throw new TypeError(`${example.name}: ${found.problem}`);
        expect(found.map(({ shape }) => shape.length)).toEqual(expected.map(({ shape }) => shape.length));
        for (const [i, { shape }] of found.entries()) {
          for (const [axis, extent] of shape.entries()) {
            const exact = expected[i]?.shape[axis];
            expect(bound(extent)).toBe(typeof extent === 'number' || bounded ? exact : undefined);
          }
        }
      }
    }
  });
});
