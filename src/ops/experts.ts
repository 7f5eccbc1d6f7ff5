import { elements } from '../units.ts';
import { choice, flag, list, natural, optional } from '../values.ts';
import {
  dim,
  expectInputs,
  withShape,
  type OpSpec,
  type ParamSpec,
  type TensorType,
  type Work,
} from './spec.ts';

/** Work of one number between the products, from the formula in the comment. */
export const EXPERT_WORK = {
  /** x */ identity: {},
  /** max(x, 0) */ relu: { compare: 1 },
  /** x / 2 * (1 + erf(x / sqrt 2)) */ gelu: { transcendental: 1, add: 1, mul: 3 },
  /** x / (1 + exp(-x)) */ swish: { transcendental: 1, add: 1, divide: 1, mul: 1 },
} as const satisfies Record<string, Work>;

/** What `experts` may compute between the products: a name of its table of work. */
export type ExpertFunction = keyof typeof EXPERT_WORK;

/** Attributes of `experts`. */
export interface ExpertsAttrs {
  /** experts that there are */
  readonly experts: number;
  /** experts that a token goes through */
  readonly active: number;
  /** features between the products */
  readonly interSize: number;
  /** the function between the products */
  readonly fn: ExpertFunction;
  /** a second product whose result the first one's gates: one matrix holds both, or it has its own; absent: none */
  readonly gated?: 'together' | 'apart';
  /** whether the products have biases, in their order: up, down, and the gate's own */
  readonly biases: readonly boolean[];
  /** block scales of each matrix, if it is quantised */
  readonly scales?: readonly number[];
  /** each scale has a zero point */
  readonly zeroPoints?: boolean;
}

/** Rows and columns of an expert's matrices. */
function matrices(
  hidden: number,
  { interSize, gated }: ExpertsAttrs,
): readonly (readonly [number, number])[] {
  const up = gated === 'together' ? 2 * interSize : interSize;
  return [[up, hidden], [hidden, interSize], ...(gated === 'apart' ? [[interSize, hidden] as const] : [])];
}

const weightsOf = (hidden: number, attrs: ExpertsAttrs): number =>
  matrices(hidden, attrs).reduce((sum, [rows, columns]) => sum + rows * columns, 0);

/**
 * Mixture of experts: a token goes through the few networks of two layers that its router scores highest, whose
 * results are summed by weight. The work is that of the experts in use, the parameters are those of all.
 */
export const experts: OpSpec<ExpertsAttrs> = {
  summary: 'mixture of experts: work of those in use, parameters of all',
  attrs: {
    experts: natural,
    active: natural,
    interSize: natural,
    fn: choice(Object.keys(EXPERT_WORK) as ExpertFunction[]),
    gated: optional(choice(['together', 'apart'])),
    biases: list(flag),
    scales: optional(list(natural)),
    zeroPoints: optional(flag),
  },
  label([input], attrs) {
    const one = weightsOf(input?.shape.at(-1) ?? NaN, attrs);
    const { active, experts: all } = attrs;
    return `${String(active)} of ${String(all)} experts: a token meets ${String(active * one)} of ${String(all * one)} weights`;
  },
  infer(inputs, { experts: all, active }) {
    const bad = expectInputs(inputs.slice(0, 2), 2, 2);
    if (bad) return bad;
    if (active > all || active < 1) {
      return {
        problem: `sends a token through ${String(active)} of ${String(all)} experts`,
        fix: 'choose one expert at least, and no more than there are',
      };
    }
    return inputs.slice(0, 1);
  },
  params(inputs, attrs) {
    const input = inputs[0] as TensorType;
    const { experts: all, biases, scales = [], zeroPoints } = attrs;
    const own: ParamSpec[] = [];
    for (const [i, [rows, columns]] of matrices(dim(input.shape, -1), attrs).entries()) {
      own.push({ role: 'weight', type: withShape(input, [all, rows, columns]) });
      if (biases[i] === true) own.push({ role: 'bias', type: withShape(input, [all, rows]) });
    }
    for (const count of scales) own.push({ role: 'scale', type: withShape(input, [count]) });
    if (zeroPoints === true)
      for (const count of scales) own.push({ role: 'shift', type: withShape(input, [count]) });
    return own;
  },
  work(inputs, _outputs, attrs) {
    const { shape } = inputs[0] as TensorType;
    const { experts: all, active, interSize, fn, gated, biases } = attrs;
    const hidden = dim(shape, -1);
    const tokens = elements(shape.slice(0, -1));
    const passes = tokens * active;
    const rows = matrices(hidden, attrs).map(([count]) => count);
    const bias = rows.reduce((sum, count, i) => sum + (biases[i] === true ? count : 0), 0);
    const each: Work = EXPERT_WORK[fn];
    const between = (primitive: keyof Work): number => passes * interSize * (each[primitive] ?? 0);
    return {
      mac: passes * weightsOf(hidden, attrs),
      add: between('add') + passes * bias + (passes - tokens) * hidden + tokens * all * 2,
      mul: between('mul') + (gated === undefined ? 0 : passes * interSize) + passes * hidden,
      compare: between('compare') + tokens * all * (1 + active),
      transcendental: between('transcendental') + tokens * all,
      divide: between('divide') + tokens * all,
    };
  },
  memory: 'kernel',
};
