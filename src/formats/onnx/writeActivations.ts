import type { ActivationFunction } from '../../ops/activation.ts';
import type { DType } from '../../ops/dtype.ts';
import { float, int, type Draft } from './writeDraft.ts';

/** Adds the nodes of an activation function of one value; not those that have parameters. */
type Activation = (on: Draft, x: string, dtype: DType) => string;

const simple =
  (opType: string): Activation =>
  (on, x) =>
    on.op(opType, [x]);

const leaky =
  (alpha: number): Activation =>
  (on, x) =>
    on.op('LeakyRelu', [x], { alpha: float(alpha) });

const clip =
  (low: number, high: number): Activation =>
  (on, x, dtype) =>
    on.op('Clip', [x, on.numbers(dtype, [low]), on.numbers(dtype, [high])]);

const scaled = (on: Draft, x: string, by: number, dtype: DType): string =>
  on.op('Mul', [x, on.numbers(dtype, [by])]);

/** c + slope (x - c) for x clipped to [low, high] and mapped by `inside`: leaky outside of the interval. */
const leakyClip =
  (
    low: number,
    high: number,
    slope: number,
    inside: (on: Draft, c: string, dtype: DType) => string,
  ): Activation =>
  (on, x, dtype) => {
    const c = clip(low, high)(on, x, dtype);
    return on.op('Add', [inside(on, c, dtype), scaled(on, on.op('Sub', [x, c]), slope, dtype)]);
  };

const mish: Activation = (on, x) =>
  on.opset >= 18 ? on.op('Mish', [x]) : on.op('Mul', [x, on.op('Tanh', [on.op('Softplus', [x])])]);

/**
 * Activation functions in terms of ONNX operators, with the constants that Darknet has where it has the
 * function.
 *
 * @source src/activations.h of Darknet
 */
export const ACTIVATIONS: Readonly<Record<Exclude<ActivationFunction, 'prelu'>, Activation>> = {
  relu: simple('Relu'),
  relu6: clip(0, 6),
  leaky: leaky(0.1),
  logistic: simple('Sigmoid'),
  swish: (on, x) => on.op('Mul', [x, on.op('Sigmoid', [x])]),
  mish,
  hardSwish: (on, x) => (on.opset >= 14 ? on.op('HardSwish', [x]) : on.op('Mul', [x, hardSigmoid(on, x)])),
  hardSigmoid: (on, x) => hardSigmoid(on, x),
  hardMish: (on, x, dtype) => {
    const gate = clip(0, 2)(on, on.op('Add', [x, on.numbers(dtype, [2])]), dtype);
    return scaled(on, on.op('Mul', [x, gate]), 0.5, dtype);
  },
  tanh: simple('Tanh'),
  hardTanh: clip(-1, 1),
  elu: simple('Elu'),
  selu: simple('Selu'),
  gelu: (on, x, dtype) => {
    if (on.opset >= 20) return on.op('Gelu', [x]);
    const erf = on.op('Erf', [scaled(on, x, Math.SQRT1_2, dtype)]);
    return on.op('Mul', [scaled(on, x, 0.5, dtype), on.op('Add', [erf, on.numbers(dtype, [1])])]);
  },
  softplus: simple('Softplus'),
  loggy: (on, x, dtype) =>
    on.op('Sub', [scaled(on, on.op('Sigmoid', [x]), 2, dtype), on.numbers(dtype, [1])]),
  plse: leakyClip(-4, 4, 0.01, (on, c, dtype) =>
    on.op('Add', [scaled(on, c, 0.125, dtype), on.numbers(dtype, [0.5])]),
  ),
  ramp: (on, x, dtype) => on.op('Add', [on.op('Relu', [x]), scaled(on, x, 0.1, dtype)]),
  relie: leaky(0.01),
  lhtan: leakyClip(0, 1, 0.001, (_on, c) => c),
  // With n = floor(x): floor(x / 2) where n is even, else x - n more.
  stair: (on, x, dtype) => {
    const n = on.op('Floor', [x]);
    const half = on.op('Floor', [scaled(on, x, 0.5, dtype)]);
    const odd = on.op('Sub', [n, scaled(on, half, 2, dtype)]);
    return on.op('Add', [half, on.op('Mul', [odd, on.op('Sub', [x, n])])]);
  },
  normalizeChannels: (on, x, dtype) => {
    const positive = on.op('Relu', [x]);
    const sum = on.op('ReduceSum', [positive, on.integers([1])], { keepdims: int(1) });
    return on.op('Div', [positive, on.op('Add', [sum, on.numbers(dtype, [0.0001])])]);
  },
};

const hardSigmoid = (on: Draft, x: string): string =>
  on.op('HardSigmoid', [x], { alpha: float(1 / 6), beta: float(0.5) });
