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
  {
    name: 'a diagonal, and a letter of extent 1 stretched',
    inputs: [
      [3, 3],
      [1, 4],
    ],
    attrs: {
      operands: [
        ['i', 'i'],
        ['i', 'j'],
      ],
      result: ['i', 'j'],
      dtype: 'float32',
    },
    outputs: [[3, 4]],
    work: { mac: 12 },
    source: 'by hand: one product for each element of the result',
  },
  {
    name: 'axes of one operand in another order',
    inputs: [[3, 4]],
    attrs: { operands: [['i', 'j']], result: ['j', 'i'], dtype: 'float32' },
    outputs: [[4, 3]],
    work: {},
    source: 'numpy.einsum("ij->ji"): a transposition',
  },
];
