import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProfileError } from '../../../src/diagnostics.ts';
import { infer } from '../../../src/formats/onnx/infer.ts';
import { changed } from '../../../src/formats/onnx/message.ts';
import { fromOnnx, readModelProto } from '../../../src/formats/onnx/read.ts';
import { typesOf } from '../../../src/graph/graph.ts';
import type { Value } from '../../../src/formats/onnx/values.ts';
import type { Extent } from '../../../src/ops/extent.ts';
import { bytesSource } from '../../../src/formats/byteSource.ts';
import {
  TENSOR,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from '../../../src/formats/onnx/proto.ts';
import type { DType } from '../../../src/ops/dtype.ts';
import { type Attribute, attribute, fn, graph, modelBytes, node, port, single, stored } from './model.ts';

const dimText = (dim: Extent): string =>
  typeof dim === 'number' ? String(dim) : dim.atMost === undefined ? '?' : `<=${String(dim.atMost)}`;

const describeValue = (value: Value | undefined): string =>
  value?.kind === 'tensor'
    ? `${value.dtype ?? '?'}[${value.shape?.map(dimText).join(',') ?? '...'}]`
    : value?.kind === 'sequence'
      ? `seq(${(value.items ?? [value.element]).map(describeValue).join(' ')})`
      : (value?.kind ?? 'nothing');

function results(bytes: Uint8Array, bindings: ReadonlyMap<string, number> = new Map()): readonly string[] {
  const source = bytesSource(bytes);
  const model = readModelProto(source, 'x.onnx');
  if (model.graph === undefined) throw new TypeError('no graph');
  return infer(model, model.graph, {
    file: { source, name: 'x.onnx' },
    bindings,
  }).results.map(describeValue);
}

const refusal = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof ProfileError) return error.message;
    throw error;
  }
  return 'nothing refused';
};

type Operand = readonly [DType, readonly (number | string)[]] | TensorProto;
const f = (...dims: readonly (number | string)[]): Operand => ['float32', dims];
const ints = (...content: readonly number[]): Operand => stored('', 'int64', [content.length], content);
const scalar = (content: number): Operand => stored('', 'int64', [], [content]);
const floats = (...content: readonly number[]): Operand => stored('', 'float32', [content.length], content);

type Row = readonly [
  op: string,
  operands: readonly Operand[],
  attributes: Readonly<Record<string, Attribute>>,
  expected: string,
  opset?: number,
];

