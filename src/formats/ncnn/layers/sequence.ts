import type { TensorId } from '../../../graph/graph.ts';
import type { DType } from '../../../ops/dtype.ts';
import { GATES } from '../../../ops/recurrent.ts';
import { formatShape, type Shape } from '../../../ops/spec.ts';
import { elements } from '../../../units.ts';
import { Unknown, type Lowering, type Rule } from '../lower.ts';
import type { Params } from '../params.ts';

const innerProduct: Rule = (on, params) => {
  const outFeatures = params.count(0, 0);
  const bias = params.flag(1);
  const stated = params.int(2, 0);
  const int8 = params.flag(8);
  const dims = on.shape(0);
  // ncnn takes the rows of a matrix one by one where a row is as long as the weights of an output.
  const rows = dims.length === 2 && (dims[1] as number) * outFeatures === stated;
  const features = rows ? (dims[1] as number) : elements(dims);
  if (features * outFeatures !== stated) {
    on.fail(
      `parameter 2 states ${String(stated)} weights, not those of ${String(outFeatures)} outputs from ${formatShape(dims)}`,
      'give the layer the features that it was trained for, or correct parameter 2',
    );
  }
  const x = int8 ? on.quantized(on.input()) : on.input();
  const result = on.add(
    'linear',
    [x],
    { outFeatures, bias, flatten: !rows, ...(int8 ? { dtype: 'float32' as const } : {}) },
    int8 ? on.parameters([outFeatures, features], bias ? outFeatures : 0, int8) : undefined,
  );
  return [on.fused(result, params.int(9, 0), params.list(10))];
};

const embed: Rule = (on, params) => {
  const [outFeatures, rows] = [params.count(0, 0), params.count(1, 0)];
  on.shape(0, 1);
  const table = on.stored('embedding', [rows, outFeatures], params.flag(18) ? 'int8' : 'float32');
  const found = on.add('gather', [table, on.input()], { axis: 0 });
  const result = params.flag(18)
    ? on.add('elementwise', [found], { fn: 'dequantize', dtype: 'float32' })
    : found;
  return [params.flag(2) ? on.elementwise('add', result, on.stored('bias', [outFeatures])) : result];
};

/** Element type of weights that are quantised in blocks, by the hundreds of the quantisation term. */
const BLOCK_TYPES: Readonly<Record<number, DType>> = { 4: 'int4', 8: 'int8' };

const gemm: Rule = (on, params) => {
  const term = params.int(18, 0);
  const block = BLOCK_TYPES[Math.floor(term / 100)];
  if (term >= 400 && block === undefined) return new Unknown('its weights have an element type of their own');
  if (params.flag(4)) return new Unknown('its first operand is stored');
  const [alpha, beta] = [params.number(0) ?? 1, params.number(1) ?? 1];
  const a = matrix(on, 0, params.flag(2));
  const rows = on.dims(a)[0] as number;
  const int8 = term !== 0 && term < 400;
  const [columns, product] = params.flag(5)
    ? storedProduct(on, params, a, { int8, block })
    : computedProduct(on, params, a, int8);
  let result = product;
  if (alpha !== 1) result = on.scaled(result, alpha, 0);
  const bias = addend(on, params, rows, columns);
  if (bias !== undefined) {
    result = on.elementwise('add', result, beta === 1 ? bias : on.scaled(bias, beta, 0));
  }
  if (params.flag(14)) result = on.add('transpose', [result], { perm: [0, 2, 1] });
  if (params.flag(11)) {
    const [m = 1, n = 1] = on.dims(result);
    result = on.reshape(result, [m, 1, n]);
  }
  return [result];
};

