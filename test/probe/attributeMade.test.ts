import { describe, expect, it } from 'vitest';
import { attribute, type Attribution } from '../../src/probe/attribute.ts';
import { matchKernels } from '../../src/probe/layerTimes.ts';
import type { RuntimeGraph, RuntimeNode } from '../../src/probe/runtimeGraph.ts';

/** A node as `name op inputs -> outputs`, blank-separated; an operand `_` is left out. */
function node(text: string, given: Partial<RuntimeNode> = {}): RuntimeNode {
  const [left = '', right = ''] = text.split('->');
  const [name = '', op = '', ...read] = left.trim().split(/\s+/);
  const operands = read.map((value) => (value === '_' ? '' : value));
  return {
    name: name === '_' ? '' : name,
    path: '',
    scope: '',
    label: name,
    within: undefined,
    branch: undefined,
    op,
    operands,
    inputs: [...new Set(operands.filter((value) => value !== ''))],
    outputs: right
      .trim()
      .split(/\s+/)
      .filter((value) => value !== ''),
    attributes: '',
    integers: new Map(),
    mode: undefined,
    activation: undefined,
    ...given,
  };
}

type Line = string | RuntimeNode;

const made = (
  lines: readonly Line[],
  {
    inputs = ['x'],
    outputs = ['y'],
    constants = {},
    shapes = {},
  }: {
    readonly inputs?: readonly string[];
    readonly outputs?: readonly string[];
    readonly constants?: Readonly<Record<string, string>>;
    readonly shapes?: Readonly<Record<string, readonly number[]>>;
  } = {},
): RuntimeGraph => ({
  nodes: lines.map((line) => (typeof line === 'string' ? node(line) : line)),
  inputs,
  outputs,
  constants: new Map(Object.entries(constants)),
  scalars: new Map(),
  shapes: new Map(Object.entries(shapes)),
});

/** Every node of the source a layer of its own. */
const own = (source: RuntimeGraph, optimised: RuntimeGraph): Attribution =>
  attribute(
    source,
    source.nodes.map((_, index) => index),
    optimised,
  );

const owners = ({ kernels }: Attribution) =>
  kernels.map(({ layers }) => layers.map(({ layer, part }) => [layer, part]));

const absent = (attribution: Attribution) => Object.fromEntries(attribution.absent);

