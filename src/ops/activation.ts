import { elements } from '../units.ts';
import { choice } from '../values.ts';
import { expectInputs, type OpSpec, type TensorType, type Work, type OpenType } from './spec.ts';

/** Work of one element, from the defining formula in the comment. */
export const ACTIVATION_WORK = {
  /** max(x, 0) */ relu: { compare: 1 },
  /** min(max(x, 0), 6) */ relu6: { compare: 2 },
  /** x > 0 ? x : 0.1 x */ leaky: { compare: 1, mul: 1 },
  /** x > 0 ? x : a x, one learned slope per channel */ prelu: { compare: 1, mul: 1 },
  /** 1 / (1 + exp(-x)) */ logistic: { transcendental: 1, add: 1, divide: 1 },
  /** x * logistic(x) */ swish: { transcendental: 1, add: 1, divide: 1, mul: 1 },
  /** x * tanh(log(1 + exp(x))) */ mish: { transcendental: 3, add: 1, mul: 1 },
  /** x * min(max(x + 3, 0), 6) / 6 */ hardSwish: { add: 1, compare: 2, mul: 2 },
  /** min(max(x / 6 + 1/2, 0), 1) */ hardSigmoid: { mul: 1, add: 1, compare: 2 },
  /** x * min(2, max(0, x + 2)) / 2 */ hardMish: { add: 1, compare: 2, mul: 2 },
  /** tanh(x) */ tanh: { transcendental: 1 },
  /** min(max(x, -1), 1) */ hardTanh: { compare: 2 },
  /** x > 0 ? x : exp(x) - 1 */ elu: { compare: 1, transcendental: 1, add: 1 },
  /** scale * elu(x) */ selu: { compare: 1, transcendental: 1, add: 1, mul: 2 },
  /** x / 2 * (1 + erf(x / sqrt 2)) */ gelu: { transcendental: 1, add: 1, mul: 3 },
  /** log(1 + exp(x)) */ softplus: { transcendental: 2, add: 1 },
  /** 2 / (1 + exp(-x)) - 1 */ loggy: { transcendental: 1, add: 2, divide: 1 },
  /** x < -4 ? 0.01 x + 0.04 : x > 4 ? 0.01 x + 0.96 : x / 8 + 1/2 */ plse: { compare: 2, mul: 1, add: 1 },
  /** x > 0 ? x + 0.1 x : 0.1 x */ ramp: { compare: 1, mul: 1, add: 1 },
  /** x > 0 ? x : 0.01 x */ relie: { compare: 1, mul: 1 },
  /** x < 0 ? 0.001 x : x > 1 ? 0.001 x + 0.999 : x */ lhtan: { compare: 2, mul: 1, add: 1 },
  /** n = floor(x); n even ? floor(x / 2) : x - n + floor(x / 2) */ stair: { compare: 1, mul: 1, add: 2 },
  /** max(x, 0) / sum of the same over the channels */ normalizeChannels: { compare: 1, add: 1, divide: 1 },
} as const satisfies Record<string, Work>;

/** Name of an activation function. */
export type ActivationFunction = keyof typeof ACTIVATION_WORK;

export const ACTIVATIONS = Object.keys(ACTIVATION_WORK) as readonly ActivationFunction[];

/** Attributes of `activation`. */
export interface ActivationAttrs {
  /** the function */
  readonly fn: ActivationFunction;
}

/** Activation function, element by element. */
export const activation: OpSpec<ActivationAttrs> = {
  summary: 'activation function',
  attrs: { fn: choice(ACTIVATIONS) },
  label: (_inputs, attrs) => attrs.fn,
  infer: (inputs) => expectInputs(inputs, 1, 0) ?? [inputs[0] as OpenType],
  params(inputs, attrs) {
    const input = inputs[0] as TensorType;
    return attrs.fn === 'prelu' && input.shape[1] !== undefined
      ? [{ role: 'scale', type: { dtype: input.dtype, shape: [input.shape[1]] } }]
      : [];
  },
  work(inputs, _outputs, attrs) {
    const count = elements((inputs[0] as TensorType).shape);
    const work: { -readonly [P in keyof Work]: Work[P] } = {};
    for (const [primitive, each] of Object.entries(ACTIVATION_WORK[attrs.fn])) {
      work[primitive as keyof Work] = each * count;
    }
    return work;
  },
  memory: 'stream',
};
