import { type MatMulAttrs } from '../../../src/ops/matMul.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<MatMulAttrs>[] = [
  {
    name: 'queries times keys of twelve heads',
    inputs: [
      [1, 12, 197, 64],
      [1, 12, 64, 197],
    ],
    attrs: { transposeA: false, transposeB: false, dtype: 'float32' },
    outputs: [[1, 12, 197, 197]],
    work: { mac: 12 * 197 * 197 * 64 },
    source: 'by hand: ViT-B/16 at 224, 196 patches and a class token',
  },
  {
    name: 'a stack against one matrix, both transposed',
    inputs: [
      [2, 5, 3],
      [7, 5],
    ],
    attrs: { transposeA: true, transposeB: true, dtype: 'float16' },
    outputs: [[2, 3, 7]],
    work: { mac: 2 * 3 * 7 * 5 },
    source: 'numpy: matmul(a.swapaxes(1, 2), b.T)',
  },
  {
    name: 'two vectors',
    inputs: [[6], [6]],
    attrs: { transposeA: false, transposeB: false, dtype: 'float32' },
    outputs: [[]],
    work: { mac: 6 },
    source: 'numpy: a scalar product',
  },
];
