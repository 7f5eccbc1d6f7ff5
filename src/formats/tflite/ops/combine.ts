import type { TensorId } from '../../../graph/graph.ts';
import type { ElementwiseFunction } from '../../../ops/elementwise.ts';
import type { ReduceFunction } from '../../../ops/reduce.ts';
import type { Shape } from '../../../ops/spec.ts';
import type { Operation, Results } from '../operation.ts';
import { COMBINER, REDUCE_WINDOW_FUNCTION, RARE_OPTIONS } from '../rareSchema.ts';
import type { Rule, Rules } from '../rule.ts';

/** What the one operator of a subgraph makes of two numbers. */
const COMBINES: Readonly<
  Record<string, { readonly each: ElementwiseFunction; readonly all: ReduceFunction }>
> = {
  ADD: { each: 'add', all: 'sum' },
  MULTIPLY: { each: 'mul', all: 'product' },
  MUL: { each: 'mul', all: 'product' },
  MAXIMUM: { each: 'maximum', all: 'max' },
  MINIMUM: { each: 'minimum', all: 'min' },
  AND: { each: 'and', all: 'min' },
  LOGICAL_AND: { each: 'and', all: 'min' },
  OR: { each: 'or', all: 'max' },
  LOGICAL_OR: { each: 'or', all: 'max' },
};

const combination = (name: string): (typeof COMBINES)[string] | undefined => {
  const short = name.replace(/^STABLEHLO_/, '');
  return Object.hasOwn(COMBINES, short) ? COMBINES[short] : undefined;
};

function reduce(op: Operation): Results | undefined {
  const { dimensions, body } = op.options(RARE_OPTIONS.StablehloReduce);
  const combined = combination(op.body(body).join());
  // Several operands at once, as in the place of a maximum, combine in ways of their own.
  if (combined === undefined || op.outputs.length !== 1) return undefined;
  const axes = op.axes(dimensions, op.shape(0).length);
  return [op.one('reduce', [op.id(0)], { fn: combined.all, axes, keepDims: false })];
}

/** A window over every axis of the data; only its maximum is an operator of ours. */
function maximum(
  op: Operation,
  window: Readonly<Record<'kernel' | 'stride' | 'dilation' | 'begin' | 'end', Shape>>,
): Results {
  const { kernel, stride, dilation, begin, end } = window;
  const data = op.reshape(op.id(0), [1, 1, ...op.shape(0)]);
  const made = op.one('maxPool', [data], {
    kernel,
    stride,
    dilation,
    padding: { begin, end },
    rounding: 'floor',
  });
  return [op.reshape(made, op.typeOf(made).shape.slice(2))];
}

function reduceWindow(op: Operation): Results | undefined {
  const o = op.options(RARE_OPTIONS.StablehloReduceWindow);
  const axes = op.shape(0).map((_, axis) => axis);
  const ones = (given: readonly number[]): Shape => axes.map((axis) => given[axis] ?? 1);
  const isMaximum = combination(op.body(o.body).join())?.each === 'maximum' && op.outputs.length === 1;
  if (!isMaximum || o.baseDilations.some((each) => each !== 1)) return undefined;
  return maximum(op, {
    kernel: ones(o.window),
    stride: ones(o.strides),
    dilation: ones(o.windowDilations),
    begin: axes.map((axis) => o.padding[2 * axis] ?? 0),
    end: axes.map((axis) => o.padding[2 * axis + 1] ?? 0),
  });
}

/** The same of the older schema: its operands are the data, where it begins, window, strides and dilations. */
function reduceWindowOfOperands(op: Operation): Results | undefined {
  const { fn } = op.options(RARE_OPTIONS.ReduceWindow);
  if (fn !== REDUCE_WINDOW_FUNCTION.maximum) return undefined;
  const [kernel, stride, base, dilation] = [2, 3, 4, 5].map((index) => op.numbers(index)) as [
    Shape,
    Shape,
    Shape,
    Shape,
  ];
  if (base.some((each) => each !== 1)) return undefined;
  const none = op.shape(0).map(() => 0);
  return maximum(op, { kernel, stride, dilation, begin: none, end: none });
}

/** Each update is combined with the entry that it goes to. */
function into(
  op: Operation,
  update: TensorId,
  fn: ElementwiseFunction | undefined,
  { moved, shape }: { readonly moved: readonly number[]; readonly shape: Shape },
): Results {
  const dtype = op.resultType();
  const each = fn === undefined ? update : op.one('elementwise', [update], { fn, dtype });
  return op.add('rearrange', [...moved.map((index) => op.id(index)), each], {
    op: op.name,
    outputs: [{ dtype, shape }],
  });
}

function scatter(op: Operation): Results | undefined {
  const body = op.body(op.options(RARE_OPTIONS.StablehloScatter).body);
  const fn = combination(body.join())?.each;
  // A subgraph of no operator gives one of its operands: the update takes the place of what was there.
  if ((fn === undefined && body.length > 0) || op.outputs.length !== 1) return undefined;
  return into(op, op.id(2), fn, { moved: [0, 1], shape: op.shape(0) });
}

