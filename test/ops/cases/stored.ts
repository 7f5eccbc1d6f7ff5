import type { StoredAttrs } from '../../../src/ops/stored.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<StoredAttrs>[] = [
  {
    name: 'anchors of a detector, and a scalar',
    inputs: [],
    attrs: {
      types: [
        { dtype: 'bfloat16', shape: [16_800] },
        { dtype: 'bfloat16', shape: [1] },
      ],
    },
    outputs: [],
    params: [
      ['embedding', [16_800]],
      ['embedding', [1]],
    ],
    work: {},
    source: 'by definition: so many numbers as the file has and no layer owns',
  },
  {
    name: 'a scalar',
    inputs: [],
    attrs: { types: [{ dtype: 'bfloat16', shape: [1] }] },
    outputs: [],
    params: [['embedding', [1]]],
    work: {},
    source: 'by definition',
  },
];
