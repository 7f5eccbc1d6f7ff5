import type { DequantizeAttrs } from '../../../src/ops/dequantize.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<DequantizeAttrs>[] = [
  {
    name: 'rows in blocks of 32, the last one shorter, with zero points',
    inputs: [
      [5, 80],
      [5, 3],
      [5, 3],
    ],
    attrs: { axis: 1, blockSize: 32, dtype: 'float32' },
    outputs: [[5, 80]],
    work: { mul: 400, add: 400 },
    source: 'ONNX DequantizeLinear-21: (x - zero) scale of each number',
  },
  {
    name: 'columns in blocks of 16, without zero points',
    inputs: [
      [64, 3],
      [4, 3],
    ],
    attrs: { axis: 0, blockSize: 16, dtype: 'float16' },
    outputs: [[64, 3]],
    work: { mul: 192 },
    source: 'ONNX DequantizeLinear-21: x scale of each number',
  },
];
