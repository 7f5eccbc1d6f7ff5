import * as operators from './operators.ts';
import { isProblem, knownTypes, type OpSpec, type Problem, type TensorType } from './spec.ts';

/** Every operator, by kind: one object, since entries of a module are looked up slowly. */
export const OPS: Readonly<typeof operators> = { ...operators };

/** Kind of an operator: its name in operators.ts. */
export type OpKind = keyof typeof operators;

/** Attributes of a kind; of a union of kinds, the union. */
export type OpAttrs<K extends OpKind> = K extends OpKind
  ? (typeof operators)[K] extends OpSpec<infer Attrs, infer Open>
    ? Extract<Attrs, Open>
    : never
  : never;

/** Attributes of a kind as inference may know them. */
export type OpenAttrs<K extends OpKind> = K extends OpKind
  ? (typeof operators)[K] extends OpSpec<infer Attrs, infer Open>
    ? Attrs | Open
    : never
  : never;

/** The spec of a kind, its attribute type erased to what the kind's nodes carry. */
export function specOf<K extends OpKind>(kind: K): OpSpec<OpAttrs<K>, OpenAttrs<K>> {
  // The registry keeps kind and attributes together; the compiler cannot follow that through an index.
  // eslint-disable-next-line no-restricted-syntax -- the one place where the pairing is asserted
  return OPS[kind] as unknown as OpSpec<OpAttrs<K>, OpenAttrs<K>>;
}

/** Types that an operator makes of known ones. */
export function outputTypes<K extends OpKind>(
  kind: K,
  inputs: readonly TensorType[],
  attrs: OpAttrs<K>,
): readonly TensorType[] | Problem {
  const types = specOf(kind).infer(inputs, attrs);
  return isProblem(types) ? types : knownTypes(types);
}
