import { type GatherAttrs } from '../../../src/ops/gather.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<GatherAttrs>[] = [
  {
    name: 'one of queries, keys and values',
    inputs: [[3, 64, 3, 49, 32], []],
    attrs: { axis: 0 },
    outputs: [[64, 3, 49, 32]],
    work: {},
    source: 'ONNX Gather: moves, never computes',
  },
  {
    name: 'tokens looked up in a table',
    inputs: [
      [8, 30522, 768],
      [2, 7],
    ],
    attrs: { axis: 1 },
    outputs: [[8, 2, 7, 768]],
    work: {},
    source: 'by definition',
  },
];
