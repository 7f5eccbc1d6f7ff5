import { elements } from '../units.ts';
import { list, natural } from '../values.ts';
import { compatible, count, divisible, floorDivide, nameOf } from './extent.ts';
import {
  dim,
  expectInputs,
  expectWhole,
  withShape,
  type OpSpec,
  type TensorType,
  type OpenType,
} from './spec.ts';

/** Attributes of `psRoiAlign`. */
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
    const [map, boxes, images] = inputs as [OpenType, OpenType, OpenType?];
    const isOfOne =
      images === undefined
        ? compatible(dim(map.shape, 0), 1) || dim(map.shape, 0) === 0
        : compatible(count(images.shape), dim(boxes.shape, 0));
    if (!isOfOne) {
      return {
        problem: 'it is not known which image a region is of',
        fix: 'give an image index for each region',
      };
    }
    const bins = elements(size);
    const channels = dim(map.shape, 1);
    return divisible(channels, bins)
      ? [withShape(map, [dim(boxes.shape, 0), floorDivide(channels, bins), ...size])]
      : {
          problem: `${nameOf(channels)} channels are no multiple of ${String(bins)} bins`,
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
  isMap: true,
  memory: 'kernel',
};
