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

/**
 * Builtin operators that have no rule, and why their cost cannot be told.
 *
 * @source google-ai-edge/LiteRT f674577, tflite/converter/schema/schema.fbs and tflite/kernels
 */
export const WITHOUT_RULE: Readonly<Record<string, string>> = {
  CONCAT_EMBEDDINGS: 'the schema names it, and no kernel of it is published',
  DELEGATE: 'a runtime puts it in place of what an accelerator runs; what that is stands in no file',
  LSH_PROJECTION: 'it hashes bytes, and hashing is no arithmetic that a rule counts',
  SKIP_GRAM: 'how many phrases a text has depends on its words',
  STABLEHLO_CUSTOM_CALL: 'it calls a function by name that is not in the file',
};

/** The rule of an operator; undefined for one that is not known. */
export function ruleOf({ name, isCustom }: StoredOperator): Rule | undefined {
  const rules = isCustom ? CUSTOM_RULES : BUILTIN_RULES;
  return Object.hasOwn(rules, name) ? rules[name] : undefined;
}
