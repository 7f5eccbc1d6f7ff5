import { beforeAll, describe, expect, it } from 'vitest';
import { bytesSource } from '../../../src/formats/byteSource.ts';
import { infer } from '../../../src/formats/onnx/infer.ts';
import { changed } from '../../../src/formats/onnx/message.ts';
import { TENSOR, type TensorProto } from '../../../src/formats/onnx/proto.ts';
import { readModelProto } from '../../../src/formats/onnx/read.ts';
import type { Value } from '../../../src/formats/onnx/values.ts';
import type { DType } from '../../../src/ops/dtype.ts';
import { type Attribute, modelBytes, node, port, stored } from './model.ts';
import { run, withoutRuntime } from './runtime.ts';

type Operand = TensorProto | undefined;
type Attributes = Readonly<Record<string, Attribute>>;
interface Case {
  readonly op: string;
  readonly operands: readonly Operand[];
  readonly attributes?: Attributes;
  readonly outputs?: number;
}

const content = (dtype: DType, dims: readonly number[], numbers: readonly number[]): TensorProto =>
  stored('', dtype, dims, numbers);
const f = (...numbers: readonly number[]): TensorProto => content('float32', [numbers.length], numbers);
const i = (...numbers: readonly number[]): TensorProto => content('int64', [numbers.length], numbers);
const b = (...flags: readonly number[]): TensorProto => content('bool', [flags.length], flags);
const scalar = (number: number): TensorProto => content('int64', [], [number]);
const counting = (dtype: DType, ...dims: readonly number[]): TensorProto =>
  content(
    dtype,
    dims,
    Array.from({ length: dims.reduce((x, y) => x * y, 1) }, (_, at) => at + 1),
  );

const HALVES = f(-2.5, -1.5, -0.5, 0, 0.5, 1.5, 2.5, 3.25);
const INSIDE = f(-0.9, -0.25, 0, 0.4, 0.9);
const POSITIVE = f(1, 1.5, 2, 100);

const one = (operand: TensorProto, ...ops: readonly string[]): readonly Case[] =>
  ops.map((op) => ({ op, operands: [operand] }));
const pair = (x: TensorProto, y: TensorProto, ...ops: readonly string[]): readonly Case[] =>
  ops.map((op) => ({ op, operands: [x, y] }));

/** [2,3] with [3], so that rows and columns are told apart, with every sign. */
const WIDE = content('int64', [2, 3], [-7, 7, 5, -5, 0, 9]);
const NARROW = i(2, -3, 5);
const FLAGS = [b(0, 0, 1, 1), b(0, 1, 0, 1)] as const;
const ORDERED = [i(1, 2, 3, 2), i(2, 2, 2, 5)] as const;
const CUBE = counting('int64', 2, 3, 4);
const MATRIX = counting('float32', 2, 3);

const reductions = (operand: TensorProto, axes: TensorProto, more: Attributes): readonly Case[] => [
  { op: 'ReduceSum', operands: [operand, axes], attributes: more },
  ...['ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd'].map((op) => ({
    op,
    operands: [operand, axes],
    attributes: more,
  })),
];

