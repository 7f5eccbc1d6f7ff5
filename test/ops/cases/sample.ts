import { type SampleAttrs } from '../../../src/ops/sample.ts';
import type { OpCase } from '../opCase.ts';
import { numbers, times } from '../tracing.ts';

export const cases: readonly OpCase<SampleAttrs>[] = [
  {
    name: 'RoI align of 7x7 with four bilinear samples',
    inputs: [
      [1, 256, 50, 50],
      [10, 4],
    ],
    attrs: { mode: 'linear', dims: 2, points: 4, size: [7, 7] },
    outputs: [[10, 256, 7, 7]],
    work: { mul: 125440 * 16, add: 125440 * 15, divide: 125440 },
    source: 'arXiv 1703.06870: the mean of four samples of four neighbours',
  },
  {
    name: 'grid sampling of a volume, cubic',
    inputs: [
      [1, 2, 4, 4, 4],
      [1, 3, 3, 3, 3],
    ],
    attrs: { mode: 'cubic', dims: 3, points: 1, size: [3, 3, 3] },
    outputs: [[1, 2, 3, 3, 3]],
    work: { mul: 54 * 64, add: 54 * 63 },
    source: 'by hand: 4^3 neighbours',
  },
  {
    name: 'the nearest of a map',
    inputs: [
      [1, 3, 8, 8],
      [1, 4, 5, 2],
    ],
    attrs: { mode: 'nearest', dims: 2, points: 1, size: [4, 5] },
    outputs: [[1, 3, 4, 5]],
    work: {},
    source: 'ONNX GridSample-22, mode nearest: an element is read, nothing is computed',
  },
  {
    name: 'the mean of nine nearest',
    inputs: [
      [1, 2, 8, 8],
      [3, 4],
    ],
    attrs: { mode: 'nearest', dims: 2, points: 9, size: [2, 2] },
    outputs: [[3, 2, 2, 2]],
    work: times(24, ({ add, div }) => div(numbers(9).reduce(add), 9)),
    source: 'by definition: eight sums and a quotient',
  },
  {
    name: 'one bilinear sample',
    inputs: [
      [1, 2, 8, 8],
      [3, 4],
    ],
    attrs: { mode: 'linear', dims: 2, points: 1, size: [2, 2] },
    outputs: [[3, 2, 2, 2]],
    work: times(24, ({ add, mul }) =>
      numbers(4)
        .map((x) => mul(x, 0.25))
        .reduce(add),
    ),
    source: 'ONNX GridSample-22: four neighbours, weighed and summed',
  },
];
