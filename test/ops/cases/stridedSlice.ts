import { type StridedSliceAttrs } from '../../../src/ops/stridedSlice.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<StridedSliceAttrs>[] = [
  {
    name: 'every other row and column',
    inputs: [[1, 3, 8, 9]],
    attrs: { axes: [2, 3], starts: [0, 1], steps: [2, 2], sizes: [4, 4] },
    outputs: [[1, 3, 4, 4]],
    work: {},
    source: 'ONNX Slice: moves, never computes',
  },
  {
    name: 'the last three, backwards',
    inputs: [[10]],
    attrs: { axes: [0], starts: [9], steps: [-1], sizes: [3] },
    outputs: [[3]],
    work: {},
    source: 'by hand',
  },
  {
    name: 'nothing of an axis',
    inputs: [[3, 4]],
    attrs: { axes: [1], starts: [4], steps: [1], sizes: [0] },
    outputs: [[3, 0]],
    work: {},
    source: 'numpy: a[:, 4:]',
  },
];
