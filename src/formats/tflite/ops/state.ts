import type { Rule, Rules } from '../rule.ts';

/** Handles to state, which no run computes, and what is done once before all runs. */
const nothing: Rule = { lower: () => [] };

export const STATE: Rules = {
  CALL_ONCE: nothing,
  VAR_HANDLE: nothing,
  HASHTABLE: nothing,
  HASHTABLE_IMPORT: nothing,
  ASSIGN_VARIABLE: { lower: (op) => op.add('rearrange', op.operands(), { op: op.name, outputs: [] }) },
};
