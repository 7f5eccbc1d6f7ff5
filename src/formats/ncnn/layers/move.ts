import type { TensorId } from '../../../graph/graph.ts';
import { formatShape, type Shape } from '../../../ops/spec.ts';
import { elements } from '../../../units.ts';
import { Unknown, type Lowering, type Rule } from '../lower.ts';
import type { Params } from '../params.ts';

/** What parameters say for "as it is" or "what is left". */
const REST = -233;

/** Data copied or put elsewhere, with no arithmetic. */
const moved = (on: Lowering, op: string, tensors: readonly TensorId[], dims: Shape): readonly TensorId[] => [
  on.add('rearrange', tensors, {
    op,
    outputs: [{ dtype: on.typeOf(on.input()).dtype, shape: [on.batch, ...dims] }],
  }),
];

const concat: Rule = (on, params) => [on.concat(on.inputs, on.axis(params.int(0, 0), on.shape(0).length))];

const slice: Rule = (on, params) => {
  const dims = on.shape(0);
  const axis = on.axis(params.int(1, 0), dims.length);
  const length = dims[axis] as number;
  const [sizes, indices] = [params.list(0), params.list(2)];
  const parts: number[] = [];
  let start = 0;
  for (let i = 0; i < on.outputCount; i++) {
    const index = indices[i] ?? length;
    const stated = sizes[i] ?? REST;
    const size =
      indices.length > 0
        ? (i === on.outputCount - 1 ? length : index < 0 ? length + index : index) - start
        : stated === REST
          ? Math.floor((length - start) / (on.outputCount - i))
          : stated;
    if (size < 1 || start + size > length) {
      on.fail(
        `part ${String(i + 1)} of ${String(size)} entries from ${String(start)} does not lie in ${formatShape(dims)}`,
        `give parts that add up to the ${String(length)} entries of axis ${String(axis)}`,
      );
    }
    parts.push(size);
    start += size;
  }
  // What is left over is a part that nothing reads.
  const split = start < length ? [...parts, length - start] : parts;
  const results = on.builder.addAll('split', [on.input()], { axis: axis + 1, sizes: split });
  return results.slice(0, on.outputCount);
};

/** The part of a blob from `offsets` with these extents. */
function part(on: Lowering, offsets: readonly number[], sizes: Shape): readonly TensorId[] {
  const dims = on.shape(0);
  const axes = dims.flatMap((extent, axis) => (sizes[axis] === extent ? [] : [axis]));
  const wrong = axes.find((axis) => {
    const [from = 0, size = 0] = [offsets[axis], sizes[axis]];
    return from < 0 || size < 1 || from + size > (dims[axis] as number);
  });
  if (wrong !== undefined) {
    on.fail(
      `${String(sizes[wrong])} entries of axis ${String(wrong)} from ${String(offsets[wrong])} do not lie in ${formatShape(dims)}`,
      'take a part that lies inside the blob',
    );
  }
  const [axis] = axes;
  if (axis === undefined) return [on.input()];
  const [start, size] = [offsets[axis] as number, sizes[axis] as number];
  if (axes.length === 1) return [on.add('slice', [on.input()], { axis: axis + 1, start, end: start + size })];
  return [
    on.add('stridedSlice', [on.input()], {
      axes: axes.map((each) => each + 1),
      starts: axes.map((each) => offsets[each] as number),
      steps: axes.map(() => 1),
      sizes: axes.map((each) => sizes[each] as number),
    }),
  ];
}

/** Ids along channels, depth, height and width, for blobs of this rank. */
const ofRank = (rank: number, [c, d, h, w]: readonly [number, number, number, number]): readonly number[] =>
  rank === 4 ? [c, d, h, w] : [c, h, w].slice(-rank);

const crop: Rule = (on, params) => {
  if ([19, 20, 21].some((id) => params.text(id) !== undefined)) {
    return new Unknown('its extents are an expression');
  }
  const dims = on.shape(0);
  const [starts, ends] = [params.list(9), params.list(10)];
  if (starts.length > 0 && ends.length > 0) return cropNumpy(on, params, starts, ends);
  const of = (ids: readonly [number, number, number, number]): readonly number[] =>
    ofRank(dims.length, ids).map((id) => params.int(id, 0));
  const offsets = of([2, 13, 1, 0]);
  if (offsets.at(-1) === REST) return new Unknown('its extents are the content of an input');
  const [sizes, behind] = [of([5, 14, 4, 3]), of([8, 15, 7, 6])];
  if ([...sizes, ...behind].every((each) => each === 0)) {
    const like = on.shape(1);
    const whole = like.length < dims.length ? [dims[0] as number, ...like.slice(-dims.length + 1)] : like;
    return part(on, offsets, whole.slice(-dims.length));
  }
  return part(
    on,
    offsets,
    dims.map((extent, axis) => {
      const left = extent - (offsets[axis] as number) - (behind[axis] as number);
      return sizes[axis] === REST ? left : Math.min(sizes[axis] as number, left);
    }),
  );
};

