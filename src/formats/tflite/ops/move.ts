import type { TensorId } from '../../../graph/graph.ts';
import type { Shape } from '../../../ops/spec.ts';
import { elements } from '../../../units.ts';
import { broadcastShape, entry, filled } from '../content.ts';
import type { Operation, Results } from '../operation.ts';
import { contentOf, type Rule, type Rules } from '../rule.ts';
import { OPTIONS } from '../schema.ts';
import type { Content } from '../value.ts';

/** The shape of a reshaping, with its one open extent; undefined where it is not known. */
function newShape(op: Operation): Shape | undefined {
  const stated = (op.has(1) ? op.known(1) : undefined) ?? op.options(OPTIONS.Reshape).shape;
  if (stated === undefined || (op.has(1) && op.known(1) === undefined)) return undefined;
  const count = elements(op.shape(0));
  // The oldest files write a scalar's shape as one 0.
  if (stated.length === 1 && stated[0] === 0 && count === 1) return [];
  const open = stated.indexOf(-1);
  if (open === -1) return stated;
  const rest = elements(stated.filter((_, axis) => axis !== open));
  const extent = rest === 0 ? 0 : count / rest;
  if (!Number.isSafeInteger(extent)) op.fail(`makes no ${stated.join('x')} of ${String(count)} elements`);
  return stated.map((each, axis) => (axis === open ? extent : each));
}

/** The output as the file states it, if no extent of it depends on the data. */
const fixedOutput = (op: Operation): Shape | undefined => {
  const output = op.outputs[0];
  return output?.free.length === 0 ? output.shape : undefined;
};

const withoutAxes = (op: Operation): Shape => {
  const shape = op.shape(0);
  const axes = op.options(OPTIONS.Squeeze).axes ?? [];
  const counted = op.axes(axes, shape.length);
  return shape.filter((extent, axis) => (axes.length === 0 ? extent !== 1 : !counted.includes(axis)));
};

const withAxis = (op: Operation): Shape => {
  const shape = op.shape(0);
  const axis = op.axis(op.numbers(1)[0] ?? 0, shape.length + 1);
  return [...shape.slice(0, axis), 1, ...shape.slice(axis)];
};

/** The same elements under another shape, and what they hold. */
const view = (shapeOf: (op: Operation) => Shape | undefined): Rule => ({
  lower(op) {
    const shape = shapeOf(op);
    if (shape !== undefined) return [op.reshape(op.id(0), shape)];
    op.numbers(1);
    return [];
  },
  evaluate(op) {
    const values = op.known(0);
    const shape = shapeOf(op);
    return values === undefined || shape === undefined ? [] : [{ shape, values }];
  },
});

function transposed(op: Operation, perm: readonly number[]): Results {
  return [op.one('transpose', [op.id(0)], { perm: op.axes(perm, op.shape(0).length) })];
}

function concatenated(op: Operation, axis: number): TensorId {
  const rank = op.shape(0).length;
  const first = op.inputs.some((_, i) => op.isFirst(i)) && rank >= 3;
  const at = op.axis(axis, rank);
  if (!first)
    return op.one(
      'concat',
      op.inputs.map((_, i) => op.id(i)),
      { axis: at },
    );
  const ids = op.inputs.map((_, i) => op.first(i));
  return op.one('concat', ids, { axis: at === 0 ? 0 : at === rank - 1 ? 1 : at + 1 });
}

function concatenatedContent(op: Operation, axis: number): Content | undefined {
  const parts = op.inputs.map((_, i) => contentOf(op, i));
  if (!parts.every((part) => part !== undefined) || op.shape(0).length !== 1 || axis > 0) return undefined;
  const values = parts.flatMap((part) => part.values);
  return { shape: [values.length], values };
}

const concat = (axis: (op: Operation) => number, fused: (op: Operation) => number): Rule => ({
  lower: (op) => [op.fused(concatenated(op, axis(op)), fused(op))],
  evaluate: (op) => [concatenatedContent(op, axis(op))],
});

