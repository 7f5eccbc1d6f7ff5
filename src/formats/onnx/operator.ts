import type { DType } from '../../ops/dtype.ts';
import type { Lowering } from './emit.ts';
import type { Node } from './node.ts';
import type { Value } from './values.ts';

/** What this importer knows of one ONNX operator. */
export interface Operator {
  /**
   * Types of the outputs, in order, and their content where it is small and follows from the inputs' content.
   *
   * @throws ProfileError CSP201 where operands or attributes do not fit
   * @throws Indeterminate where nothing can be said because an operand's shape is unknown
   */
  readonly infer: (node: Node) => readonly Value[];
  /** The nodes of our graph that say what it costs. */
  readonly lower: Lowering;
}

/** Operators of one domain, by name. */
export type Operators = Readonly<Record<string, Operator>>;

/** The same rule for several names. */
export function named(names: readonly string[], operator: (name: string) => Operator): Operators {
  return Object.fromEntries(names.map((name) => [name, operator(name)]));
}

export type { DType };
