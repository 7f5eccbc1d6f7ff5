import type { Operation } from '../operation.ts';
import { OPTIONS } from '../schema.ts';

/** Subgraphs that run inside an operator. */
export interface Inside {
  readonly subgraphs: readonly number[];
  /** one after the other, a loop's condition and body, or the one that the first input chooses */
  readonly run: 'once' | 'loop' | 'one of them';
  /** the operator's inputs that the subgraphs are given: all, or all but the first */
  readonly from: 0 | 1;
}

const INSIDE: Readonly<Record<string, (op: Operation) => Inside>> = {
  CALL: (op) => ({ subgraphs: [op.options(OPTIONS.Call).subgraph], run: 'once', from: 0 }),
  STABLEHLO_COMPOSITE: (op) => ({
    subgraphs: [op.options(OPTIONS.StablehloComposite).subgraph],
    run: 'once',
    from: 0,
  }),
  WHILE(op) {
    const { condition, body } = op.options(OPTIONS.While);
    return { subgraphs: [condition, body], run: 'loop', from: 0 };
  },
  STABLEHLO_WHILE(op) {
    const { condition, body } = op.options(OPTIONS.StablehloWhile);
    return { subgraphs: [condition, body], run: 'loop', from: 0 };
  },
  IF(op) {
    const { then, otherwise } = op.options(OPTIONS.If);
    return { subgraphs: [otherwise, then], run: 'one of them', from: 1 };
  },
  STABLEHLO_CASE: (op) => ({
    subgraphs: op.options(OPTIONS.StablehloCase).branches ?? [],
    run: 'one of them',
    from: 1,
  }),
};

/** The subgraphs that an operator runs; undefined for one that computes by itself. */
export function insideOf(op: Operation): Inside | undefined {
  const { name, isCustom } = op.operator;
  return isCustom || !Object.hasOwn(INSIDE, name) ? undefined : INSIDE[name]?.(op);
}
