import { applied, made } from '../apply.ts';
import type { DType } from '../../../ops/dtype.ts';
import { elements } from '../../../units.ts';
import type { Lowering } from '../emit.ts';
import { formatDims, type Node } from '../node.ts';
import type { Operator, Operators } from '../operator.ts';
import { broadcast } from '../shape.ts';
import type { Tensor } from '../values.ts';
import { commonDType } from './elementwise.ts';
import { resultType } from './window.ts';

/** A product whose second operand is a stored matrix is a fully connected layer. */
const matMul =
  (a: number, b: number): Lowering =>
  (emit) => {
    const { dtype } = emit.output(0);
    const weight = emit.input(b).shape;
    const makesFeatures = weight.length === 2 && weight[1] !== 0;
    if (emit.isConstant(b) && !emit.isConstant(a) && makesFeatures && emit.input(a).shape.length > 1) {
      const attrs = {
        outFeatures: weight[1] ?? 0,
        bias: false,
        flatten: false,
        ...resultType(dtype, emit.input(a).dtype),
      };
      return emit.add('linear', [emit.operand(a)], attrs, [emit.operand(b, 'weight', [...weight].reverse())]);
    }
    return emit.add('matMul', [emit.operand(a, 'weight'), emit.operand(b, 'weight')], {
      transposeA: false,
      transposeB: false,
      dtype,
    });
  };

const product = (a: number, b: number, dtype: (node: Node) => DType | undefined): Operator => ({
  infer: (node) => multiplied(node, [a, b], dtype(node), false, false),
  lower: matMul(a, b),
});

/** The product of two operands. */
export const multiplied = (
  node: Node,
  operands: readonly [number, number],
  dtype: DType | undefined,
  transposeA: boolean,
  transposeB: boolean,
): readonly Tensor[] =>
  made(
    node,
    'matMul',
    operands.map((i) => node.typed(i)),
    { transposeA, transposeB, dtype },
  );

const gemm: Operator = {
  infer(node) {
    for (const i of [0, 1]) node.shapeOf(i, 2);
    const [transposeA, transposeB] = [node.int('transA', 0) !== 0, node.int('transB', 0) !== 0];
    const [result] = multiplied(node, [0, 1], commonDType(node), transposeA, transposeB);
    if (node.has(2) && node.opset >= 7) broadcast(node, [node.shape(2), result?.shape ?? []]);
    return result === undefined ? [] : [result];
  },
  lower(emit) {
    const { node } = emit;
    const [transposeA, transposeB] = [node.int('transA', 0) !== 0, node.int('transB', 0) !== 0];
    const [, outFeatures = 0] = emit.output(0).shape;
    const { dtype } = emit.output(0);
    const bias = node.has(2);
    if (emit.isConstant(1) && !emit.isConstant(0) && !transposeA && outFeatures > 0) {
      const vector = bias && emit.isConstant(2) && elements(emit.input(2).shape) === outFeatures;
      const shape = [outFeatures, emit.input(0).shape[1] ?? 0];
      const params = [
        emit.operand(1, 'weight', shape),
        ...(vector ? [emit.operand(2, 'bias', [outFeatures])] : []),
      ];
      const result = emit.add(
        'linear',
        [emit.operand(0)],
        { outFeatures, bias: vector, flatten: false, ...resultType(dtype, emit.input(0).dtype) },
        params,
      );
      return bias && !vector
        ? emit.add('elementwise', [...result, emit.operand(2, 'bias')], { fn: 'add', dtype })
        : result;
    }
    const result = emit.add('matMul', [emit.operand(0, 'weight'), emit.operand(1, 'weight')], {
      transposeA,
      transposeB,
      dtype,
    });
    return bias
      ? emit.add('elementwise', [...result, emit.operand(2, 'bias')], { fn: 'add', dtype })
      : result;
  },
};

interface Equation {
  readonly operands: readonly (readonly string[])[];
  readonly result: readonly string[];
}

/** The equation with one letter per dimension; those that `...` stands for are named `.0`, `.1`, ... */
function equation(node: Node): Equation {
  const text = node.text('equation', '').replaceAll(' ', '');
  const [left = '', right] = text.split('->');
  const terms = left.split(',');
  if (terms.length !== node.inputs.length) {
    node.fail(`has the equation "${text}" for ${String(node.inputs.length)} operands`);
  }
  let stacked = 0;
  const operands = terms.map((term, i) => {
    const shape = node.shape(i);
    const letters = term.replace('...', '').length;
    const hidden = term.includes('...') ? shape.length - letters : 0;
    if (letters + hidden !== shape.length || hidden < 0) {
      node.fail(`has the term "${term}" for an operand of ${formatDims(shape)}`);
    }
    stacked = Math.max(stacked, hidden);
    return { term, hidden };
  });
  const spread = (term: string, hidden: number): string[] =>
    term
      .split(/(\.\.\.|.)/)
      .filter((letter) => letter !== '')
      .flatMap((letter) =>
        letter === '...'
          ? Array.from({ length: hidden }, (_, i) => `.${String(stacked - hidden + i)}`)
          : [letter],
      );
  const lists = operands.map(({ term, hidden }) => spread(term, hidden));
  const all = lists.flat();
  const implicit = [...new Set(all)]
    .filter((letter) => letter.startsWith('.') || all.filter((other) => other === letter).length === 1)
    .sort();
  const result = right === undefined ? implicit : spread(right, stacked);
  for (const letter of result) if (!all.includes(letter)) node.fail(`has "${letter}" only in its result`);
  return { operands: lists, result };
}

const einsum: Operator = {
  infer: (node) =>
    made(
      node,
      'einsum',
      node.inputs.map((_, i) => node.typed(i)),
      { ...equation(node), dtype: commonDType(node) },
    ),
  lower(emit) {
    const { operands, result } = equation(emit.node);
    return emit.add('einsum', emit.operands('weight'), { operands, result, dtype: emit.output(0).dtype });
  },
};

const det = applied('determinant', { operands: [0], attrs: () => ({}) });

export const LINEAR: Operators = {
  Det: det,
  Einsum: einsum,
  Gemm: gemm,
  MatMul: product(0, 1, (node) => commonDType(node)),
  MatMulInteger: product(0, 1, () => 'int32'),
  QLinearMatMul: product(0, 3, (node) => node.dtype(7)),
};
