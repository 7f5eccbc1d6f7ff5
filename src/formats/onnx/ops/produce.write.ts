import type { Forms } from '../writer.ts';

export const PRODUCE_FORMS = {
  fill: (on, { attrs: { dtype, shape, value } }) =>
    on.op('Expand', [on.numbers(dtype, [value]), on.integers(shape)]),
} satisfies Forms;
