import { describe, expect, it } from 'vitest';
import { profile, type Profile } from '../../../src/analysis/profile.ts';
import { type Diagnostic, formatDiagnostic } from '../../../src/diagnostics.ts';
import { bytesSource, type ByteSource, fromOnnx, type OnnxOptions } from '../../../src/formats/onnx/index.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import { validate } from '../../../src/graph/validate.ts';
import {
  type Attribute,
  attribute,
  elsewhere,
  fn,
  graph,
  modelBytes,
  node,
  port,
  single,
  stored,
} from './model.ts';

interface Read {
  readonly graph: Graph;
  readonly profile: Profile;
  readonly diagnostics: readonly Diagnostic[];
  readonly shapes: ReadonlyMap<string, string>;
}

function read(bytes: Uint8Array, options: Omit<OnnxOptions, 'file'> = {}): Read {
  const { graph: network, diagnostics } = fromOnnx(bytesSource(bytes), { file: 'm.onnx', ...options });
  expect(validate(network)).toEqual([]);
  const result = profile(network);
  const shapes = new Map(
    result.layers.map((row) => [row.name, row.outputs.map((shape) => shape.join('x')).join(' ')]),
  );
  return { graph: network, profile: result, diagnostics, shapes };
}

const conv = (x: string, w: string, y: string): ReturnType<typeof node> =>
  node('Conv', [x, w], [y], {}, { name: y });