/** Stacked along a new axis. */
const pack: Rule = {
  lower(op) {
    const shape = op.shape(0);
    const axis = op.axis(op.options(OPTIONS.Pack).axis, shape.length + 1);
    const row = [...shape.slice(0, axis), 1, ...shape.slice(axis)];
    const rows = op.inputs.map((_, i) => op.reshape(op.id(i), row));
    return [rows.length === 1 ? rows[0] : op.one('concat', rows, { axis })];
  },
  evaluate(op) {
    const parts = op.inputs.map((_, i) => op.known(i));
    if (op.shape(0).length !== 0 || !parts.every((part) => part !== undefined)) return [];
    const values = parts.flat();
    return [{ shape: [values.length], values }];
  },
};

const unpack: Rule = {
  lower(op) {
    const shape = op.shape(0);
    const axis = op.axis(op.options(OPTIONS.Unpack).axis, shape.length);
    const extent = shape[axis] as number;
    if (extent !== op.outputs.length) {
      op.fail(`makes ${String(op.outputs.length)} parts of an extent of ${String(extent)}`);
    }
    const sizes = op.outputs.map(() => 1);
    const parts = op.add('split', [op.id(0)], { axis, sizes });
    const part = shape.filter((_, other) => other !== axis);
    return parts.map((id) => op.reshape(id, part));
  },
  evaluate(op) {
    const values = op.known(0);
    return values === undefined || op.shape(0).length !== 1
      ? []
      : values.map((value) => ({ shape: [], values: [value] }));
  },
};

function parts(op: Operation, axis: number, sizes: readonly number[]): Results {
  const map = op.map(0);
  return op.add('split', [map.id], { axis: map.axis(axis), sizes });
}

const split: Rule = {
  lower(op) {
    const shape = op.shape(1);
    const axis = op.axis(op.numbers(0)[0] ?? 0, shape.length);
    const count = op.outputs.length;
    const extent = shape[axis] as number;
    if (extent % count !== 0) op.fail(`makes no ${String(count)} parts of ${String(extent)}`);
    return splitInput(
      op,
      1,
      axis,
      Array.from({ length: count }, () => extent / count),
    );
  },
};

function splitInput(op: Operation, index: number, axis: number, sizes: readonly number[]): Results {
  const map = op.map(index);
  return op.add('split', [map.id], { axis: map.axis(axis), sizes });
}

const splitV: Rule = {
  lower(op) {
    const shape = op.shape(0);
    const axis = op.axis(op.numbers(2)[0] ?? 0, shape.length);
    const sizes = op.numbers(1);
    const rest = (shape[axis] as number) - sizes.reduce((all, size) => all + Math.max(0, size), 0);
    return parts(
      op,
      axis,
      sizes.map((size) => (size === -1 ? rest : size)),
    );
  },
};

/** Which entries of each axis are taken. */
interface Taken {
  readonly starts: readonly number[];
  readonly steps: readonly number[];
  readonly sizes: readonly number[];
}

function taken(op: Operation, { starts, steps, sizes }: Taken): TensorId {
  const map = op.map(0);
  const shape = op.shape(0);
  const axes = shape.flatMap((extent, axis) =>
    starts[axis] === 0 && steps[axis] === 1 && sizes[axis] === extent ? [] : [axis],
  );
  const [only] = axes;
  if (axes.length === 0) return op.one('identity', [map.id], {});
  if (axes.length === 1 && only !== undefined && steps[only] === 1 && (sizes[only] as number) > 0) {
    const start = starts[only] as number;
    return op.one('slice', [map.id], {
      axis: map.axis(only),
      start,
      end: start + (sizes[only] as number),
    });
  }
  const of = (list: readonly number[]): readonly number[] => axes.map((axis) => list[axis] as number);
  return op.one('stridedSlice', [map.id], {
    axes: axes.map(map.axis),
    starts: of(starts),
    steps: of(steps),
    sizes: of(sizes),
  });
}

