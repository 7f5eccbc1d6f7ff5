import type { DType } from '../../../ops/dtype.ts';
import { type Extent, multiply } from '../../../ops/extent.ts';
import type { Shape } from '../../../ops/spec.ts';
import type { TensorId } from '../../../graph/graph.ts';
import { elements } from '../../../units.ts';
import { made } from '../apply.ts';
import type { Emitter } from '../emit.ts';
import type { Node } from '../node.ts';
import type { Operator, Operators } from '../operator.ts';
import { tensor } from '../values.ts';

/**
 * Operators of domain com.microsoft whose weights are of a few bits each, in blocks with a scale: they are read as the
 * numbers that they stand for, packed. Source of layouts: onnxruntime docs/ContribOperators.md.
 */

const attribute = (node: Node, name: string): number =>
  node.int(name) ?? node.fail(`has no attribute "${name}"`);

const PACKED: Readonly<Record<number, DType>> = { 2: 'uint2', 4: 'uint4', 8: 'uint8' };

const ofBits = (node: Node): DType => {
  const bits = node.int('bits', 4);
  return PACKED[bits] ?? node.fail(`has weights of ${String(bits)} bits`, 'use 2, 4 or 8');
};

/** Where a quantised matrix lies: its numbers, their scales, zero points and a bias, as inputs of the node. */
interface Matrix {
  readonly weight: number;
  readonly scales: number;
  readonly zeroPoints?: number;
  readonly bias?: number;
  readonly dtype: DType;
  readonly outFeatures: number;
}

/** A fully connected layer of quantised weights. */
function multiplied(emit: Emitter, x: TensorId, width: number, matrix: Matrix): readonly TensorId[] {
  const { node } = emit;
  const { weight, scales, zeroPoints, bias, dtype, outFeatures } = matrix;
  const has = (index: number | undefined): index is number => index !== undefined && node.has(index);
  const count = elements(emit.input(scales).shape);
  const attrs = {
    outFeatures,
    bias: has(bias),
    flatten: false,
    scales: count,
    ...(has(zeroPoints) ? { zeroPoints: true } : {}),
  };
  const params = [
    emit.operand(weight, 'weight', [outFeatures, width], dtype),
    ...(has(bias) ? [emit.operand(bias, 'bias')] : []),
    emit.storage(scales, 'scale', [count]),
    ...(has(zeroPoints)
      ? [emit.storage(zeroPoints, 'shift', [count], zeroType(emit, zeroPoints, dtype))]
      : []),
  ];
  return emit.add('linear', [x], attrs, params);
}

/** Zero points are packed like the weights, or as wide as the scales. */
function zeroType(emit: Emitter, zeroPoints: number, packed: DType): DType {
  const { dtype } = emit.input(zeroPoints);
  return dtype === 'uint8' ? packed : dtype;
}

/** The first input times a quantised matrix of that many columns. */
const product = (
  columns: (node: Node) => number,
  matrix: (node: Node) => Omit<Matrix, 'outFeatures'>,
): Operator => ({
  infer: (node) => [node.like(0, [...node.shape(0).slice(0, -1), columns(node)])],
  lower(emit) {
    const width = emit.input(0).shape.at(-1) ?? 0;
    const { node } = emit;
    return multiplied(emit, emit.operand(0), width, { ...matrix(node), outFeatures: columns(node) });
  },
});

const matMulNBits = product(
  (node) => attribute(node, 'N'),
  (node) => ({ weight: 1, scales: 2, zeroPoints: 3, bias: 5, dtype: ofBits(node) }),
);

/** 4-bit floats, or indices into the 16 values of NF4. */
const matMulBnb4 = product(
  (node) => attribute(node, node.int('transB', 1) === 1 ? 'N' : 'K'),
  (node) => ({ weight: 1, scales: 2, dtype: node.int('quant_type') === 0 ? 'float4e2m1' : 'uint4' }),
);

const rowsOf = (node: Node): number => {
  const rows = node.dim(1, 0);
  return typeof rows === 'number' ? rows : node.fail('has a matrix of unknown size');
};

const matMulFp4 = product(rowsOf, () => ({ weight: 1, scales: 2, bias: 5, dtype: 'float4e2m1' }));
const matMulFp8 = product(rowsOf, () => ({ weight: 1, scales: 2, bias: 4, dtype: 'float8e4m3fn' }));

/** The blob of weights and scales has a layout of the machine's: its product is known, what it stores is not. */
const matMulFpQ4: Operator = {
  infer(node) {
    const columns = node.elements(2)?.[1] ?? node.unknown(0, node.shape(0).length - 1, undefined);
    return [node.like(0, [...node.shape(0).slice(0, -1), columns])];
  },
  lower: (emit) =>
    emit.add('opaque', emit.operands('weight'), { op: 'MatMulFpQ4', outputs: [emit.output(0)] }),
};

// Several of them on one map, normalised before.

/** The map after the residual sum and the normalisation that are fused into the operator, and the sum. */
function normalized(emit: Emitter): { readonly result: TensorId; readonly sum: TensorId } {
  const { node } = emit;
  const { dtype, shape } = emit.input(0);
  const x = emit.operand(0);
  const [sum = x] = node.has(1) ? emit.add('elementwise', [x, emit.operand(1)], { fn: 'add', dtype }) : [x];
  if (!node.has(2)) return { result: sum, sum };
  const attrs = { fn: 'rms', axes: [shape.length - 1], groups: 1, scale: true, shift: false } as const;
  const [result = sum] = emit.add('normalize', [sum], attrs, [emit.operand(2, 'scale')]);
  return { result, sum };
}

