import { choice, list, natural } from '../values.ts';
import { elements } from '../units.ts';
import type { Extent } from './extent.ts';
import { expectInputs, expectWhole, withShape, type OpSpec, type TensorType, type OpenType } from './spec.ts';

/** Attributes of `resize`. */
export interface ResizeAttrs<E extends Extent = number> {
  /** extents of the result, one per spatial axis */
  readonly size: readonly E[];
  /** `linear` interpolates along every axis, bilinear on images; `cubic` between four neighbours along each */
  readonly mode: 'nearest' | 'linear' | 'cubic';
}

/** Map of another resolution, each position interpolated from the input. */
export const resize: OpSpec<ResizeAttrs, ResizeAttrs<Extent>> = {
  summary: 'interpolation to given spatial extents',
  attrs: { size: list(natural), mode: choice(['nearest', 'linear', 'cubic']) },
  infer(inputs, { size }) {
    const bad = expectInputs(inputs, 1, 3);
    if (bad) return bad;
    const input = inputs[0] as OpenType;
    if (size.length !== input.shape.length - 2) {
      return {
        problem: `${String(size.length)} extents do not fit ${String(input.shape.length - 2)} spatial axes`,
        fix: 'give one extent per spatial axis',
      };
    }
    for (const extent of size) {
      const wrong = expectWhole('the extent', extent, 1);
      if (wrong) return wrong;
    }
    return [withShape(input, [...input.shape.slice(0, 2), ...size])];
  },
  work(_inputs, outputs, { size, mode }) {
    if (mode === 'nearest') return {};
    const result = elements((outputs[0] as TensorType).shape);
    if (mode === 'cubic') return { mul: result * 4 ** size.length, add: result * (4 ** size.length - 1) };
    // a + t (b - a) needs 2^axes - 1 times; the positions t are shared by all channels.
    const blends = result * (2 ** size.length - 1);
    return { mul: blends, add: 2 * blends };
  },
  isMap: true,
  memory: 'kernel',
};
