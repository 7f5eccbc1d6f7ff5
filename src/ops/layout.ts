import { list, natural } from '../values.ts';
import type { OpSpec } from './spec.ts';
import { transpose, type TransposeAttrs } from './transpose.ts';

/** Attributes of `layout`. */
export type LayoutAttrs = TransposeAttrs;

/**
 * The same storage seen with its axes in another order: what a file stores channels last, to an operator that is
 * defined channels first. Nothing moves; kernels of such files read the data as it lies.
 */
export const layout: OpSpec<LayoutAttrs> = {
  summary: 'the same storage seen with its axes in another order (channels last or first)',
  attrs: { perm: list(natural) },
  infer: (inputs, attrs) => transpose.infer(inputs, attrs),
  work: 'none',
  memory: 'view',
};