/** Expected shapes by hand from the operators' definitions (onnx docs/Operators.md), or by the named source. */
const ROWS: readonly Row[] = [
  // Windows: floor((in + pads - dilation * (k - 1) - 1) / stride) + 1.
  [
    'Conv',
    [f(2, 4, 9, 10), f(6, 2, 3, 2)],
    { group: 2, pads: [1, 0, 0, 2], strides: [2, 1], dilations: [2, 3] },
    'float32[2,6,3,9]',
  ],
  ['Conv', [f(1, 1, 5, 5), f(1, 1, 3, 3)], { auto_pad: 'SAME_LOWER', strides: [2, 2] }, 'float32[1,1,3,3]'],
  ['Conv', [f(1, 1, 5), f(1, 1, 2)], { auto_pad: 'VALID' }, 'float32[1,1,4]'],
  ['Conv', [f(1, 1, 5), f(1, 1, 3)], { auto_pad: 'SAME_UPPER' }, 'float32[1,1,5]'],
  ['MaxPool', [f(1, 1, 4, 4)], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }, 'float32[1,1,2,2]'],
  // pytorch's rule: a last window may not start in the padding behind the input
  [
    'MaxPool',
    [f(1, 1, 6, 6)],
    { kernel_shape: [1, 1], strides: [4, 4], ceil_mode: 1, pads: [0, 0, 3, 3] },
    'float32[1,1,2,2]',
  ],
  ['MaxPool', [f(1, 1, 4, 4)], { kernel_shape: [2, 2], dilations: [2, 2] }, 'float32[1,1,2,2]'],
  [
    'AveragePool',
    [f(1, 3, 32, 32, 32)],
    { kernel_shape: [2, 2, 2], dilations: [1, 2, 3] },
    'float32[1,3,31,30,29]',
    19,
  ],
  [
    'ConvTranspose',
    [f(1, 1, 3, 3), f(1, 2, 3, 3)],
    { strides: [3, 2], pads: [1, 2, 1, 2] },
    'float32[1,2,7,3]',
  ],
  [
    'ConvTranspose',
    [f(1, 1, 3, 3), f(1, 2, 3, 3)],
    { strides: [3, 2], output_padding: [1, 1] },
    'float32[1,2,10,8]',
  ],
  [
    'ConvTranspose',
    [f(1, 1, 3, 3), f(1, 2, 3, 3)],
    { strides: [3, 2], output_shape: [10, 8] },
    'float32[1,2,10,8]',
  ],
  [
    'ConvTranspose',
    [f(1, 1, 3, 3), f(1, 2, 3, 3)],
    { strides: [2, 2], auto_pad: 'SAME_UPPER' },
    'float32[1,2,6,6]',
  ],
  ['GlobalAveragePool', [f(1, 3, 5, 5)], {}, 'float32[1,3,1,1]'],
  // Products.
  ['MatMul', [f(2, 1, 3, 4), f(5, 4, 6)], {}, 'float32[2,5,3,6]'],
  ['MatMul', [f(4), f(2, 4, 6)], {}, 'float32[2,6]'],
  ['MatMul', [f(2, 3, 4), f(4)], {}, 'float32[2,3]'],
  ['Gemm', [f(4, 2), f(3, 4), f(3)], { transA: 1, transB: 1 }, 'float32[2,3]'],
  [
    'MatMulInteger',
    [
      ['uint8', [4, 3]],
      ['int8', [3, 2]],
    ],
    {},
    'int32[4,2]',
  ],
  ['Einsum', [f(3, 5, 4), f(3, 4, 2)], { equation: 'bij, bjk -> bik' }, 'float32[3,5,2]'],
  ['Einsum', [f(2, 3, 4), f(4, 5)], { equation: '...ij,jk' }, 'float32[2,3,5]'],
  // Broadcasting and element types.
  ['Add', [f(3, 1, 5), f(4, 1)], {}, 'float32[3,4,5]'],
  ['Add', [f(0, 3), f(1, 3)], {}, 'float32[0,3]'],
  ['Greater', [f(2, 3), f(3)], {}, 'bool[2,3]'],
  ['Where', [['bool', [3, 1]], f(1, 4), f(1)], {}, 'float32[3,4]'],
  ['Cast', [f(2)], { to: 16 }, 'bfloat16[2]'],
  ['Cast', [f(2)], { to: 22 }, 'int4[2]', 21],
  ['Cast', [f(2)], { to: 17 }, 'float8e4m3fn[2]', 19],
  ['QuantizeLinear', [f(2, 3), f(), ['int8', []]], {}, 'int8[2,3]'],
  ['DequantizeLinear', [['uint8', [2, 3]], f(), ['uint8', []]], {}, 'float32[2,3]'],
  // Movement.
  ['Reshape', [f(2, 3, 4), ints(0, -1)], {}, 'float32[2,12]'],
  ['Reshape', [f(0, 3), ints(3, 0)], { allowzero: 1 }, 'float32[3,0]'],
  ['Reshape', [f(2, 0, 3), ints(-1, 3)], {}, 'float32[0,3]'],
  ['Transpose', [f(2, 3, 4)], {}, 'float32[4,3,2]'],
  ['Transpose', [f(2, 3, 4)], { perm: [1, 0, 2] }, 'float32[3,2,4]'],
  ['Squeeze', [f(1, 3, 1, 5), ints(-2)], {}, 'float32[1,3,5]'],
  ['Squeeze', [f(1, 3, 1, 5)], {}, 'float32[3,5]'],
  ['Unsqueeze', [f(3), ints(-1, 0)], {}, 'float32[1,3,1]'],
  ['Flatten', [f(2, 3, 4)], { axis: -1 }, 'float32[6,4]'],
  ['Flatten', [f(2, 3, 4)], { axis: 3 }, 'float32[24,1]'],
  ['Slice', [f(20, 10, 5), ints(0, 0), ints(3, 10), ints(0, 1)], {}, 'float32[3,10,5]'],
  [
    'Slice',
    [f(20, 10, 5), ints(20, 10, 4), ints(0, 0, 1), ints(0, 1, 2), ints(-1, -3, -2)],
    {},
    'float32[19,3,2]',
  ],
  ['Slice', [f(20, 10), ints(1), ints(1000), ints(-1), ints(4)], {}, 'float32[20,3]'],
  ['Slice', [f(20)], { starts: [-5], ends: [2147483647], axes: [0] }, 'float32[5]', 9],
  ['Split', [f(7, 2)], {}, 'float32[4,2]', 18],
  ['Concat', [f(2, 3), f(2, 4)], { axis: -1 }, 'float32[2,7]'],
  ['Gather', [f(5, 4, 3), ['int64', [2, 2]]], { axis: 1 }, 'float32[5,2,2,3]'],
  ['Gather', [f(5, 4), ['int64', []]], {}, 'float32[4]'],
  ['GatherND', [f(2, 3, 4), ['int64', [2, 5, 1]]], { batch_dims: 1 }, 'float32[2,5,4]'],
  ['GatherElements', [f(3, 3), ['int64', [2, 3]]], {}, 'float32[2,3]'],
  ['Tile', [f(2, 3), ints(2, 1)], {}, 'float32[4,3]'],
  ['Expand', [f(3, 1), ints(2, 1, 6)], {}, 'float32[2,3,6]'],
  ['Pad', [f(1, 3, 4, 5), ints(0, 0, 1, 3, 0, 0, 2, 4)], {}, 'float32[1,3,7,12]'],
  ['Pad', [f(1, 3, 4, 5), ints(1, -2), floats(0), ints(-1)], {}, 'float32[1,3,4,4]', 18],
  ['DepthToSpace', [f(1, 8, 2, 3)], { blocksize: 2 }, 'float32[1,2,4,6]'],
  ['SpaceToDepth', [f(1, 2, 4, 6)], { blocksize: 2 }, 'float32[1,8,2,3]'],
  ['OneHot', [['int64', [3]], scalar(10), f(2)], { axis: 0 }, 'float32[10,3]'],
  ['TopK', [f(3, 4), ints(3)], { axis: 1 }, 'float32[3,3]'],
  ['Shape', [f(2, 3, 4, 5)], { start: 1, end: -1 }, 'int64[2]'],
  ['Size', [f(2, 3)], {}, 'int64[]'],
  ['ConstantOfShape', [ints(4, 3)], { value: { t: stored('', 'int32', [1], [7]) } }, 'int32[4,3]'],
  ['Range', [scalar(10), scalar(4), scalar(-2)], {}, 'int64[3]'],
  ['EyeLike', [['int32', [4, 5]]], { dtype: 11 }, 'float64[4,5]'],
  // Reductions.
  ['ReduceMean', [f(3, 2, 4)], { axes: [1], keepdims: 0 }, 'float32[3,4]'],
  ['ReduceSum', [f(3, 2, 4), ints(-2)], {}, 'float32[3,1,4]'],
  ['ReduceSum', [f(3, 2, 4)], { noop_with_empty_axes: 1 }, 'float32[3,2,4]'],
  ['ArgMax', [f(2, 5)], { axis: 1, keepdims: 0 }, 'int64[2]'],
  // Resizing: floor(extent * scale), or the sizes.
  ['Resize', [f(1, 1, 2, 4), floats(), floats(1, 1, 0.6, 0.6)], { mode: 'nearest' }, 'float32[1,1,1,2]'],
  ['Resize', [f(1, 1, 2, 4), floats(), floats(), ints(1, 1, 7, 8)], { mode: 'linear' }, 'float32[1,1,7,8]'],
  [
    'Resize',
    [f(1, 1, 2, 4), floats(), floats(), ints(7, 8)],
    { axes: [2, 3], keep_aspect_ratio_policy: 'not_larger' },
    'float32[1,1,4,8]',
    18,
  ],
  ['Upsample', [f(1, 1, 2, 2), floats(1, 1, 2, 3)], {}, 'float32[1,1,4,6]', 9],
  [
    'RoiAlign',
    [f(1, 8, 10, 10), f(3, 4), ['int64', [3]]],
    { output_height: 5, output_width: 7 },
    'float32[3,8,5,7]',
  ],
  // Recurrent layers.
  [
    'LSTM',
    [f(7, 2, 10), f(2, 20, 10), f(2, 20, 5)],
    { hidden_size: 5, direction: 'bidirectional' },
    'float32[7,2,2,5]',
  ],
  ['GRU', [f(3, 4, 6), f(1, 6, 6), f(1, 6, 2)], { hidden_size: 2, layout: 1 }, 'float32[3,4,1,2]'],
  // Attention of opset 23.
  ['Attention', [f(2, 3, 4, 8), f(2, 3, 6, 8), f(2, 3, 6, 10)], {}, 'float32[2,3,4,10]', 23],
  [
    'Attention',
    [f(2, 4, 24), f(2, 6, 24), f(2, 6, 30)],
    { q_num_heads: 3, kv_num_heads: 3 },
    'float32[2,4,30]',
    23,
  ],
  // What only the data decide has its bound.
  ['NonZero', [f(3, 4)], {}, 'int64[2,<=12]'],
  ['NonMaxSuppression', [f(2, 8, 4), f(2, 3, 8), ints(5)], {}, 'int64[<=30,3]'],
  ['Unique', [f(3, 4)], {}, 'float32[<=12]'],
  // As many as are true: no more than the condition or the axis has.
  ['Compress', [f(3, 4), ['bool', [2]]], { axis: 1 }, 'float32[3,<=2]'],
  ['Compress', [f(3, 4), ['bool', ['n']]], { axis: 1 }, 'float32[3,<=4]'],
  ['Compress', [f(3, 'w'), ['bool', [2]]], { axis: 1 }, 'float32[3,<=2]'],
  ['Compress', [f(3, 4), ['bool', [2]]], { axis: 1 }, 'float32[3,<=2]'],
  ['ReduceLogSum', [f(3, 4), ['int64', [2]]], { keepdims: 0 }, 'float32[]', 18],
  ['ReduceLogSum', [f(3, 4), ['int64', [2]]], { keepdims: 1 }, 'float32[1,1]', 18],
  ['ReduceLogSum', [f(3, 4), ['int64', [0]]], { noop_with_empty_axes: 1 }, 'float32[3,4]', 18],
  ['DFT', [f(1, 10, 1)], { axis: 1, onesided: 1 }, 'float32[1,6,2]', 17],
  ['STFT', [f(1, 128, 1), scalar(8), floats(...Array<number>(16).fill(1))], {}, 'float32[1,15,9,2]'],
];

