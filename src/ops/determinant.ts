import { elements } from '../units.ts';
import { compatible } from './extent.ts';
import {
  dim,
  expectInputs,
  formatShape,
  withShape,
  type OpSpec,
  type TensorType,
  type OpenType,
} from './spec.ts';

/** Determinant of square matrices, by elimination: n^3 / 3 multiply-adds and n^2 / 2 quotients. */
export const determinant: OpSpec<Record<never, never>> = {
  summary: 'determinant of square matrices',
  attrs: {},
  infer(inputs) {
    const bad = expectInputs(inputs, 1, 2);
    if (bad) return bad;
    const input = inputs[0] as OpenType;
    return compatible(dim(input.shape, -1), dim(input.shape, -2))
      ? [withShape(input, input.shape.slice(0, -2))]
      : {
          problem: `the matrices of ${formatShape(input.shape)} are not square`,
          fix: 'take the determinant of square ones',
        };
  },
  work(inputs) {
    const { shape } = inputs[0] as TensorType;
    const n = shape.at(-1) as number;
    const stack = elements(shape.slice(0, -2));
    // Column k divides n - k - 1 rows by the pivot and subtracts from (n - k - 1)^2 elements; the pivots multiply.
    const updates = ((n - 1) * n * (2 * n - 1)) / 6;
    return {
      mul: stack * (updates + Math.max(0, n - 1)),
      add: stack * updates,
      divide: (stack * n * (n - 1)) / 2,
    };
  },
  memory: 'kernel',
};
