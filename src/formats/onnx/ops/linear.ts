import type { DType } from '../../../ops/dtype.ts';
import { elements } from '../../../units.ts';
import type { Emitter, Lowering } from '../emit.ts';
import { compatible } from '../../../ops/extent.ts';
import { formatDims, type Node } from '../node.ts';
import type { Operator, Operators } from '../operator.ts';
import { broadcast } from '../shape.ts';
import { type Extent, isKnown } from '../../../ops/extent.ts';
import { tensor } from '../values.ts';
import { commonDType } from './elementwise.ts';
import { resultType } from './window.ts';

/** Shape of a product of (stacks of) matrices, vectors treated as numpy does. */
function productShape(node: Node, a: readonly Extent[], b: readonly Extent[]): readonly Extent[] {
  if (a.length === 0 || b.length === 0) node.fail('cannot multiply a scalar as a matrix');
  const rows = a.length === 1 ? [] : [a.at(-2) ?? 1];
  const columns = b.length === 1 ? [] : [b.at(-1) ?? 1];
  const [inner, other] = [a.at(-1) ?? 1, b.length === 1 ? (b[0] ?? 1) : (b.at(-2) ?? 1)];
  if (!compatible(inner, other)) node.fail(`cannot multiply ${formatDims(a)} by ${formatDims(b)}`);
  return [...broadcast(node, [a.slice(0, -2), b.slice(0, -2)]), ...rows, ...columns];
}

/** A product whose second operand is a stored matrix is a fully connected layer. */
const matMul =
  (a: number, b: number): Lowering =>
  (emit) => {
    const { dtype } = emit.output(0);
    const weight = emit.input(b).shape;
    if (emit.isConstant(b) && !emit.isConstant(a) && weight.length === 2 && emit.input(a).shape.length > 1) {
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
  infer: (node) => [tensor(dtype(node), productShape(node, node.shape(a), node.shape(b)))],
  lower: matMul(a, b),
});

const turned = (shape: readonly Extent[], transposed: boolean): readonly Extent[] =>
  transposed ? [...shape.slice(0, -2), shape.at(-1) ?? 1, shape.at(-2) ?? 1] : shape;

const gemm: Operator = {
  infer(node) {
    const dtype = commonDType(node);
    const a = turned(node.shapeOf(0, 2), node.int('transA', 0) !== 0);
    const b = turned(node.shapeOf(1, 2), node.int('transB', 0) !== 0);
    const shape = productShape(node, a, b);
    if (node.has(2) && node.opset >= 7) broadcast(node, [node.shape(2), shape]);
    return [tensor(dtype, shape)];
  },
  lower(emit) {
    const { node } = emit;
    const [transposeA, transposeB] = [node.int('transA', 0) !== 0, node.int('transB', 0) !== 0];
    const [, outFeatures = 0] = emit.output(0).shape;
    const { dtype } = emit.output(0);
    const bias = node.has(2);
    if (emit.isConstant(1) && !emit.isConstant(0) && !transposeA) {
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
  readonly extents: ReadonlyMap<string, Extent>;
}

/** The equation with one letter per dimension; those that `...` stands for are named `.0`, `.1`, ... */
function equation(node: Node): Equation {
  const text = node.text('equation', '').replaceAll(' ', '');
  const [left = '', right] = text.split('->');
  const terms = left.split(',');
  if (terms.length !== node.inputs.length) {
    node.fail(`has the equation "${text}" for ${String(node.inputs.length)} operands`);
  }
  const extents = new Map<string, Extent>();
  let stacked = 0;
  const operands = terms.map((term, i) => {
    const shape = node.shape(i);
    const letters = term.replace('...', '').length;
    const hidden = term.includes('...') ? shape.length - letters : 0;
    if (letters + hidden !== shape.length || hidden < 0) {
      node.fail(`has the term "${term}" for an operand of ${formatDims(shape)}`);
    }
    stacked = Math.max(stacked, hidden);
    return { term, hidden, shape };
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
  const lists = operands.map(({ term, hidden, shape }) => {
    const letters = spread(term, hidden);
    for (const [axis, letter] of letters.entries()) {
      const dim = shape[axis] ?? 1;
      const before = extents.get(letter);
      if (before === undefined || before === 1 || !isKnown(before))
        extents.set(letter, before === undefined || isKnown(dim) ? dim : before);
      else if (isKnown(dim) && dim !== 1 && dim !== before)
        node.fail(`gives "${letter}" the extents ${String(before)} and ${String(dim)}`);
    }
    return letters;
  });
  const all = lists.flat();
  const implicit = [...new Set(all)]
    .filter((letter) => letter.startsWith('.') || all.filter((other) => other === letter).length === 1)
    .sort();
  return { operands: lists, result: right === undefined ? implicit : spread(right, stacked), extents };
}

const einsum: Operator = {
  infer(node) {
    const { result, extents } = equation(node);
    const shape = result.map(
      (letter) => extents.get(letter) ?? node.fail(`has "${letter}" only in its result`),
    );
    return [tensor(commonDType(node), shape)];
  },
  lower(emit) {
    const { operands, result } = equation(emit.node);
    return emit.add('einsum', emit.operands('weight'), { operands, result, dtype: emit.output(0).dtype });
  },
};

const det: Operator = {
  infer: (node) => [node.like(0, node.shape(0).slice(0, -2))],
  lower: (emit: Emitter) => emit.add('determinant', [emit.operand(0)], {}),
};

export const LINEAR: Operators = {
  Det: det,
  Einsum: einsum,
  Gemm: gemm,
  MatMul: product(0, 1, (node) => commonDType(node)),
  MatMulInteger: product(0, 1, () => 'int32'),
  QLinearMatMul: product(0, 3, (node) => node.dtype(7)),
};
