import { elements } from '../units.ts';
import { flag, integer } from '../values.ts';
import { compatibleShapes, divisible, type Extent, floorDivide, isKnown } from './extent.ts';
import {
  dim,
  expectInputs,
  expectGroups,
  formatShape,
  isProblem,
  withShape,
  type OpSpec,
  type TensorType,
  type OpenType,
} from './spec.ts';
import { slide, taps, WINDOW, type SlidingWindow } from './window.ts';

/** Attributes of `deformConv`. */
export interface DeformConvAttrs<E extends Extent = number> extends SlidingWindow {
  /** channels of the result */
  readonly outChannels: E;
  /** groups that channels are split into, each with filters of its own; 1 for none */
  readonly groups: number;
  /** a learned vector, one value per output channel, is added */
  readonly bias: boolean;
  /** a third input weighs every tap (DCNv2) */
  readonly masked: boolean;
}

/**
 * Deformable convolution: every tap reads the map beside its place, by an offset that the second input holds
 * (two values per tap, for one or more groups of channels), interpolated between four positions.
 */
export const deformConv: OpSpec<DeformConvAttrs, DeformConvAttrs<Extent>> = {
  summary: 'convolution whose taps are displaced by an input',
  attrs: { ...WINDOW, outChannels: integer, groups: integer, bias: flag, masked: flag },
  infer(inputs, attrs) {
    const bad = expectInputs(inputs, attrs.masked ? 3 : 2, 4);
    if (bad) return bad;
    const [input, offset, mask] = inputs as [OpenType, OpenType, OpenType?];
    const ungrouped = expectGroups(input, attrs);
    if (ungrouped) return ungrouped;
    const spatial = slide(input.shape, attrs);
    if (isProblem(spatial)) return spatial;
    const batch = dim(input.shape, 0);
    const tapped = taps(attrs);
    const offsets = dim(offset.shape, 1);
    const fits = (type: OpenType, channels: Extent): boolean =>
      compatibleShapes(type.shape, [batch, channels, ...spatial]);
    if (
      !divisible(offsets, 2 * tapped) ||
      (isKnown(offsets) && !divisible(dim(input.shape, 1), offsets / (2 * tapped))) ||
      !fits(offset, offsets) ||
      (mask !== undefined && !fits(mask, floorDivide(offsets, 2)))
    ) {
      return {
        problem: `offsets ${formatShape(offset.shape)}${mask === undefined ? '' : ` and weights ${formatShape(mask.shape)}`} do not displace ${String(tapped)} taps at ${formatShape(spatial)} positions`,
        fix: 'give each tap two offsets (and one weight) at every position of the result',
      };
    }
    return [withShape(input, [batch, attrs.outChannels, ...spatial])];
  },
  params(inputs, { outChannels, groups, kernel, bias }) {
    const input = inputs[0] as TensorType;
    const weight = withShape(input, [outChannels, dim(input.shape, 1) / groups, ...kernel]);
    return bias
      ? [
          { role: 'weight', type: weight },
          { role: 'bias', type: withShape(input, [outChannels]) },
        ]
      : [{ role: 'weight', type: weight }];
  },
  work(inputs, outputs, attrs) {
    const [input, offset] = inputs as [TensorType, TensorType];
    const output = elements((outputs[0] as TensorType).shape);
    const places = elements(offset.shape) / 2;
    const samples = (output / attrs.outChannels) * dim(input.shape, 1) * taps(attrs);
    return {
      mac: output * taps(attrs) * (dim(input.shape, 1) / attrs.groups),
      // Each place: two sums, four weights of (1 - a, a) x (1 - b, b); each sample: its four neighbours, weighed.
      add: 4 * places + 3 * samples + (attrs.bias ? output : 0),
      mul: 4 * places + (attrs.masked ? 5 : 4) * samples,
    };
  },
  isMap: true,
  memory: 'kernel',
};
