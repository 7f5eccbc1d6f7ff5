import { type LayoutAttrs } from '../../../src/ops/layout.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<LayoutAttrs>[] = [
  {
    name: 'channels second, of a map with the channels last',
    inputs: [[2, 3, 4, 5]],
    attrs: { perm: [0, 3, 1, 2] },
    outputs: [[2, 5, 3, 4]],
    work: {},
    source: 'TensorFlow Lite stores NHWC; its kernels read it as it lies',
  },
  {
    name: 'channels last, of a volume with the channels second',
    inputs: [[1, 7, 2, 3, 4]],
    attrs: { perm: [0, 2, 3, 4, 1] },
    outputs: [[1, 2, 3, 4, 7]],
    work: {},
    source: 'by definition',
  },
];
