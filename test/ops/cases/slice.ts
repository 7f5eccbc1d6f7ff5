import { type SliceAttrs } from '../../../src/ops/slice.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<SliceAttrs>[] = [
  {
    name: 'the second half of the channels',
    inputs: [[1, 64, 8, 8]],
    attrs: { axis: 1, start: 32, end: 64 },
    outputs: [[1, 32, 8, 8]],
    work: {},
    source: 'by hand',
  },
  {
    name: 'the first rows',
    inputs: [[1, 2, 8, 4]],
    attrs: { axis: 2, start: 0, end: 3 },
    outputs: [[1, 2, 3, 4]],
    work: {},
    source: 'by hand',
  },
];
