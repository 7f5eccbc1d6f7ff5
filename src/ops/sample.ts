import { choice, list, natural } from '../values.ts';
import { elements } from '../units.ts';
import {
  dim,
  expectInputs,
  expectWhole,
  withShape,
  type OpCase,
  type OpSpec,
  type TensorType,
} from './spec.ts';

/** Neighbours along one axis that a sample is interpolated from. */
const NEIGHBOURS = { nearest: 1, linear: 2, cubic: 4 } as const;

export interface SampleAttrs {
  readonly mode: keyof typeof NEIGHBOURS;
  /** axes that are interpolated along */
  readonly dims: number;
  /** samples that each element of the result is the mean of */
  readonly points: number;
  /** spatial extents of the result */
  readonly size: readonly number[];
}

/** Values read from a map at places that the second input gives, one row of the result for each of its rows. */
export const sample: OpSpec<SampleAttrs> = {
  summary: 'interpolated reading at computed places (grid sampling, RoI align)',
  attrs: {
    mode: choice(['nearest', 'linear', 'cubic']),
    dims: natural,
    points: natural,
    size: list(natural),
  },
  infer(inputs, { points, size }) {
    const bad = expectInputs(inputs, 2, 2) ?? expectWhole('the number of samples', points, 1);
    if (bad) return bad;
    const [map, places] = inputs as [TensorType, TensorType];
    return [withShape(map, [dim(places.shape, 0), dim(map.shape, 1), ...size])];
  },
  work(_inputs, outputs, { mode, dims, points }) {
    const result = elements((outputs[0] as TensorType).shape);
    const taps = NEIGHBOURS[mode] ** dims;
    if (taps === 1) return { add: result * (points - 1), divide: points > 1 ? result : 0 };
    return {
      mul: result * points * taps,
      add: result * (points * taps - 1),
      divide: points > 1 ? result : 0,
    };
  },
  memory: 'kernel',
};

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
];