function cropNumpy(
  on: Lowering,
  params: Params,
  starts: readonly number[],
  ends: readonly number[],
): readonly TensorId[] {
  const dims = on.shape(0);
  const stated = params.list(11);
  const axes = stated.length > 0 ? stated.map((axis) => on.axis(axis, dims.length)) : [...dims.keys()];
  const [offsets, sizes] = [dims.map(() => 0), [...dims]];
  for (const [i, axis] of axes.entries()) {
    const extent = dims[axis] as number;
    const [start = REST, end = REST] = [starts[i], ends[i]];
    const from = start === REST ? 0 : start >= 0 ? start : extent + start;
    const to = end === REST ? extent : end > 0 ? end : extent + end;
    offsets[axis] = from;
    sizes[axis] = Math.min(extent, to) - from;
  }
  return part(on, offsets, sizes);
}

/** The i-th order of the axes, all orders sorted: what Permute's parameter counts. */
function orderOf(rank: number, index: number): readonly number[] | undefined {
  let rest = index;
  const left = Array.from({ length: rank }, (_, axis) => axis);
  const order: number[] = [];
  for (let n = rank; n > 0; n--) {
    const below = factorial(n - 1);
    const [axis] = left.splice(Math.floor(rest / below), 1);
    if (axis === undefined) return undefined;
    order.push(axis);
    rest %= below;
  }
  return order;
}

const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));

const permute: Rule = (on, params) => {
  const { length } = on.shape(0);
  const type = params.int(0, 0);
  const order = length === 1 ? [0] : type < 0 ? undefined : orderOf(length, type);
  if (order === undefined) {
    return on.fail(
      `there is no order ${String(type)} of ${String(length)} dimensions`,
      `give a number from 0 to ${String(factorial(length) - 1)}`,
    );
  }
  if (order.every((axis, i) => axis === i)) return [on.input()];
  return [on.add('transpose', [on.input()], { perm: [0, ...order.map((axis) => axis + 1)] })];
};

/** A reshape by an expression of input extents is not evaluated. */
const reshape: Rule = (on, params) => {
  if (params.text(6) !== undefined) return new Unknown('its shape is an expression');
  if ([12, 13].some((id) => params.int(id, 233) !== 233)) return new Unknown('it moves the batch');
  const [w, h, c, d] = [0, 1, 2, 11].map((id) => params.int(id, REST)) as [number, number, number, number];
  if (w === REST) return [on.input()];
  const stated = h === REST ? [w] : c === REST ? [h, w] : d === REST ? [c, h, w] : [c, d, h, w];
  const dims = on.shape(0);
  const whole = { w: dims.at(-1), h: dims.at(-2) ?? 1, d: dims.length === 4 ? dims[1] : 1 };
  const kept = [dims.length > 2 ? (dims[0] ?? 1) : 1, whole.d ?? 1, whole.h, whole.w ?? 1];
  const from = stated.length === 4 ? kept : [kept[0], kept[2], kept[3]].slice(-stated.length);
  const shape = stated.map((extent, axis) => (extent === 0 ? (from[axis] as number) : extent));
  const total = elements(dims);
  const open = shape.indexOf(-1);
  const known = shape.reduce((product, extent) => (extent === -1 ? product : product * extent), 1);
  if (open >= 0) shape[open] = Math.floor(total / known);
  if (shape.some((extent) => !(extent > 0)) || elements(shape) !== total) {
    return on.fail(
      `makes ${formatShape(stated)} of ${formatShape(dims)}, which has ${String(total)} elements`,
      'give a shape with as many elements, -1 once for what is left',
    );
  }
  return [on.reshape(on.input(), shape)];
};

const flatten: Rule = (on) => [on.flat(on.input())];

const squeeze: Rule = (on, params) => {
  const dims = on.shape(0);
  const stated = params.list(3).map((axis) => on.axis(axis, dims.length));
  const asked = ofRank(dims.length, [2, 11, 1, 0]).map((id) => params.flag(id));
  const gone = (axis: number): boolean =>
    dims[axis] === 1 && (stated.length > 0 ? stated.includes(axis) : asked[axis] === true);
  const left = dims.filter((_, axis) => !gone(axis));
  return [on.reshape(on.input(), left.length === 0 ? [1] : left)];
};

