import type { Forms } from '../writer.ts';

export const PRODUCE_FORMS = {
  fill: (on, { attrs: { dtype, shape, value }, outputs }) =>
    on.op('Expand', [on.numbers(outputs[0]?.dtype ?? dtype, [value]), on.integers(shape)]),
} satisfies Forms;
