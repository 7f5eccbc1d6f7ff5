import type { GaussianYoloAttrs } from '../../../src/ops/gaussianYolo.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<GaussianYoloAttrs>[] = [
  {
    name: 'three anchors of ten classes',
    inputs: [[1, 57, 16, 16]],
    attrs: { classes: 10, anchors: 3 },
    outputs: [[1, 57, 16, 16]],
    work: { transcendental: 3 * 17 * 256, add: 3 * 17 * 256, divide: 3 * 17 * 256 },
    source: 'arXiv 1904.04620, section 3.1: (3 * (8 + 1 + 10)) channels; width and height means stay linear',
  },
  {
    name: 'one anchor, one class',
    inputs: [[1, 10, 2, 2]],
    attrs: { classes: 1, anchors: 1 },
    outputs: [[1, 10, 2, 2]],
    work: { transcendental: 32, add: 32, divide: 32 },
    source: 'by hand',
  },
  {
    name: 'centres that are scaled',
    inputs: [[1, 10, 2, 2]],
    attrs: { classes: 1, anchors: 1, scale: 1.05 },
    outputs: [[1, 10, 2, 2]],
    work: { transcendental: 32, add: 32 + 8, mul: 8, divide: 32 },
    source: 'AlexeyAB/darknet, src/gaussian_yolo_layer.c: scal_add_cpu over the means of x and y',
  },
];
