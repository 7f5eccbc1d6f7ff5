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
];