const expandDims: Rule = (on, params) => {
  const dims = [...on.shape(0)];
  const rank = dims.length + params.list(3).length;
  if (rank > 4) on.fail(`makes ${String(rank)} dimensions`, 'ncnn has blobs of up to 4');
  const axes = params.list(3).map((axis) => on.axis(axis, rank));
  for (const axis of axes.sort((a, b) => a - b)) dims.splice(axis, 0, 1);
  return [on.reshape(on.input(), dims)];
};

/** More copies than this are not written out one by one. */
const MOST_COPIES = 64;

const tile: Rule = (on, params) => {
  const dims = on.shape(0);
  const repeats = params.list(2);
  const rank = Math.max(dims.length, repeats.length);
  const counts: number[] = Array.from({ length: rank }, () => 1);
  if (repeats.length > 0) repeats.forEach((count, i) => (counts[rank - repeats.length + i] = count));
  else counts[on.axis(params.int(0, 0), rank)] = params.int(1, 1);
  const bad = counts.find((count) => count < 1);
  if (bad !== undefined) on.fail(`repeats ${String(bad)} times`, 'repeat at least once');
  const from = [...Array.from({ length: rank - dims.length }, () => 1), ...dims];
  const x = on.reshape(on.input(), from);
  const shape = from.map((extent, axis) => extent * (counts[axis] as number));
  if (counts.every((count) => count === 1)) return [x];
  if (from.every((extent, axis) => extent === 1 || counts[axis] === 1)) {
    return [on.add('expand', [x], { shape: [on.batch, ...shape] })];
  }
  if (counts.some((count) => count > MOST_COPIES)) return moved(on, 'Tile', [x], shape);
  return [
    counts.reduce<TensorId>(
      (result, count, axis) =>
        count === 1
          ? result
          : on.concat(
              Array.from({ length: count }, (): TensorId => result),
              axis,
            ),
      x,
    ),
  ];
};

const MODES = ['constant', 'edge', 'reflect'] as const;

const padding: Rule = (on, params) => {
  const dims = on.shape(0);
  const mode = MODES[params.int(4, 0)];
  if (mode === undefined) return new Unknown(`there is no kind ${String(params.int(4, 0))} of padding`);
  const [top, bottom, left, right, front, behind] = [0, 1, 2, 3, 7, 8].map((id) =>
    params.count(id, 0, 0),
  ) as [number, number, number, number, number, number];
  // Front and behind are channels of a map, and the depth where there is one.
  const channels = dims.length === 4 ? ([0, 0] as const) : ([front, behind] as const);
  const [begins, ends] = [
    [channels[0], front, top, left],
    [channels[1], behind, bottom, right],
  ] as const;
  const along = (of: readonly number[]): readonly number[] =>
    dims.length === 4 ? of : [of[0], of[2], of[3]].slice(-dims.length).map((each) => each as number);
  if ([...begins, ...ends].every((each) => each === 0)) return [on.input()];
  return [
    on.add('pad', [on.input()], {
      begin: [0, ...along(begins)],
      end: [0, ...along(ends)],
      mode,
      value: params.number(5) ?? 0,
    }),
  ];
};

const pixelShuffle: Rule = (on, params) => [
  on.add('reorg', [on.input()], { block: params.count(0, 1), inverse: true, order: 'reorg3d' }),
];

const reorg: Rule = (on, params) => [
  on.add('reorg', [on.input()], { block: params.count(0, 1), inverse: false, order: 'reorg3d' }),
];

const shuffleChannel: Rule = (on, params) => {
  const groups = params.count(0, 1);
  const [channels = 1] = on.shape(0, 3);
  const turns = params.flag(1) ? channels / groups : groups;
  if (channels % groups !== 0) {
    on.fail(
      `${String(groups)} groups do not divide ${String(channels)} channels`,
      'choose a number of groups that divides them',
    );
  }
  return [on.add('channelShuffle', [on.input()], { groups: turns })];
};

const RESIZES = [undefined, 'nearest', 'linear', 'cubic'] as const;

const interp: Rule = (on, params) => {
  if (params.text(9) !== undefined) return new Unknown('its extents are an expression');
  const type = params.int(0, 0);
  const mode = RESIZES[type];
  if (mode === undefined) {
    return on.fail(
      `interpolates in no way (${String(type)})`,
      'write 0=1 nearest, 0=2 bilinear or 0=3 bicubic',
    );
  }
  const dims = on.shape(0, 1, 2, 3);
  const [h = 1, w = 1] = dims.length === 1 ? [] : dims.length === 2 ? [1, dims[1]] : dims.slice(1);
  const [height, width] = targetOf(on, params, h, w);
  if (height < 1 || width < 1) {
    on.fail(
      `makes a map of ${String(height)}x${String(width)}`,
      'give extents or scales that leave something',
    );
  }
  const x = on.input();
  if (dims.length === 1) {
    const map = on.reshape(x, [dims[0] as number, 1, 1]);
    return [on.add('expand', [map], { shape: [on.batch, dims[0] as number, height, width] })];
  }
  return [on.add('resize', [x], { size: dims.length === 2 ? [width] : [height, width], mode })];
};

