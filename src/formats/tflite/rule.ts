import type { Operation, Results } from './operation.ts';
import type { Content } from './value.ts';

/** What this importer knows of one operator. */
export interface Rule {
  /**
   * Adds the nodes of our graph that say what it costs; undefined, before it adds any, for a form that is not known.
   *
   * @throws ProfileError CSP201 where operands or options do not fit
   * @throws Indeterminate where it needs content that only a run can tell
   */
  readonly lower: (op: Operation) => Results | undefined;
  /** What its outputs hold, where that is few whole numbers that follow from shapes and stored numbers. */
  readonly evaluate?: (op: Operation) => readonly (Content | undefined)[];
  /** makes something else at each run, also of stored numbers alone */
  readonly varies?: true;
}

/** Rules by name of the operator. */
export type Rules = Readonly<Record<string, Rule>>;

/** The whole numbers that an input holds; undefined where they are not known. */
export function contentOf(op: Operation, index: number): Content | undefined {
  const values = op.known(index);
  return values && { shape: op.shape(index), values };
}