function takenContent(op: Operation, { starts, steps, sizes }: Taken): Content | undefined {
  const content = contentOf(op, 0);
  return (
    content &&
    filled(sizes, (index) =>
      entry(
        content,
        index.map((at, axis) => (starts[axis] as number) + at * (steps[axis] as number)),
      ),
    )
  );
}

const sliced = (op: Operation, starts: readonly number[], sizes: readonly number[]): Taken => ({
  starts,
  steps: op.shape(0).map(() => 1),
  sizes: op.shape(0).map((extent, axis) => {
    const size = sizes[axis] ?? extent;
    return size === -1 ? extent - (starts[axis] ?? 0) : size;
  }),
});

const slice: Rule = {
  lower: (op) => [taken(op, sliced(op, startsOf(op), op.numbers(2)))],
  evaluate(op) {
    const [starts, sizes] = [op.known(1), op.known(2)];
    return starts === undefined || sizes === undefined ? [] : [takenContent(op, sliced(op, starts, sizes))];
  },
};

/** Where a slice starts does not change what it costs, as long as it is inside. */
const startsOf = (op: Operation): readonly number[] => op.known(1) ?? op.shape(0).map(() => 0);

/** How a strided slice takes each axis, and the shape of the result: axes are added and dropped by masks. */
function strided(op: Operation): { readonly taken: Taken; readonly shape: Shape } {
  const o = op.options(OPTIONS.StridedSlice);
  const shape = op.shape(0);
  const [begins, ends, steps] = [op.numbers(1), op.numbers(2), op.numbers(3)];
  const bit = (mask: number, i: number): boolean => ((mask >> i) & 1) === 1;
  const consuming = begins.filter((_, i) => !bit(o.newAxisMask, i) && !bit(o.ellipsisMask, i)).length;
  const result: number[] = [];
  const all: { start: number; step: number; size: number }[] = [];
  const whole = (): void => {
    const extent = shape[all.length] as number;
    all.push({ start: 0, step: 1, size: extent });
    result.push(extent);
  };
  for (let i = 0; i < begins.length; i++) {
    if (bit(o.ellipsisMask, i)) {
      for (let rest = shape.length - consuming; rest > 0; rest--) whole();
      continue;
    }
    if (bit(o.newAxisMask, i)) {
      result.push(1);
      continue;
    }
    const extent = shape[all.length];
    const step = steps[i] as number;
    if (extent === undefined || step === 0)
      return op.fail('takes an axis that does not exist, or in steps of 0');
    const counted = (at: number): number => {
      const front = at < 0 ? at + extent : at;
      return step > 0 ? Math.min(Math.max(front, 0), extent) : Math.min(Math.max(front, -1), extent - 1);
    };
    const begin = begins[i] as number;
    const start = bit(o.beginMask, i) ? (step > 0 ? 0 : extent - 1) : counted(begin);
    if (bit(o.shrinkMask, i)) {
      all.push({ start, step: 1, size: 1 });
      continue;
    }
    const end = (ends[i] as number) + (o.offset ? begin : 0);
    const stop = bit(o.endMask, i) ? (step > 0 ? extent : -1) : counted(end);
    const size = Math.max(0, Math.ceil((stop - start) / step));
    all.push({ start: size === 0 ? 0 : start, step, size });
    result.push(size);
  }
  while (all.length < shape.length) whole();
  return {
    taken: {
      starts: all.map(({ start }) => start),
      steps: all.map(({ step }) => step),
      sizes: all.map(({ size }) => size),
    },
    shape: result,
  };
}

const stridedSlice: Rule = {
  lower(op) {
    const { taken: entries, shape } = strided(op);
    if (shape.join() === entries.sizes.join()) return [taken(op, entries)];
    const axes = op.shape(0).map((_, axis) => axis);
    const part = op.one('stridedSlice', [op.id(0)], { axes, ...entries });
    return [op.reshape(part, shape)];
  },
  evaluate(op) {
    if (op.known(0) === undefined || [1, 2, 3].some((i) => op.known(i) === undefined)) return [];
    const { taken: entries, shape } = strided(op);
    const content = takenContent(op, entries);
    return [content && { shape, values: content.values }];
  },
};

