import { type PadAttrs } from '../../../src/ops/pad.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<PadAttrs>[] = [
  {
    name: 'zeros around a map',
    inputs: [[1, 3, 8, 8]],
    attrs: { begin: [0, 0, 1, 2], end: [0, 0, 1, 0], mode: 'constant', value: 0 },
    outputs: [[1, 3, 10, 10]],
    work: {},
    source: 'ONNX Pad: moves, never computes',
  },
  {
    name: 'cut off in front, mirrored behind',
    inputs: [[7, 4]],
    attrs: { begin: [-2, 0], end: [0, 3], mode: 'reflect', value: 1 },
    outputs: [[5, 7]],
    work: {},
    source: 'by hand',
  },
  ...(['edge', 'wrap'] as const).map((mode) => ({
    name: `border of mode ${mode}`,
    inputs: [[2, 5]],
    attrs: { begin: [1, 2], end: [0, 3], mode, value: 0 },
    outputs: [[3, 10]],
    work: {},
    source: 'ONNX Pad-25: entries are copied',
  })),
];
