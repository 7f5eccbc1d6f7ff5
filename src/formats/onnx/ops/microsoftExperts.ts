import type { DType } from '../../../ops/dtype.ts';
import type { ExpertFunction, ExpertsAttrs } from '../../../ops/experts.ts';
import { elements } from '../../../units.ts';
import type { Emitter } from '../emit.ts';
import type { Node } from '../node.ts';
import type { Operator, Operators } from '../operator.ts';

/** Mixtures of experts of domain com.microsoft. Source of operand orders: onnxruntime docs/ContribOperators.md. */

/** Inputs of one of an expert's matrices: up, down, and the gate's own where that is apart. */
interface Matrix {
  readonly weight: number;
  readonly bias: number;
  readonly scales: number;
  readonly zeroPoints: number;
}

const NOWHERE = Infinity;

const FLOAT: readonly Matrix[] = [2, 4, 6].map((weight) => ({
  weight,
  bias: weight + 1,
  scales: NOWHERE,
  zeroPoints: NOWHERE,
}));

const QUANTIZED: readonly Matrix[] = [2, 5, 8].map((weight, i) => ({
  weight,
  bias: weight + 2,
  scales: weight + 1,
  zeroPoints: 11 + i,
}));

const FUNCTIONS: Readonly<Record<string, ExpertFunction>> = {
  gelu: 'gelu',
  identity: 'identity',
  relu: 'relu',
  silu: 'swish',
  swiglu: 'swish',
};

/** Element type of the weights, and how many of them the last dimension holds in one. */
function packing(node: Node): { readonly dtype: DType | undefined; readonly perElement: number } {
  switch (node.text('quant_type', 'int')) {
    case 'fp8':
      return { dtype: 'float8e4m3fn', perElement: 1 };
    case 'fp4':
    case 'nvfp4':
    case 'wfp4afp8':
      return { dtype: 'float4e2m1', perElement: 2 };
    default: {
      const bits = node.int('expert_weight_bits', 4);
      const dtype = bits === 2 ? 'uint2' : bits === 4 ? 'uint4' : 'uint8';
      return { dtype, perElement: 8 / bits };
    }
  }
}

const mixture = (matrices: readonly Matrix[], isQuantized: boolean): Operator => ({
  infer(node) {
    const shape = node.shape(0);
    const experts = node.dim(matrices[0]?.weight ?? 2, 0);
    node.expect(1, [node.dim(1, 0), experts]);
    return [node.like(0, shape)];
  },
  lower: (emit) => lower(emit, matrices, isQuantized),
});

function lower(
  emit: Emitter,
  matrices: readonly Matrix[],
  isQuantized: boolean,
): ReturnType<Operator['lower']> {
  const { node } = emit;
  const given = matrices.filter(({ weight }) => node.has(weight));
  const [up, down] = given;
  if (up === undefined || down === undefined) return node.fail('has no weights of its experts');
  const { dtype, perElement } = isQuantized ? packing(node) : { dtype: undefined, perElement: 1 };
  const hidden = emit.input(0).shape.at(-1) ?? 0;
  const [experts = 0, first = 0, second = 0] = emit.input(up.weight).shape;
  // Files from before onnxruntime 1.16 have the matrices the other way round, and still run.
  const isTurned = first === hidden && second * perElement !== hidden;
  const rows = isTurned ? second * perElement : first;
  const interSize = isTurned
    ? (emit.input(down.weight).shape[1] ?? 0)
    : (emit.input(down.weight).shape[2] ?? 0) * perElement;
  const together = rows === 2 * interSize;
  const activation = node.text('activation_type', 'relu');
  const scales = given.flatMap((each) =>
    node.has(each.scales) ? [elements(emit.input(each.scales).shape)] : [],
  );
  const zeroed = given.filter(({ zeroPoints }) => node.has(zeroPoints));
  const attrs: ExpertsAttrs = {
    experts,
    active: node.int('k', 1),
    interSize,
    fn: FUNCTIONS[activation] ?? node.fail(`has the activation "${activation}"`),
    ...(given.length > 2 ? { gated: 'apart' } : together ? { gated: 'together' } : {}),
    biases: given.map(({ bias }) => node.has(bias)),
    ...(scales.length === 0 ? {} : { scales }),
    ...(zeroed.length === 0 ? {} : { zeroPoints: true }),
  };
  const shapes = [
    [experts, rows, hidden],
    [experts, hidden, interSize],
    [experts, interSize, hidden],
  ];
  const params = [
    ...given.flatMap(({ weight, bias }, i) => [
      emit.operand(weight, 'weight', shapes[i], dtype),
      ...(node.has(bias) ? [emit.operand(bias, 'bias')] : []),
    ]),
    ...given.flatMap((each, i) =>
      node.has(each.scales) ? [emit.storage(each.scales, 'scale', [scales[i] ?? 0])] : [],
    ),
    ...zeroed.map((each, i) => emit.storage(each.zeroPoints, 'shift', [scales[i] ?? 0], dtype)),
  ];
  const weighted = isQuantized && node.has(14) ? [emit.operand(14)] : [];
  return emit.add('experts', [emit.operand(0), emit.operand(1), ...weighted], attrs, params);
}

export const MICROSOFT_EXPERTS: Operators = { MoE: mixture(FLOAT, false), QMoE: mixture(QUANTIZED, true) };
