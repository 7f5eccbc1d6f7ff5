import { choice, list, natural } from '../values.ts';
import { elements } from '../units.ts';
import type { Extent } from './extent.ts';
import {
  dim,
  expectInputs,
  expectWhole,
  withShape,
  type OpSpec,
  type TensorType,
  type OpenType,
} from './spec.ts';

/** Neighbours along one axis that a sample is interpolated from. */
const NEIGHBOURS = { nearest: 1, linear: 2, cubic: 4 } as const;

/** Attributes of `sample`. */
export interface SampleAttrs<E extends Extent = number> {
  /** how many entries around a place count: the nearest, two or four along every axis */
  readonly mode: 'nearest' | 'linear' | 'cubic';
  /** axes that are interpolated along */
  readonly dims: number;
  /** samples that each element of the result is the mean of */
  readonly points: number;
  /** spatial extents of the result */
  readonly size: readonly E[];
}

/** Values read from a map at places that the second input gives, one row of the result for each of its rows. */
export const sample: OpSpec<SampleAttrs, SampleAttrs<Extent>> = {
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
    const [map, places] = inputs as [OpenType, OpenType];
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
  isMap: true,
  memory: 'kernel',
};