describe('counting', () => {
  it('counts what a classifier stores and computes', () => {
    const bytes = modelBytes({
      input: [port('x', 'float32', [1, 3, 8, 8])],
      initializer: [
        stored('w', 'float32', [16, 3, 3, 3]),
        stored('b', 'float32', [16]),
        ...['scale', 'shift', 'mean', 'var'].map((name) => stored(name, 'float32', [16])),
        stored('fc', 'float32', [10, 16]),
        stored('fcb', 'float32', [10]),
      ],
      node: [
        node('Conv', ['x', 'w', 'b'], ['c'], { pads: [1, 1, 1, 1], strides: [2, 2] }),
        node('BatchNormalization', ['c', 'scale', 'shift', 'mean', 'var'], ['n']),
        node('Relu', ['n'], ['r']),
        node('GlobalAveragePool', ['r'], ['p']),
        node('Flatten', ['p'], ['f']),
        node('Gemm', ['f', 'fc', 'fcb'], ['y'], { transB: 1 }),
      ],
      output: [port('y', 'float32', [1, 10])],
    });
    const { profile: result, diagnostics } = read(bytes);
    expect(diagnostics).toEqual([]);
    expect(result.totals.macs).toBe(4 * 4 * 16 * 27 + 160);
    expect(result.totals.weights).toBe(16 * 27 + 160);
    expect(result.totals.params).toBe(16 * 27 + 16 + 4 * 16 + 160 + 10);
    expect(result.totals.flops).toBe(2 * (4 * 4 * 16 * 27 + 160));
    expect(result.layers.map(({ name }) => name)).toEqual(['c', 'n', 'r', 'p', 'f', 'y']);
    expect(result.network.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: [1, 3, 8, 8] }]);
  });

  it('knows weights behind a node from activations behind one like it, and from each other', () => {
    const { profile: result } = read(
      modelBytes({
        input: [port('x', 'float32', [5, 5])],
        initializer: [stored('v', 'float32', [5, 5]), stored('w', 'float32', [5, 5])],
        node: [
          node('Transpose', ['x'], ['a']),
          node('Transpose', ['v'], ['s']),
          node('Transpose', ['w'], ['t']),
          node('MatMul', ['a', 's'], ['b']),
          node('MatMul', ['b', 't'], ['c']),
          node('Transpose', ['v'], ['u']),
          node('MatMul', ['c', 'u'], ['y']),
        ],
        output: [port('y')],
      }),
    );
    expect(result.totals).toMatchObject({ weights: 50, macs: 375 });
  });

  it('counts a shared weight once, and the work of each use', () => {
    const { profile: result } = read(
      modelBytes({
        input: [port('x', 'float32', [1, 4, 5, 5])],
        initializer: [stored('w', 'float32', [4, 4, 1, 1])],
        node: [conv('x', 'w', 'a'), conv('a', 'w', 'b')],
        output: [port('b')],
      }),
    );
    expect(result.totals.weights).toBe(16);
    expect(result.totals.macs).toBe(2 * 25 * 16);
  });

  it('counts weights that are Constant nodes or quantised, and not the nodes that make them', () => {
    const { profile: result } = read(
      modelBytes({
        input: [port('x', 'float32', [1, 4, 5, 5])],
        initializer: [
          stored('q', 'int8', [4, 4, 3, 3]),
          stored('s', 'float32', [], [0.1]),
          stored('z', 'int8', [], [0]),
        ],
        node: [
          node('Constant', [], ['w'], { value: { t: stored('', 'float32', [4, 4, 1, 1]) } }),
          conv('x', 'w', 'a'),
          node('DequantizeLinear', ['q', 's', 'z'], ['dq']),
          conv('a', 'dq', 'b'),
        ],
        output: [port('b')],
      }),
      {},
    );
    expect(result.totals.weights).toBe(16 + 4 * 4 * 9);
    expect(result.totals.macs).toBe(25 * 16 + 9 * 4 * 36);
    expect(result.layers.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('counts quantised operators like those that they stand for', () => {
    const { profile: result, shapes } = read(
      single(
        'QLinearConv',
        [
          ['uint8', [1, 3, 8, 8]],
          stored('', 'float32', [], [1]),
          stored('', 'uint8', [], [0]),
          stored('', 'int8', [5, 3, 3, 3]),
          stored('', 'float32', [5]),
          stored('', 'int8', [5]),
          stored('', 'float32', [], [1]),
          stored('', 'uint8', [], [0]),
          stored('', 'int32', [5]),
        ],
        {},
      ),
    );
    expect(result.totals.macs).toBe(6 * 6 * 5 * 27);
    expect(result.totals.params).toBe(5 * 27 + 5);
    // The last row holds the scales and zero points.
    expect([...shapes.values()]).toEqual(['1x5x6x6', '']);
  });

  it('counts products of activations, attention and recurrent layers', () => {
    expect(
      read(
        single('MatMul', [
          ['float32', [2, 3, 4]],
          ['float32', [2, 4, 5]],
        ]),
      ).profile.totals.macs,
    ).toBe(2 * 3 * 4 * 5);
    const attention = single(
      'Attention',
      [
        ['float32', [1, 2, 5, 8]],
        ['float32', [1, 2, 7, 8]],
        ['float32', [1, 2, 7, 6]],
      ],
      {},
      { opset: 23 },
    );
    expect(read(attention).profile.totals.macs).toBe(2 * 5 * 7 * (8 + 6));
    const lstm = single(
      'LSTM',
      [['float32', [6, 1, 10]], stored('', 'float32', [1, 16, 10]), stored('', 'float32', [1, 16, 4])],
      { hidden_size: 4 },
    );
    expect(read(lstm).profile.totals).toMatchObject({ macs: 6 * 16 * 14, weights: 16 * 14 });
    const fused = single(
      'Attention',
      [['float32', [1, 5, 8]], stored('', 'float32', [8, 24]), stored('', 'float32', [24])],
      { num_heads: 2 },
      { domain: 'com.microsoft' },
    );
    expect(read(fused).profile.totals).toMatchObject({
      macs: 5 * 8 * 24 + 2 * 5 * 5 * (4 + 4),
      weights: 192,
      params: 216,
    });
  });

  it('counts a transposed convolution by its input', () => {
    const { profile: result } = read(
      single('ConvTranspose', [['float32', [1, 6, 4, 4]], stored('', 'float32', [6, 2, 3, 3])], {
        strides: [2, 2],
        group: 2,
      }),
    );
    expect(result.totals.macs).toBe(6 * 16 * 2 * 9);
  });

  // ONNX ConvTranspose-11: of all padding, 2 (4 - 1) + 3 - 8 = 1 here, SAME_UPPER puts the smaller half first.
  it.each([
    ['SAME_UPPER', [0, 0], [1, 1]],
    ['SAME_LOWER', [1, 1], [0, 0]],
  ])('pads a transposed convolution by %s', (automatic, begin, end) => {
    const { graph } = read(
      single('ConvTranspose', [['float32', [1, 6, 4, 4]], stored('', 'float32', [6, 2, 3, 3])], {
        strides: [2, 2],
        auto_pad: automatic,
      }),
    );
    expect(graph.nodes[0]?.attrs).toMatchObject({ padding: { begin, end } });
  });

  it('counts real numbers that are stored for their value in a row of their own', () => {
    const { profile: result } = read(
      modelBytes({
        input: [port('x', 'float32', [1, 8])],
        initializer: [
          stored('one', 'float32', [], [1]),
          stored('bias', 'float32', [8]),
          stored('shape', 'int64', [2], [2, 4]),
        ],
        node: [
          node('Add', ['x', 'one'], ['a']),
          node('Add', ['a', 'bias'], ['b']),
          node('Reshape', ['b', 'shape'], ['y']),
        ],
        output: [port('y')],
      }),
    );
    expect(result.totals).toMatchObject({ weights: 0, params: 9 });
    expect(result.layers.at(-1)).toMatchObject({ kind: 'stored', params: 1 });
  });
});

describe('extents', () => {
  const dynamic = modelBytes({
    input: [port('image', 'float32', ['N', 3, 'H', 'W'])],
    initializer: [stored('w', 'float32', [8, 3, 3, 3])],
    node: [conv('image', 'w', 'y')],
    output: [port('y', 'float32', ['N', 8, 'h', 'w'])],
  });

  it('asks for symbols by name and flag', () => {
    expect(() => read(dynamic)).toThrow(
      'm.onnx: leaves extents open: image:Nx3xHxW (fix: pass --bind N=1 --bind H=224 --bind W=224) CSP101',
    );
    expect(() => read(dynamic, { bindings: new Map([['N', 1]]) })).toThrow(
      /pass --bind H=224 --bind W=224\)/,
    );
  });

  it('takes them bound, or as a whole shape', () => {
    const bindings = new Map([
      ['N', 2],
      ['H', 10],
      ['W', 12],
    ]);
    expect(read(dynamic, { bindings }).shapes.get('y')).toBe('2x8x8x10');
    expect(read(dynamic, { inputs: new Map([['image', [1, 3, 5, 6]]]) }).shapes.get('y')).toBe('1x8x3x4');
  });

  it('names flags that work when pasted', () => {
    // A window of 300 does not fit into 224.
    const large = modelBytes({
      input: [port('image', 'float32', ['N', 3, 'H', 'W']), port('my state', 'float32', [2, '?', 4])],
      initializer: [stored('w', 'float32', [8, 3, 300, 300])],
      node: [node('Conv', ['image', 'w'], ['y']), node('Relu', ['my state'], ['z'])],
      output: [port('y'), port('z')],
    });
    expect(() => read(large)).toThrow(
      "image:Nx3xHxW, my state:2x?x4 (fix: pass --bind N=1 --bind H=320 --bind W=320 --input 'my state:2x1x4') CSP101",
    );
    const never = modelBytes({
      input: [port('x', 'float32', ['n', 8])],
      initializer: [stored('w', 'float32', [9, 4])],
      node: [node('MatMul', ['x', 'w'], ['y'])],
      output: [port('y')],
    });
    expect(() => read(never)).toThrow(
      /no usual size fits its operators; give your own in the form of --bind n=1 \(.*8.*9/,
    );
  });

  it('names a batch where the state of a recurrent layer leaves it open, and a size that every branch fits', () => {
    // The first branch takes maps from 20 steps on, the second from 100.
    const branch = (name: string, size: number) => ({
      g: graph({
        name,
        node: [node('Conv', ['x', `w${name}`], [`y${name}`])],
        initializer: [stored(`w${name}`, 'float32', [1, 1, size])],
        output: [port(`y${name}`)],
      }),
    });
    const open = modelBytes({
      input: [
        port('x', 'float32', ['?', 1, '?']),
        port('state', 'float32', [2, '?', 8]),
        port('c', 'bool', []),
      ],
      node: [
        node('If', ['c'], ['y'], { then_branch: branch('a', 20), else_branch: branch('b', 200) }),
        node('Relu', ['state'], ['z']),
      ],
      output: [port('y'), port('z')],
    });
    expect(() => read(open)).toThrow(/fix: pass --input x:1x1x512 --input state:2x1x8\)/);
  });

  it('takes the content of small inputs', () => {
    const bytes = modelBytes({
      input: [port('x', 'float32', [2, 6]), port('to', 'int64', ['rank'])],
      node: [node('Reshape', ['x', 'to'], ['y'])],
      output: [port('y')],
    });
    expect(read(bytes, { values: new Map([['to', [3, 2, 2]]]) }).shapes.get('y')).toBe('3x2x2');
    expect(() => read(bytes, { values: new Map([['too', [1]]]) })).toThrow(/no input "too".*x, to/);
    const values = new Map([
      ['x', [1]],
      ['to', [12]],
    ]);
    expect(() => read(bytes, { values })).toThrow(/"x" is \[2,6\], not 1 value \(fix/);
  });

  it('takes batch and image extent where the model leaves them open', () => {
    expect(read(dynamic, { extent: [10, 12], batch: 2 }).shapes.get('y')).toBe('2x8x8x10');
    expect(read(dynamic, { extent: [10, 12] }).shapes.get('y')).toBe('1x8x8x10');
    const fixed = single('Relu', [['float32', [1, 3, 8, 8]]]);
    expect(read(fixed, { extent: [8, 8], batch: 1 }).shapes.get('out0')).toBe('1x3x8x8');
    expect(() => read(fixed, { extent: [8, 9] })).toThrow(/1x3x8x8, not 1x3x8x9.*CSP102/);
  });

  it('refuses a shape that the model does not allow, and an input that it does not have', () => {
    expect(() => read(dynamic, { inputs: new Map([['image', [1, 4, 5, 6]]]) })).toThrow(
      /Nx3xHxW, not 1x4x5x6.*CSP102/,
    );
    expect(() => read(dynamic, { inputs: new Map([['x', [1]]]) })).toThrow(
      /has no input "x".*its inputs: image/,
    );
  });

  it('counts what the data decide at its bound, says so, and takes a value for it', () => {
    const bytes = modelBytes({
      input: [port('x', 'float32', [10])],
      initializer: [stored('w', 'float32', [1, 5])],
      node: [
        node('NonZero', ['x'], ['found']),
        node('Transpose', ['found'], ['t'], { perm: [1, 0] }),
        node('Cast', ['t'], ['c'], { to: 1 }),
        node('MatMul', ['c', 'w'], ['y']),
      ],
      output: [port('y')],
    });
    const bounded = read(bytes);
    expect(bounded.profile.totals.macs).toBe(10 * 5);
    expect(
      bounded.diagnostics.map(({ code, severity, message }) => `${severity} ${code} ${message}`),
    ).toEqual([
      'warning CSP305 extents that depend on the data are counted at their upper bound: found[1] at 10',
    ]);
    const given = read(bytes, { bindings: new Map([['found[1]', 4]]) });
    expect(given.profile.totals.macs).toBe(4 * 5);
    expect(given.diagnostics).toEqual([]);
  });

  it('gives the value to no other node that is alike', () => {
    const bytes = modelBytes({
      input: [port('x', 'float32', [10])],
      node: [node('NonZero', ['x'], ['first']), node('NonZero', ['x'], ['second'])],
      output: [port('first'), port('second')],
    });
    const { profile: result } = read(bytes, { bindings: new Map([['first[1]', 4]]) });
    expect(result.network.outputs.map(({ shape }) => shape)).toEqual([
      [1, 4],
      [1, 10],
    ]);
  });

  it('checks what the file states of shapes, and believes the operators', () => {
    const bytes = modelBytes({
      input: [port('x', 'float32', [1, 3, 8, 8])],
      initializer: [stored('w', 'float32', [4, 3, 3, 3])],
      node: [conv('x', 'w', 'y')],
      output: [port('y', 'float32', [1, 4, 8, 8])],
    });
    const { diagnostics, shapes } = read(bytes);
    expect(shapes.get('y')).toBe('1x4x6x6');
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]).toMatchObject({ code: 'CSP306', severity: 'warning' });
    expect(diagnostics[0]?.message).toContain(
      'states float32[1,4,8,8] for "y", its operators make float32[1,4,6,6]',
    );
  });

  it('takes extents of 0 and -1 of an input as free, as onnxruntime does', () => {
    const bytes = single('Relu', [['float32', [0, 3, -1]]]);
    expect(() => read(bytes)).toThrow(/in0:\?x3x\? \(fix: pass --input in0:1x3x\d+\)/);
    const empty = read(bytes, { inputs: new Map([['in0', [0, 3, 4]]]) });
    expect(empty.shapes.get('out0')).toBe('0x3x4');
    expect(empty.profile.totals.macs).toBe(0);
  });
});

