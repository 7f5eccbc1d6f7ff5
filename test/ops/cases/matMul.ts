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
  {
    name: 'a vector on the left of a stack',
    inputs: [[4], [3, 4, 5]],
    attrs: { transposeA: false, transposeB: false, dtype: 'float32' },
    outputs: [[3, 5]],
    work: { mac: 3 * 5 * 4 },
    source: 'numpy: matmul of (4,) and (3, 4, 5)',
  },
  {
    name: 'a vector on the right, its transposition without meaning',
    inputs: [[3, 5, 4], [4]],
    attrs: { transposeA: false, transposeB: true, dtype: 'float32' },
    outputs: [[3, 5]],
    work: { mac: 3 * 5 * 4 },
    source: 'numpy: matmul of (3, 5, 4) and (4,)',
  },
  {
    name: 'stacks of different depth, broadcast to each other',
    inputs: [
      [7, 1, 2, 3],
      [4, 3, 5],
    ],
    batch: false,
    attrs: { transposeA: false, transposeB: false, dtype: 'float32' },
    outputs: [[7, 4, 2, 5]],
    work: { mac: 28 * 2 * 5 * 3 },
    source: 'numpy: matmul broadcasts (7, 1) and (4,) to (7, 4)',
  },
];