const CASES: readonly Case[] = [
  ...one(HALVES, 'Abs', 'Ceil', 'Floor', 'Neg', 'Round', 'Sign', 'Relu', 'Tanh', 'Identity'),
  ...one(HALVES, 'Atan', 'Asinh', 'Cos', 'Cosh', 'Exp', 'Sin', 'Sinh', 'Tan'),
  ...one(INSIDE, 'Acos', 'Asin', 'Atanh'),
  ...one(POSITIVE, 'Acosh', 'Log', 'Sqrt', 'Reciprocal'),
  ...one(b(0, 1), 'Not'),
  ...one(i(-5, 0, 5), 'BitwiseNot', 'Abs', 'Neg', 'Sign'),
  ...pair(WIDE, NARROW, 'Add', 'Sub', 'Mul', 'Div', 'Mod', 'Max', 'Min'),
  ...pair(NARROW, WIDE, 'Add', 'Sub', 'Mul'),
  ...pair(MATRIX, f(0.5, 2, -3), 'Add', 'Sub', 'Mul', 'Div', 'Pow', 'Max', 'Min'),
  { op: 'Mod', operands: [WIDE, NARROW], attributes: { fmod: 1 } },
  { op: 'Mod', operands: [f(-7.5, 7.5, 5), f(2, -2, 3)], attributes: { fmod: 1 } },
  ...['Sum', 'Max', 'Min'].map((op): Case => ({ op, operands: [f(1, -4, 2), f(0.5), f(-1, 3, 0)] })),
  ...pair(...FLAGS, 'And', 'Or', 'Xor'),
  ...pair(...ORDERED, 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'),
  ...pair(i(12, 10), i(10, 6), 'BitwiseAnd', 'BitwiseOr', 'BitwiseXor'),
  { op: 'Where', operands: [b(1, 0, 1), WIDE, NARROW] },
  // float32, int8, uint8, int32, int64, bool, float64 and back from halves; float16 and bfloat16 round.
  ...[1, 3, 6, 7, 9, 11].map((to): Case => ({ op: 'Cast', operands: [HALVES], attributes: { to } })),
  ...[1, 6, 9].map((to): Case => ({ op: 'Cast', operands: [i(-3, 0, 2, 100)], attributes: { to } })),
  { op: 'CastLike', operands: [HALVES, i(0)] },
  { op: 'Clip', operands: [HALVES, content('float32', [], [-1]), content('float32', [], [2])] },
  { op: 'Clip', operands: [HALVES, undefined, content('float32', [], [2])] },
  { op: 'Clip', operands: [HALVES, content('float32', [], [-1])] },
  { op: 'Clip', operands: [HALVES] },
  ...reductions(counting('float32', 2, 3, 2), i(1), { keepdims: 0 }),
  ...reductions(counting('float32', 2, 3, 2), i(0, -1), { keepdims: 1 }),
  { op: 'ReduceSum', operands: [CUBE], attributes: { keepdims: 0 } },
  { op: 'ReduceSum', operands: [CUBE], attributes: { noop_with_empty_axes: 1 } },
  { op: 'Reshape', operands: [CUBE, i(0, -1, 2)] },
  { op: 'Squeeze', operands: [counting('int64', 1, 3, 1), i(-1)] },
  { op: 'Squeeze', operands: [counting('int64', 1, 3, 1)] },
  { op: 'Unsqueeze', operands: [i(4, 5), i(0, -1)] },
  ...[0, 1, 2, -1].map((axis): Case => ({ op: 'Flatten', operands: [CUBE], attributes: { axis } })),
  { op: 'Transpose', operands: [CUBE] },
  { op: 'Transpose', operands: [CUBE], attributes: { perm: [1, 2, 0] } },
  { op: 'Concat', operands: [CUBE, counting('int64', 1, 3, 4)], attributes: { axis: 0 } },
  { op: 'Concat', operands: [CUBE, counting('int64', 2, 1, 4), CUBE], attributes: { axis: 1 } },
  { op: 'Concat', operands: [CUBE, counting('int64', 2, 3, 1)], attributes: { axis: -1 } },
  { op: 'Split', operands: [CUBE, i(1, 2)], attributes: { axis: 1 }, outputs: 2 },
  { op: 'Split', operands: [CUBE, i(1, 1, 2)], attributes: { axis: -1 }, outputs: 3 },
  { op: 'Split', operands: [i(1, 2, 3, 4, 5)], attributes: { num_outputs: 2 }, outputs: 2 },
  { op: 'Slice', operands: [CUBE, i(0, 1), i(1, 4), i(0, 2), i(1, 2)] },
  { op: 'Slice', operands: [CUBE, i(-1), i(-9), i(1), i(-1)] },
  { op: 'Slice', operands: [CUBE, i(0, -2), i(2, 9)] },
  { op: 'Slice', operands: [CUBE, i(1), i(-1), i(-1)] },
  { op: 'Gather', operands: [CUBE, content('int64', [2, 2], [0, 2, -1, 1])], attributes: { axis: 1 } },
  { op: 'Gather', operands: [CUBE, scalar(-1)], attributes: { axis: 2 } },
  { op: 'Gather', operands: [i(7, 8, 9), i(2, 0)] },
  { op: 'Expand', operands: [content('int64', [3, 1], [1, 2, 3]), i(2, 1, 4)] },
  { op: 'Expand', operands: [MATRIX, i(1)] },
  { op: 'Tile', operands: [content('int64', [1, 2, 3], [1, 2, 3, 4, 5, 6]), i(2, 1, 2)] },
  ...[-1, 0, 1, 2].flatMap((k) =>
    [0, 1].map((upper): Case => ({
      op: 'Trilu',
      operands: [counting('int64', 2, 3, 4), scalar(k)],
      attributes: { upper },
    })),
  ),
  { op: 'Trilu', operands: [counting('int64', 3, 3)] },
  { op: 'Shape', operands: [CUBE] },
  { op: 'Shape', operands: [CUBE], attributes: { start: 1 } },
  { op: 'Shape', operands: [CUBE], attributes: { start: -2, end: -1 } },
  { op: 'Shape', operands: [CUBE], attributes: { start: -9, end: 9 } },
  { op: 'Shape', operands: [CUBE], attributes: { start: 2, end: 1 } },
  { op: 'Size', operands: [CUBE] },
  { op: 'NonZero', operands: [content('int64', [2, 3], [0, 3, 0, 1, 0, 2])] },
  { op: 'ConstantOfShape', operands: [i(2, 3)] },
  { op: 'ConstantOfShape', operands: [i(3)], attributes: { value: { t: i(7) } } },
  { op: 'Range', operands: [scalar(1), scalar(9), scalar(3)] },
  { op: 'Range', operands: [scalar(3), scalar(-4), scalar(-2)] },
  { op: 'Range', operands: [0, 2, 0.75].map((number) => content('float32', [], [number])) },
  ...[-1, 0, 2].map((k): Case => ({ op: 'EyeLike', operands: [MATRIX], attributes: { k } })),
  { op: 'EyeLike', operands: [MATRIX], attributes: { dtype: 7 } },
  { op: 'Constant', operands: [], attributes: { value_float: { f: 2.5 } } },
  { op: 'Constant', operands: [], attributes: { value_floats: { floats: [2.5, 3] } } },
  { op: 'Constant', operands: [], attributes: { value_int: 4 } },
  { op: 'Constant', operands: [], attributes: { value_ints: [4, 5] } },
];

/** One model of all cases, everything that they read stored in it. */
function model(types?: readonly Value[]): Uint8Array {
  const initializer: TensorProto[] = [];
  const names: string[] = [];
  const nodes = CASES.map(({ op, operands, attributes = {}, outputs = 1 }, c) => {
    const inputs = operands.map((operand, at) => {
      if (operand === undefined) return '';
      const name = `in${String(c)}_${String(at)}`;
      initializer.push(changed(TENSOR, operand, { name }));
      return name;
    });
    const results = Array.from({ length: outputs }, (_, at) => `out${String(c)}_${String(at)}`);
    names.push(...results);
    return node(op, inputs, results, attributes);
  });
  const output = names.map((name, at) => {
    const type = types?.[at];
    return type?.kind === 'tensor' ? port(name, type.dtype) : { name, type: undefined };
  });
  return modelBytes({ opset: 18, node: nodes, initializer, output });
}

function followed(): readonly Value[] {
  const source = bytesSource(model());
  const proto = readModelProto(source, 'x.onnx');
  if (proto.graph === undefined) throw new TypeError('no graph');
  return infer(proto, proto.graph, { file: { source, name: 'x.onnx' }, bindings: new Map() }).results;
}

const titles = CASES.flatMap(({ op, attributes, outputs = 1 }, c) =>
  Array.from({ length: outputs }, (_, at) => [
    `${op} ${JSON.stringify(attributes ?? {}).slice(0, 40)} (${String(c)}.${String(at)})`,
    `out${String(c)}_${String(at)}`,
  ]),
).map(([title = '', name = ''], at) => [title, name, at] as const);

describe.skipIf(withoutRuntime)('contents that are followed are those that onnxruntime computes', () => {
  let found: readonly Value[];
  let computed: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    found = followed();
    computed = await run(model(found), new Map());
  });

  it.each(titles)('%s', (_, name, at) => {
    const value = found[at];
    const expected = computed.get(name)!;
    if (value?.kind !== 'tensor') throw new TypeError('no tensor');
    expect(value.shape).toEqual(expected.shape);
    const numbers = Array.from(expected.data, Number);
    const close = (number: number) => expect.closeTo(number, 5) as number;
    expect(value.elements?.()).toEqual(value.dtype === 'float32' ? numbers.map(close) : numbers);
  });
});
