import { integer } from '../values.ts';
import { compatible, type Extent, moreCertain, plus } from './extent.ts';
import { formatShape, withShape, type OpSpec } from './spec.ts';

/** Attributes of `concat`. */
export interface ConcatAttrs {
  /** axis along which the operands follow each other, counted from the front */
  readonly axis: number;
}

/** Operands one behind the other along an axis. */
export const concat: OpSpec<ConcatAttrs> = {
  summary: 'concatenation along an axis',
  attrs: { axis: integer },
  infer(inputs, attrs) {
    const first = inputs[0];
    if (first === undefined) return { problem: 'concatenates nothing', fix: 'connect at least one input' };
    const { axis } = attrs;
    if (axis < 0 || axis >= first.shape.length) {
      return {
        problem: `axis ${String(axis)} does not exist in ${formatShape(first.shape)}`,
        fix: 'name an axis of the inputs',
      };
    }
    let total: Extent = 0;
    const shape = [...first.shape];
    for (const input of inputs) {
      const same =
        input.shape.length === shape.length &&
        input.shape.every((extent, i) => i === axis || compatible(extent, shape[i] as Extent));
      if (!same) {
        return {
          problem: `cannot concatenate ${inputs.map((each) => formatShape(each.shape)).join(', ')} along axis ${String(axis)}`,
          fix: 'give the maps the same extents everywhere else',
        };
      }
      for (let i = 0; i < shape.length; i++)
        shape[i] = moreCertain(shape[i] as Extent, input.shape[i] as Extent);
      total = plus(total, input.shape[axis] as Extent);
    }
    shape[axis] = total;
    return [withShape(first, shape)];
  },
  work: 'none',
  memory: 'kernel',
};
