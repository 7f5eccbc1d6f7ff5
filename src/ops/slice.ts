import { integer } from '../values.ts';
import { isKnown } from './extent.ts';
import { expectInputs, formatShape, withShape, type OpSpec, type OpenType } from './spec.ts';

/** Attributes of `slice`. */
export interface SliceAttrs {
  /** axis that is cut, counted from the front */
  readonly axis: number;
  /** first entry that stays */
  readonly start: number;
  /** the entry behind the last one that stays */
  readonly end: number;
}

/** Entries `start` (included) to `end` (excluded) of one axis, in place. */
export const slice: OpSpec<SliceAttrs> = {
  summary: 'contiguous part of one axis',
  attrs: { axis: integer, start: integer, end: integer },
  infer(inputs, attrs) {
    const bad = expectInputs(inputs, 1, 1);
    if (bad) return bad;
    const input = inputs[0] as OpenType;
    const length = input.shape[attrs.axis];
    if (
      length === undefined ||
      attrs.start < 0 ||
      (isKnown(length) && attrs.end > length) ||
      attrs.start >= attrs.end
    ) {
      return {
        problem: `entries ${String(attrs.start)} to ${String(attrs.end)} of axis ${String(attrs.axis)} do not exist in ${formatShape(input.shape)}`,
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
