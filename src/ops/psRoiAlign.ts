import { elements } from '../units.ts';
import { list, natural } from '../values.ts';
import {
  dim,
  expectInputs,
  expectWhole,
  withShape,
  type OpCase,
  type OpSpec,
  type TensorType,
} from './spec.ts';

export interface PsRoiAlignAttrs {
  /** bins of each region, one count per axis */
  readonly size: readonly number[];
  /** samples that each bin is the mean of */
  readonly points: number;
}

/**
 * Position-sensitive RoI align: every bin of a region reads a group of channels of its own, sampled between four
 * positions; the second input holds one box per region (left, top, right, bottom), the third the image of each, by
 * default the only one.
 */
export const psRoiAlign: OpSpec<PsRoiAlignAttrs> = {
  summary: 'regions of a map, each of their bins from channels of its own',
  attrs: { size: list(natural), points: natural },
  infer(inputs, { size, points }) {
    const bad = expectInputs(inputs.slice(0, 2), 2, 2) ?? expectWhole('the number of samples', points, 1);
    if (bad) return bad;
    const [map, boxes, images] = inputs as [TensorType, TensorType, TensorType?];
    if (images === undefined ? dim(map.shape, 0) > 1 : elements(images.shape) !== dim(boxes.shape, 0)) {
      return {
        problem: 'it is not known which image a region is of',
        fix: 'give an image index for each region',
      };
    }
    const bins = elements(size);
    const channels = dim(map.shape, 1) / bins;
    return Number.isSafeInteger(channels)
      ? [withShape(map, [dim(boxes.shape, 0), channels, ...size])]
      : {
          problem: `${String(dim(map.shape, 1))} channels are no multiple of ${String(bins)} bins`,
          fix: 'give the map as many channels for every bin',
        };
  },
  work(_inputs, outputs, { points }) {
    const result = elements((outputs[0] as TensorType).shape);
    return {
      mul: 4 * points * result,
      add: (4 * points - 1) * result,
      divide: points > 1 ? result : 0,
    };
  },
  memory: 'kernel',
};

export const cases: readonly OpCase<PsRoiAlignAttrs>[] = [
  {
    name: 'as in ThunderNet: 245 channels are 5 for each of 7x7 bins',
    inputs: [
      [1, 245, 20, 20],
      [200, 4],
    ],
    attrs: { size: [7, 7], points: 4 },
    outputs: [[200, 5, 7, 7]],
    work: { mul: 16 * 49000, add: 15 * 49000, divide: 49000 },
    source: 'arXiv 1903.11752, section 3.2; four samples of four neighbours per bin',
  },
  {
    name: 'one sample per bin, regions of two images',
    inputs: [[2, 12, 9, 9], [3, 4], [3]],
    attrs: { size: [2, 3], points: 1 },
    outputs: [[3, 2, 2, 3]],
    work: { mul: 144, add: 108 },
    source: 'by hand: 36 values of four neighbours',
  },
];
