import type { RuleBook } from '../rule.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { LINEAR } from './linear.ts';
import { MOVE } from './move.ts';
import { REDUCE } from './reduce.ts';
import { WINDOW } from './window.ts';

/** Rules of what most networks are made of: the others are loaded for files that name them. */
export const COMMON_RULES: RuleBook = {
  builtin: { ...ELEMENTWISE, ...LINEAR, ...MOVE, ...REDUCE, ...WINDOW },
  custom: {},
  inside: {},
  without: {},
};
