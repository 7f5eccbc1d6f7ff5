import { integer } from '../values.ts';
import { withShape, type OpSpec } from './spec.ts';

export interface ConcatAttrs {
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
        problem: `axis ${String(axis)} does not exist in ${first.shape.join('x')}`,
        fix: 'name an axis of the inputs',
      };
    }
    let total = 0;
    for (const input of inputs) {
      const same =
        input.shape.length === first.shape.length &&
        input.shape.every((extent, i) => i === axis || extent === first.shape[i]);
      if (!same) {
        return {
          problem: `cannot concatenate ${inputs.map((each) => each.shape.join('x')).join(', ')} along axis ${String(axis)}`,
          fix: 'give the maps the same extents everywhere else',
        };
      }
      total += input.shape[axis] as number;
    }
    return [
      withShape(
        first,
        first.shape.map((extent, i) => (i === axis ? total : extent)),
      ),
    ];
  },
  work: 'none',
  memory: 'kernel',
};
