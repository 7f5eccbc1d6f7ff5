import { type FillAttrs } from '../../../src/ops/fill.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<FillAttrs>[] = [
  {
    name: 'a mask of ones',
    inputs: [],
    attrs: { dtype: 'bool', shape: [2, 3], value: 1 },
    outputs: [[2, 3]],
    work: {},
    source: 'ONNX Dropout: its mask is true wherever it lets through',
  },
  {
    name: 'a scalar',
    inputs: [],
    attrs: { dtype: 'float32', shape: [], value: 0.5 },
    outputs: [[]],
    work: {},
    source: 'by definition',
  },
];
