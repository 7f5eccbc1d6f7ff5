import { type RegionAttrs } from '../../../src/ops/region.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<RegionAttrs>[] = [
  {
    name: 'five anchors of 20 classes, softmax',
    inputs: [[1, 125, 13, 13]],
    attrs: { classes: 20, anchors: 5, coords: 4, softmax: true },
    outputs: [[1, 125, 13, 13]],
    work: { transcendental: 845 * 23, add: 845 * 43, divide: 845 * 23, compare: 845 * 20 },
    source: 'arXiv 1612.08242: 13*13*5 boxes, logistic of x, y and objectness, softmax over classes',
  },
  {
    name: 'other coordinates, no softmax',
    inputs: [[1, 20, 2, 3]],
    attrs: { classes: 3, anchors: 2, coords: 6, softmax: false },
    outputs: [[1, 20, 2, 3]],
    work: { transcendental: 36, add: 36, divide: 36, compare: 0 },
    source: 'by hand: 2*2*3 boxes',
  },
];
