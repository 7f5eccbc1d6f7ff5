import { type UpsampleAttrs } from '../../../src/ops/upsample.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<UpsampleAttrs>[] = [
  {
    name: 'twice as large',
    inputs: [[1, 128, 13, 13]],
    attrs: { factor: 2 },
    outputs: [[1, 128, 26, 26]],
    work: {},
    source: 'by hand',
  },
  {
    name: 'a volume three times as large',
    inputs: [[2, 5, 2, 3, 4]],
    attrs: { factor: 3 },
    outputs: [[2, 5, 6, 9, 12]],
    work: {},
    source: 'by hand',
  },
];
