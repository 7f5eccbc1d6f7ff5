import { type GlobalPoolAttrs } from '../../../src/ops/globalPool.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<GlobalPoolAttrs>[] = [
  {
    name: 'average over a 7x7 map',
    inputs: [[1, 2048, 7, 7]],
    attrs: { mode: 'average' },
    outputs: [[1, 2048, 1, 1]],
    work: { add: 2048 * 49, divide: 2048 },
    source: 'by hand',
  },
  {
    name: 'maximum of a volume',
    inputs: [[2, 3, 4, 5, 6]],
    attrs: { mode: 'max' },
    outputs: [[2, 3, 1, 1, 1]],
    work: { compare: 720 },
    source: 'by hand',
  },
];