describe('shapes of operators', () => {
  it.each(
    ROWS.map((row, i) => [`${row[0]} ${String(i)} ${JSON.stringify(row[2]).slice(0, 60)}`, row] as const),
  )('%s', (_, [op, operands, attributes, expected, opset]) => {
    const outputs = op === 'Split' ? 2 : 1;
    const bytes = single(op, operands, attributes, { opset: opset ?? 17, outputs });
    expect(results(bytes)[0]).toBe(expected);
    // What the graph's own operators make of it is the same, where a graph can hold it (0 leaves an input open).
    const isOpen = operands.some(
      (one) => !('dims' in one) && one[1].some((dim) => typeof dim === 'string' || dim === 0),
    );
    if (isOpen || /[?<.]/.test(expected)) return;
    const { graph: net } = fromOnnx(bytesSource(bytes), { file: 'x.onnx' });
    const types = typesOf(
      net,
      net.outputs.map(({ tensor }) => tensor),
    );
    expect(types.map(({ dtype, shape }) => `${dtype}[${shape.join(',')}]`)[0]).toBe(expected);
  });
});

describe('nodes that are alike', () => {
  /** One graph of these rows: inputs have the rows' types, and stored operands their content. */
  const together = (rows: readonly Row[]): readonly string[] => {
    const nodes: NodeProto[] = [];
    const input: ValueInfoProto[] = [];
    const initializer: TensorProto[] = [];
    const output: ValueInfoProto[] = [];
    for (const [i, [op, operands, attributes]] of rows.entries()) {
      const names = operands.map((operand, k) => {
        const name = `in${String(i)}_${String(k)}`;
        if ('dims' in operand) initializer.push(changed(TENSOR, operand, { name }));
        else input.push(port(name, ...operand));
        return name;
      });
      const made = Array.from({ length: op === 'Split' ? 2 : 1 }, (_, k) => `out${String(i)}_${String(k)}`);
      nodes.push(node(op, names, made, attributes));
      output.push({ name: made[0], type: undefined });
    }
    return results(modelBytes({ opset: 17, node: nodes, input, initializer, output }));
  };

  it('make what each of them makes alone, in one graph and in any order', () => {
    const rows = ROWS.filter(([, , , , opset]) => opset === undefined);
    const repeated = [...rows, ...rows, ...rows.toReversed()];
    expect(together(repeated)).toEqual(repeated.map(([, , , expected]) => expected));
  });

  it('differ by what their operands hold, be it more of them than are remembered', () => {
    const targets = Array.from({ length: 40 }, (_, i) => [i % 2 === 0 ? 2 : 24, i % 2 === 0 ? 12 : 1]);
    const rows = targets.map((dims): Row => ['Reshape', [f(4, 6), ints(...dims)], {}, '']);
    expect(together(rows)).toEqual(targets.map((dims) => `float32[${dims.join(',')}]`));
  });

  it('differ by element type, content, number of results and version', () => {
    const older = fn({
      name: 'Old',
      input: ['a', 'b'],
      output: ['c'],
      node: [node('Add', ['a', 'b'], ['c'])],
      opsetImport: [{ domain: '', version: 6 }],
    });
    const bytes = modelBytes({
      domains: ['local'],
      functions: [older],
      input: [
        port('x', 'float32', [2, 4]),
        port('h', 'float16', [2, 4]),
        port('n', 'int64', [2]),
        port('one', 'float32', [1]),
      ],
      initializer: [stored('dims', 'int64', [2], [-8, -1])],
      node: [
        node('Relu', ['x'], ['r']),
        node('Relu', ['h'], ['rh']),
        node('Neg', ['n'], ['minus']),
        node('Neg', ['dims'], ['plus']),
        node('Reshape', ['x', 'plus'], ['tall']),
        node('Shape', ['x'], ['size']),
        node('Neg', ['size'], ['less']),
        node('Neg', ['less'], ['size2']),
        node('Reshape', ['x', 'size2'], ['same']),
        node('Split', ['x'], ['two', 'more'], { axis: 1 }),
        node('Split', ['x'], ['whole'], { axis: 1 }),
        node('Split', ['x'], ['half', 'other'], { axis: 1 }),
        node('Add', ['one', 'x'], ['wide']),
        node('Old', ['one', 'x'], ['narrow'], {}, { domain: 'local' }),
      ],
      output: ['r', 'rh', 'minus', 'tall', 'same', 'two', 'whole', 'half', 'wide', 'narrow'].map((name) => ({
        name,
        type: undefined,
      })),
    });
    expect(results(bytes)).toEqual([
      'float32[2,4]',
      'float16[2,4]',
      'int64[2]',
      'float32[8,1]',
      'float32[2,4]',
      'float32[2,2]',
      'float32[2,4]',
      'float32[2,2]',
      'float32[2,4]',
      'float32[1]',
    ]);
  });

  it('differ by what the call of a function gives them: attributes, and values that its graphs see', () => {
    const flat = fn({
      name: 'Flat',
      input: ['a'],
      output: ['b'],
      attribute: ['from'],
      node: [
        Object.assign(node('Flatten', ['a'], ['b']), { attribute: [attribute('axis', { ref: 'from' })] }),
      ],
    });
    const branch = graph({ name: undefined, output: [{ name: 'a', type: undefined }] });
    const either = fn({
      name: 'Either',
      input: ['p', 'a'],
      output: ['b'],
      node: [node('If', ['p'], ['b'], { then_branch: { g: branch }, else_branch: { g: branch } })],
    });
    const flatten = (from: number): NodeProto =>
      node('Flat', ['x'], [`y${String(from)}`], { from }, { domain: 'local' });
    const choose = (value: string, result: string): NodeProto =>
      node('Either', ['p', value], [result], {}, { domain: 'local' });
    const bytes = modelBytes({
      domains: ['local'],
      functions: [flat, either],
      input: [port('x', 'float32', [2, 3, 4]), port('z', 'float32', [5]), port('p', 'bool', [])],
      node: [flatten(1), flatten(2), choose('x', 'ix'), choose('z', 'iz')],
      output: ['y1', 'y2', 'ix', 'iz'].map((name) => ({ name, type: undefined })),
    });
    expect(results(bytes)).toEqual(['float32[2,12]', 'float32[6,4]', 'float32[2,3,4]', 'float32[5]']);
  });
});