describe('the order of nodes', () => {
  const x = port('x', 'float32', [2, 3]);

  it('is that of what they read, and otherwise that of the file; said', () => {
    const bytes = modelBytes({
      input: [x],
      node: [
        node('Add', ['b', 'c'], ['y']),
        node('Relu', ['x'], ['a']),
        node('Exp', ['b'], ['c']),
        node('Relu', ['a'], ['b']),
        node('Abs', ['x'], ['d']),
      ],
      output: [port('y'), port('d')],
    });
    const { profile: result, diagnostics } = read(bytes);
    expect(result.layers.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'y', 'd']);
    expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'CSP310 2 nodes stand before those whose results they read: sorted, as runtimes do',
    ]);
  });

  it('counts what graphs inside read', () => {
    const branch = (op: string, name: string): ReturnType<typeof graph> =>
      graph({ node: [node(op, ['late'], [name])], output: [port(name)] });
    const unsorted = (late: readonly string[]): Uint8Array =>
      modelBytes({
        input: [x, port('c', 'bool', [])],
        node: [
          node('If', ['c'], ['y'], {
            then_branch: { g: branch('Exp', 't') },
            else_branch: { g: branch('Abs', 'e') },
          }),
          ...late.map((name) => node('Relu', ['x'], [name])),
        ],
        output: [port('y')],
      });
    expect(read(unsorted(['late']), { values: new Map([['c', [1]]]) }).shapes.get('y/t')).toBe('2x3');
    expect(() => read(unsorted(['other']))).toThrow(/If "y": reads "late", which nothing makes.*CSP304/);
  });
});

