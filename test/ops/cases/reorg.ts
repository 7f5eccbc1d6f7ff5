import { type ReorgAttrs } from '../../../src/ops/reorg.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<ReorgAttrs>[] = [
  {
    name: 'the passthrough of YOLOv2',
    inputs: [[1, 64, 26, 38]],
    attrs: { block: 2, inverse: false, order: 'reorg' },
    outputs: [[1, 256, 13, 19]],
    work: {},
    source: 'arXiv 1612.08242, section 2: 26x26x512 becomes 13x13x2048',
  },
  {
    name: 'an odd map loses its last row and column',
    inputs: [[1, 64, 27, 19]],
    attrs: { block: 2, inverse: false, order: 'reorg' },
    outputs: [[1, 256, 13, 9]],
    work: {},
    source: 'AlexeyAB/darknet, reorg_layer.c: out_w = w / stride, in whole numbers',
  },
  {
    name: 'and back',
    inputs: [[1, 18, 4, 5]],
    attrs: { block: 3, inverse: true, order: 'reorg3d' },
    outputs: [[1, 2, 12, 15]],
    work: {},
    source: 'by hand',
  },
];