const pad =
  (mode: (op: Operation) => 'constant' | 'reflect') =>
  (op: Operation): Results => {
    const rank = op.shape(0).length;
    const borders = op.numbers(1);
    if (borders.length !== 2 * rank)
      op.fail(`has ${String(borders.length)} borders for ${String(rank)} axes`);
    const map = op.map(0);
    const begin = new Array<number>(rank);
    const end = new Array<number>(rank);
    for (let axis = 0; axis < rank; axis++) {
      begin[map.axis(axis)] = borders[2 * axis] as number;
      end[map.axis(axis)] = borders[2 * axis + 1] as number;
    }
    return [op.one('pad', [map.id], { begin, end, mode: mode(op), value: 0 })];
  };

const gather: Rule = {
  lower(op) {
    const { axis: stated, batchDims } = op.options(OPTIONS.Gather);
    const [data, indices] = [op.shape(0), op.shape(1)];
    const axis = op.axis(stated, data.length);
    if (batchDims === 0) {
      const table = op.isConstant(0) && data.length > 1 ? op.learned(0, 'embedding') : op.id(0);
      return [op.one('gather', [table, op.id(1)], { axis })];
    }
    const batch = op.axis(batchDims, indices.length + 1);
    return op.moved([[...data.slice(0, axis), ...indices.slice(batch), ...data.slice(axis + 1)]], [0, 1]);
  },
  evaluate(op) {
    const [data, indices] = [contentOf(op, 0), contentOf(op, 1)];
    const { axis } = op.options(OPTIONS.Gather);
    if (data?.shape.length !== 1 || indices === undefined || axis > 0) return [];
    return [{ shape: indices.shape, values: indices.values.map((at) => data.values[at] ?? Number.NaN) }];
  },
};

const tile: Rule = {
  lower(op) {
    const times = op.numbers(1);
    return op.moved([op.shape(0).map((extent, axis) => extent * (times[axis] ?? 1))]);
  },
};

function expanded(op: Operation, shape: Shape): Results {
  return [op.one('expand', [op.id(0)], { shape })];
}

const broadcastTo: Rule = {
  lower: (op) => expanded(op, op.numbers(1)),
  evaluate(op) {
    const [content, shape] = [contentOf(op, 0), op.known(1)];
    return content === undefined || shape === undefined
      ? []
      : [filled(shape, (index) => entry(content, index))];
  },
};

const sameShape: Rule = {
  lower: (op) =>
    op.moved(
      [op.shape(0)],
      op.inputs.flatMap((value, i) => (value === undefined ? [] : [i])),
    ),
};

/** What an operator gives is what the file states. */
const asStated: Rule = { lower: (op) => op.stated() };

const reshape = view((op) => newShape(op) ?? fixedOutput(op));

