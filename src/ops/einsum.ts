import { choice, list, text } from '../values.ts';
import { DTYPES, type DType } from './dtype.ts';
import { compatible, type Extent, isKnown, nameOf } from './extent.ts';
import { type OpSpec, type Problem, isProblem } from './spec.ts';

/** Attributes of `einsum`. */
export interface EinsumAttrs<D = DType> {
  /** one letter per dimension of each operand */
  readonly operands: readonly (readonly string[])[];
  /** letters of the result */
  readonly result: readonly string[];
  /** element type of the result */
  readonly dtype: D;
}

function extents<E extends Extent>(
  inputs: readonly { readonly shape: readonly E[] }[],
  { operands }: Pick<EinsumAttrs, 'operands'>,
): ReadonlyMap<string, E> | Problem {
  const found = new Map<string, E>();
  for (const [i, letters] of operands.entries()) {
    const shape = inputs[i]?.shape ?? [];
    if (shape.length !== letters.length) {
      return {
        problem: `operand ${String(i + 1)} has ${String(shape.length)} dimensions for "${letters.join('')}"`,
        fix: 'name each dimension once',
      };
    }
    for (const [axis, letter] of letters.entries()) {
      const extent = shape[axis] as E;
      const before = found.get(letter);
      if (before !== undefined && !compatible(before, extent) && before !== 1 && extent !== 1) {
        return {
          problem: `"${letter}" is ${nameOf(before)} and ${nameOf(extent)}`,
          fix: 'give equal letters equal extents',
        };
      }
      if (before === undefined || before === 1 || (!isKnown(before) && isKnown(extent) && extent !== 1))
        found.set(letter, extent);
    }
  }
  return found;
}

/**
 * Einstein sum. Operands are contracted one after the other from the left: each step multiplies over all
 * letters that still matter, and one operand alone only sums.
 */
export const einsum: OpSpec<EinsumAttrs, EinsumAttrs<DType | undefined>> = {
  summary: 'Einstein sum of products',
  attrs: { operands: list(list(text)), result: list(text), dtype: choice(DTYPES) },
  infer(inputs, attrs) {
    const found = extents(inputs, attrs);
    if (isProblem(found)) return found;
    return [{ dtype: attrs.dtype, shape: attrs.result.map((letter) => found.get(letter) ?? 1) }];
  },
  work(inputs, _outputs, attrs) {
    const found = extents(inputs, attrs);
    if (isProblem(found)) return {};
    const size = (letters: Iterable<string>): number => {
      let product = 1;
      for (const letter of letters) product *= found.get(letter) ?? 1;
      return product;
    };
    const [first = [], ...others] = attrs.operands;
    if (others.length === 0) {
      const summed = new Set(first).size > new Set(attrs.result).size;
      return summed ? { add: size(new Set(first)) } : {};
    }
    let mac = 0;
    let left = new Set(first);
    for (const [i, letters] of others.entries()) {
      const all = new Set([...left, ...letters]);
      mac += size(all);
      const wanted = new Set([...attrs.result, ...others.slice(i + 1).flat()]);
      left = new Set([...all].filter((letter) => wanted.has(letter)));
    }
    return { mac };
  },
  memory: 'kernel',
};