describe('a kernel that does the work of several layers', () => {
  it('is shared by multiply-accumulates: of a matrix product, as many as the first operand has columns', () => {
    const shapes = { x: [1, 4, 8], z: [1, 2, 6], q: [1, 4, 16], k: [1, 2, 32], y: [1, 4, 2] };
    const given = { inputs: ['x', 'z'], constants: { wq: '1', wk: '2' }, shapes };
    const source = made(['a MatMul x wq -> q', 'b MatMul z wk -> k', 'c Combine q k -> y'], given);
    const fused = own(source, made(['c Attention x z wq wk -> y'], given));
    // 4 x 16 results of 8 products each, 2 x 32 of 6.
    expect(owners(fused)).toEqual([
      [
        [0, 512 / 896],
        [1, 384 / 896],
      ],
    ]);
    expect(fused.kernels[0]).toMatchObject({ fused: [2], reorder: false, verified: true });
    expect(absent(fused)).toEqual({ 2: { why: 'fused', into: [0, 1] } });
  });

  it('is shared by multiply-accumulates: of a convolution, as many as a filter has', () => {
    const given = {
      constants: { f: '1', g: '2' },
      shapes: { x: [1, 3, 4, 4], f: [8, 3, 3, 3], g: [2, 8, 1, 1], m: [1, 8, 4, 4], y: [1, 2, 4, 4] },
    };
    const source = made(['a Conv x f -> m', 'b Conv m g -> y'], given);
    expect(owners(own(source, made(['b Fused x f g -> y'], given)))).toEqual([
      [
        [0, (128 * 27) / (128 * 27 + 32 * 8)],
        [1, (32 * 8) / (128 * 27 + 32 * 8)],
      ],
    ]);
  });

  it('is shared by results where the shape of an operand is not known, or there is but one', () => {
    const given = { constants: { f: '1' }, shapes: { m: [3], y: [9] } };
    const source = made(['a Conv x f -> m', 'b LSTM m -> y'], given);
    expect(owners(own(source, made(['b Fused x f -> y'], given)))).toEqual([
      [
        [0, 0.25],
        [1, 0.75],
      ],
    ]);
    const product = made(['a MatMul x f -> m', 'b MatMul m f -> y'], { constants: { f: '1' }, shapes: {} });
    expect(owners(own(product, made(['b Fused x f -> y'], { constants: { f: '1' } })))).toEqual([
      [
        [0, 0.5],
        [1, 0.5],
      ],
    ]);
  });

  it('of no arithmetic is shared by the size of its results', () => {
    const given = { outputs: ['p', 'q'], shapes: { p: [2, 3], q: [2] } };
    const source = made(['a Slice x -> p', 'b Slice x -> q'], given);
    expect(owners(own(source, made(['s Split x -> p q'], given)))).toEqual([
      [
        [0, 0.75],
        [1, 0.25],
      ],
    ]);
    const empty = { outputs: ['p', 'q'], shapes: { p: [0], q: [0] } };
    expect(owners(own(source, made(['s Split x -> p q'], empty)))).toHaveLength(1);
    const none = made(['a Slice x -> p', 'b Slice x -> q'], empty);
    expect(owners(own(none, made(['s Split x -> p q'], empty)))).toEqual([
      [
        [0, 0.5],
        [1, 0.5],
      ],
    ]);
  });

  it('belongs to the layer with arithmetic, the others ride along', () => {
    const source = made(['a Pad x -> p', 'b Conv p f -> c', 'd Relu c -> y'], { constants: { f: '1' } });
    const fused = own(source, made(['b FusedConv x f -> y'], { constants: { f: '1' } }));
    expect(owners(fused)).toEqual([[[1, 1]]]);
    expect(fused.kernels[0]?.fused).toEqual([0, 2]);
    expect(absent(fused)).toEqual({ 0: { why: 'fused', into: [1] }, 2: { why: 'fused', into: [1] } });
  });

  it.each([
    'Conv',
    'FusedConv',
    'QLinearConv',
    'ConvInteger',
    'ConvTranspose',
    'FusedGemm',
    'MatMulInteger',
    'DynamicQuantizeMatMul',
    'QLinearMatMul',
    'Einsum',
    'LSTM',
    'GRU',
    'RNN',
    'QAttention',
    'nhwc.Conv',
  ])('has arithmetic in %s', (op) => {
    const source = made([`a Pad x -> p`, `b ${op} p -> y`], { shapes: { p: [100], y: [1] } });
    expect(owners(own(source, made(['b Fused x -> y'])))).toEqual([[[1, 1]]]);
  });

  it.each(['Convert', 'Relu', 'MyConv', 'ConvX', 'Softmax'])('has none in %s', (op) => {
    const source = made([`a ${op} x -> p`, 'b Add p -> y']);
    expect(owners(own(source, made(['b Fused x -> y'])))).toEqual([[[1, 1]]]);
  });
});