const GATES = { silu: 'swish', swish: 'swish', gelu: 'gelu', relu: 'relu' } as const;
const isGate = (name: string): name is keyof typeof GATES => name in GATES;

/** act(x G) * (x U) */
const mlp: Operator = {
  infer: (node) => [
    node.like(0, [...node.shape(0).slice(0, -1), attribute(node, 'N')]),
    node.like(0, node.shape(0)),
  ],
  lower(emit) {
    const { node } = emit;
    const width = emit.input(0).shape.at(-1) ?? 0;
    const { result, sum } = normalized(emit);
    const common = { dtype: ofBits(node), outFeatures: attribute(node, 'N') };
    const gate = multiplied(emit, result, width, { ...common, weight: 3, scales: 4, bias: 5 });
    const up = multiplied(emit, result, width, { ...common, weight: 6, scales: 7, bias: 8 });
    const activation = node.text('activation', 'silu');
    const active = isGate(activation)
      ? emit.add('activation', gate, { fn: GATES[activation] })
      : node.fail(`has the activation "${activation}"`);
    const { dtype } = emit.output(0);
    return [...emit.add('elementwise', [...active, ...up], { fn: 'mul', dtype }), sum];
  },
};

const qkv: Operator = {
  infer(node) {
    const rows = node.shape(0).slice(0, -1);
    const [q, kv] = [attribute(node, 'Nq'), attribute(node, 'Nkv')];
    return [...[q, kv, kv].map((columns) => node.like(0, [...rows, columns])), node.like(0, node.shape(0))];
  },
  lower(emit) {
    const { node } = emit;
    const width = emit.input(0).shape.at(-1) ?? 0;
    const { result, sum } = normalized(emit);
    const dtype = ofBits(node);
    const products = (['Nq', 'Nkv', 'Nkv'] as const).flatMap((columns, i) => {
      const at = 3 + 3 * i;
      const matrix = {
        weight: at,
        scales: at + 1,
        bias: at + 2,
        dtype,
        outFeatures: attribute(node, columns),
      };
      return multiplied(emit, result, width, matrix);
    });
    return [...products, sum];
  },
};

// Rows of a quantised table.

interface Table {
  readonly gatherAxis: number;
  readonly quantizeAxis: number;
  /** of the numbers, not of the bytes that they are packed in */
  readonly shape: readonly Extent[];
  readonly dtype: DType;
}

function tableOf(node: Node): Table {
  const data = node.shape(0);
  const gatherAxis = node.axis(node.int('gather_axis', 0), data.length);
  const quantizeAxis = node.axis(node.int('quantize_axis', 1), data.length);
  const stored = node.dtype(0);
  const dtype = stored === 'uint8' ? ofBits(node) : (stored ?? ofBits(node));
  const perByte = stored === 'uint8' ? 8 / node.int('bits', 4) : 1;
  return {
    gatherAxis,
    quantizeAxis,
    dtype,
    shape: data.map((extent, axis) => (axis === data.length - 1 ? multiply(extent, perByte) : extent)),
  };
}

const gatherBlocks: Operator = {
  infer(node) {
    const { gatherAxis, shape } = tableOf(node);
    const [rows] = made(node, 'gather', [{ dtype: node.dtype(2), shape }, node.typed(1)], {
      axis: gatherAxis,
    });
    return rows === undefined ? [] : [tensor(rows.dtype, rows.shape)];
  },
  lower(emit) {
    const { gatherAxis, quantizeAxis, shape, dtype } = tableOf(emit.bounded);
    const known = (extents: readonly Extent[]): Shape => extents.map((extent) => emit.counted(extent));
    const picked = (id: TensorId): readonly TensorId[] =>
      emit.add('gather', [id, emit.operand(1)], { axis: gatherAxis });
    const scaleShape = emit.input(2).shape;
    const operands = [
      ...picked(emit.operand(0, 'embedding', known(shape), dtype)),
      ...picked(emit.storage(2, 'scale')),
      ...(emit.node.has(3) ? picked(emit.storage(3, 'shift', scaleShape, zeroType(emit, 3, dtype))) : []),
    ];
    // Indices have dimensions in the place of the one that is picked from.
    const moved = quantizeAxis > gatherAxis ? emit.input(1).shape.length - 1 : 0;
    return emit.add('dequantize', operands, {
      axis: quantizeAxis + moved,
      blockSize: emit.node.int('block_size', 128),
      dtype: emit.output(0).dtype,
    });
  },
};

export const MICROSOFT_BITS: Operators = {
  GatherBlockQuantized: gatherBlocks,
  MatMulBlockQuantizedFp4Weight: matMulFp4,
  MatMulBlockQuantizedFp8Weight: matMulFp8,
  MatMulBnb4: matMulBnb4,
  MatMulFpQ4: matMulFpQ4,
  MatMulNBits: matMulNBits,
  MatMulNBitsMlp: mlp,
  MatMulNBitsQkv: qkv,
};
