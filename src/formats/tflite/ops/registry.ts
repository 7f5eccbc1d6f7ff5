import type { RuleBook, Rules } from '../rule.ts';
import { COMBINE } from './combine.ts';
import { COMMON_RULES } from './common.ts';
import { INSIDE } from './control.ts';
import { CONVOLUTION } from './convolution.ts';
import { CUSTOM_RULES, DETECTION } from './detection.ts';
import { DOT } from './dot.ts';
import { PRODUCE } from './produce.ts';
import { RECURRENT } from './recurrent.ts';
import { STATE } from './state.ts';

/** Rules of builtin operators. */
export const BUILTIN_RULES: Rules = {
  ...COMMON_RULES.builtin,
  ...COMBINE,
  ...CONVOLUTION,
  ...DETECTION,
  ...DOT,
  ...PRODUCE,
  ...RECURRENT,
  ...STATE,
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

/** What is known of all operators. */
export const ALL_RULES: RuleBook = {
  builtin: BUILTIN_RULES,
  custom: CUSTOM_RULES,
  inside: INSIDE,
  without: WITHOUT_RULE,
};
