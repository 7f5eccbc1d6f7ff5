import { elements } from '../units.ts';
import { choice, flag, list, natural, optional } from '../values.ts';
import { DTYPES, type DType } from './dtype.ts';
import { expectInputs, formatShape, type OpSpec, type TensorType, type Work, type OpenType } from './spec.ts';

/** Work of one element that goes in, and of one that comes out. */
export const REDUCE_WORK = {
  sum: { each: { add: 1 }, result: {} },
  mean: { each: { add: 1 }, result: { divide: 1 } },
  max: { each: { compare: 1 }, result: {} },
  min: { each: { compare: 1 }, result: {} },
  /** where the maximum is */ argMax: { each: { compare: 1 }, result: {} },
  argMin: { each: { compare: 1 }, result: {} },
  product: { each: { mul: 1 }, result: {} },
  /** sum of |x| */ l1: { each: { compare: 1, add: 1 }, result: {} },
  /** square root of the sum of squares */ l2: { each: { mul: 1, add: 1 }, result: { transcendental: 1 } },
  sumSquare: { each: { mul: 1, add: 1 }, result: {} },
  logSum: { each: { add: 1 }, result: { transcendental: 1 } },
  logSumExp: { each: { transcendental: 1, add: 1 }, result: { transcendental: 1 } },
} as const satisfies Record<string, { readonly each: Work; readonly result: Work }>;

/** What `reduce` may compute: a name of its table of work. */
export type ReduceFunction = keyof typeof REDUCE_WORK;

const REDUCTIONS = Object.keys(REDUCE_WORK) as readonly ReduceFunction[];

/** Attributes of `reduce`. */
export interface ReduceAttrs {
  /** what is made of the elements along the axes */
  readonly fn: ReduceFunction;
  /** axes that are reduced, counted from the front */
  readonly axes: readonly number[];
  /** the axes stay, with extent 1 */
  readonly keepDims: boolean;
  /** element type of the result, where it is not the input's */
  readonly dtype?: DType;
}

/** One value from all elements along the named axes. */
export const reduce: OpSpec<ReduceAttrs> = {
  summary: 'sum, mean, maximum, ... along axes',
  attrs: { fn: choice(REDUCTIONS), axes: list(natural), keepDims: flag, dtype: optional(choice(DTYPES)) },
  infer(inputs, attrs) {
    const bad = expectInputs(inputs, 1, 0);
    if (bad) return bad;
    const { dtype, shape } = inputs[0] as OpenType;
    for (const axis of attrs.axes) {
      if (shape[axis] === undefined) {
        return {
          problem: `reduces axis ${String(axis)} of ${formatShape(shape)}`,
          fix: 'name axes that exist',
        };
      }
    }
    return [
      {
        dtype: attrs.dtype ?? dtype,
        shape: shape.flatMap((extent, axis) =>
          attrs.axes.includes(axis) ? (attrs.keepDims ? [1] : []) : [extent],
        ),
      },
    ];
  },
  work(inputs, outputs, attrs) {
    const { each, result } = REDUCE_WORK[attrs.fn];
    const work: { -readonly [P in keyof Work]: Work[P] } = {};
    for (const [count, primitives] of [
      [elements((inputs[0] as TensorType).shape), each],
      [elements((outputs[0] as TensorType).shape), result],
    ] as const) {
      for (const [primitive, times] of Object.entries(primitives)) {
        const key = primitive as keyof Work;
        work[key] = (work[key] ?? 0) + count * (times as number);
      }
    }
    return work;
  },
  memory: 'reduction',
};
