import { RARE_OPTIONS } from '../rareSchema.ts';
import type { RuleBook } from '../rule.ts';

/** The subgraphs of operators that run some. */
export const INSIDE: RuleBook['inside'] = {
  CALL: (op) => ({ subgraphs: [op.options(RARE_OPTIONS.Call).subgraph], run: 'once', from: 0 }),
  STABLEHLO_COMPOSITE: (op) => ({
    subgraphs: [op.options(RARE_OPTIONS.StablehloComposite).subgraph],
    run: 'once',
    from: 0,
  }),
  WHILE(op) {
    const { condition, body } = op.options(RARE_OPTIONS.While);
    return { subgraphs: [condition, body], run: 'loop', from: 0 };
  },
  STABLEHLO_WHILE(op) {
    const { condition, body } = op.options(RARE_OPTIONS.StablehloWhile);
    return { subgraphs: [condition, body], run: 'loop', from: 0 };
  },
  IF(op) {
    const { then, otherwise } = op.options(RARE_OPTIONS.If);
    return { subgraphs: [otherwise, then], run: 'one of them', from: 1 };
  },
  STABLEHLO_CASE: (op) => ({
    subgraphs: op.options(RARE_OPTIONS.StablehloCase).branches ?? [],
    run: 'one of them',
    from: 1,
  }),
};