describe('what is read', () => {
  it('verifies a kernel: no more and no less than its nodes need', () => {
    const given = { inputs: ['x', 'z'] };
    const source = made(['a Add x z -> m', 'b Relu m -> y'], given);
    const verified = (line: string): unknown => own(source, made([line], given)).kernels[0]?.verified;
    expect(verified('b Fused x z -> y')).toBe(true);
    expect(verified('b Fused x -> y')).toBe(false);
    const one = made(['a Relu x -> m', 'b Relu m -> y'], given);
    expect(own(one, made(['b Fused x z -> y'], given)).kernels[0]?.verified).toBe(false);
    expect(own(one, made(['b Fused z -> y'], given)).kernels[0]?.verified).toBe(false);
  });

  it('ends a kernel where another kernel makes it', () => {
    const source = made(['a Relu x -> m', 'b Relu m -> n', 'c Relu n -> y']);
    const two = own(source, made(['b Fused x -> n', 'c Relu n -> y']));
    expect(owners(two)).toEqual([[[1, 1]], [[2, 1]]]);
    expect(two.kernels.map(({ fused, verified }) => [fused, verified])).toEqual([
      [[0], true],
      [[], true],
    ]);
  });

  it('that is fixed is no operand, and nothing that can be checked where all is', () => {
    const given = { constants: { c: '1' }, outputs: ['y', 'k'] };
    const source = made(['a Relu c -> k', 'b Add x k -> y'], given);
    const both = own(source, made(['a Relu c -> k', 'b Add x k -> y'], given));
    expect(both.kernels.map(({ verified }) => verified)).toEqual([undefined, true]);
    expect(owners(both)).toEqual([[[0, 1]], [[1, 1]]]);
  });
});

describe('a change of format', () => {
  const shapes = { x: [1, 4, 8], z: [1, 4, 8], q: [1, 4, 2], k: [1, 4, 6] };
  const given = { constants: { wq: '1', wk: '2' }, shapes, outputs: ['y', 'v'] };
  const source = made(
    ['a MatMul x wq -> q', 'b MatMul x wk -> k', 'c Combine q k -> y', 'd Relu x -> v'],
    given,
  );

  it('is shared as the kernels behind it are, each as a whole', () => {
    const before = own(
      source,
      made(['_ nchwc.ReorderInput x -> r', 'c Attention r wq wk -> y', 'd Relu r -> v'], given),
    );
    expect(owners(before)).toEqual([
      [
        [0, 0.125],
        [1, 0.375],
        [3, 0.5],
      ],
      [
        [0, 0.25],
        [1, 0.75],
      ],
      [[3, 1]],
    ]);
    expect(before.kernels.map(({ reorder }) => reorder)).toEqual([true, false, false]);
    expect(before.kernels[0]).toMatchObject({ fused: [], verified: undefined });
    expect(before.kernels[1]?.verified).toBe(true);
  });

  it('back to a value of the source belongs to the kernel before it', () => {
    const chain = made(['a Relu x -> m', 'b Relu m -> y']);
    const back = own(
      chain,
      made(['a Relu x -> m_blocked', '_ nchwc.ReorderOutput m_blocked -> m', 'b Relu m -> y']),
    );
    expect(owners(back)).toEqual([[[0, 1]], [[0, 1]], [[1, 1]]]);
    expect(back.values.get('m_blocked')).toBe('m');
  });

  it('in a chain is resolved from its end, or else from its beginning', () => {
    const chain = made(['a Relu x -> m', 'b Relu m -> y'], { outputs: ['y', 'extra'] });
    const converted = own(
      chain,
      made(['_ Cast x -> r', '_ Transpose r -> s', 'a Relu s -> m', 'b Relu m -> y', '_ Cast y -> t'], {
        outputs: ['y', 'extra'],
      }),
    );
    expect(owners(converted)).toEqual([[[0, 1]], [[0, 1]], [[0, 1]], [[1, 1]], [[1, 1]]]);
  });

  it('that nobody reads and nobody makes has no owner', () => {
    const lone = own(made(['a Relu x -> y']), made(['_ Cast x -> r', 'a Relu x -> y']));
    expect(lone.kernels[0]).toEqual({ layers: [], fused: [], reorder: true, verified: false });
  });

  it('of the source itself is a kernel like any other', () => {
    const cast = own(made(['a Cast x -> m', 'b Relu m -> y']), made(['a Cast x -> m', 'b Relu m -> y']));
    expect(cast.kernels.map(({ reorder }) => reorder)).toEqual([false, false]);
  });
});