/** Rows that are combined by the number of their segment. */
const segments = (fn: ElementwiseFunction, count: (op: Operation) => number): Rule => ({
  lower(op) {
    const shape = [count(op), ...op.shape(0).slice(op.shape(1).length)];
    return into(op, op.id(0), fn, { moved: [1], shape });
  },
});

const statedCount = (op: Operation): number => op.numbers(2)[0] ?? op.fail('has no number of segments');

/** Numbers of segments in order: the last one tells how many there are. */
function lastCount(op: Operation): number {
  const { shape: [stated] = [], free = [0] } = op.outputs[0] ?? {};
  const known = op.known(1);
  return known === undefined && stated !== undefined && !free.includes(0)
    ? stated
    : (op.numbers(1).at(-1) ?? -1) + 1;
}

/** Rows of a table, each by its weight, combined to those of the result. */
function lookupSparse(op: Operation): Results {
  const { combiner } = op.options(RARE_OPTIONS.EmbeddingLookupSparse);
  if (!Object.values<number>(COMBINER).includes(combiner))
    op.fail(`has the combiner ${String(combiner)}, which is not known`);
  const table = op.shape(4);
  const row = table.slice(1);
  const count = op.shape(0)[0] ?? op.fail('has no list of rows');
  const outer = op.numbers(2).slice(0, -1);
  const dtype = op.resultType();
  const taken = op.one('gather', [op.learned(4, 'embedding'), op.id(0)], { axis: 0 });
  const ones = row.map(() => 1);
  const weights = op.reshape(op.id(3), [count, ...ones]);
  const weighted = op.one('elementwise', [taken, weights], { fn: 'mul', dtype });
  const [sum] = into(op, weighted, 'add', { moved: [1], shape: [...outer, ...row] }) as readonly [TensorId];
  if (combiner === COMBINER.sum) return [sum];
  const parts =
    combiner === COMBINER.mean ? weights : op.one('elementwise', [weights, weights], { fn: 'mul', dtype });
  const [all] = into(op, parts, 'add', { moved: [1], shape: [...outer, ...ones] }) as readonly [TensorId];
  const norm = combiner === COMBINER.mean ? all : op.one('elementwise', [all], { fn: 'sqrt', dtype });
  return [op.one('elementwise', [sum, norm], { fn: 'divide', dtype })];
}

/** Every key is searched among sorted ones. */
function search(op: Operation, keys: number, outputs: readonly Shape[]): readonly TensorId[] {
  return op.add('sort', [op.id(0)], {
    op: op.name,
    axis: -1,
    kept: keys,
    outputs: outputs.map((shape) => ({ dtype: 'int32' as const, shape })),
  });
}

function hashtableLookup(op: Operation): Results {
  const [keys = 0] = op.shapeOf(1, 1);
  const [, ...row] = op.shape(2);
  const found = search(op, keys, [op.shape(0)]);
  const dtype = op.resultType();
  return op.add('rearrange', [...found, op.id(2)], {
    op: op.name,
    outputs: [
      { dtype, shape: [...op.shape(0), ...row] },
      ...op.outputs.slice(1).map((_, i) => ({ dtype: op.resultType(i + 1), shape: op.shape(0) })),
    ],
  });
}

function sort(op: Operation): Results {
  const { dimension } = op.options(RARE_OPTIONS.StablehloSort);
  const shape = op.shape(0);
  return op.add(
    'sort',
    op.inputs.map((_, i) => op.id(i)),
    {
      op: 'Sort',
      axis: op.axis(dimension, shape.length),
      outputs: op.outputs.map((_, i) => ({ dtype: op.resultType(i), shape })),
    },
  );
}

export const COMBINE: Rules = {
  STABLEHLO_REDUCE: { lower: reduce },
  STABLEHLO_REDUCE_WINDOW: { lower: reduceWindow },
  REDUCE_WINDOW: { lower: reduceWindowOfOperands },
  STABLEHLO_SCATTER: { lower: scatter },
  STABLEHLO_SORT: { lower: sort },
  SEGMENT_SUM: segments('add', lastCount),
  UNSORTED_SEGMENT_SUM: segments('add', statedCount),
  UNSORTED_SEGMENT_PROD: segments('mul', statedCount),
  UNSORTED_SEGMENT_MAX: segments('maximum', statedCount),
  UNSORTED_SEGMENT_MIN: segments('minimum', statedCount),
  EMBEDDING_LOOKUP_SPARSE: { lower: lookupSparse },
  HASHTABLE_LOOKUP: { lower: hashtableLookup },
  BUCKETIZE: { lower: (op) => search(op, op.options(RARE_OPTIONS.Bucketize).boundaries + 1, [op.shape(0)]) },
};
