import { describe, expect, it } from 'vitest';
import { fromOnnx } from '../../../src/formats/onnx/read.ts';
import { bytesSource } from '../../../src/formats/byteSource.ts';
import { typesOf, type Graph } from '../../../src/graph/graph.ts';
import type { DType } from '../../../src/ops/dtype.ts';
import { specOf } from '../../../src/ops/registry.ts';
import type { Work } from '../../../src/ops/spec.ts';
import type { TensorProto } from '../../../src/formats/onnx/proto.ts';
import { type Attribute, graph, modelBytes, node, port, single, stored } from './model.ts';

type Operand = readonly [DType, readonly number[]] | TensorProto;

const read = (bytes: Uint8Array): Graph => fromOnnx(bytesSource(bytes), { file: 'x.onnx' }).graph;

const one = (
  op: string,
  operands: readonly Operand[],
  attributes: Readonly<Record<string, Attribute>> = {},
  opset = 17,
): Graph => read(single(op, operands, attributes, { opset }));

const f = (...shape: readonly number[]): Operand => ['float32', shape];
const ints = (...content: readonly number[]): TensorProto => stored('', 'int64', [content.length], content);
const floats = (...content: readonly number[]): TensorProto =>
  stored('', 'float32', [content.length], content);

/** Primitives of all nodes together. */
function workOf(net: Graph): Work {
  const total: Record<string, number> = {};
  for (const { kind, inputs, outputs, attrs } of net.nodes) {
    const { work } = specOf(kind);
    if (typeof work !== 'function') continue;
    const made: Readonly<Record<string, number>> = {
      ...work(typesOf(net, inputs), typesOf(net, outputs), attrs),
    };
    for (const [primitive, count] of Object.entries(made))
      if (count > 0) total[primitive] = (total[primitive] ?? 0) + count;
  }
  return total;
}

const results = (net: Graph): readonly (readonly number[])[] =>
  typesOf(
    net,
    net.outputs.map(({ tensor }) => tensor),
  ).map(({ shape }) => shape);

describe('padding that follows from the extents', () => {
  it.each([
    // ONNX: "the extra padding is added at the end for SAME_UPPER and at the beginning for SAME_LOWER".
    ['SAME_UPPER', { begin: [0, 0], end: [1, 1] }],
    ['SAME_LOWER', { begin: [1, 1], end: [0, 0] }],
    ['VALID', { begin: [0, 0], end: [0, 0] }],
  ])('%s', (automatic, padding) => {
    const [conv] = one('Conv', [f(1, 1, 5, 5), f(1, 1, 2, 2)], { auto_pad: automatic }).nodes;
    expect(conv?.attrs).toMatchObject({ padding });
  });
});

describe('Col2Im with an image and a block that the file stores', () => {
  // ONNX's own test_col2im, test_col2im_pads and test_col2im_5d: each entry of a column is added to its pixel.
  it.each([
    ['rows', [1, 5, 5], [5, 5], [1, 5], {}, [1, 1, 5, 5], 25],
    ['padded', [1, 5, 15], [5, 5], [1, 5], { pads: [0, 1, 0, 1] }, [1, 1, 5, 5], 75],
    ['volume', [1, 10, 12], [3, 4, 5], [1, 1, 5], {}, [1, 2, 3, 4, 5], 120],
  ])('%s', (_, columns, image, block, attributes, expected, add) => {
    const net = one('Col2Im', [f(...columns), ints(...image), ints(...block)], attributes, 18);
    expect(results(net)).toEqual([expected]);
    expect(workOf(net)).toEqual({ add });
  });
});

describe('attention', () => {
  const attention = (attributes: Readonly<Record<string, Attribute>>, past: boolean): Graph =>
    read(
      modelBytes({
        opset: 23,
        input: [
          port('q', 'float32', [1, 2, 8]),
          port('k', 'float32', [1, 3, 8]),
          port('v', 'float32', [1, 3, 8]),
          ...(past ? [port('pk', 'float32', [1, 2, 5, 4]), port('pv', 'float32', [1, 2, 5, 4])] : []),
        ],
        node: [
          node('Attention', ['q', 'k', 'v', ...(past ? ['', 'pk', 'pv'] : [])], ['y'], {
            q_num_heads: 2,
            kv_num_heads: 2,
            ...attributes,
          }),
        ],
        output: [port('y')],
      }),
    );

  it('looks at the keys of the cache as well', () => {
    // Two heads of 4 features: 2 queries meet 5 + 3 keys, once for the score and once for the value.
    expect(workOf(attention({}, true)).mac).toBe(2 * 2 * 8 * (4 + 4));
    expect(workOf(attention({}, false)).mac).toBe(2 * 2 * 3 * (4 + 4));
  });

  it('adds a mask to each score where it is causal', () => {
    const scores = 2 * 2 * 3;
    expect(workOf(attention({ is_causal: 1 }, false)).add).toBe(
      Number(workOf(attention({}, false)).add) + scores,
    );
  });

  it('without softmax has states of the queries’ head size', () => {
    const net = one(
      'LinearAttention',
      [f(1, 3, 8), f(1, 3, 4), f(1, 3, 6)],
      { q_num_heads: 4, kv_num_heads: 2, update_rule: 'linear' },
      26,
    );
    // Queries of 8 / 4 = 2 features, values of 6 / 2 = 3: 3 tokens update 2 states and answer 4 queries.
    expect(workOf(net).mac).toBe(3 * 2 * (2 * 3) + 3 * 4 * (2 * 3));
  });
});

