import { type YoloAttrs } from '../../../src/ops/yolo.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<YoloAttrs>[] = [
  {
    name: 'three anchors of 80 classes',
    inputs: [[1, 255, 13, 13]],
    attrs: { classes: 80, anchors: 3 },
    outputs: [[1, 255, 13, 13]],
    work: { transcendental: 3 * 83 * 169, add: 3 * 83 * 169, divide: 3 * 83 * 169 },
    source: 'arXiv 1804.02767: sigmoid of x, y, objectness and classes; w and h stay linear',
  },
  {
    name: 'one anchor, one class',
    inputs: [[1, 6, 2, 2]],
    attrs: { classes: 1, anchors: 1 },
    outputs: [[1, 6, 2, 2]],
    work: { transcendental: 16, add: 16, divide: 16 },
    source: 'by hand',
  },
];
