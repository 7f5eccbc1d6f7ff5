import { natural } from '../values.ts';
import { isKnown, nameOf } from './extent.ts';
import { dim, expectInputs, formatShape, withShape, type OpSpec, type OpenType } from './spec.ts';

/** Attributes of `gatherND`. */
export interface GatherNDAttrs {
  /** leading axes that both inputs share */
  readonly batchDims: number;
}

/** Entries of the first input, each picked by a row of the second: an index for every axis behind the shared ones. */
export const gatherND: OpSpec<GatherNDAttrs> = {
  summary: 'entries picked by rows of indices',
  attrs: { batchDims: natural },
  infer(inputs, { batchDims }) {
    const bad = expectInputs(inputs, 2, 1);
    if (bad) return bad;
    const [data, indices] = inputs as [OpenType, OpenType];
    const depth = dim(indices.shape, -1);
    return isKnown(depth) && batchDims < indices.shape.length && batchDims + depth <= data.shape.length
      ? [withShape(data, [...indices.shape.slice(0, -1), ...data.shape.slice(batchDims + depth)])]
      : {
          problem: `rows of ${nameOf(depth)} indices do not fit ${formatShape(data.shape)} behind ${String(batchDims)} axes`,
          fix: 'give at most one index for each axis',
        };
  },
  work: 'none',
  memory: 'kernel',
};
