import type { OperatorName } from './model.ts';
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

/** Subgraphs that run inside an operator. */
export interface Inside {
  readonly subgraphs: readonly number[];
  /** one after the other, a loop's condition and body, or the one that the first input chooses */
  readonly run: 'once' | 'loop' | 'one of them';
  /** the operator's inputs that the subgraphs are given: all, or all but the first */
  readonly from: 0 | 1;
}

/** Everything that is known of operators, by their names. */
export interface RuleBook {
  readonly builtin: Rules;
  /** of operators that are no builtin ones */
  readonly custom: Rules;
  /** the subgraphs of builtin operators that compute nothing else */
  readonly inside: Readonly<Record<string, (op: Operation) => Inside>>;
  /** why a builtin operator has no rule */
  readonly without: Readonly<Record<string, string>>;
}

/** What is known of one builtin operator, by its name. */
const entryOf = <T>(entries: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(entries, name) ? entries[name] : undefined;

/** The rule of an operator; undefined for one that is not known. */
export const ruleOf = (book: RuleBook, { name, isCustom }: OperatorName): Rule | undefined =>
  entryOf(isCustom ? book.custom : book.builtin, name);

/** The subgraphs that an operator runs; undefined for one that computes by itself. */
export const insideOf = (book: RuleBook, op: Operation): Inside | undefined =>
  op.operator.isCustom ? undefined : entryOf(book.inside, op.name)?.(op);

/** The whole numbers that an input holds; undefined where they are not known. */
export function contentOf(op: Operation, index: number): Content | undefined {
  const values = op.known(index);
  return values && { shape: op.shape(index), values };
}