describe('refusals', () => {
  it.each<readonly [string, string, readonly Operand[], Readonly<Record<string, Attribute>>, RegExp]>([
    [
      'channels that do not match',
      'Conv',
      [f(1, 3, 8, 8), f(4, 4, 3, 3)],
      {},
      /takes \[4,3,3,3\] as input 2, not \[4,4,3,3\]/,
    ],
    [
      'a kernel that is too large',
      'Conv',
      [f(1, 3, 2, 2), f(4, 3, 3, 3)],
      {},
      /the window of 3 does not fit the input extent 2/,
    ],
    ['matrices that do not fit', 'MatMul', [f(2, 3), f(2, 3)], {}, /cannot multiply 2x3 by 2x3/],
    ['shapes that do not broadcast', 'Add', [f(2), f(3)], {}, /cannot broadcast \[2\] with \[3\]/],
    ['mixed element types', 'Add', [f(2), ['int64', [2]]], {}, /not float32 and int64/],
    ['a reshape to another count', 'Reshape', [f(2, 3), ints(4, 2)], {}, /2x3 has 6 elements, 4x2 8/],
    ['two inferred dimensions', 'Reshape', [f(2, 3), ints(-1, -1)], {}, /two dimensions of -1/],
    ['an axis that does not exist', 'Concat', [f(2), f(2)], { axis: 1 }, /no axis 1 in 1 dimensions/],
    [
      'a permutation that names an axis twice',
      'Transpose',
      [f(2, 3)],
      { perm: [0, 0] },
      /names an axis twice/,
    ],
    ['an index past the end', 'Gather', [ints(1, 2), ints(5)], {}, /picks index 5 of 2/],
    [
      'an attribute of another type',
      'Concat',
      [f(2), f(2)],
      { axis: 'x' },
      /attribute "axis" has type 3 instead of 2/,
    ],
    ['more axes than there are', 'ReduceSum', [f(2, 3), ['int64', [3]]], {}, /names 3 axes of 2 dimensions/],
    ['a squeeze of what is not 1', 'Squeeze', [f(2, 3), ints(0)], {}, /which is not 1/],
  ])('%s', (_, op, operands, attributes, message) => {
    expect(refusal(() => results(single(op, operands, attributes)))).toMatch(message);
  });
});