/** Height and width that an interpolation gives. */
function targetOf(on: Lowering, params: Params, h: number, w: number): readonly [number, number] {
  if (params.flag(5)) {
    const like = on.shape(1);
    return [like.length > 1 ? (like.at(-2) as number) : 1, like.at(-1) as number];
  }
  const [height, width] = [params.int(3, 0), params.int(4, 0)];
  if (height !== 0 && width !== 0) return [height, width];
  const scaled = (extent: number, id: number): number =>
    Math.trunc(Math.fround(extent * Math.fround(params.float(id, 1))));
  return [scaled(h, 1), scaled(w, 2)];
}

const flip: Rule = (on, params) => {
  const dims = on.shape(0);
  const axes = [...new Set(params.list(0).map((axis) => on.axis(axis, dims.length)))];
  if (axes.length === 0) return [on.input()];
  return [
    on.add('stridedSlice', [on.input()], {
      axes: axes.map((axis) => axis + 1),
      starts: axes.map((axis) => (dims[axis] as number) - 1),
      steps: axes.map(() => -1),
      sizes: axes.map((axis) => dims[axis] as number),
    }),
  ];
};

const diag: Rule = (on, params) => {
  const dims = on.shape(0, 1, 2);
  const diagonal = params.int(0, 0);
  const [first = 1, second] = dims;
  if (second === undefined) {
    const edge = first + Math.abs(diagonal);
    return moved(on, 'Diag', [on.input()], [edge, edge]);
  }
  const length = Math.min(first, second, diagonal < 0 ? first + diagonal : second - diagonal);
  if (length < 1)
    on.fail(`diagonal ${String(diagonal)} lies outside ${formatShape(dims)}`, 'take one inside');
  return moved(on, 'Diag', [on.input()], [length]);
};

/** Every window as a column: ncnn's im2col. */
const unfold: Rule = (on, params) => {
  const [channels = 1, h = 1, w = 1] = on.shape(0, 3);
  const kernel = params.count(1, 0);
  const along = (extent: number, k: number, d: number, s: number, before: number, after: number): number => {
    const span = extent + before + after - d * (k - 1) - 1;
    return span < 0 ? 0 : Math.floor(span / s) + 1;
  };
  const [dilation, stride, left] = [params.count(2, 1), params.count(3, 1), params.int(4, 0)];
  const top = params.int(14, left);
  const [right, bottom] = [params.int(15, left), params.int(16, top)];
  if (Math.min(left, right, top, bottom) < 0) return new Unknown('its padding depends on the map');
  const kernelH = params.count(11, kernel);
  const places =
    along(h, kernelH, params.count(12, dilation), params.count(13, stride), top, bottom) *
    along(w, kernel, dilation, stride, left, right);
  if (places < 1)
    on.fail(`no window fits ${String(h)}x${String(w)}`, 'use a smaller kernel, or more padding');
  return moved(on, 'Unfold', [on.input()], [channels * kernelH * kernel, places]);
};

/** Overlapping windows added up. */
const fold: Rule = (on, params) => {
  const kernel = params.count(1, 0);
  const [rows = 1] = on.shape(0, 2);
  const width = params.count(20, 0);
  const channels = Math.floor(rows / (kernel * params.count(11, kernel)));
  return new Unknown('how many windows overlap is not counted', [[channels, params.count(21, width), width]]);
};

const copyTo: Rule = (on) => moved(on, 'CopyTo', [on.input(0), on.input(1)], on.shape(0));

const deepCopy: Rule = (on) => moved(on, 'DeepCopy', [on.input()], on.shape(0));

export const MOVEMENT: Readonly<Record<string, Rule>> = {
  Concat: concat,
  CopyTo: copyTo,
  Crop: crop,
  DeepCopy: deepCopy,
  Diag: diag,
  ExpandDims: expandDims,
  Flatten: flatten,
  Flip: flip,
  Fold: fold,
  Interp: interp,
  Padding: padding,
  Permute: permute,
  PixelShuffle: pixelShuffle,
  Reorg: reorg,
  Reshape: reshape,
  ShuffleChannel: shuffleChannel,
  Slice: slice,
  Squeeze: squeeze,
  Tile: tile,
  Unfold: unfold,
};
