import { type FourierAttrs } from '../../../src/ops/fourier.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<FourierAttrs>[] = [
  {
    name: 'ten transforms of 1024',
    inputs: [[1, 10, 1024, 1]],
    attrs: { length: 1024, transforms: 10, output: { dtype: 'float32', shape: [1, 10, 1024, 2] } },
    outputs: [[1, 10, 1024, 2]],
    work: { mul: 10 * 2 * 10240, add: 10 * 3 * 10240 },
    source: 'Cooley and Tukey 1965: 5 n log2 n',
  },
];
