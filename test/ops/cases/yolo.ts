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
  {
    name: 'two of four anchors, whose centres are scaled',
    inputs: [[1, 12, 2, 2]],
    attrs: {
      classes: 1,
      anchors: 2,
      priors: [1, 2, 3, 4, 5, 6, 7, 8],
      mask: [2, 3],
      priorCount: 4,
      scale: 1.1,
    },
    outputs: [[1, 12, 2, 2]],
    work: { transcendental: 32, add: 32 + 16, mul: 16, divide: 32 },
    source: 'AlexeyAB/darknet, src/yolo_layer.c: scal_add_cpu over x and y of every box',
  },
  {
    name: 'numbers that are logistic already',
    inputs: [[1, 6, 2, 2]],
    attrs: { classes: 1, anchors: 1, scale: 2, newCoords: true },
    outputs: [[1, 6, 2, 2]],
    work: { transcendental: 0, add: 8, mul: 8, divide: 0 },
    source: 'AlexeyAB/darknet, src/yolo_layer.c: with new_coords only scal_add_cpu is left',
  },
];
