import { integer } from '../values.ts';
import { expectInputs, withShape, type OpCase, type OpSpec, type TensorType } from './spec.ts';

export interface SliceAttrs {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

/** Entries `start` (included) to `end` (excluded) of one axis, in place. */
export const slice: OpSpec<SliceAttrs> = {
  summary: 'contiguous part of one axis',
  attrs: { axis: integer, start: integer, end: integer },
  infer(inputs, attrs) {
    const bad = expectInputs(inputs, 1, 1);
    if (bad) return bad;
    const input = inputs[0] as TensorType;
    const length = input.shape[attrs.axis];
    if (length === undefined || attrs.start < 0 || attrs.end > length || attrs.start >= attrs.end) {
      return {
        problem: `entries ${String(attrs.start)} to ${String(attrs.end)} of axis ${String(attrs.axis)} do not exist in ${input.shape.join('x')}`,
        fix: 'take a part that lies inside the map',
      };
    }
    return [
      withShape(
        input,
        input.shape.map((extent, i) => (i === attrs.axis ? attrs.end - attrs.start : extent)),
      ),
    ];
  },
  work: 'none',
  memory: 'view',
};

export const cases: readonly OpCase<SliceAttrs>[] = [
  {
    name: 'the second half of the channels',
    inputs: [[1, 64, 8, 8]],
    attrs: { axis: 1, start: 32, end: 64 },
    outputs: [[1, 32, 8, 8]],
    work: {},
    source: 'by hand',
  },
  {
    name: 'the first rows',
    inputs: [[1, 2, 8, 4]],
    attrs: { axis: 2, start: 0, end: 3 },
    outputs: [[1, 2, 3, 4]],
    work: {},
    source: 'by hand',
  },
];