describe('shape arithmetic', () => {
  it('follows Shape, Gather, arithmetic, Concat into Reshape', () => {
    const bytes = modelBytes({
      input: [port('x', 'float32', [2, 3, 8, 6])],
      initializer: [
        stored('zero', 'int64', [], [0]),
        stored('two', 'int64', [], [2]),
        stored('half', 'int64', [], [2]),
        stored('axis', 'int64', [1], [0]),
        stored('rest', 'int64', [1], [-1]),
      ],
      node: [
        node('Shape', ['x'], ['shape']),
        node('Gather', ['shape', 'two'], ['height']),
        node('Div', ['height', 'half'], ['less']),
        node('Unsqueeze', ['less', 'axis'], ['one']),
        node('Concat', ['one', 'rest'], ['target'], { axis: 0 }),
        node('Reshape', ['x', 'target'], ['y']),
      ],
      output: [port('y')],
    });
    expect(results(bytes)).toEqual(['float32[4,72]']);
  });

  it('rounds scales as float32 does', () => {
    const bytes = modelBytes({
      input: [port('x', 'float32', [1, 3, 3, 640])],
      initializer: [stored('shape', 'int64', [1], [3]), stored('by', 'float32', [1], [266.66666])],
      node: [
        node('Cast', ['shape'], ['float'], { to: 1 }),
        node('Mul', ['float', 'by'], ['scaled']),
        node('Floor', ['scaled'], ['floor']),
        node('Cast', ['floor'], ['size'], { to: 7 }),
        node('ConstantOfShape', ['size'], ['y']),
      ],
      output: [port('y')],
    });
    // numpy: np.float32(3) * np.float32(266.66666) is 800, and 799.99997 in float64
    expect(results(bytes)).toEqual(['float32[800]']);
  });

  it('keeps an unknown extent the same through Shape and Reshape', () => {
    const bytes = modelBytes({
      input: [port('x', 'float32', ['N', 3, 4])],
      initializer: [stored('i', 'int64', [1], [0]), stored('rest', 'int64', [1], [-1])],
      node: [
        node('Shape', ['x'], ['shape']),
        node('Gather', ['shape', 'i'], ['n']),
        node('Concat', ['n', 'rest'], ['target'], { axis: 0 }),
        node('Reshape', ['x', 'target'], ['y']),
        node('Shape', ['y'], ['s'], { start: 1 }),
        node('ConstantOfShape', ['s'], ['z']),
      ],
      output: [port('z')],
    });
    expect(results(bytes)).toEqual(['float32[12]']);
  });

  it('agrees with slicing one by one', () => {
    const bounds = fc.integer({ min: -12, max: 12 });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9 }),
        bounds,
        bounds,
        fc.integer({ min: -4, max: 4 }).filter((step) => step !== 0),
        (length, start, end, step) => {
          const clamp = (v: number, low: number, high: number): number => Math.min(Math.max(v, low), high);
          let from = start < 0 ? start + length : start;
          let to = end < 0 ? end + length : end;
          if (step > 0) [from, to] = [clamp(from, 0, length), clamp(to, 0, length)];
          else [from, to] = [clamp(from, 0, length - 1), clamp(to, -1, length - 1)];
          let count = 0;
          for (let i = from; step > 0 ? i < to : i > to; i += step) count++;
          expect(results(single('Slice', [f(length), ints(start), ints(end), ints(0), ints(step)]))).toEqual([
            `float32[${String(count)}]`,
          ]);
        },
      ),
    );
  });
});

