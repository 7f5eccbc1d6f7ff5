import { choice, flag } from '../values.ts';
import { DTYPES, type DType } from './dtype.ts';
import { elements } from '../units.ts';
import { broadcast, compatible, type Extent } from './extent.ts';
import { expectInputs, formatShape, type OpSpec, type TensorType, type OpenType } from './spec.ts';

/** Attributes of `matMul`. */
export interface MatMulAttrs<D = DType> {
  /** the last two axes of the first operand are exchanged before */
  readonly transposeA: boolean;
  /** the last two axes of the second operand are exchanged before */
  readonly transposeB: boolean;
  /** element type of the result */
  readonly dtype: D;
}

/** Rows and columns of an operand: a vector is a row on the left and a column on the right. */
function matrix<E extends Extent>(
  shape: readonly E[],
  transposed: boolean,
  left: boolean,
): readonly [rows: E | 1, columns: E | 1] {
  const [last = 1, before = 1] = [shape.at(-1), shape.at(-2)];
  if (shape.length === 1) return left ? [1, last] : [last, 1];
  return transposed ? [last, before] : [before, last];
}

/** Product of two matrices, or of stacks of them, broadcast to each other. */
export const matMul: OpSpec<MatMulAttrs, MatMulAttrs<DType | undefined>> = {
  summary: 'product of two computed matrices, or of stacks of them',
  attrs: { transposeA: flag, transposeB: flag, dtype: choice(DTYPES) },
  infer(inputs, attrs) {
    const bad = expectInputs(inputs, 2, 1);
    if (bad) return bad;
    const [{ shape: a }, { shape: b }] = inputs as [OpenType, OpenType];
    const [rows, inner] = matrix(a, attrs.transposeA, true);
    const [other, columns] = matrix(b, attrs.transposeB, false);
    const mismatch = {
      problem: `cannot multiply ${formatShape(a)} by ${formatShape(b)}`,
      fix: 'give the first as many columns as the second has rows',
    };
    const stack = broadcast([a.slice(0, -2), b.slice(0, -2)]);
    if (stack === undefined || !compatible(inner, other)) return mismatch;
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