/** An operand of Gemm as rows and columns. */
function matrix(on: Lowering, index: number, transposed: boolean): TensorId {
  const dims = on.shape(index, 1, 2, 3);
  const [last, rows] = [dims.at(-1) as number, dims.length === 3 ? (dims[0] as number) : (dims.at(-2) ?? 1)];
  if (rows * last !== elements(dims)) {
    on.fail(
      `input ${String(index + 1)} is ${formatShape(dims)}`,
      'give it a matrix, or one with a height of 1',
    );
  }
  const x = on.reshape(on.input(index), [rows, last]);
  return transposed ? on.add('transpose', [x], { perm: [0, 2, 1] }) : x;
}

type Product = readonly [columns: number, result: TensorId];

/** By a stored matrix: a fully connected layer of each row. */
function storedProduct(
  on: Lowering,
  params: Params,
  a: TensorId,
  { int8, block }: { readonly int8: boolean; readonly block: DType | undefined },
): Product {
  const [outFeatures, inner] = [params.count(8, 0), params.count(9, 0)];
  const features = on.dims(a)[1] as number;
  if (inner !== features) {
    on.fail(
      `parameter 9 states an inner extent of ${String(inner)}, its input has ${String(features)}`,
      'give the layer the features that it was trained for',
    );
  }
  // One value for each output, ready to be added as they come, is the layer's own bias.
  const own = params.flag(6) && params.int(10, 0) === PER_COLUMN && plainSum(params);
  if (block === undefined) return [outFeatures, on.project(a, outFeatures, own, int8)];
  const weight = on.stored('weight', [outFeatures, features], block);
  const stored = own ? [weight, on.stored('bias', [outFeatures])] : [weight];
  return [outFeatures, on.add('linear', [a], { outFeatures, bias: own, flatten: false }, stored)];
}

const plainSum = (params: Params): boolean => (params.number(0) ?? 1) === 1 && (params.number(1) ?? 1) === 1;

function computedProduct(on: Lowering, params: Params, a: TensorId, int8: boolean): Product {
  const b = matrix(on, 1, params.flag(3));
  const [x, y] = int8 ? [on.quantized(a), on.quantized(b)] : [a, b];
  const result = on.add('matMul', [x, y], { transposeA: false, transposeB: false, dtype: 'float32' });
  return [on.dims(b)[1] as number, result];
}

/** Kinds of Gemm's third operand, by parameter 10. */
const PER_COLUMN = 4;

/** What Gemm adds to its product, unless its linear layer does so already. */
function addend(on: Lowering, params: Params, rows: number, columns: number): TensorId | undefined {
  const kind = params.int(10, 0);
  if (params.flag(6)) {
    if (kind < 0 || (params.flag(5) && kind === PER_COLUMN && plainSum(params))) return undefined;
    const shapes: readonly Shape[] = [[1], [rows, 1], [rows, 1], [rows, columns], [columns]];
    return on.stored(
      'bias',
      shapes[kind] ?? on.fail(`there is no kind ${String(kind)} of addend`, 'use 0 to 4'),
    );
  }
  const index = params.flag(5) ? 1 : 2;
  if (on.inputCount <= index) return undefined;
  const c = on.input(index);
  const dims = on.dims(c);
  if (dims.length !== 1) return c;
  const [length = 1] = dims;
  return on.reshape(c, length === rows && length !== 1 ? [length, 1] : [1, length]);
}

const matMul: Rule = (on, params) => {
  const transposeB = params.flag(0);
  const [a, b] = [on.shape(0), on.shape(1)];
  const left = a.length === 1 ? on.reshape(on.input(0), [1, ...a]) : on.input(0);
  const right = b.length === 1 ? on.reshape(on.input(1), transposeB ? [1, ...b] : [...b, 1]) : on.input(1);
  const product = on.add('matMul', [left, right], { transposeA: false, transposeB, dtype: 'float32' });
  const dims = on.dims(product);
  const stack = dims.slice(0, -2);
  const [rows, columns] = dims.slice(-2) as [number, number];
  const wanted = [...stack, ...(a.length === 1 ? [] : [rows]), ...(b.length === 1 ? [] : [columns])];
  return [on.reshape(product, wanted.length === 0 ? [1] : wanted)];
};

