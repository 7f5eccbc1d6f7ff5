import { integer, list, natural } from '../values.ts';
import { bound, type Extent } from './extent.ts';
import { expectInputs, formatShape, withShape, type OpSpec, type OpenType } from './spec.ts';

/** Attributes of `stridedSlice`. */
export interface StridedSliceAttrs {
  /** axes that entries are taken along, counted from the front */
  readonly axes: readonly number[];
  /** first entry that is taken, per axis in `axes` */
  readonly starts: readonly number[];
  /** distance from one entry to the next, negative backwards */
  readonly steps: readonly number[];
  /** how many entries are taken */
  readonly sizes: readonly number[];
}

/** Every so many entries of some axes, copied. */
export const stridedSlice: OpSpec<StridedSliceAttrs> = {
  summary: 'every so many entries of some axes',
  attrs: { axes: list(natural), starts: list(natural), steps: list(integer), sizes: list(natural) },
  infer(inputs, { axes, starts, steps, sizes }) {
    const bad = expectInputs(inputs, 1, 0);
    if (bad) return bad;
    const input = inputs[0] as OpenType;
    const shape: Extent[] = [...input.shape];
    for (const [i, axis] of axes.entries()) {
      const length = input.shape[axis];
      const [start = NaN, step = NaN, size = NaN] = [starts[i], steps[i], sizes[i]];
      const last = start + (size - 1) * step;
      const most = length === undefined ? 0 : (bound(length) ?? Infinity);
      const exists =
        length !== undefined && step !== 0 && (size === 0 || (start < most && last >= 0 && last < most));
      if (!exists || axes.indexOf(axis) !== i) {
        return {
          problem: `${String(size)} entries of axis ${String(axis)} from ${String(start)} in steps of ${String(step)} do not exist in ${formatShape(input.shape)}`,
          fix: 'take entries that exist, of each axis once',
        };
      }
      shape[axis] = size;
    }
    return [withShape(input, shape)];
  },
  work: 'none',
  memory: 'kernel',
};