describe('values', () => {
  it('are found by name, in whatever order nodes read what the file stores', () => {
    const extents = [1, 2, 3, 4, 5];
    fc.assert(
      fc.property(fc.array(fc.nat(extents.length - 1), { minLength: 1 }), (read) => {
        const bytes = modelBytes({
          input: [port('x', 'float32', [10])],
          initializer: extents.map((extent) => stored(`w${String(extent)}`, 'float32', [extent])),
          node: read.map((at, i) =>
            node('Concat', ['x', `w${String(extents[at])}`], [`y${String(i)}`], { axis: 0 }),
          ),
          output: read.map((_, i) => port(`y${String(i)}`)),
        });
        expect(results(bytes)).toEqual(read.map((at) => `float32[${String(11 + at)}]`));
      }),
    );
  });
});

describe('products of com.microsoft', () => {
  it.each([
    [f(3, 2), f(3, 4), { transA: 1 }],
    [f(2, 3), f(4, 3), { transB: 1 }],
    [f(3, 2), f(4, 3), { transA: 1, transB: 1 }],
  ])('may turn what they multiply: %#', (a, b, attributes) => {
    const bytes = single('FusedMatMul', [a, b], attributes, { domain: 'com.microsoft' });
    expect(results(bytes)).toEqual(['float32[2,4]']);
  });
});

describe('comparisons of stored numbers', () => {
  it.each([
    ['Greater', [0, 0, 1]],
    ['GreaterOrEqual', [0, 1, 1]],
    ['Less', [1, 0, 0]],
    ['LessOrEqual', [1, 1, 0]],
    ['Equal', [0, 1, 0]],
  ])('%s: of 1, 2 and 3 with 2', (op, truths) => {
    const branch = (name: string, value: string) =>
      graph({ node: [node('Identity', [value], [name])], output: [port(name)] });
    for (const [i, truth] of truths.entries()) {
      const bytes = modelBytes({
        input: [port('yes', 'float32', [7]), port('no', 'float32', [9])],
        initializer: [stored('a', 'int64', [], [i + 1]), stored('b', 'int64', [], [2])],
        node: [
          node(op, ['a', 'b'], ['c']),
          node('If', ['c'], ['y'], {
            then_branch: { g: branch('t', 'yes') },
            else_branch: { g: branch('e', 'no') },
          }),
        ],
        output: [port('y')],
      });
      expect(results(bytes)).toEqual([truth === 1 ? 'float32[7]' : 'float32[9]']);
    }
  });
});

