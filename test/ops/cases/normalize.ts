import { type NormalizeAttrs, type NormalizeFunction } from '../../../src/ops/normalize.ts';
import type { OpCase } from '../opCase.ts';
import { numbers, times, together, type Arithmetic } from '../tracing.ts';

type Row = readonly number[];

/** (x - mean) / sqrt(variance + e), the quotient as a product with the reciprocal of the root. */
function standardise({ sum, div, sub, mul, add, call }: Arithmetic, row: Row): Row {
  const mean = div(sum(row), row.length);
  const deviations = row.map((x) => sub(x, mean));
  const variance = div(sum(deviations.map((d) => mul(d, d))), row.length);
  const inverse = div(1, call(Math.sqrt, add(variance, 1e-5)));
  return deviations.map((d) => mul(d, inverse));
}

interface Defined {
  /** all elements that share a statistic */
  readonly formula: (on: Arithmetic, row: Row) => unknown;
  readonly source: string;
}

const FUNCTIONS: Readonly<Record<NormalizeFunction, Defined>> = {
  layer: { formula: standardise, source: 'arXiv 1607.06450, equation 3; ONNX LayerNormalization-17' },
  instance: { formula: standardise, source: 'arXiv 1607.08022, equation 4' },
  group: { formula: standardise, source: 'arXiv 1803.08494, equation 1' },
  rms: {
    formula({ sum, div, mul, add, call }, row) {
      const square = div(sum(row.map((x) => mul(x, x))), row.length);
      const inverse = div(1, call(Math.sqrt, add(square, 1e-5)));
      return row.map((x) => mul(x, inverse));
    },
    source: 'arXiv 1910.07467, equation 4, by the reciprocal of the root: ONNX RMSNormalization-23',
  },
  lp: {
    formula({ sum, div, mul, call }, row) {
      const norm = call(Math.sqrt, sum(row.map((x) => mul(x, x))));
      return row.map((x) => div(x, norm));
    },
    source: 'ONNX LpNormalization-22, p = 2: each element divided by the norm',
  },
  logSoftmax: {
    formula({ maximum, sub, sum, call }, row) {
      const most = maximum(row);
      const below = row.map((x) => sub(x, most));
      const log = call(Math.log, sum(below.map((x) => call(Math.exp, x))));
      return below.map((x) => sub(x, log));
    },
    source: 'ONNX LogSoftmax-13, the maximum taken out first: x - max - log(sum(exp(x - max)))',
  },
  hardmax: {
    formula: ({ maximum }, row) => maximum(row),
    source: 'ONNX Hardmax-13: one where the largest is, zero elsewhere',
  },
};

export const cases: readonly OpCase<NormalizeAttrs>[] = [
  ...(Object.entries(FUNCTIONS) as [NormalizeFunction, Defined][]).map(([fn, { formula, source }]) => ({
    name: fn,
    inputs: [[2, 6, 5]],
    attrs: { fn, axes: [2], groups: 1, scale: false, shift: false },
    outputs: [[2, 6, 5]],
    work: times(12, (on) => formula(on, numbers(5))),
    source,
  })),
  {
    name: 'layer normalisation of tokens',
    inputs: [[1, 5, 8]],
    attrs: { fn: 'layer', axes: [2], groups: 1, scale: true, shift: true },
    outputs: [[1, 5, 8]],
    params: [
      ['scale', [8]],
      ['shift', [8]],
    ],
    work: { add: 40 * 3 + 5 + 40, mul: 40 * 2 + 40, divide: 15, transcendental: 5 },
    source: 'arXiv 1607.06450: two means, a root and a reciprocal for each of 5 tokens',
  },
  {
    name: 'layer normalisation over two axes, shift without scale',
    inputs: [[3, 4, 5]],
    attrs: { fn: 'layer', axes: [1, 2], groups: 1, scale: false, shift: true },
    outputs: [[3, 4, 5]],
    params: [['shift', [4, 5]]],
    work: together(
      times(3, (on) => standardise(on, numbers(20))),
      { add: 60 },
    ),
    source: 'ONNX LayerNormalization-17, axis 1: B has the shape of the normalised axes',
  },
  {
    name: 'RMS normalisation with a scale',
    inputs: [[2, 3, 8]],
    attrs: { fn: 'rms', axes: [2], groups: 1, scale: true, shift: false },
    outputs: [[2, 3, 8]],
    params: [['scale', [8]]],
    work: together(
      times(6, (on) => FUNCTIONS.rms.formula(on, numbers(8))),
      { mul: 48 },
    ),
    source: 'arXiv 1910.07467, equation 4: a gain per feature',
  },
  {
    name: 'instance normalisation, scale and shift per channel',
    inputs: [[2, 3, 4, 5]],
    attrs: { fn: 'instance', axes: [2, 3], groups: 1, scale: true, shift: true },
    outputs: [[2, 3, 4, 5]],
    params: [
      ['scale', [3]],
      ['shift', [3]],
    ],
    work: together(
      times(6, (on) => standardise(on, numbers(20))),
      { mul: 120, add: 120 },
    ),
    source: 'ONNX InstanceNormalization-22: scale and B of shape (C)',
  },
  {
    name: 'two groups of channels',
    inputs: [[3, 4, 2, 2]],
    attrs: { fn: 'group', axes: [1, 2, 3], groups: 2, scale: true, shift: true },
    outputs: [[3, 4, 2, 2]],
    params: [
      ['scale', [4]],
      ['shift', [4]],
    ],
    work: { add: 48 * 3 + 6 + 48, mul: 48 * 3, divide: 18, transcendental: 6 },
    source: 'arXiv 1803.08494: statistics for each of 2 groups of 3 images',
  },
];
