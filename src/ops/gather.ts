import { natural } from '../values.ts';
import { expectInputs, formatShape, withShape, type OpSpec, type OpenType } from './spec.ts';

/** Attributes of `gather`. */
export interface GatherAttrs {
  /** axis of the first input that is looked up along, counted from the front */
  readonly axis: number;
}

/** Entries of one axis of the first input, picked by the second. */
export const gather: OpSpec<GatherAttrs> = {
  summary: 'entries of one axis, picked by index',
  attrs: { axis: natural },
  infer(inputs, { axis }) {
    const bad = expectInputs(inputs, 2, 0);
    if (bad) return bad;
    const [data, indices] = inputs as [OpenType, OpenType];
    return axis < data.shape.length
      ? [withShape(data, [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)])]
      : {
          problem: `picks along axis ${String(axis)} of ${formatShape(data.shape)}`,
          fix: 'name an axis that exists',
        };
  },
  work: 'none',
  memory: 'kernel',
};