describe('equal values', () => {
  const twins = (attributes: string | undefined, op = 'Relu'): Attribution => {
    const twin = (name: string, output: string): RuntimeNode =>
      node(`${name} ${op} x -> ${output}`, { attributes });
    return own(
      made([twin('a', 'p'), twin('b', 'q'), 'c Add p q -> y']),
      made([twin('a', 'p'), 'c Add p p -> y']),
    );
  };

  it('are computed once', () => {
    const merged = twins('k=1');
    expect(absent(merged)).toEqual({ 1: { why: 'merged', into: [0] } });
    expect(merged.kernels.map(({ verified }) => verified)).toEqual([true, true]);
  });

  it('are not those of attributes that cannot be compared, nor random ones', () => {
    for (const other of [twins(undefined), twins('k=1', 'RandomNormalLike')]) {
      expect(absent(other)).toEqual({ 1: { why: 'fused', into: [2] } });
      expect(other.kernels[1]?.verified).toBe(false);
    }
  });

  it.each(['Identity', 'Dropout'])('are those of what %s hands on', (op) => {
    const source = made(['a Relu x -> p', `b ${op} x -> x2`, 'c Relu x2 -> q', 'd Add p q -> y']);
    const merged = own(source, made(['a Relu x -> p', 'd Add p p -> y']));
    expect(absent(merged)).toMatchObject({ 2: { why: 'merged', into: [0] } });
    expect(merged.kernels.map(({ verified }) => verified)).toEqual([true, true]);
  });

  it('are not those of operands in another order', () => {
    const source = made(['a Sub x z -> p', 'b Sub z x -> q', 'c Add p q -> y'], { inputs: ['x', 'z'] });
    const other = own(source, made(['a Sub x z -> p', 'c Add p p -> y'], { inputs: ['x', 'z'] }));
    expect(absent(other)).toEqual({ 1: { why: 'fused', into: [2] } });
  });
});

describe('a layer without a kernel', () => {
  it('is unused where no output needs it, removed where one does', () => {
    const source = made(['a Relu x -> m', 'b Tanh m -> n', 'c Ceil x -> dead', 'd Sigmoid n -> y']);
    // The last kernel names no result: it is known by its node alone.
    const left = own(source, made(['a Relu x -> m', 'd Sigmoid m']));
    expect(absent(left)).toEqual({
      1: { why: 'removed', into: [] },
      2: { why: 'unused', into: [] },
    });
  });

  it('is removed where it only hands on its operand', () => {
    const source = made(['a Relu x -> m', 'b Dropout m -> n', 'c Relu n -> y']);
    const left = own(source, made(['a Relu x -> m', 'c Relu m -> y']));
    expect(absent(left)).toEqual({ 1: { why: 'removed', into: [] } });
    expect(left.kernels.map(({ verified }) => verified)).toEqual([true, true]);
  });

  it('is folded into those who read what it would have computed, over any number of steps', () => {
    const source = made(['a Relu c -> k', 'b Tanh k -> l', 'd Add x l -> m', 'e Mul m l -> y'], {
      constants: { c: '1' },
    });
    const left = own(source, made(['d Add x l -> m', 'e Mul m l -> y'], { constants: { l: 'folded' } }));
    expect(absent(left)).toEqual({
      0: { why: 'folded', into: [2, 3] },
      1: { why: 'folded', into: [2, 3] },
    });
  });

  it('is folded where it only reads a shape that is known', () => {
    const source = made(['a Shape x -> s', 'b Reshape x s -> y'], { shapes: { x: [2, 3] } });
    const left = own(source, made(['b Reshape x s -> y'], { constants: { s: 'known' } }));
    expect(absent(left)).toEqual({ 0: { why: 'folded', into: [1] } });
  });
});

