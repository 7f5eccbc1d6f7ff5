import { type OpaqueAttrs } from '../../../src/ops/opaque.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<OpaqueAttrs>[] = [
  {
    name: 'an operator of a vendor',
    inputs: [[1, 3, 8, 8]],
    attrs: { op: 'com.acme.Warp', outputs: [{ dtype: 'float32', shape: [1, 4, 2, 2] }] },
    outputs: [[1, 4, 2, 2]],
    work: {},
    source: 'by definition: the file states the outputs, the work is unknown',
  },
  {
    name: 'with two results',
    inputs: [[4]],
    attrs: {
      op: 'com.acme.Two',
      outputs: [
        { dtype: 'int8', shape: [4] },
        { dtype: 'float64', shape: [] },
      ],
    },
    outputs: [[4], []],
    work: {},
    source: 'by definition',
  },
];