describe('sampling', () => {
  it('takes ratio x ratio samples in each bin of RoiAlign, of four neighbours each', () => {
    const net = one(
      'RoiAlign',
      [f(1, 2, 8, 8), f(3, 4), ['int64', [3]]],
      { sampling_ratio: 2, output_height: 2, output_width: 2 },
      16,
    );
    expect(workOf(net).mul).toBe(3 * 2 * (2 * 2) * (2 * 2) * 4);
  });

  it.each([
    // ONNX: output = floor(input * (roi_end - roi_start) * scale) in this mode.
    [
      'tf_crop_and_resize',
      [f(1, 1, 8, 8), floats(0, 0, 0.25, 0.25, 1, 1, 0.75, 0.5), floats(1, 1, 2, 4)],
      { coordinate_transformation_mode: 'tf_crop_and_resize' },
      [1, 1, 8, 8],
    ],
    // ONNX: round_int(input * scale), halfway cases up; the scale is the smaller of 7 / 3 and 6 / 4.
    [
      'not_larger',
      [f(1, 1, 3, 4), floats(), floats(), ints(7, 6)],
      { keep_aspect_ratio_policy: 'not_larger', axes: [2, 3] },
      [1, 1, 5, 6],
    ],
    [
      'not_smaller',
      [f(1, 1, 3, 4), floats(), floats(), ints(7, 6)],
      { keep_aspect_ratio_policy: 'not_smaller', axes: [2, 3] },
      [1, 1, 7, 9],
    ],
  ] as const)('resizes by %s', (_, operands, attributes, expected) => {
    expect(results(one('Resize', operands, attributes, 18))).toEqual([expected]);
  });
});

describe('normalisation', () => {
  it('flattens everything behind the axis before opset 13', () => {
    // exp of each of 2 x 12 numbers, and a logarithm per group.
    expect(workOf(one('LogSoftmax', [f(2, 3, 4)], { axis: 1 }, 11)).transcendental).toBe(24 + 2);
    expect(workOf(one('LogSoftmax', [f(2, 3, 4)], { axis: 1 }, 13)).transcendental).toBe(24 + 8);
  });

  it('takes mean and variance of a whole channel, over the batch', () => {
    // One square root for each of three channels.
    expect(workOf(one('MeanVarianceNormalization', [f(2, 3, 4, 5)], {}, 13)).transcendental).toBe(3);
  });
});

describe('products', () => {
  const gemm = (c: TensorProto): Graph => one('Gemm', [f(2, 3), stored('', 'float32', [3, 5]), c]);
  const params = (net: Graph): readonly (readonly number[])[] =>
    net.tensors.flatMap(({ role, type }) => (role === 'bias' ? [type.shape] : []));

  it('have a bias of one number for each column', () => {
    expect(params(gemm(stored('', 'float32', [5])))).toEqual([[5]]);
    expect(workOf(gemm(stored('', 'float32', [5])))).toEqual({ mac: 30, add: 10 });
  });

  it('add a single number to every element', () => {
    const net = gemm(stored('', 'float32', [1]));
    expect(params(net)).not.toContainEqual([5]);
    expect(workOf(net)).toEqual({ mac: 30, add: 10 });
  });
});

describe('scattering', () => {
  const scatter = (reduction: string): Work =>
    workOf(one('ScatterElements', [f(4, 4), ['int64', [2, 3]], f(2, 3)], { reduction }, 18));

  it.each([
    ['none', {}],
    ['add', { add: 6 }],
    ['mul', { mul: 6 }],
    ['min', { compare: 6 }],
    ['max', { compare: 6 }],
  ])('with the reduction %s does it once for each update', (reduction, expected) => {
    expect(scatter(reduction)).toEqual(expected);
  });
});

