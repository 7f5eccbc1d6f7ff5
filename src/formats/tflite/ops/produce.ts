import type { Shape } from '../../../ops/spec.ts';
import { elements } from '../../../units.ts';
import { filled } from '../content.ts';
import type { Operation, Results } from '../operation.ts';
import { contentOf, type Rule, type Rules } from '../rule.ts';

/** What is made of shapes and numbers alone. */
function made(op: Operation, shape: Shape, value = 0): Results {
  return [op.one('fill', [], { dtype: op.resultType(), shape, value })];
}

const shape: Rule = {
  lower: (op) => made(op, [op.shape(0).length]),
  evaluate: (op) => [{ shape: [op.shape(0).length], values: op.shape(0) }],
};

const rank: Rule = {
  lower: (op) => made(op, []),
  evaluate: (op) => [{ shape: [], values: [op.shape(0).length] }],
};

const fill: Rule = {
  lower: (op) => made(op, op.numbers(0)),
  evaluate(op) {
    const [extents, value] = [op.known(0), op.known(1)?.[0]];
    return extents === undefined || value === undefined ? [] : [filled(extents, () => value)];
  },
};

/** Numbers from a start to a limit, which is not one of them. */
function rangeLength(op: Operation): number {
  const [start = 0, limit = 0, delta = 1] = [0, 1, 2].map((i) => op.numbers(i)[0]);
  return delta === 0 ? op.fail('counts in steps of 0') : Math.max(0, Math.ceil((limit - start) / delta));
}

const range: Rule = {
  lower: (op) => made(op, [rangeLength(op)]),
  evaluate(op) {
    const [start, , delta] = [0, 1, 2].map((i) => op.known(i)?.[0]);
    if (start === undefined || delta === undefined || op.known(1) === undefined) return [];
    return [filled([rangeLength(op)], ([at = 0]) => start + at * delta)];
  },
};

/** Indices of what is not 0: at most every element. */
const where: Rule = {
  lower(op) {
    const data = op.shape(0);
    return op.moved([[op.atMost(0, 0, elements(data)), data.length]]);
  },
};

/** The distinct elements, and which of them each element is: at most all are distinct. */
const unique: Rule = {
  lower(op) {
    const [count = 0] = op.shapeOf(0, 1);
    return op.add('sort', [op.id(0)], {
      op: 'Unique',
      axis: 0,
      outputs: [
        { dtype: op.dtype(0), shape: [op.atMost(0, 0, count)] },
        { dtype: op.resultType(1), shape: [count] },
      ],
    });
  },
};

const topK: Rule = {
  lower(op) {
    const kept = op.numbers(1)[0] ?? 0;
    const data = op.shape(0);
    const row = [...data.slice(0, -1), kept];
    return op.add('sort', [op.id(0)], {
      op: 'TopK',
      axis: op.axis(-1, data.length),
      kept,
      outputs: [
        { dtype: op.dtype(0), shape: row },
        { dtype: op.resultType(1), shape: row },
      ],
    });
  },
};

/** Power-of-two transforms of rows and then of columns. */
const realFourier: Rule = {
  lower(op) {
    const data = op.shape(0);
    const [height = 0, width = 0] = op.numbers(1);
    const stack = data.slice(0, -2);
    const half = Math.floor(width / 2) + 1;
    const dtype = op.resultType();
    const batch = stack[0] ?? 1;
    const rest = stack.slice(1).reduce((all, extent) => all * extent, 1);
    const framed = stack.length === 0 ? op.reshape(op.id(0), [1, ...data]) : op.id(0);
    const rows = op.one('fourier', [framed], {
      length: width,
      transforms: rest * height,
      output: { dtype, shape: [batch, ...stack.slice(1), height, half] },
    });
    const columns = op.one('fourier', [rows], {
      length: height,
      transforms: rest * half,
      output: { dtype, shape: [batch, ...stack.slice(1), height, half] },
    });
    return [stack.length === 0 ? op.reshape(columns, [height, half]) : columns];
  },
};

const likeFirst: Rule = {
  lower: (op) => made(op, op.shape(0)),
  evaluate(op) {
    const content = contentOf(op, 0);
    return [content && { shape: content.shape, values: content.values.map(() => 0) }];
  },
};

/** Random numbers of the shape that the first operand states: produced, as a generator of its own kind has it. */
const random: Rule = { lower: (op) => op.moved([op.numbers(0)]), varies: true };

/** Rows of chances, so many draws from each. */
const multinomial: Rule = {
  lower: (op) => op.moved([[op.shapeOf(0, 2)[0] ?? 1, op.numbers(1)[0] ?? op.fail('draws no number')]]),
  varies: true,
};

export const PRODUCE: Rules = {
  SHAPE: shape,
  RANK: rank,
  FILL: fill,
  RANGE: range,
  ZEROS_LIKE: likeFirst,
  UNIQUE: unique,
  WHERE: where,
  TOPK_V2: topK,
  RFFT2D: realFourier,
  RANDOM_STANDARD_NORMAL: random,
  RANDOM_UNIFORM: random,
  MULTINOMIAL: multinomial,
  STABLEHLO_RNG_BIT_GENERATOR: { lower: (op) => op.stated(), varies: true },
};