describe('functions, branches and loops', () => {
  const double = fn({
    name: 'Double',
    input: ['a', 'w'],
    output: ['c'],
    attribute: ['pad'],
    node: [
      Object.assign(conv('a', 'w', 'b'), {
        attribute: [attribute('pads', [1, 1, 1, 1]), attribute('group', { ref: 'pad' })],
      }),
      node('Relu', ['b'], ['c']),
    ],
  });

  it('counts the inside of a function, once per call, under the call', () => {
    const bytes = modelBytes({
      domains: ['local'],
      functions: [double],
      input: [port('x', 'float32', [1, 4, 5, 5])],
      initializer: [stored('w', 'float32', [4, 4, 3, 3]), stored('v', 'float32', [4, 2, 3, 3])],
      node: [
        node('Double', ['x', 'w'], ['y'], { pad: 1 }, { domain: 'local', name: 'first' }),
        node('Double', ['y', 'v'], ['z'], { pad: 2 }, { domain: 'local', name: 'second' }),
      ],
      output: [port('z')],
    });
    const { profile: result } = read(bytes);
    expect(result.layers.map(({ name, macs }) => [name, macs])).toEqual([
      ['first', 25 * 4 * 36],
      ['second', 25 * 4 * 18],
    ]);
    expect(result.totals.weights).toBe(16 * 9 + 8 * 9);
  });

  const body = graph({
    input: [port('i'), port('go'), port('v')],
    node: [node('Identity', ['go'], ['on']), node('MatMul', ['v', 'w'], ['next'])],
    output: [port('on'), port('next')],
  });
  const loop = (trips: number | undefined): Uint8Array =>
    modelBytes({
      input: [port('x', 'float32', [2, 3]), ...(trips === undefined ? [port('m', 'int64', [])] : [])],
      initializer: [
        stored('w', 'float32', [3, 3]),
        ...(trips === undefined ? [] : [stored('m', 'int64', [], [trips])]),
      ],
      node: [node('Loop', ['m', '', 'x'], ['y'], { body: { g: body } })],
      output: [port('y')],
    });

  it('multiplies the body of a loop by its trip count', () => {
    const { profile: result } = read(loop(7));
    expect(result.totals).toMatchObject({ macs: 7 * 18, weights: 9 });
    expect(result.coverage.uncounted).toEqual([]);
  });

  it('counts a branch that is known to be taken, though its condition is stored', () => {
    const branch = (name: string, by: string): ReturnType<typeof graph> =>
      graph({ node: [node('MatMul', ['x', by], [name])], output: [port(name)] });
    const { profile: result } = read(
      modelBytes({
        input: [port('x', 'float32', [2, 3])],
        initializer: [
          stored('c', 'bool', [], [1]),
          stored('w', 'float32', [3, 5]),
          stored('v', 'float32', [3, 7]),
        ],
        node: [
          node('If', ['c'], ['y'], {
            then_branch: { g: branch('t', 'w') },
            else_branch: { g: branch('e', 'v') },
          }),
        ],
        output: [port('y')],
      }),
    );
    expect(result.totals).toMatchObject({ macs: 2 * 3 * 5, weights: 15 });
  });

  it('says that it does not know the trip count', () => {
    const { profile: result } = read(loop(undefined));
    expect(result.coverage.uncounted).toEqual([{ op: 'linear in a loop of unknown length', count: 1 }]);
  });

  /** Two products of 3 x 3 and one of 3 x 3, and each branch stores its own weights. */
  const branches = (...nodes: Parameters<typeof node>[]): ReturnType<typeof graph> =>
    graph({
      initializer: nodes.map(([, , [name]]) => stored(`${name ?? ''}w`, 'float32', [3, 3])),
      node: nodes.map(([op, [from = ''], [to = '']]) => node(op, [from, `${to}w`], [to])),
      output: [port(nodes.at(-1)?.[2][0] ?? '')],
    });
  const chosen = modelBytes({
    input: [port('x', 'float32', [2, 3]), port('c', 'bool', [])],
    node: [
      node('If', ['c'], ['y'], {
        then_branch: { g: branches(['MatMul', ['x'], ['t']]) },
        else_branch: { g: branches(['MatMul', ['x'], ['e']], ['MatMul', ['e'], ['f']]) },
      }),
      node('Relu', ['y'], ['z']),
    ],
    output: [port('z')],
  });

  it('counts the branch with more MACs where the data choose, its nodes as layers, and says that it is a bound', () => {
    const { diagnostics, profile: result } = read(chosen);
    expect(result.layers.map(({ name, macs, origin }) => [name, macs, origin.op])).toEqual([
      ['y/e', 18, 'MatMul'],
      ['y/f', 18, 'MatMul'],
      ['z', 0, 'Relu'],
      // What the branch stores that does not run.
      ['stored', 0, undefined],
    ]);
    expect(result.coverage).toEqual({
      counted: 4,
      uncounted: [],
      bounds: ['y counted as its else branch, the one with more MACs'],
    });
    expect(diagnostics.map(({ message, fix }) => `${message} (${fix})`)).toEqual([
      'what the data decide is counted at a bound: y counted as its else branch, the one with more MACs (give the input that decides a value (--value c=V), or choose: --branch y=then)',
    ]);
  });

  it('names the inputs that may decide: a few whole numbers or truth values that are not given', () => {
    const label = 'a/name/of/more/than/sixty/characters/as/exporters/write/them/If';
    const branch = (name: string): Attribute => ({
      g: graph({ node: [node('Relu', ['x'], [name])], output: [port(name)] }),
    });
    const bytes = modelBytes({
      input: [
        port('c', 'bool', []),
        port('the rate', 'int64', [8]),
        port('given', 'int64', []),
        port('ids', 'int64', [9]),
        port('x', 'float32', [2]),
      ],
      node: [
        node('If', ['c'], ['y'], { then_branch: branch('a'), else_branch: branch('b') }, { name: label }),
      ],
      output: [port('y')],
    });
    const { diagnostics } = read(bytes, { values: new Map([['given', [1]]]) });
    expect(diagnostics.map(({ message, fix }) => `${message} (${fix})`)).toEqual([
      `what the data decide is counted at a bound: ${label.slice(0, 59)}… counted as its then branch, which has as many MACs as the other (give the input that decides a value (--value c=V or --value 'the rate=V'), or choose: --branch ${label}=then)`,
    ]);
  });

  it('takes the branch that a value or its name chooses, and that is no bound', () => {
    for (const options of [
      { values: new Map([['c', [1]]]) },
      { branches: new Map([['y', 'then'] as const]) },
    ]) {
      const { diagnostics, profile: result } = read(chosen, options);
      expect(result.totals.macs).toBe(18);
      expect([diagnostics, result.coverage.bounds]).toEqual([[], undefined]);
    }
    expect(read(chosen, { values: new Map([['c', [0]]]) }).profile.totals.macs).toBe(36);
  });

  it('passes over a branch that does not fit, unless it is the one that runs', () => {
    const bad = modelBytes({
      input: [port('x', 'float32', [2, 3]), port('c', 'bool', [])],
      initializer: [stored('w', 'float32', [4, 3])],
      node: [
        node('If', ['c'], ['y'], {
          then_branch: { g: graph({ node: [node('MatMul', ['x', 'w'], ['t'])], output: [port('t')] }) },
          else_branch: { g: branches(['MatMul', ['x'], ['e']]) },
        }),
      ],
      output: [port('y')],
    });
    const { profile: result } = read(bad);
    expect(result.totals.macs).toBe(18);
    expect(result.coverage.bounds).toEqual([
      'y counted as its else branch, since its then branch does not fit',
    ]);
    expect(() => read(bad, { values: new Map([['c', [1]]]) })).toThrow(/MatMul "y\/t".*3.*4/);
  });

  it('counts a loop that the data end at its constant maximum, and says so; without one not at all', () => {
    const whileBody = graph({
      input: [port('i'), port('go'), port('v')],
      node: [
        node('MatMul', ['v', 'w'], ['next']),
        node('ReduceMax', ['next'], ['top'], { keepdims: 0 }),
        node('Greater', ['top', 'limit'], ['on']),
      ],
      output: [port('on'), port('next')],
    });
    const loopOf = (most: string): Uint8Array =>
      modelBytes({
        input: [port('x', 'float32', [2, 3])],
        initializer: [
          stored('w', 'float32', [3, 3]),
          stored('limit', 'float32', [], [1]),
          stored('ten', 'int64', [], [10]),
        ],
        node: [node('Loop', [most, '', 'x'], ['y'], { body: { g: whileBody } })],
        output: [port('y')],
      });
    const { profile: bounded } = read(loopOf('ten'));
    expect(bounded.totals.macs).toBe(10 * 18);
    expect(bounded.coverage.bounds).toEqual(['y counted at its maximum of 10 runs']);
    const { profile: endless, diagnostics } = read(loopOf(''));
    expect(diagnostics.map(({ message, fix }) => `${message} (${fix})`)).toEqual([
      'how often these run is not known, what is in them is not counted: y (give the input that decides it a value: --value NAME=V)',
    ]);
    expect(endless.layers.map(({ name, macs }) => [name, macs])).toContainEqual(['y/next', undefined]);
    expect(endless.coverage.bounds).toBeUndefined();
    expect(endless.coverage.uncounted.map(({ op }) => op)).toContain('linear in a loop of unknown length');
  });
});