const einsum: Rule = (on, params) => {
  const equation = String.fromCharCode(...params.list(0).slice(0, 64));
  const [left = '', right] = equation.split('->');
  if (equation === 'ii') {
    return [on.reshape(on.add('einsum', on.inputs, equationOf(on, ['ii'], '')), [1])];
  }
  if (right === undefined || !/^[i-x,]*$/.test(left) || !/^[i-l]*$/.test(right)) {
    return on.fail(`has the equation "${equation}"`, 'write letters from i to x, and -> before the result');
  }
  return [on.add('einsum', on.inputs, equationOf(on, left.split(','), right))];
};

/** The letters of an equation, and one more for the batch. */
function equationOf(on: Lowering, operands: readonly string[], result: string) {
  const unknown = Array.from(result).find((letter) => !operands.some((operand) => operand.includes(letter)));
  if (unknown !== undefined || operands.length !== on.inputCount) {
    on.fail('has an equation that does not fit its inputs', 'name each dimension of each input once');
  }
  return {
    operands: operands.map((operand) => ['batch', ...Array.from(operand)]),
    result: ['batch', ...Array.from(result)],
    dtype: 'float32',
  } as const;
}

/** Which inputs are queries, keys and values, by how many there are. */
function attentionInputs(count: number): readonly [number, number, number] {
  if (count === 1) return [0, 0, 0];
  return count === 2 ? [0, 1, 1] : [0, 1, 2];
}

const multiHeadAttention: Rule = (on, params) => {
  if (params.flag(7)) return new Unknown('its keys and values are cached');
  const term = params.int(18, 0);
  if (term >= 400) return new Unknown('its weights are quantised in blocks');
  const int8 = term !== 0;
  const width = params.count(0, 0);
  const heads = params.count(1, 1);
  const features = params.int(2, 0) / width;
  const masked = params.flag(5);
  if (!Number.isSafeInteger(features) || features < 1 || width % heads !== 0) {
    on.fail(
      `divides ${String(width)} features and ${String(params.int(2, 0))} weights among ${String(heads)} heads`,
      'give parameters 0, 1 and 2 that divide',
    );
  }
  const [q, k, v] = attentionInputs(on.inputCount - (masked ? 1 : 0));
  const [queries = 1, queryWidth] = on.shape(q, 2);
  const [keys = 1, keyWidth] = on.shape(k, 2);
  const [, valueWidth] = on.shape(v, 2);
  const stated = [features, params.int(3, width), params.int(4, width)];
  if ([queryWidth, keyWidth, valueWidth].some((each, i) => each !== stated[i])) {
    on.fail(
      `reads ${String(queryWidth)}, ${String(keyWidth)} and ${String(valueWidth)} features where ${stated.join(', ')} are stated`,
      'give queries, keys and values the features that they were trained for',
    );
  }
  const projected = [q, k, v].map((index) => on.project(on.input(index), width, true, int8));
  const mask = masked ? [on.input(on.inputCount - 1)] : [];
  const context = on.add('attention', [...projected, ...mask], {
    heads,
    queries,
    keys,
    size: width / heads,
    valueSize: width / heads,
    masked,
    outputs: [{ dtype: 'float32', shape: [on.batch, queries, width] }],
  });
  return [on.project(context, features, true, int8)];
};

