import { type AddAttrs } from '../../../src/ops/add.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<AddAttrs>[] = [
  {
    name: 'three maps',
    inputs: [
      [1, 64, 8, 8],
      [1, 64, 8, 8],
      [1, 64, 8, 8],
    ],
    attrs: { align: 'exact' },
    outputs: [[1, 64, 8, 8]],
    work: { add: 2 * 4096 },
    source: 'by hand',
  },
  {
    name: 'a shortcut from a larger, shallower map',
    inputs: [
      [1, 128, 8, 8],
      [1, 64, 16, 16],
    ],
    attrs: { align: 'common' },
    outputs: [[1, 128, 8, 8]],
    work: { add: 8192 },
    source: 'Darknet counts out_w * out_h * out_c per added layer, whatever its shape',
  },
];