describe('unknown operators', () => {
  const bytes = modelBytes({
    domains: ['my.domain'],
    input: [port('x', 'float32', [1, 4])],
    node: [
      node('Magic', ['x'], ['a'], {}, { domain: 'my.domain', name: 'spell' }),
      node('Magic', ['a'], ['b'], {}, { domain: 'my.domain' }),
      node('Relu', ['b'], ['c']),
      node('NoSuchThing', ['c'], ['d']),
    ],
    valueInfo: [port('b', 'float32', [1, 9])],
    output: [port('d', 'float32', [1, 2])],
  });

  it('are all listed at once, with count and place', () => {
    expect(() => read(bytes)).toThrow(
      /2 operators are not known: my\.domain\.Magic \(2, first at "spell"\), NoSuchThing \(1, first at "d"\).*--on-unknown opaque.*CSP307/,
    );
  });

  it('can be passed by, and are named as uncounted', () => {
    const { profile: result, diagnostics } = read(bytes, { onUnknown: 'opaque' });
    expect(result.coverage).toEqual({
      counted: 1,
      uncounted: [
        { op: 'my.domain.Magic', count: 2 },
        { op: 'NoSuchThing', count: 1 },
      ],
    });
    expect(diagnostics.map(({ code }) => code)).toContain('CSP307');
    expect(result.layers[2]?.outputs).toEqual([[1, 9]]);
  });

  const hiding = modelBytes({
    domains: ['my.domain'],
    input: [port('x', 'float32', [1, 4])],
    initializer: [
      stored('a', 'float32', [4, 4]),
      stored('table', 'float32', [3, 5]),
      stored('axis', 'int64', [1]),
      stored('b', 'float32', [4, 2]),
    ],
    node: [
      node('MatMul', ['x', 'a'], ['p']),
      node('Magic', ['p', 'table', 'axis'], ['q'], {}, { domain: 'my.domain' }),
      node('Relu', ['q'], ['r']),
      node('MatMul', ['r', 'b'], ['s']),
    ],
    output: [{ name: 's', type: undefined }],
  });

  it('say what they hide, and their weights and those behind them are parameters', () => {
    const { profile: result, diagnostics } = read(hiding, { onUnknown: 'opaque' });
    expect(diagnostics.map((each) => formatDiagnostic(each))).toEqual([
      expect.stringMatching(
        /1 operator is not known: my\.domain\.Magic \(1, first at "q"\); 2 layers behind have no shape .*--assume my\.domain\.Magic=same-shape\)/,
      ),
    ]);
    expect(result.totals.params).toBe(16 + 15 + 8);
    expect(result.totals.macs).toBe(16);
    expect(result.network).toMatchObject({ outputs: [], shapelessOutputs: ['s'] });
    // One is a product, and nobody knows what the other makes of its table.
    expect(result.network.notes).toBeUndefined();
  });

  it.each([
    ['$(id)', 'Odd Op', "'$(id).Odd Op=same-shape'"],
    ["it's", '`id`', "'it'\\''s.`id`=same-shape'"],
    ['a'.repeat(80), 'Magic', `${'a'.repeat(80)}.Magic=same-shape`],
  ])('are whole, and one word of a shell, in what is to be pasted: %s %s', (domain, op, word) => {
    const model = modelBytes({
      domains: [domain],
      input: [port('x', 'float32', [1, 4])],
      node: [node(op, ['x'], ['y'], {}, { domain }), node('Relu', ['y'], ['z'])],
      output: [{ name: 'z', type: undefined }],
    });
    const { diagnostics } = read(model, { onUnknown: 'opaque' });
    expect(diagnostics.map(({ fix }) => fix)).toEqual([expect.stringMatching(/first inputs: --assume /)]);
    expect(diagnostics[0]?.fix.endsWith(`--assume ${word}`)).toBe(true);
    expect(() => read(model)).toThrow(`--assume ${word} if results are like first inputs`);
  });

  it('can be said to make results like their first inputs', () => {
    const assume = new Map([['my.domain.Magic', 'same-shape']] as const);
    const { profile: result, diagnostics } = read(hiding, { onUnknown: 'opaque', assume });
    expect(result.totals.macs).toBe(16 + 8);
    expect(result.coverage.uncounted).toEqual([{ op: 'my.domain.Magic', count: 1 }]);
    expect(diagnostics.map(({ message }) => message).join()).not.toContain('behind');
  });

  it('are not made up', () => {
    const assume = new Map([['MatMul', 'same-shape']] as const);
    expect(() => read(hiding, { onUnknown: 'opaque', assume })).toThrow(
      /has no unknown operator "MatMul" \(fix: its unknown operators: my\.domain\.Magic\) CSP101/,
    );
    expect(() => read(single('Relu', [['float32', [2]]]), { assume })).toThrow(/leave out --assume/);
  });
});

