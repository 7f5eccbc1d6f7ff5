import type { Rule, Rules } from '../rule.ts';
import type { StoredOperator } from '../model.ts';
import { COMBINE } from './combine.ts';
import { CONVOLUTION } from './convolution.ts';
import { CUSTOM_RULES, DETECTION } from './detection.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { LINEAR } from './linear.ts';
import { MOVE } from './move.ts';
import { PRODUCE } from './produce.ts';
import { RECURRENT } from './recurrent.ts';
import { REDUCE } from './reduce.ts';
import { STATE } from './state.ts';
import { WINDOW } from './window.ts';

/** Rules of builtin operators. */
export const BUILTIN_RULES: Rules = {
  ...COMBINE,
  ...CONVOLUTION,
  ...DETECTION,
  ...ELEMENTWISE,
  ...LINEAR,
  ...MOVE,
  ...PRODUCE,
  ...RECURRENT,
  ...REDUCE,
  ...STATE,
  ...WINDOW,
};

/** The rule of an operator; undefined for one that is not known. */
export function ruleOf({ name, isCustom }: StoredOperator): Rule | undefined {
  const rules = isCustom ? CUSTOM_RULES : BUILTIN_RULES;
  return Object.hasOwn(rules, name) ? rules[name] : undefined;
}
