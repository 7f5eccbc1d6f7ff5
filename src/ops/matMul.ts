import { choice, flag } from '../values.ts';
import { DTYPES, type DType } from './dtype.ts';
import { elements } from '../units.ts';
import { expectInputs, formatShape, type OpSpec, type Shape, type TensorType } from './spec.ts';

export interface MatMulAttrs {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** element type of the result */
  readonly dtype: DType;
}

/** Rows and columns of an operand: a vector is a row on the left and a column on the right. */
function matrix(shape: Shape, transposed: boolean, left: boolean): readonly [rows: number, columns: number] {
  const [last = 1, before = 1] = [shape.at(-1), shape.at(-2)];
  if (shape.length === 1) return left ? [1, last] : [last, 1];
  return transposed ? [last, before] : [before, last];
}

/** Product of two matrices, or of stacks of them, broadcast to each other. */
export const matMul: OpSpec<MatMulAttrs> = {
  summary: 'product of two computed matrices, or of stacks of them',
  attrs: { transposeA: flag, transposeB: flag, dtype: choice(DTYPES) },
  infer(inputs, attrs) {
    const bad = expectInputs(inputs, 2, 1);
    if (bad) return bad;
    const [{ shape: a }, { shape: b }] = inputs as [TensorType, TensorType];
    const [rows, inner] = matrix(a, attrs.transposeA, true);
    const [other, columns] = matrix(b, attrs.transposeB, false);
    const mismatch = {
      problem: `cannot multiply ${formatShape(a)} by ${formatShape(b)}`,
      fix: 'give the first as many columns as the second has rows',
    };
    if (inner !== other) return mismatch;
    const [left, right] = [a.slice(0, -2), b.slice(0, -2)];
    const rank = Math.max(left.length, right.length);
    const stack: number[] = [];
    for (let axis = 0; axis < rank; axis++) {
      const [p, q] = [left[axis - rank + left.length] ?? 1, right[axis - rank + right.length] ?? 1];
      if (p !== q && p !== 1 && q !== 1) return mismatch;
      stack.push(p === 1 ? q : p);
    }
    const shape = [...stack, ...(a.length === 1 ? [] : [rows]), ...(b.length === 1 ? [] : [columns])];
    return [{ dtype: attrs.dtype, shape }];
  },
  work(inputs, outputs, attrs) {
    const [{ shape: a }] = inputs as [TensorType];
    const [, inner] = matrix(a, attrs.transposeA, true);
    return { mac: elements((outputs[0] as TensorType).shape) * inner };
  },
  memory: 'kernel',
};