export const MOVE: Rules = {
  RESHAPE: reshape,
  STABLEHLO_RESHAPE: view(fixedOutput),
  SQUEEZE: view(withoutAxes),
  EXPAND_DIMS: view(withAxis),
  BITCAST: asStated,
  TRANSPOSE: { lower: (op) => transposed(op, op.numbers(1)) },
  STABLEHLO_TRANSPOSE: { lower: (op) => transposed(op, op.options(OPTIONS.StablehloTranspose).permutation) },
  CONCATENATION: concat(
    (op) => op.options(OPTIONS.Concatenation).axis,
    (op) => op.options(OPTIONS.Concatenation).fused,
  ),
  STABLEHLO_CONCATENATE: concat(
    (op) => op.options(OPTIONS.StablehloConcatenate).dimension,
    () => 0,
  ),
  PACK: pack,
  UNPACK: unpack,
  SPLIT: split,
  SPLIT_V: splitV,
  SLICE: slice,
  STABLEHLO_SLICE: {
    lower(op) {
      const { starts, limits, strides } = op.options(OPTIONS.StablehloSlice);
      const sizes = starts.map((start, axis) =>
        Math.max(0, Math.ceil(((limits[axis] ?? 0) - start) / (strides[axis] ?? 1))),
      );
      return [taken(op, { starts, steps: strides, sizes })];
    },
  },
  STABLEHLO_DYNAMIC_SLICE: {
    lower: (op) => [
      taken(
        op,
        sliced(
          op,
          op.shape(0).map(() => 0),
          op.options(OPTIONS.StablehloDynamicSlice).sizes,
        ),
      ),
    ],
  },
  STRIDED_SLICE: stridedSlice,
  PAD: { lower: pad(() => 'constant') },
  PADV2: { lower: pad(() => 'constant') },
  MIRROR_PAD: { lower: pad(() => 'reflect') },
  STABLEHLO_PAD: {
    lower(op) {
      const { low, high, interior } = op.options(OPTIONS.StablehloPad);
      return op.moved([
        op.shape(0).map((extent, axis) => {
          const between = Math.max(0, extent - 1) * (interior[axis] ?? 0);
          return extent + between + (low[axis] ?? 0) + (high[axis] ?? 0);
        }),
      ]);
    },
  },
  DILATE: {
    lower(op) {
      const dilations = op.numbers(1);
      return op.moved([
        op.shape(0).map((extent, axis) => (extent === 0 ? 0 : (extent - 1) * (dilations[axis] ?? 1) + 1)),
      ]);
    },
  },
  GATHER: gather,
  GATHER_ND: { lower: (op) => [op.one('gatherND', [op.id(0), op.id(1)], { batchDims: 0 })] },
  EMBEDDING_LOOKUP: {
    lower: (op) => [op.one('gather', [op.learned(1, 'embedding'), op.id(0)], { axis: 0 })],
  },
  TILE: tile,
  BROADCAST_TO: broadcastTo,
  STABLEHLO_BROADCAST_IN_DIM: asStated,
  STABLEHLO_GATHER: asStated,
  REVERSE_V2: sameShape,
  REVERSE_SEQUENCE: sameShape,
  DYNAMIC_UPDATE_SLICE: sameShape,
  STABLEHLO_DYNAMIC_UPDATE_SLICE: sameShape,
  MATRIX_SET_DIAG: sameShape,
  MATRIX_DIAG: { lower: (op) => op.moved([[...op.shape(0), op.shape(0).at(-1) ?? 1]]) },
  SCATTER_ND: { lower: (op) => op.moved([op.numbers(2)], [0, 1]) },
  SPARSE_TO_DENSE: { lower: (op) => op.moved([op.numbers(1)], [0, 2]) },
  ONE_HOT: {
    lower(op) {
      const shape = op.shape(0);
      const stated = op.options(OPTIONS.OneHot).axis;
      const axis = stated === -1 ? shape.length : op.axis(stated, shape.length + 1);
      const depth = op.numbers(1)[0] ?? 0;
      return op.moved([[...shape.slice(0, axis), depth, ...shape.slice(axis)]]);
    },
  },
  DENSIFY: { lower: (op) => op.moved([op.shape(0)]) },
  REAL: sameShape,
  IMAG: sameShape,
  BROADCAST_ARGS: {
    lower: (op) => op.moved([[Math.max(op.shape(0)[0] ?? 0, op.shape(1)[0] ?? 0)]], [0, 1]),
    evaluate(op) {
      const [a, b] = [op.known(0), op.known(1)];
      const shape = a && b && broadcastShape([a, b]);
      return shape === undefined ? [] : [{ shape: [shape.length], values: shape }];
    },
  },
  READ_VARIABLE: asStated,
  HASHTABLE_SIZE: asStated,
  STABLEHLO_IOTA: asStated,
  HASHTABLE_FIND: { lower: (op) => op.moved([op.shape(1)], [1]) },
};
