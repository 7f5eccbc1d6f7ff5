import { type BlurAttrs } from '../../../src/ops/blur.ts';
import { square } from '../../../src/ops/window.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<BlurAttrs>[] = [
  {
    name: '3x3/2 as in BlurPool',
    inputs: [[1, 8, 10, 12]],
    attrs: square(3, 2, 1),
    outputs: [[1, 8, 5, 6]],
    work: { mul: 240 * 9, add: 240 * 9 },
    source: 'arXiv 1904.11486; by hand',
  },
];