describe('names that onnxruntime gives', () => {
  it('are those of nodes, with what a fusion adds to them', () => {
    const source = made(['a/Mul Mul x z -> m', 'b Add m z -> y'], { inputs: ['x', 'z'] });
    for (const name of ['b', 'b_token_12', 'b/GeluFusion/', 'b/GeluFusion'])
      expect(owners(own(source, made([`${name} Gelu x z -> other`], { inputs: ['x', 'z'] }))), name).toEqual([
        [[1, 1]],
      ]);
  });

  it('of blocked convolutions are those of their results', () => {
    const constants = { f: '1' };
    const source = made(['c Conv x f -> m', 'b BatchNormalization m -> n', 'r Relu n -> y'], { constants });
    const value = (line: RuntimeNode): unknown => own(source, made([line], { constants })).values.get('o');
    const named = (name: string, given: Partial<RuntimeNode> = {}): RuntimeNode =>
      node(`${name} nchwc.Conv x f -> o`, given);
    expect(value(named('m_nchwc'))).toBe('m');
    expect(value(named('m_bn_nchwc'))).toBe('m');
    expect(value(named('n_nchwc', { activation: 'Relu' }))).toBe('y');
    expect(value(named('n_nchwc'))).toBe('n');
    expect(value(named('y_nchwc', { activation: 'Relu' }))).toBe('y');
  });

  it('of blocked convolutions that add a map are those of the sum', () => {
    const constants = { f: '1' };
    const source = made(['c Conv x f -> m', 's Add m z -> n', 'r Relu n -> y'], {
      inputs: ['x', 'z'],
      constants,
    });
    const line = node('m_nchwc nchwc.Conv x f _ z -> o', { activation: 'Relu' });
    const fused = own(source, made([line], { inputs: ['x', 'z'], constants }));
    expect(fused.values.get('o')).toBe('y');
    expect(fused.kernels[0]).toMatchObject({ fused: [1, 2], verified: true });
    const plain = node('m_nchwc nchwc.Conv x f _ z -> o');
    expect(own(source, made([plain], { inputs: ['x', 'z'], constants })).values.get('o')).toBe('n');
  });

  it('do not take in a function that more than one reads before', () => {
    const constants = { f: '1' };
    const source = made(['c Conv x f -> m', 'r Relu m -> p', 't Tanh m -> q', 'y Add p q -> y'], {
      constants,
    });
    const line = node('m_nchwc nchwc.Conv x f -> o', { activation: 'Relu' });
    expect(own(source, made([line], { constants })).values.get('o')).toBe('m');
  });
});

describe('a function of several operators', () => {
  const constants = { f: '1' };
  const lines = ['c Conv x f -> m', '_ HardSigmoid m -> h', '_ Mul m h -> n', 'd Conv n f -> y'];
  const source = made(lines, { constants });

  it('that a blocked convolution applies is part of it, though two nodes read its value', () => {
    const fused = node('m_nchwc nchwc.Conv x f -> p', { activation: 'HardSwish' });
    const found = attribute(
      source,
      [0, 1, 1, 2],
      made([fused, 'y_nchwc nchwc.Conv p f -> y'], { constants }),
    );
    expect(owners(found)).toEqual([[[0, 1]], [[2, 1]]]);
    expect(found.kernels.map(({ fused: with_, verified }) => [with_, verified])).toEqual([
      [[1], true],
      [[], true],
    ]);
    expect(absent(found)).toEqual({ 1: { why: 'fused', into: [0] } });
  });

  it('that something else reads half-way is no part of it', () => {
    const read = made([...lines, 'e Relu h -> z'], { constants, outputs: ['y', 'z'] });
    const fused = node('m_nchwc nchwc.Conv x f -> p', { activation: 'HardSwish' });
    expect(own(read, made([fused], { constants })).values.get('p')).toBe('m');
    const result = made(lines, { constants, outputs: ['y', 'h'] });
    expect(own(result, made([fused], { constants })).values.get('p')).toBe('m');
  });

  it('without names is known by what it reads, in a format whose values have no names either', () => {
    const blocked = made(
      [
        'm_nchwc nchwc.Conv x f -> t0',
        '_ HardSigmoid t0 -> t1',
        '_ Mul t0 t1 -> t2',
        'y_nchwc nchwc.Conv t2 f -> y',
      ],
      { constants },
    );
    const found = attribute(source, [0, 1, 1, 2], blocked);
    expect(owners(found)).toEqual([[[0, 1]], [[1, 1]], [[1, 1]], [[2, 1]]]);
    expect(found.kernels.every(({ verified }) => verified === true)).toBe(true);
  });

  it('is one kernel without a name', () => {
    const single = made(['m_nchwc nchwc.Conv x f -> t0', '_ QuickGelu t0 -> t2', 'd Conv t2 f -> y'], {
      constants,
    });
    expect(owners(attribute(source, [0, 1, 1, 2], single))).toEqual([[[0, 1]], [[1, 1]], [[2, 1]]]);
  });
});