describe('files', () => {
  it('reads structure and small shape operands only', () => {
    const big = modelBytes({
      input: [port('x', 'float32', [1, 512])],
      initializer: [stored('w', 'float32', [512, 2048]), stored('s', 'int64', [2], [2, 1024])],
      node: [node('MatMul', ['x', 'w'], ['y']), node('Reshape', ['y', 's'], ['z'])],
      output: [port('z')],
    });
    let total = 0;
    const source: ByteSource = {
      size: big.length,
      read(offset, length) {
        total += length;
        return big.subarray(offset, offset + length);
      },
    };
    const { graph: network } = fromOnnx(source, { file: 'big.onnx' });
    expect(profile(network).totals.weights).toBe(512 * 2048);
    expect(big.length).toBeGreaterThan(4_000_000);
    expect(total).toBeLessThan(40_000);
  });

  it.each(['weights.bin', '../../etc/passwd', '/etc/passwd', 'C:\\secrets'])(
    'never opens the external file %s',
    (location) => {
      const { profile: result } = read(
        modelBytes({
          input: [port('x', 'float32', [1, 3, 4, 4])],
          initializer: [elsewhere('w', 'float32', [5, 3, 1, 1], location)],
          node: [conv('x', 'w', 'y')],
          output: [port('y')],
        }),
      );
      expect(result.totals.weights).toBe(15);
    },
  );
});