const scaledDotProduct: Rule = (on, params) => {
  if (params.flag(18)) return new Unknown('it computes in eight bits with scales of its own');
  const [masked, cached] = [params.flag(5), params.flag(7)];
  const [heads = 1, queries = 1, size = 1] = on.shape(0, 3);
  const [groups = 1, current = 1, keySize] = on.shape(1, 3);
  const [valueGroups, valueCount, valueSize = 1] = on.shape(2, 3);
  const past = cached ? (on.shape(masked ? 4 : 3, 3)[1] ?? 0) : 0;
  if (keySize !== size || valueGroups !== groups || valueCount !== current || heads % groups !== 0) {
    on.fail(
      `cannot attend from ${formatShape([heads, queries, size])} to ${formatShape(on.shape(1))} with values ${formatShape(on.shape(2))}`,
      'give keys and values the same heads and tokens, and keys the features of queries',
    );
  }
  const keys = past + current;
  const result = { dtype: 'float32' as const, shape: [on.batch, heads, queries, valueSize] };
  const caches = [size, valueSize].map((each) => ({
    dtype: 'float32' as const,
    shape: [on.batch, groups, keys, each],
  }));
  return on.builder.addAll('attention', on.inputs, {
    heads,
    queries,
    keys,
    size,
    valueSize,
    masked,
    outputs: cached && on.outputCount === 3 ? [result, ...caches] : [result],
  });
};

const recurrent =
  (cell: keyof typeof GATES): Rule =>
  (on, params) => {
    const outFeatures = params.count(0, 0);
    const hiddenSize = cell === 'lstm' ? params.count(3, outFeatures) : outFeatures;
    const projection = hiddenSize === outFeatures ? undefined : outFeatures;
    const [steps = 1, features = 1] = on.shape(0, 2);
    const directions = params.int(2, 0) === 2 ? 2 : 1;
    const rows = GATES[cell] * hiddenSize;
    const stated = params.int(1, 0);
    if (stated !== directions * rows * features) {
      on.fail(
        `parameter 1 states ${String(stated)} weights, not those of ${String(hiddenSize)} units from ${String(features)} features`,
        'give the layer the features that it was trained for, or correct parameter 1',
      );
    }
    const dtype = params.flag(8) ? 'int8' : 'float32';
    const biases = cell === 'gru' ? rows + hiddenSize : rows;
    const states = on.outputCount - 1;
    const results = on.builder.addAll(
      'recurrent',
      [on.input()],
      {
        cell,
        hiddenSize,
        directions,
        batchFirst: true,
        bias: true,
        oneBias: true,
        peepholes: false,
        ...(projection === undefined ? {} : { projection }),
        outputs: [true, states > 0, states > 1 && cell === 'lstm'],
      },
      {
        params: [
          on.stored('weight', [directions, rows, features], dtype),
          on.stored('weight', [directions, rows, outFeatures], dtype),
          on.stored('bias', [directions, biases]),
          ...(projection === undefined
            ? []
            : [on.stored('weight', [directions, projection, hiddenSize], dtype)]),
        ],
      },
    );
    const [all, ...last] = results as [TensorId, ...TensorId[]];
    return [on.reshape(all, [steps, directions * outFeatures]), ...last];
  };

/** Half of the blob, times the logistic of the other half. */
const gatedLinearUnit: Rule = (on, params) => {
  const dims = on.shape(0);
  const axis = on.axis(params.int(0, 0), dims.length);
  const half = (dims[axis] as number) / 2;
  if (!Number.isSafeInteger(half)) on.fail(`halves ${formatShape(dims)}`, 'give the axis an even extent');
  const [value, gate] = on.builder.addAll('split', [on.input()], { axis: axis + 1, sizes: [half, half] }) as [
    TensorId,
    TensorId,
  ];
  return [on.add('mul', [value, on.activation(gate, 'logistic')], {})];
};

export const SEQUENCE: Readonly<Record<string, Rule>> = {
  Einsum: einsum,
  Embed: embed,
  Gemm: gemm,
  GLU: gatedLinearUnit,
  GRU: recurrent('gru'),
  InnerProduct: innerProduct,
  LSTM: recurrent('lstm'),
  MatMul: matMul,
  MultiHeadAttention: multiHeadAttention,
  RNN: recurrent('rnn'),
  SDPA: scaledDotProduct,
};
