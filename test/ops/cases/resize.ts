import { type ResizeAttrs } from '../../../src/ops/resize.ts';
import type { OpCase } from '../opCase.ts';
import { times } from '../tracing.ts';

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
  {
    name: 'trilinear, run',
    inputs: [[2, 3, 2, 2, 2]],
    attrs: { size: [3, 4, 5], mode: 'linear' },
    outputs: [[2, 3, 3, 4, 5]],
    work: times(360, ({ add, sub, mul }) => {
      const blend = (a: number, b: number): number => add(a, mul(0.3, sub(b, a)));
      const plane = (): number => blend(blend(1, 2), blend(3, 4));
      return blend(plane(), plane());
    }),
    source: 'by definition: a + t (b - a) along each of three axes, the places shared by all channels',
  },
];