describe('quantised kernels', () => {
  const constants = { f: '1', s: '2' };
  const around = (op: string) =>
    made(
      [
        'q QuantizeLinear x s -> xq',
        'd DequantizeLinear xq s -> xd',
        `o ${op} xd -> m`,
        'e QuantizeLinear m s -> y',
      ],
      {
        constants,
      },
    );

  it.each(['MaxPool', 'Add', 'Concat', 'Softmax'])('belong to %s, not to the conversions around it', (op) => {
    const found = own(
      around(op),
      made(['q QuantizeLinear x s -> xq', `o QLinear${op} xq s -> y`], { constants }),
    );
    expect(owners(found)).toEqual([[[0, 1]], [[2, 1]]]);
    expect(found.kernels[1]?.fused).toEqual([1, 3]);
  });

  it('make the value that is written down behind a function that they apply', () => {
    const source = made(
      [
        'c Conv x f -> m',
        'r Relu m -> n',
        'e QuantizeLinear n s -> k',
        'd DequantizeLinear k s -> l',
        't Tanh l -> y',
      ],
      {
        constants,
      },
    );
    const found = own(source, made(['c_token_1 QLinearConv x f s -> t0', 't Tanh t0 -> y'], { constants }));
    expect(found.values.get('t0')).toBe('k');
    expect(owners(found)[0]).toEqual([[0, 1]]);
    expect(found.kernels[0]?.fused).toEqual([1, 2]);
  });

  it('that are conversions alone are rows of their own', () => {
    const found = own(around('MaxPool'), around('MaxPool'));
    expect(owners(found)).toEqual([[[0, 1]], [[1, 1]], [[2, 1]], [[3, 1]]]);
  });
});

it('a graph that reads what nobody makes is refused', () => {
  expect(() => own(made(['a Relu nobody -> y']), made([]))).toThrow('no value nobody');
});

describe('kernels of another session of the same model', () => {
  const saved = made([
    'conv0 Conv x -> a',
    'ReorderOutput nchwc.ReorderOutput a -> b',
    'conv1 Conv x -> c',
    'ReorderOutput_token_1 nchwc.ReorderOutput c -> d',
    '_ Sin b -> e',
    '_ Sin d -> f',
    'sum Add e f -> y',
  ]);
  const kernel = (node: string, op: string) => ({ key: node, node, op, provider: '', us: 1, calls: 1 });

  it('are known whatever their order and the names of layout changes', () => {
    const traced = [
      kernel('conv1', 'Conv'),
      kernel('ReorderOutput', 'ReorderOutput'),
      kernel('', 'Sin'),
      kernel('conv0', 'Conv'),
      kernel('ReorderOutput_token_1', 'ReorderOutput'),
      kernel('', 'Sin'),
      kernel('sum', 'Add'),
    ];
    expect(matchKernels(traced, saved)).toEqual({ nodes: [2, 3, 4, 0, 1, 5, 6], same: true });
  });

  it('are others where one is missing', () => {
    expect(matchKernels([kernel('conv1', 'Conv'), kernel('sum', 'Add')], saved)).toEqual({
      nodes: [2, 6],
      same: false,
    });
  });
});
