import type { Graph, OpNode, TensorId } from '../../../src/graph/graph.ts';
import type { ActivationFunction } from '../../../src/ops/activation.ts';
import type { OpKind } from '../../../src/ops/registry.ts';
import type { SlidingWindow } from '../../../src/ops/window.ts';
import type { Values } from './runtime.ts';

/*
 * What every operator computes, element by element from its definition, in float64: the oracle of the ONNX
 * writer. Nothing here is fast, and nothing comes from src but types and shapes.
 */

type Index = readonly number[];

/** Calls `visit` with every index into a shape, in row-major order. */
function each(shape: readonly number[], visit: (index: Index) => void): void {
  const index = shape.map(() => 0);
  const total = shape.reduce((product, extent) => product * extent, 1);
  for (let n = 0; n < total; n++) {
    visit([...index]);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]! += 1;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
}

const offset = (shape: readonly number[], index: Index): number =>
  index.reduce((at, i, axis) => at * shape[axis]! + i, 0);

const inside = (shape: readonly number[], index: Index): boolean =>
  index.every((i, axis) => i >= 0 && i < shape[axis]!);

const at = ({ shape, data }: Values, ...index: Index): number => data[offset(shape, index)]!;

/** A tensor whose element at `index` is `f(index)`. */
function tensor(shape: readonly number[], f: (index: Index) => number): Values {
  const data: number[] = [];
  each(shape, (index) => data.push(f(index)));
  return { shape, data };
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

/** Error function: the integral of its derivative by Simpson's rule; beyond 6 it is 1 to all digits. */
function erf(x: number): number {
  const [end, steps] = [clamp(x, -6, 6), 400];
  const f = (i: number): number => Math.exp(-(((i / steps) * end) ** 2));
  let total = f(0) + f(steps);
  for (let i = 1; i < steps; i++) total += (i % 2 === 0 ? 2 : 4) * f(i);
  return (2 / Math.sqrt(Math.PI)) * (end / steps / 3) * total;
}

/** Functions of one number; Darknet's where Darknet has them. */
const ACTIVATIONS: Readonly<
  Record<Exclude<ActivationFunction, 'prelu' | 'normalizeChannels'>, (x: number) => number>
> = {
  relu: (x) => Math.max(x, 0),
  relu6: (x) => clamp(x, 0, 6),
  leaky: (x) => (x > 0 ? x : 0.1 * x),
  logistic: sigmoid,
  swish: (x) => x * sigmoid(x),
  mish: (x) => x * Math.tanh(Math.log1p(Math.exp(x))),
  hardSwish: (x) => (x * clamp(x + 3, 0, 6)) / 6,
  hardSigmoid: (x) => clamp(x / 6 + 0.5, 0, 1),
  hardMish: (x) => (x > 0 ? x : x > -2 ? (x * x) / 2 + x : 0),
  tanh: Math.tanh,
  hardTanh: (x) => clamp(x, -1, 1),
  elu: (x) => (x >= 0 ? x : Math.exp(x) - 1),
  selu: (x) => 1.0507009873554805 * (x >= 0 ? x : 1.6732632423543772 * (Math.exp(x) - 1)),
  gelu: (x) => (x / 2) * (1 + erf(x / Math.SQRT2)),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  loggy: (x) => 2 / (1 + Math.exp(-x)) - 1,
  plse: (x) => (x < -4 ? 0.01 * (x + 4) : x > 4 ? 0.01 * (x - 4) + 1 : 0.125 * x + 0.5),
  ramp: (x) => (x > 0 ? x : 0) + 0.1 * x,
  relie: (x) => (x > 0 ? x : 0.01 * x),
  lhtan: (x) => (x < 0 ? 0.001 * x : x > 1 ? 0.001 * (x - 1) + 1 : x),
  stair: (x) => {
    const n = Math.floor(x);
    return n % 2 === 0 ? Math.floor(x / 2) : x - n + Math.floor(x / 2);
  },
};

/** Every tap of a window at an output position: where it reads, per axis. */
function taps(
  { kernel, stride, dilation, padding }: SlidingWindow,
  position: Index,
  visit: (tap: Index, from: Index) => void,
) {
  each(kernel, (tap) => {
    visit(
      tap,
      tap.map((t, axis) => position[axis]! * stride[axis]! + t * dilation[axis]! - padding.begin[axis]!),
    );
  });
}

/** What the window of one channel holds at a position; taps in the padding are left out. */
function windowed(x: Values, window: SlidingWindow, [batch, channel, ...position]: Index): number[] {
  const values: number[] = [];
  taps(window, position, (_, from) => {
    if (inside(x.shape.slice(2), from)) values.push(at(x, batch!, channel!, ...from));
  });
  return values;
}

function convolve(
  x: Values,
  weight: Values,
  window: SlidingWindow,
  groups: number,
  shape: readonly number[],
): Values {
  const inside_ = x.shape[1]! / groups;
  const outside = shape[1]! / groups;
  return tensor(shape, ([batch, channel, ...position]) => {
    let total = 0;
    taps(window, position, (tap, from) => {
      if (!inside(x.shape.slice(2), from)) return;
      const group = Math.floor(channel! / outside);
      for (let c = 0; c < inside_; c++) {
        total += at(x, batch!, group * inside_ + c, ...from) * at(weight, channel!, c, ...tap);
      }
    });
    return total;
  });
}

/** Adds every input element, spread by the kernel, to the positions of the result that it reaches. */
function convolveTransposed(
  x: Values,
  weight: Values,
  window: SlidingWindow,
  groups: number,
  shape: readonly number[],
): Values {
  const data = new Float64Array(shape.reduce((product, extent) => product * extent, 1));
  const outside = shape[1]! / groups;
  each(x.shape, ([batch, channel, ...position]) => {
    const group = Math.floor(channel! / (x.shape[1]! / groups));
    taps(window, position, (tap, to) => {
      if (!inside(shape.slice(2), to)) return;
      for (let c = 0; c < outside; c++) {
        data[offset(shape, [batch!, group * outside + c, ...to])]! +=
          at(x, batch!, channel!, ...position) * at(weight, channel!, c, ...tap);
      }
    });
  });
  return { shape, data };
}

const plusBias = (x: Values, bias: Values | undefined): Values =>
  bias === undefined ? x : tensor(x.shape, (index) => at(x, ...index) + at(bias, index[1]!));

/** The part of a map that a shortcut adds at an index of the target, or 0. */
function shortcut(x: Values, target: readonly number[], index: Index): number {
  const from = index.map((i, axis) => {
    const [a, b] = [x.shape[axis]!, target[axis]!];
    if (axis < 2) return i;
    // A larger map is sampled, a smaller one is spread out.
    if (a >= b) return i * Math.floor(a / b);
    const spread = Math.floor(b / a);
    return i % spread === 0 ? i / spread : -1;
  });
  return inside(x.shape, from) ? at(x, ...from) : 0;
}

/** The numbers of each anchor, changed by their place among `numbers`. */
function anchors(
  x: Values,
  numbers: number,
  change: (place: number, x: number, box: Index) => number,
): Values {
  return tensor(x.shape, (index) => change(index[1]! % numbers, at(x, ...index), index));
}

function softmaxOver(x: Values, index: Index, axis: number, from: number, to: number): number {
  const others: number[] = [];
  for (let i = from; i < to; i++) others.push(at(x, ...index.map((each_, a) => (a === axis ? i : each_))));
  const max = Math.max(...others);
  return Math.exp(at(x, ...index) - max) / others.reduce((total, other) => total + Math.exp(other - max), 0);
}

/** Value of a position between elements, 0 beyond the border. */
function bilinear(x: Values, batch: number, channel: number, row: number, column: number): number {
  const [top, left] = [Math.floor(row), Math.floor(column)];
  let total = 0;
  for (const [r, c] of [
    [top, left],
    [top, left + 1],
    [top + 1, left],
    [top + 1, left + 1],
  ] as const) {
    if (!inside(x.shape.slice(2), [r, c])) continue;
    total += (1 - Math.abs(row - r)) * (1 - Math.abs(column - c)) * at(x, batch, channel, r, c);
  }
  return total;
}

type Evaluate<K extends OpKind> = (
  node: OpNode<K>,
  inputs: readonly Values[],
  params: readonly Values[],
  shape: readonly number[],
  output: number,
) => Values;

/** Mean and deviation of the elements for which `same` holds, put into the place of each. */
function standardize(x: Values, same: (a: Index, b: Index) => boolean): Values {
  return tensor(x.shape, (index) => {
    const group: number[] = [];
    each(x.shape, (other) => {
      if (same(index, other)) group.push(at(x, ...other));
    });
    const mean = group.reduce((a, b) => a + b, 0) / group.length;
    const variance = group.reduce((a, b) => a + (b - mean) ** 2, 0) / group.length;
    return (at(x, ...index) - mean) / Math.sqrt(variance + 1e-5);
  });
}

const ELEMENTWISE: Partial<Record<string, (...operands: number[]) => number>> = {
  abs: Math.abs,
  add: (...operands) => operands.reduce((a, b) => a + b),
  subtract: (a, b) => a - b,
  mul: (...operands) => operands.reduce((a, b) => a * b),
  divide: (a, b) => a / b,
  power: (a, b) => a ** b,
  maximum: Math.max,
  minimum: Math.min,
  mean: (...operands) => operands.reduce((a, b) => a + b) / operands.length,
  clip: (x, low, high) => clamp(x, low, high),
  floor: Math.floor,
  ceil: Math.ceil,
  negate: (x) => -x,
  sign: Math.sign,
  reciprocal: (x) => 1 / x,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  sin: Math.sin,
  cos: Math.cos,
  atan: Math.atan,
  sinh: Math.sinh,
  erf,
  celu: (x) => Math.max(0, x) + Math.min(0, Math.exp(x) - 1),
  softsign: (x) => x / (1 + Math.abs(x)),
  shrink: (x) => (x < -0.5 ? x : x > 0.5 ? x : 0),
  thresholdedRelu: (x) => (x > 1 ? x : 0),
  prelu: (x, slope) => (x < 0 ? slope * x : x),
};

const sumOf = (values: readonly number[], f = (x: number) => x): number =>
  values.reduce((total, value) => total + f(value), 0);

const REDUCE: Readonly<Record<string, (values: readonly number[]) => number>> = {
  sum: (values) => sumOf(values),
  mean: (values) => sumOf(values) / values.length,
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
  product: (values) => values.reduce((a, b) => a * b, 1),
  l1: (values) => sumOf(values, Math.abs),
  l2: (values) => Math.sqrt(sumOf(values, (x) => x * x)),
  sumSquare: (values) => sumOf(values, (x) => x * x),
  logSum: (values) => Math.log(sumOf(values)),
  logSumExp: (values) => Math.log(sumOf(values, Math.exp)),
};

const EVALUATE: { readonly [K in OpKind]?: Evaluate<K> } = {
  activation({ attrs: { fn } }, [x], [slope]) {
    if (fn === 'prelu') {
      return tensor(
        x!.shape,
        (index) => (at(x!, ...index) > 0 ? 1 : at(slope!, index[1]!)) * at(x!, ...index),
      );
    }
    if (fn === 'normalizeChannels') {
      return tensor(x!.shape, ([batch, channel, ...position]) => {
        let total = 0.0001;
        for (let c = 0; c < x!.shape[1]!; c++) total += Math.max(at(x!, batch!, c, ...position), 0);
        return Math.max(at(x!, batch!, channel!, ...position), 0) / total;
      });
    }
    return tensor(x!.shape, (index) => ACTIVATIONS[fn](at(x!, ...index)));
  },
  add: ({ attrs }, inputs, _, shape) =>
    tensor(shape, (index) =>
      inputs.reduce(
        (total, x) => total + (attrs.align === 'exact' ? at(x, ...index) : shortcut(x, shape, index)),
        0,
      ),
    ),
  avgPool: ({ attrs }, [x], _, shape) =>
    tensor(shape, (index) => {
      const values = windowed(x!, attrs, index);
      return values.reduce((total, value) => total + value, 0) / values.length;
    }),
  batchNorm: (_, [x], [scale, shift, mean, variance]) =>
    tensor(x!.shape, (index) => {
      const c = index[1]!;
      return (
        ((at(x!, ...index) - at(mean!, c)) / Math.sqrt(at(variance!, c) + 1e-5)) * at(scale!, c) +
        at(shift!, c)
      );
    }),
  blur({ attrs }, [x], _, shape) {
    // Rows of Pascal's triangle, as far as the cases need them.
    const rows = [[1], [1, 1], [1, 2, 1], [1, 3, 3, 1]];
    const weight = (tap: Index) =>
      tap.reduce(
        (product, t, axis) => (product * rows[attrs.kernel[axis]! - 1]![t]!) / 2 ** (attrs.kernel[axis]! - 1),
        1,
      );
    return tensor(shape, ([batch, channel, ...position]) => {
      let total = 0;
      taps(attrs, position, (tap, from) => {
        if (inside(x!.shape.slice(2), from)) total += weight(tap) * at(x!, batch!, channel!, ...from);
      });
      return total;
    });
  },
  channelShuffle: ({ attrs: { groups } }, [x], _, shape) =>
    tensor(shape, ([batch, channel, ...position]) => {
      const width = shape[1]! / groups;
      return at(x!, batch!, (channel! % groups) * width + Math.floor(channel! / groups), ...position);
    }),
  concat: ({ attrs: { axis } }, inputs, _, shape) =>
    tensor(shape, (index) => {
      let start = 0;
      for (const x of inputs) {
        const local = index[axis]! - start;
        if (local < x.shape[axis]!) return at(x, ...index.map((i, a) => (a === axis ? local : i)));
        start += x.shape[axis]!;
      }
      return NaN;
    }),
  conv({ attrs }, [x], [weight, bias], shape) {
    if (attrs.binary !== true) return plusBias(convolve(x!, weight!, attrs, attrs.groups, shape), bias);
    // Darknet: weights are the mean magnitude of their filter, both operands have the sign alone otherwise.
    const sign = (value: number) => (value > 0 ? 1 : -1);
    const filter = weight!.data.length / weight!.shape[0]!;
    const oneBit = tensor(weight!.shape, (index) => {
      const start = index[0]! * filter;
      const magnitudes = Array.from({ length: filter }, (_, i) => Math.abs(weight!.data[start + i]!));
      return (sign(at(weight!, ...index)) * sumOf(magnitudes)) / filter;
    });
    const signs = tensor(x!.shape, (index) => sign(at(x!, ...index)));
    return plusBias(convolve(signs, oneBit, attrs, attrs.groups, shape), bias);
  },
  convTranspose: ({ attrs }, [x], [weight, bias], shape) =>
    plusBias(convolveTransposed(x!, weight!, attrs, attrs.groups, shape), bias),
  deformConv({ attrs }, [x, offsets, mask], [weight, bias], shape) {
    const count = attrs.kernel[0]! * attrs.kernel[1]!;
    const perOffset = x!.shape[1]! / (offsets!.shape[1]! / (2 * count));
    const inside_ = x!.shape[1]! / attrs.groups;
    const result = tensor(shape, ([batch, channel, row, column]) => {
      let total = 0;
      taps(attrs, [row!, column!], (tap, [y, z]) => {
        const t = tap[0]! * attrs.kernel[1]! + tap[1]!;
        const group = Math.floor(channel! / (shape[1]! / attrs.groups));
        for (let c = 0; c < inside_; c++) {
          const from = group * inside_ + c;
          const place = Math.floor(from / perOffset) * count + t;
          const value = bilinear(
            x!,
            batch!,
            from,
            y! + at(offsets!, batch!, 2 * place, row!, column!),
            z! + at(offsets!, batch!, 2 * place + 1, row!, column!),
          );
          const weigh = mask === undefined ? 1 : at(mask, batch!, place, row!, column!);
          total += value * weigh * at(weight!, channel!, c, ...tap);
        }
      });
      return total;
    });
    return plusBias(result, bias);
  },
  einsum({ attrs: { operands, result } }, inputs, _, shape) {
    const extents = new Map(
      operands.flatMap((letters, o) => letters.map((letter, axis) => [letter, inputs[o]!.shape[axis]!])),
    );
    const summed = [...extents.keys()].filter((letter) => !result.includes(letter));
    return tensor(shape, (index) => {
      let total = 0;
      each(
        summed.map((letter) => extents.get(letter)!),
        (inner) => {
          const place = (letter: string) =>
            result.includes(letter) ? index[result.indexOf(letter)]! : inner[summed.indexOf(letter)]!;
          total += operands.reduce(
            (product, letters, o) => product * at(inputs[o]!, ...letters.map(place)),
            1,
          );
        },
      );
      return total;
    });
  },
  elementwise: ({ attrs: { fn } }, inputs, _, shape) =>
    tensor(shape, (index) =>
      ELEMENTWISE[fn]!(
        ...inputs.map((x) =>
          at(
            x,
            ...index.slice(shape.length - x.shape.length).map((i, axis) => (x.shape[axis] === 1 ? 0 : i)),
          ),
        ),
      ),
    ),
  expand: (_, [x], __, shape) =>
    tensor(shape, (index) =>
      at(x!, ...index.slice(shape.length - x!.shape.length).map((i, axis) => (x!.shape[axis] === 1 ? 0 : i))),
    ),
  fill: ({ attrs: { value } }, _, __, shape) => tensor(shape, () => value),
  gather: ({ attrs: { axis } }, [x, indices], _, shape) =>
    tensor(shape, (index) => {
      const rank = indices!.shape.length;
      const pick = at(indices!, ...index.slice(axis, axis + rank));
      return at(x!, ...index.slice(0, axis), pick, ...index.slice(axis + rank));
    }),
  gatherND: ({ attrs: { batchDims } }, [x, indices], _, shape) =>
    tensor(shape, (index) => {
      const rank = indices!.shape.length - 1;
      const depth = indices!.shape[rank]!;
      const row = Array.from({ length: depth }, (__, i) => at(indices!, ...index.slice(0, rank), i));
      return at(x!, ...index.slice(0, batchDims), ...row, ...index.slice(rank));
    }),
  gate: (_, inputs, __, shape) =>
    tensor(shape, (index) => sigmoid(inputs.reduce((total, x) => total + at(x, ...index), 0))),
  gaussianYolo: ({ attrs: { classes } }, [x]) =>
    anchors(x!, classes + 9, (place, value) => (place === 4 || place === 6 ? value : sigmoid(value))),
  globalPool: ({ attrs: { mode } }, [x], _, shape) =>
    tensor(shape, ([batch, channel]) => {
      const values: number[] = [];
      each(x!.shape.slice(2), (position) => values.push(at(x!, batch!, channel!, ...position)));
      return mode === 'max' ? Math.max(...values) : values.reduce((a, b) => a + b, 0) / values.length;
    }),
  identity: (_, [x]) => x!,
  linear(_, [x], [weight, bias], shape) {
    const features = weight!.shape[1]!;
    return tensor(shape, (index) => {
      const row = offset(shape.slice(0, -1), index.slice(0, -1)) * features;
      let total = bias === undefined ? 0 : at(bias, index.at(-1)!);
      for (let f = 0; f < features; f++) total += x!.data[row + f]! * at(weight!, index.at(-1)!, f);
      return total;
    });
  },
  localConv: ({ attrs }, [x], [weight, bias], shape) =>
    tensor(shape, ([batch, channel, ...position]) => {
      let total = at(bias!, channel!, ...position);
      taps(attrs, position, (tap, from) => {
        if (!inside(x!.shape.slice(2), from)) return;
        for (let c = 0; c < x!.shape[1]!; c++) {
          total += at(x!, batch!, c, ...from) * at(weight!, ...position, channel!, c, ...tap);
        }
      });
      return total;
    }),
  lpPool: ({ attrs }, [x], _, shape) =>
    tensor(shape, (index) => Math.sqrt(sumOf(windowed(x!, attrs, index), (value) => value * value))),
  // Darknet's alpha, beta and kappa.
  lrn: ({ attrs: { size } }, [x]) =>
    tensor(x!.shape, ([batch, channel, ...position]) => {
      let squares = 0;
      for (let c = channel! - Math.floor((size - 1) / 2); c <= channel! + Math.floor(size / 2); c++) {
        if (c >= 0 && c < x!.shape[1]!) squares += at(x!, batch!, c, ...position) ** 2;
      }
      return at(x!, batch!, channel!, ...position) / (1 + 0.0001 * squares) ** 0.75;
    }),
  matMul({ attrs: { transposeA, transposeB } }, [a, b], _, shape) {
    const inner = transposeA ? a!.shape.at(-2)! : a!.shape.at(-1)!;
    // A stack of one matrix serves all; vectors have no stack.
    const stacked = (x: Values, stack: Index, matrix: Index): number => {
      const own = x.shape.slice(0, -2);
      const from = stack.slice(stack.length - own.length).map((i, axis) => (own[axis] === 1 ? 0 : i));
      return at(x, ...(x.shape.length === 1 ? [] : from), ...matrix);
    };
    const [rows, columns] = [a!.shape.length > 1, b!.shape.length > 1];
    return tensor(shape, (index) => {
      const stack = index.slice(0, index.length - Number(rows) - Number(columns));
      const [row, column] = [rows ? index[stack.length]! : 0, columns ? index.at(-1)! : 0];
      let total = 0;
      for (let k = 0; k < inner; k++) {
        total +=
          stacked(a!, stack, rows ? (transposeA ? [k, row] : [row, k]) : [k]) *
          stacked(b!, stack, columns ? (transposeB ? [column, k] : [k, column]) : [k]);
      }
      return total;
    });
  },
  maxPool: ({ attrs }, [x], _, shape) =>
    tensor(shape, (index) => Math.max(-3.4028234663852886e38, ...windowed(x!, attrs, index))),
  maxout: ({ attrs: { outChannels } }, [x], _, shape) =>
    tensor(shape, ([batch, channel, ...position]) => {
      let max = -Infinity;
      for (let c = channel!; c < x!.shape[1]!; c += outChannels)
        max = Math.max(max, at(x!, batch!, c, ...position));
      return max;
    }),
  mul: (_, [x, scale]) =>
    tensor(
      x!.shape,
      (index) => at(x!, ...index) * at(scale!, ...index.map((i, axis) => (scale!.shape[axis] === 1 ? 0 : i))),
    ),
  normalize({ attrs: { fn, axes, groups, scale, shift } }, [x], params) {
    const perChannel = fn === 'instance' || fn === 'group';
    const outside = (a: Index, b: Index) => a.every((i, axis) => axes.includes(axis) || i === b[axis]);
    const width = x!.shape[1]! / groups;
    const alike = (a: Index, b: Index) =>
      fn === 'group'
        ? a[0] === b[0] && Math.floor(a[1]! / width) === Math.floor(b[1]! / width)
        : outside(a, b);
    const along = (index: Index): number[] => {
      const values: number[] = [];
      each(x!.shape, (other) => {
        if (outside(index, other)) values.push(at(x!, ...other));
      });
      return values;
    };
    const plain =
      fn === 'layer' || perChannel
        ? standardize(x!, alike)
        : tensor(x!.shape, (index) => {
            const [value, values] = [at(x!, ...index), along(index)];
            if (fn === 'hardmax') return value === Math.max(...values) ? 1 : 0;
            if (fn === 'logSoftmax') return value - Math.log(sumOf(values, Math.exp));
            const squares = sumOf(values, (each_) => each_ ** 2);
            return value / Math.sqrt(fn === 'rms' ? squares / values.length + 1e-5 : squares);
          });
    const learned = (parameter: Values, index: Index) =>
      at(parameter, ...(perChannel ? [1] : axes).map((axis) => index[axis]!));
    return tensor(x!.shape, (index) => {
      const scaled = at(plain, ...index) * (scale ? learned(params[0]!, index) : 1);
      return scaled + (shift ? learned(params.at(-1)!, index) : 0);
    });
  },
  pad: ({ attrs: { begin, mode, value } }, [x], _, shape) =>
    tensor(shape, (index) => {
      const from = index.map((i, axis) => {
        const [place, extent] = [i - begin[axis]!, x!.shape[axis]!];
        if (mode === 'edge') return clamp(place, 0, extent - 1);
        if (mode === 'wrap') return (place + extent) % extent;
        if (mode === 'reflect') return extent - 1 - Math.abs(extent - 1 - Math.abs(place));
        return place;
      });
      return inside(x!.shape, from) ? at(x!, ...from) : value;
    }),
  psRoiAlign({ attrs: { size, points } }, [x, boxes, images], _, shape) {
    const [rows, columns] = size as [number, number];
    const side = Math.sqrt(points);
    return tensor(shape, ([region, channel, row, column]) => {
      const [left, top, right, bottom] = [0, 1, 2, 3].map((i) => at(boxes!, region!, i)) as [
        number,
        number,
        number,
        number,
      ];
      const own = channel! * rows * columns + row! * columns + column!;
      const image = images === undefined ? 0 : at(images, region!);
      let total = 0;
      each([side, side], ([i, j]) => {
        // Pixel centres are at halves; samples are spread evenly in the bin.
        const y = top + ((bottom - top) * (row! + (i! + 0.5) / side)) / rows - 0.5;
        const z = left + ((right - left) * (column! + (j! + 0.5) / side)) / columns - 0.5;
        total += bilinear(x!, image, own, y, z);
      });
      return total / points;
    });
  },
  reduce({ attrs: { fn, axes, keepDims } }, [x], _, shape) {
    const groups = new Map<string, number[]>();
    each(x!.shape, (index) => {
      const kept = index
        .map((i, axis) => (axes.includes(axis) ? (keepDims ? 0 : -1) : i))
        .filter((i) => i >= 0);
      const group = groups.get(kept.join()) ?? [];
      groups.set(kept.join(), group);
      group.push(at(x!, ...index));
    });
    return tensor(shape, (index) => REDUCE[fn]!(groups.get(index.join())!));
  },
  region: ({ attrs: { classes, coords, softmax } }, [x]) =>
    anchors(x!, classes + coords + 1, (place, value, index) => {
      if (place < 2 || place === coords) return sigmoid(value);
      if (place < coords || !softmax) return value;
      const from = index[1]! - place + coords + 1;
      return softmaxOver(x!, index, 1, from, from + classes);
    }),
  reorg({ attrs: { block, inverse, order } }, [x], _, shape) {
    const data = new Float64Array(x!.data.length);
    // The loop of Darknet runs over the dimensions of the small map; the older layer hands it those of its input.
    const [batches, channels, height, width] = (order === 'reorg' || inverse ? x!.shape : shape) as [
      number,
      number,
      number,
      number,
    ];
    const few = Math.floor(channels / block ** 2);
    each([batches, channels, height, width], ([b, k, j, i]) => {
      const part = Math.floor(k! / few);
      const small = offset([batches, channels, height, width], [b!, k!, j!, i!]);
      const large = offset(
        [batches, few, height * block, width * block],
        [b!, k! % few, j! * block + Math.floor(part / block), i! * block + (part % block)],
      );
      if (inverse) data[large] = x!.data[small]!;
      else data[small] = x!.data[large]!;
    });
    return { shape, data };
  },
  reshape: (_, [x], __, shape) => ({ shape, data: x!.data }),
  resize({ attrs: { size, mode } }, [x], _, shape) {
    // Pixel centres; nearest rounds halves down.
    const source = (i: number, axis: number) => ((i + 0.5) * x!.shape[axis + 2]!) / size[axis]! - 0.5;
    return tensor(shape, ([batch, channel, ...position]) => {
      const places = position.map((i, axis) => clamp(source(i, axis), 0, x!.shape[axis + 2]! - 1));
      if (mode === 'nearest')
        return at(x!, batch!, channel!, ...places.map((place) => Math.ceil(place - 0.5)));
      let total = 0;
      each(
        places.map(() => 2),
        (corner) => {
          let weight = 1;
          const from = places.map((place, axis) => {
            const low = Math.floor(place);
            weight *= corner[axis] === 1 ? place - low : 1 - (place - low);
            return Math.min(low + corner[axis]!, x!.shape[axis + 2]! - 1);
          });
          total += weight * at(x!, batch!, channel!, ...from);
        },
      );
      return total;
    });
  },
  slice: ({ attrs: { axis, start } }, [x], _, shape) =>
    tensor(shape, (index) => at(x!, ...index.map((i, a) => (a === axis ? i + start : i)))),
  softmax: ({ attrs: { axis } }, [x]) =>
    tensor(x!.shape, (index) => softmaxOver(x!, index, axis, 0, x!.shape[axis]!)),
  split: ({ attrs: { axis, sizes } }, [x], _, shape, output) =>
    tensor(shape, (index) =>
      at(x!, ...index.map((i, a) => (a === axis ? i + sumOf(sizes.slice(0, output)) : i))),
    ),
  stridedSlice: ({ attrs: { axes, starts, steps } }, [x], _, shape) =>
    tensor(shape, (index) =>
      at(
        x!,
        ...index.map((i, axis) => {
          const cut = axes.indexOf(axis);
          return cut < 0 ? i : starts[cut]! + i * steps[cut]!;
        }),
      ),
    ),
  sumPool: ({ attrs: { factor } }, [x], _, shape) =>
    tensor(shape, ([batch, channel, ...position]) => {
      let total = 0;
      each(
        position.map(() => factor),
        (tap) => {
          total += at(x!, batch!, channel!, ...position.map((i, axis) => i * factor + tap[axis]!));
        },
      );
      return total;
    }),
  transpose: ({ attrs: { perm } }, [x], _, shape) =>
    tensor(shape, (index) => at(x!, ...x!.shape.map((__, axis) => index[perm.indexOf(axis)]!))),
  upsample: ({ attrs: { factor } }, [x], _, shape) =>
    tensor(shape, (index) => at(x!, ...index.map((i, axis) => (axis < 2 ? i : Math.floor(i / factor))))),
  weightedAdd({ attrs: { per, normalize } }, inputs, [learned], shape) {
    const weight = (map: number, channel: number): number =>
      per === 'map' ? at(learned!, map) : at(learned!, map, channel);
    const unscaled = (map: number, channel: number): number =>
      normalize === 'softmax' ? Math.exp(weight(map, channel)) : Math.max(weight(map, channel), 0);
    const total = (channel: number): number =>
      inputs.reduce((sum, _, map) => sum + unscaled(map, channel), normalize === 'relu' ? 0.0001 : 0);
    return tensor(shape, (index) =>
      inputs.reduce(
        (sum, x, map) => sum + (shortcut(x, shape, index) * unscaled(map, index[1]!)) / total(index[1]!),
        0,
      ),
    );
  },
  yolo: ({ attrs: { classes } }, [x]) =>
    anchors(x!, classes + 5, (place, value) => (place === 2 || place === 3 ? value : sigmoid(value))),
};

/** Kinds that are evaluated here. */
export const EVALUATED = Object.keys(EVALUATE) as readonly OpKind[];

function evaluateNode<K extends OpKind>(
  node: OpNode<K> & { readonly kind: K },
  inputs: readonly Values[],
  params: readonly Values[],
  shape: readonly number[],
  output: number,
): Values {
  const evaluate = EVALUATE[node.kind];
  if (evaluate === undefined) throw new TypeError(`${node.kind} is not evaluated`);
  return evaluate(node, inputs, params, shape, output);
}

/**
 * Values of the outputs of a graph, in order, and the largest magnitude of any value on the way: what rounding
 * errors are measured by, since a difference of large values may be small.
 */
export function evaluate(
  graph: Graph,
  given: (id: TensorId) => ArrayLike<number>,
): { readonly outputs: readonly Values[]; readonly largest: number } {
  const values = new Map<TensorId, Values>();
  const value = (id: TensorId): Values => {
    const found = values.get(id) ?? {
      shape: graph.tensors[id]!.type.shape,
      data: graph.tensors[id]!.values ?? given(id),
    };
    values.set(id, found);
    return found;
  };
  for (const node of graph.nodes) {
    for (const [o, id] of node.outputs.entries()) {
      const { shape } = graph.tensors[id]!.type;
      values.set(id, evaluateNode(node, node.inputs.map(value), node.params.map(value), shape, o));
    }
  }
  const largest = Math.max(
    ...Array.from(values.values(), ({ data }) => Math.max(...Array.from(data, Math.abs))),
  );
  return { outputs: graph.outputs.map(({ tensor: id }) => value(id)), largest };
}
