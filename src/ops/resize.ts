import { choice, list, natural } from '../values.ts';
import { elements } from '../units.ts';
import { expectInputs, expectWhole, withShape, type OpCase, type OpSpec, type TensorType } from './spec.ts';

export interface ResizeAttrs {
  /** extents of the result, one per spatial axis */
  readonly size: readonly number[];
  /** `linear` interpolates along every axis, bilinear on images; `cubic` between four neighbours along each */
  readonly mode: 'nearest' | 'linear' | 'cubic';
}

/** Map of another resolution, each position interpolated from the input. */
export const resize: OpSpec<ResizeAttrs> = {
  summary: 'interpolation to given spatial extents',
  attrs: { size: list(natural), mode: choice(['nearest', 'linear', 'cubic']) },
  infer(inputs, { size }) {
    const bad = expectInputs(inputs, 1, 3);
    if (bad) return bad;
    const input = inputs[0] as TensorType;
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
  memory: 'kernel',
};

export const cases: readonly OpCase<ResizeAttrs>[] = [
  {
    name: 'bilinear to twice the size',
    inputs: [[1, 128, 32, 16]],
    attrs: { size: [64, 32], mode: 'linear' },
    outputs: [[1, 128, 64, 32]],
    work: { mul: 3 * 262144, add: 6 * 262144 },
    source: 'by hand: two blends along one axis, one along the other, each a product, a difference and a sum',
  },
  {
    name: 'linear along the one axis of a signal',
    inputs: [[1, 3, 5]],
    attrs: { size: [10], mode: 'linear' },
    outputs: [[1, 3, 10]],
    work: { mul: 30, add: 60 },
    source: 'by hand: one blend per element',
  },
  {
    name: 'nearest to extents that are no multiple',
    inputs: [[1, 256, 3, 3]],
    attrs: { size: [5, 5], mode: 'nearest' },
    outputs: [[1, 256, 5, 5]],
    work: {},
    source: 'ONNX Resize, mode nearest',
  },
  {
    name: 'bicubic',
    inputs: [[1, 3, 8, 8]],
    attrs: { size: [16, 16], mode: 'cubic' },
    outputs: [[1, 3, 16, 16]],
    work: { mul: 768 * 16, add: 768 * 15 },
    source: 'by hand: 4 x 4 neighbours, weighed and summed',
  },
];