describe('shapes that are computed', () => {
  it('are clipped from above alone', () => {
    const bytes = modelBytes({
      input: [port('x', 'float32', [8, 2])],
      initializer: [stored('most', 'int64', [], [5])],
      node: [
        node('Shape', ['x'], ['shape']),
        node('Clip', ['shape', '', 'most'], ['less']),
        node('ConstantOfShape', ['less'], ['y']),
      ],
      output: [port('y')],
    });
    expect(results(bytes)).toEqual(['float32[5,2]']);
  });

  /** A tensor of the extents that a chain of nodes makes of stored ones. */
  const shapedBy = (initializer: readonly TensorProto[], nodes: readonly NodeProto[]) =>
    results(
      modelBytes({
        initializer,
        node: [...nodes, node('ConstantOfShape', ['shape'], ['y'])],
        output: [port('y')],
      }),
    );

  it('are rounded to what the types on the way can hold, halves to even', () => {
    // IEEE 754: above 2048 a float16 is a multiple of 2.
    const stored16 = stored('a', 'int64', [3], [2049, 2050, 2051]);
    const through = (to: number) => [
      node('Cast', ['a'], ['b'], { to }),
      node('Cast', ['b'], ['shape'], { to: 7 }),
    ];
    expect(shapedBy([stored16], through(10))).toEqual(['float32[2048,2050,2052]']);
    expect(shapedBy([stored('a', 'int64', [3], [0, 1, 3])], through(9))).toEqual(['float32[0,1,1]']);
  });

  it.each([
    ['Add', [7, 8], [9, 10]],
    ['Sub', [7, 8], [5, 6]],
    ['Mul', [7, 8], [14, 16]],
    ['Div', [7, 8], [3, 4]],
    ['Mod', [7, 8], [1, 0]],
    ['Pow', [3, 4], [9, 16]],
    ['Max', [1, 4], [2, 4]],
    ['Min', [1, 4], [1, 2]],
  ])('are those of %s with 2', (op, stored1, expected) => {
    const numbers = [stored('a', 'int64', [2], stored1), stored('b', 'int64', [1], [2])];
    expect(shapedBy(numbers, [node(op, ['a', 'b'], ['shape'])])).toEqual([`float32[${expected.join()}]`]);
  });

  it('may be expanded and tiled', () => {
    const numbers = [stored('a', 'int64', [2], [5, 6]), stored('n', 'int64', [1], [2])];
    expect(shapedBy(numbers, [node('Tile', ['a', 'n'], ['shape'])])).toEqual(['float32[5,6,5,6]']);
    const five = [stored('a', 'int64', [1], [5]), stored('n', 'int64', [1], [3])];
    expect(shapedBy(five, [node('Expand', ['a', 'n'], ['shape'])])).toEqual(['float32[5,5,5]']);
  });

  it('may be of a triangle', () => {
    const square = stored('a', 'int64', [2, 2], [1, 2, 3, 4]);
    const flat = [stored('four', 'int64', [1], [4]), stored('k', 'int64', [], [1])];
    const of = (inputs: readonly string[], upper: number) =>
      shapedBy(
        [square, ...flat],
        [node('Trilu', inputs, ['t'], { upper }), node('Reshape', ['t', 'four'], ['shape'])],
      );
    expect(of(['a'], 1)).toEqual(['float32[1,2,0,4]']);
    expect(of(['a'], 0)).toEqual(['float32[1,0,3,4]']);
    expect(of(['a', 'k'], 1)).toEqual(['float32[0,2,0,0]']);
  });

  it('may be stored as attributes', () => {
    expect(shapedBy([], [node('Constant', [], ['shape'], { value_ints: [3, 4] })])).toEqual(['float32[3,4]']);
    const bytes = modelBytes({
      initializer: [stored('zero', 'int64', [], [0]), stored('one', 'int64', [], [1])],
      node: [node('Constant', [], ['n'], { value_int: 5 }), node('Range', ['zero', 'n', 'one'], ['y'])],
      output: [port('y')],
    });
    expect(results(bytes)).toEqual(['int64[5]']);
  });

  it('have as many axes as are left, where which ones are summed is not known', () => {
    const axes = (count: number | string): Operand => ['int64', [count]];
    const summed = (count: number | string) =>
      results(single('ReduceSum', [f(2, 3, 4), axes(count)], { keepdims: 0 }));
    expect(summed(1)).toEqual(['float32[?,?]']);
    expect(summed('n')).toEqual(['float32[...]']);
  });

  it('have a name for each extent, by which it is given', () => {
    const scalars = ['bins', 'length', 'rate'].map((name) => port(name, 'int64', []));
    const bytes = modelBytes({
      input: [...scalars, port('low', 'float32', []), port('high', 'float32', [])],
      node: [node('MelWeightMatrix', ['bins', 'length', 'rate', 'low', 'high'], ['y'])],
      output: [port('y')],
    });
    const given = new Map([
      ['y[0]', 5],
      ['y[1]', 7],
    ]);
    expect(results(bytes, given)).toEqual(['float32[5,7]']);
  });

  it('of slopes fit the input since opset 7', () => {
    const prelu = (opset: number) => single('PRelu', [f(2, 3), f(4)], {}, { opset });
    expect(refusal(() => results(prelu(7)))).toMatch(/cannot broadcast/);
    expect(results(prelu(6))).toEqual(['float32[2,3]']);
  });
});

