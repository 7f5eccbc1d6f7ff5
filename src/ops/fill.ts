import { choice, list, natural, number } from '../values.ts';
import { DTYPES, type DType } from './dtype.ts';
import { expectInputs, type OpSpec, type Shape } from './spec.ts';

/** Attributes of `fill`. */
export interface FillAttrs {
  /** element type of the result */
  readonly dtype: DType;
  /** extents of the result, outermost first */
  readonly shape: Shape;
  /** what every element is */
  readonly value: number;
}

/** One value everywhere: the mask of a dropout that drops nothing. */
export const fill: OpSpec<FillAttrs> = {
  summary: 'one value everywhere',
  attrs: { dtype: choice(DTYPES), shape: list(natural), value: number },
  infer: (inputs, { dtype, shape }) => expectInputs(inputs, 0, 0) ?? [{ dtype, shape }],
  work: 'none',
  memory: 'kernel',
};
