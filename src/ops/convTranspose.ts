import { elements } from '../units.ts';
import { flag, integer, list } from '../values.ts';
import { bound, type Extent, isKnown, unnamed } from './extent.ts';
import {
  dim,
  expectInputs,
  expectGroups,
  withShape,
  type OpSpec,
  type TensorType,
  type OpenType,
} from './spec.ts';
import { expectWindow, taps, WINDOW, type SlidingWindow } from './window.ts';

/** A window over the result: every input position adds a kernel to it, `stride` apart. `rounding` has no meaning. */
export interface ConvTransposeAttrs<E extends Extent = number> extends SlidingWindow {
  /** channels of the result */
  readonly outChannels: E;
  /** groups that channels are split into, each with filters of its own; 1 for none */
  readonly groups: number;
  /** a learned vector, one value per output channel, is added */
  readonly bias: boolean;
  /** extra extent at the end of each axis, which tells apart the results that a strided window maps to one input */
  readonly outputPadding: readonly number[];
}

/** Transposed convolution ("deconvolution"). */
export const convTranspose: OpSpec<ConvTransposeAttrs, ConvTransposeAttrs<Extent>> = {
  summary: 'transposed convolution with groups, dilation, strides and padding',
  attrs: { ...WINDOW, outChannels: integer, groups: integer, bias: flag, outputPadding: list(integer) },
  infer(inputs, attrs) {
    const bad = expectInputs(inputs, 1, 3);
    if (bad) return bad;
    const input = inputs[0] as OpenType;
    const ungrouped = expectGroups(input, attrs);
    if (ungrouped) return ungrouped;
    const { kernel, stride, dilation, padding, outputPadding } = attrs;
    const noWindow = expectWindow(input.shape, attrs);
    if (noWindow) return noWindow;
    const spatial: Extent[] = [];
    for (const [axis, positions] of input.shape.slice(2).entries()) {
      const [k, s, d] = [kernel[axis] as number, stride[axis] as number, dilation[axis] as number];
      const [before, after] = [padding.begin[axis] as number, padding.end[axis] as number];
      const more = outputPadding[axis];
      if (more === undefined) {
        return {
          problem: `output padding of ${String(outputPadding.length)} axes does not fit ${String(kernel.length)} spatial axes`,
          fix: 'give output padding one entry per spatial axis',
        };
      }
      const extent = (from: number): number => s * (from - 1) + d * (k - 1) + 1 + more - before - after;
      if (!isKnown(positions)) {
        const most = bound(positions);
        spatial.push(unnamed(most === undefined ? undefined : extent(most)));
        continue;
      }
      if (extent(positions) < 1) {
        return {
          problem: `padding ${String(before)} and ${String(after)} crops all of the result`,
          fix: 'use less padding',
        };
      }
      spatial.push(extent(positions));
    }
    return [withShape(input, [dim(input.shape, 0), attrs.outChannels, ...spatial])];
  },
  params(inputs, { outChannels, groups, kernel, bias }) {
    const input = inputs[0] as TensorType;
    const weight = withShape(input, [dim(input.shape, 1), outChannels / groups, ...kernel]);
    return bias
      ? [
          { role: 'weight', type: weight },
          { role: 'bias', type: withShape(input, [outChannels]) },
        ]
      : [{ role: 'weight', type: weight }];
  },
  work(inputs, outputs, attrs) {
    const mac = elements((inputs[0] as TensorType).shape) * taps(attrs) * (attrs.outChannels / attrs.groups);
    return { mac, add: attrs.bias ? elements((outputs[0] as TensorType).shape) : 0 };
  },
  isMap: true,
  memory: 'kernel',
};