it('knows a clip between 0 and 6 by its name', () => {
  const clip = (low: number, high: number): unknown =>
    one('Clip', [f(2, 3)], { min: { f: low }, max: { f: high } }, 6).nodes.map(({ attrs }) => attrs);
  expect(clip(0, 6)).toEqual([{ fn: 'relu6' }]);
  expect(clip(0, 5)).toEqual([{ fn: 'clip', dtype: 'float32' }]);
  expect(clip(1, 6)).toEqual([{ fn: 'clip', dtype: 'float32' }]);
});

it('counts one of two computing branches, and says that it is a bound', () => {
  const branch = (name: string): Attribute => ({
    g: graph({ node: [node('MatMul', ['x', 'x'], [name])], output: [port(name)] }),
  });
  const net = read(
    modelBytes({
      input: [port('c', 'bool', []), port('x', 'float32', [3, 3])],
      node: [node('If', ['c'], ['y'], { then_branch: branch('a'), else_branch: branch('b') })],
      output: [port('y')],
    }),
  );
  expect(net.nodes.map(({ kind }) => kind)).toEqual(['matMul']);
  expect(net.bounds).toEqual(['y counted as its then branch, which has as many MACs as the other']);
});

it('gives the inverse of a one-sided transform the length that it came from', () => {
  // numpy.fft.irfft: n = 2 (m - 1) of m bins.
  const net = one('DFT', [f(1, 5, 2)], { inverse: 1, onesided: 1 }, 20);
  expect(results(net)).toEqual([[1, 8, 1]]);
});

describe('Scan before opset 9', () => {
  it('runs its body for each step of each batch', () => {
    const body = graph({
      input: [port('state'), port('row')],
      node: [node('Add', ['state', 'row'], ['next']), node('Identity', ['next'], ['out'])],
      output: [port('next'), port('out')],
    });
    const bytes = modelBytes({
      opset: 8,
      input: [port('s', 'float32', [2, 3]), port('x', 'float32', [2, 4, 3])],
      node: [node('Scan', ['', 's', 'x'], ['last', 'all'], { body: { g: body }, num_scan_inputs: 1 })],
      output: [port('last'), port('all')],
    });
    const [add] = read(bytes).nodes.filter(({ kind }) => kind === 'add');
    expect(add?.repeat).toBe(2 * 4);
  });
});

describe('scale and shift of a normalisation', () => {
  it.each([
    ['LayerNormalization', [floats(1, 2, 3, 4)], { scale: true, shift: false }],
    ['LayerNormalization', [floats(1, 2, 3, 4), floats(5, 6, 7, 8)], { scale: true, shift: true }],
  ])('are as many as %s stores: %#', (op, stored, attrs) => {
    const { nodes } = one(op, [f(2, 4), ...stored]);
    expect(nodes.map((each) => [each.kind, each.attrs, each.params.length])).toEqual([
      ['normalize', expect.objectContaining(attrs), stored.length],
    ]);
  });
});

describe('what operators say of their work', () => {
  it.each([
    // 3 transforms of 8 numbers for each of 2 batches
    ['DFT', [f(2, 3, 8, 1)], { axis: 2 }, 17, { length: 8, transforms: 3 }],
    ['Resize', [f(1, 2, 4), floats(1, 1, 2)], {}, 10, { size: [8] }],
  ] as const)('%s', (op, operands, attributes, opset, attrs) => {
    const { nodes } = one(op, operands, attributes, opset);
    // Scales are real numbers that the file stores: a row of their own behind.
    const made = nodes.filter(({ kind }) => kind !== 'stored');
    expect(made.map((each) => each.attrs)).toMatchObject([attrs]);
  });

  it('FusedMatMul: either operand turned, or none', () => {
    const turned = (a: Operand, b: Operand, attributes: Readonly<Record<string, Attribute>>) =>
      read(single('FusedMatMul', [a, b], attributes, { domain: 'com.microsoft' })).nodes.map(
        ({ attrs }) => attrs,
      );
    const as = (transposeA: boolean, transposeB: boolean) => [{ transposeA, transposeB, dtype: 'float32' }];
    expect(turned(f(2, 3), f(3, 4), {})).toEqual(as(false, false));
    expect(turned(f(3, 2), f(3, 4), { transA: 1 })).toEqual(as(true, false));
    expect(turned(f(2, 3), f(4, 3), { transB: 1 })).toEqual(as(false, true));
  });
});