describe('control flow', () => {
  const add = (input: string, output: string): ReturnType<typeof node> =>
    node('Concat', [input, input], [output], { axis: 0 });

  it('takes the branch of a known condition', () => {
    const branch = (name: string, times: number): ReturnType<typeof graph> =>
      graph({ node: [times === 2 ? add('x', name) : node('Identity', ['x'], [name])], output: [port(name)] });
    const bytes = (condition: number | undefined): Uint8Array =>
      modelBytes({
        input: [port('x', 'float32', [3]), ...(condition === undefined ? [port('c', 'bool', [])] : [])],
        initializer: condition === undefined ? [] : [stored('c', 'bool', [], [condition])],
        node: [
          node('If', ['c'], ['y'], {
            then_branch: { g: branch('t', 2) },
            else_branch: { g: branch('e', 1) },
          }),
        ],
        output: [port('y')],
      });
    expect(results(bytes(1))).toEqual(['float32[6]']);
    expect(results(bytes(0))).toEqual(['float32[3]']);
    // Neither computes more than the other: the first.
    expect(results(bytes(undefined))).toEqual(['float32[6]']);
  });

  const loop = (limit: number | undefined, body: ReturnType<typeof graph>): Uint8Array =>
    modelBytes({
      input: [port('x', 'float32', [2]), ...(limit === undefined ? [port('m', 'int64', [])] : [])],
      initializer: [
        ...(limit === undefined ? [] : [stored('m', 'int64', [], [limit])]),
        stored('c', 'bool', [], [1]),
      ],
      node: [node('Loop', ['m', 'c', 'x'], ['last', 'all'], { body: { g: body } })],
      output: [port('last'), port('all')],
    });

  it('stacks what each iteration gives', () => {
    const body = graph({
      input: [port('i'), port('go'), port('v')],
      node: [node('Identity', ['go'], ['on']), node('Neg', ['v'], ['next']), node('Abs', ['v'], ['seen'])],
      output: [port('on'), port('next'), port('seen')],
    });
    expect(results(loop(5, body))).toEqual(['float32[2]', 'float32[5,2]']);
    expect(results(loop(0, body))).toEqual(['float32[2]', 'float32[0,2]']);
    expect(results(loop(undefined, body))).toEqual(['float32[2]', 'float32[?,2]']);
  });

  it('gives a graph its input instead of the default that it stores', () => {
    const body = graph({
      input: [port('i'), port('go'), port('v')],
      initializer: [stored('v', 'float32', [9]), stored('w', 'float32', [7])],
      node: [
        node('Identity', ['go'], ['on']),
        node('Neg', ['v'], ['next']),
        node('Concat', ['v', 'w'], ['seen'], { axis: 0 }),
      ],
      output: [port('on'), port('next'), port('seen')],
    });
    expect(results(loop(5, body))).toEqual(['float32[2]', 'float32[5,9]']);
  });

  it('follows a value that grows, iteration by iteration', () => {
    const body = graph({
      input: [port('i'), port('go'), port('v')],
      node: [node('Identity', ['go'], ['on']), add('v', 'next'), node('Shape', ['v'], ['seen'])],
      output: [port('on'), port('next'), port('seen')],
    });
    expect(results(loop(3, body))).toEqual(['float32[16]', 'int64[3,1]']);
    expect(results(loop(1000, body))[0]).toBe('float32[?]');
  });

  it('follows each of the values that it carries', () => {
    const body = graph({
      input: [port('i'), port('go'), port('v'), port('w')],
      node: [node('Identity', ['go'], ['on']), node('Neg', ['v'], ['next']), add('w', 'more')],
      output: [port('on'), port('next'), port('more')],
    });
    const bytes = modelBytes({
      input: [port('x', 'float32', [2]), port('m', 'int64', [])],
      initializer: [stored('c', 'bool', [], [1])],
      node: [node('Loop', ['m', 'c', 'x', 'x'], ['same', 'grown'], { body: { g: body } })],
      output: [port('same'), port('grown')],
    });
    expect(results(bytes)).toEqual(['float32[2]', 'float32[?]']);
  });

  it('scans along an axis', () => {
    const body = graph({
      input: [port('state'), port('row')],
      node: [node('Add', ['state', 'row'], ['next']), node('Identity', ['next'], ['out'])],
      output: [port('next'), port('out')],
    });
    const bytes = modelBytes({
      input: [port('s', 'float32', [2]), port('x', 'float32', [2, 7])],
      node: [
        node('Scan', ['s', 'x'], ['last', 'all'], {
          body: { g: body },
          num_scan_inputs: 1,
          scan_input_axes: [1],
          scan_output_axes: [-1],
        }),
      ],
      output: [port('last'), port('all')],
    });
    expect(results(bytes)).toEqual(['float32[2]', 'float32[2,7]']);
  });

  it('knows what the items of a sequence have in common', () => {
    const bytes = modelBytes({
      input: [port('a', 'float32', [2, 4]), port('b', 'float32', [3, 4]), port('i', 'int64', [])],
      node: [node('SequenceConstruct', ['a', 'b'], ['s']), node('SequenceAt', ['s', 'i'], ['item'])],
      output: [port('item')],
    });
    expect(results(bytes)).toEqual(['float32[<=3,4]']);
  });

  it('knows the items of sequences', () => {
    const bytes = modelBytes({
      input: [port('a', 'float32', [2]), port('b', 'float32', [3])],
      initializer: [stored('last', 'int64', [], [-1])],
      node: [
        node('SequenceConstruct', ['a', 'b'], ['s']),
        node('SequenceInsert', ['s', 'a'], ['t']),
        node('SequenceAt', ['t', 'last'], ['item']),
        node('ConcatFromSequence', ['t'], ['all'], { axis: 0 }),
      ],
      output: [port('t'), port('item'), port('all')],
    });
    expect(results(bytes)).toEqual(['seq(float32[2] float32[3] float32[2])', 'float32[2]', 'float32[7]']);
  });
});
