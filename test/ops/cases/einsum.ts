import { type EinsumAttrs } from '../../../src/ops/einsum.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<EinsumAttrs>[] = [
  {
    name: 'a stack of matrix products',
    inputs: [
      [2, 3, 4],
      [2, 4, 5],
    ],
    attrs: {
      operands: [
        ['b', 'i', 'k'],
        ['b', 'k', 'j'],
      ],
      result: ['b', 'i', 'j'],
      dtype: 'float32',
    },
    outputs: [[2, 3, 5]],
    work: { mac: 2 * 3 * 4 * 5 },
    source: 'numpy.einsum("bik,bkj->bij")',
  },
  {
    name: 'sum of rows',
    inputs: [[3, 4]],
    attrs: { operands: [['i', 'j']], result: ['i'], dtype: 'float64' },
    outputs: [[3]],
    work: { add: 12 },
    source: 'numpy.einsum("ij->i")',
  },
  {
    name: 'three operands, contracted from the left',
    inputs: [
      [2, 3],
      [3, 4],
      [4, 5],
    ],
    attrs: {
      operands: [
        ['i', 'j'],
        ['j', 'k'],
        ['k', 'l'],
      ],
      result: ['i', 'l'],
      dtype: 'float32',
    },
    outputs: [[2, 5]],
    work: { mac: 2 * 3 * 4 + 2 * 4 * 5 },
    source: 'by hand: (AB)C',
  },
];
