import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profile } from '../../../src/analysis/profile.ts';
import { ProfileError } from '../../../src/diagnostics.ts';
import { bytesSource, fromOnnx } from '../../../src/formats/onnx/index.ts';
import { changed } from '../../../src/formats/onnx/message.ts';
import { TENSOR } from '../../../src/formats/onnx/proto.ts';
import { validate } from '../../../src/graph/validate.ts';
import { fn, graph, modelBytes, node, port, stored } from './model.ts';

/** What the reader says of the bytes: the refusal, or `read`. */
function verdict(bytes: Uint8Array): string {
  try {
    const { graph: network } = fromOnnx(bytesSource(bytes), { file: 'm.onnx', onUnknown: 'opaque' });
    profile(network);
    const malformed = validate(network);
    return malformed.length === 0 ? 'read' : `malformed: ${malformed.join('; ')}`;
  } catch (error) {
    if (error instanceof ProfileError) return error.message;
    throw error;
  }
}

const x = port('x', 'float32', [1, 3, 4, 4]);
const relu = (input: string, output: string): ReturnType<typeof node> => node('Relu', [input], [output]);
const chain = (length: number): ReturnType<typeof node>[] =>
  Array.from({ length }, (_, i) => relu(i === 0 ? 'x' : `r${String(i - 1)}`, `r${String(i)}`));

describe('files that are no model', () => {
  it.each([
    ['nothing', Uint8Array.of(), /is empty: no ONNX model/],
    ['text', new TextEncoder().encode('[net]\nwidth=416\n'), /CSP301|no ONNX model/],
    ['zeros', new Uint8Array(64), /CSP301/],
    ['a model without a graph', Uint8Array.of(0x08, 0x08), /holds no graph/],
    [
      'fields that only a lenient decoder reads as an empty model',
      Uint8Array.of(0xf8, 0x07, 0x01),
      /holds no graph/,
    ],
    [
      'a graph of the wrong wire type',
      Uint8Array.of(0x08, 0x08, 0x38, 0x01),
      /ModelProto\.graph has wire type 0/,
    ],
    ['a graph of nothing', Uint8Array.of(0x3a, 0x00), /graph of nothing/],
    ['HTML', new TextEncoder().encode('<!doctype html><title>404</title>'), /CSP30/],
  ])('refuses %s', (_, bytes, message) => {
    expect(verdict(bytes)).toMatch(message);
  });

  it('refuses every truncation of a model', () => {
    const bytes = modelBytes({
      input: [x],
      initializer: [stored('w', 'float32', [2, 3, 1, 1])],
      node: [node('Conv', ['x', 'w'], ['y'], { group: 1 })],
      output: [port('y')],
    });
    expect(verdict(bytes)).toBe('read');
    for (let length = 0; length < bytes.length; length++)
      expect(verdict(bytes.subarray(0, length))).toMatch(/CSP30[13]/);
  });
});

describe('graphs that do not hold together', () => {
  it.each<readonly [string, Uint8Array, RegExp]>([
    [
      'a cycle',
      modelBytes({ input: [x], node: [node('Add', ['x', 'b'], ['a']), relu('a', 'b')], output: [port('b')] }),
      /"b", which is made from its own result: a cycle/,
    ],
    [
      'a node that reads itself',
      modelBytes({ input: [x], node: [node('Add', ['x', 'a'], ['a'])], output: [port('a')] }),
      /its own result "a"/,
    ],
    [
      'a tensor that is missing',
      modelBytes({ input: [x], node: [relu('gone', 'a')], output: [port('a')] }),
      /"gone", which nothing makes/,
    ],
    [
      'an output that nothing makes',
      modelBytes({ input: [x], node: [relu('x', 'a')], output: [port('z')] }),
      /output "z", which nothing makes/,
    ],
    [
      'two values of one name',
      modelBytes({ input: [x], node: [relu('x', 'a'), relu('x', 'a')], output: [port('a')] }),
      /makes "a", which exists already/,
    ],
    [
      'two initialisers of one name',
      modelBytes({
        input: [x],
        initializer: [stored('w', 'float32', [1]), stored('w', 'float32', [2])],
        node: [relu('x', 'a')],
        output: [port('a')],
      }),
      /two initialisers "w"/,
    ],
    [
      'two inputs of one name',
      modelBytes({ input: [x, x], node: [relu('x', 'a')], output: [port('a')] }),
      /two inputs "x"/,
    ],
    [
      'a Split into fewer parts than it has outputs',
      modelBytes({
        input: [x],
        node: [node('Split', ['x'], ['a', 'b'], { num_outputs: 1, axis: 2 })],
        output: [port('a')],
      }),
      /has 2 outputs for 1 parts/,
    ],
    [
      'a sequence of more parts than a list can hold',
      modelBytes({
        input: [port('x', 'float32', [2 ** 33])],
        node: [node('SplitToSequence', ['x'], ['s']), node('SequenceAt', ['s', 'i'], ['a'])],
        initializer: [stored('i', 'int64', [])],
        output: [port('a')],
      }),
      /^read$/,
    ],
    [
      'a negative extent',
      modelBytes({ input: [port('x', 'float32', [1, -3])], node: [relu('x', 'a')], output: [port('a')] }),
      /extent -3.*CSP102/,
    ],
    [
      'a negative extent of a weight',
      modelBytes({
        input: [x],
        initializer: [changed(TENSOR, stored('w', 'float32', [1]), { dims: [-1] })],
        node: [node('Add', ['x', 'w'], ['a'])],
        output: [port('a')],
      }),
      /"w" has the dimension -1/,
    ],
    [
      'a payload of another size',
      modelBytes({
        input: [x],
        initializer: [changed(TENSOR, stored('w', 'float32', [4]), { dims: [5] })],
        node: [node('Add', ['x', 'w'], ['a'])],
        output: [port('a')],
      }),
      /needs 20 bytes and has 16/,
    ],
    [
      'a weight of 2^80 elements',
      modelBytes({
        input: [x],
        initializer: [changed(TENSOR, stored('w', 'float32', [1]), { dims: [2 ** 40, 2 ** 40] })],
        node: [relu('x', 'a')],
        output: [port('a')],
      }),
      /more than 2\^53 elements/,
    ],
    [
      'an element type that does not exist',
      modelBytes({
        input: [x],
        initializer: [changed(TENSOR, stored('w', 'float32', [1]), { dataType: 99 })],
        node: [relu('x', 'a')],
        output: [port('a')],
      }),
      /data type 99/,
    ],
    [
      'an activation past 2^53 elements',
      modelBytes({
        input: [port('x', 'float32', [2 ** 40, 2 ** 40])],
        node: [relu('x', 'a')],
        output: [port('a')],
      }),
      /past 2\^53/,
    ],
    [
      'a sum of element types that differ',
      modelBytes({
        input: [port('a', 'float32', [2, 3])],
        initializer: [stored('b', 'float32', [3, 4]), stored('c', 'float16', [4])],
        node: [node('Gemm', ['a', 'b', 'c'], ['y'])],
        output: [port('y')],
      }),
      /one element type, not float32 and float16/,
    ],
    [
      'an operand of more dimensions than the result, before broadcasting was mutual',
      modelBytes({
        opset: 6,
        input: [port('a', 'float32', [3]), port('b', 'float32', [2, 3])],
        node: [node('Add', ['a', 'b'], ['y'], { broadcast: 1 })],
        output: [port('y')],
      }),
      /cannot stretch \[2,3\] to \[3\]/,
    ],
    [
      'a larger operand than the result, before broadcasting was mutual',
      modelBytes({
        opset: 6,
        input: [port('a', 'bool', [1, 4]), port('b', 'bool', [3, 4])],
        node: [node('Or', ['a', 'b'], ['y'], { broadcast: 1 })],
        output: [port('y')],
      }),
      /cannot stretch \[3,4\] to \[1,4\] \(fix: convert the model to opset 7/,
    ],
    [
      'no import of the operators',
      Uint8Array.of(0x3a, 0x0a, 0x0a, 0x08, 0x12, 0x01, 0x61, 0x22, 0x03, 0x41, 0x62, 0x73),
      /no version/,
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(verdict(bytes)).toMatch(message);
  });

  it('refuses functions that call themselves', () => {
    const functions = [
      fn({
        name: 'A',
        input: ['v'],
        output: ['w'],
        node: [node('B', ['v'], ['w'], {}, { domain: 'local' })],
      }),
      fn({
        name: 'B',
        input: ['v'],
        output: ['w'],
        node: [node('A', ['v'], ['w'], {}, { domain: 'local' })],
      }),
    ];
    const bytes = modelBytes({
      functions,
      domains: ['local'],
      input: [x],
      node: [node('A', ['x'], ['y'], {}, { domain: 'local' })],
      output: [port('y')],
    });
    expect(verdict(bytes)).toMatch(/calls itself: local\.A > local\.B > local\.A/);
  });

  it('refuses functions that double without end', () => {
    const call = (name: string, input: string, output: string): ReturnType<typeof node> =>
      node(name, [input], [output], {}, { domain: 'local' });
    const functions = Array.from({ length: 40 }, (_, i) =>
      fn({
        name: `F${String(i)}`,
        input: ['v'],
        output: ['w'],
        node:
          i === 39
            ? [relu('v', 'w')]
            : [call(`F${String(i + 1)}`, 'v', 'u'), call(`F${String(i + 1)}`, 'u', 'w')],
      }),
    );
    const bytes = modelBytes({
      functions,
      domains: ['local'],
      input: [x],
      node: [call('F0', 'x', 'y')],
      output: [port('y')],
    });
    expect(verdict(bytes)).toMatch(/grows past 100000 nodes.*CSP303/);
  });

  it('refuses loops in loops that would be followed without end', () => {
    let inner = graph({
      input: [port('i'), port('c'), port('v')],
      node: [node('Identity', ['c'], ['o']), node('Concat', ['v', 'v'], ['w'], { axis: 0 })],
      output: [port('o'), port('w')],
    });
    for (let depth = 0; depth < 20; depth++) {
      const name = String(depth);
      inner = graph({
        input: [port(`i${name}`), port(`c${name}`), port(`v${name}`)],
        initializer: [stored(`m${name}`, 'int64', [], [100])],
        node: [
          node('Identity', [`c${name}`], [`o${name}`]),
          node('Loop', [`m${name}`, '', `v${name}`], [`w${name}`], { body: { g: inner } }),
        ],
        output: [port(`o${name}`), port(`w${name}`)],
      });
    }
    const bytes = modelBytes({
      input: [x],
      initializer: [stored('m', 'int64', [], [100])],
      node: [node('Loop', ['m', '', 'x'], ['y'], { body: { g: inner } })],
      output: [port('y')],
    });
    expect(verdict(bytes)).toMatch(/CSP30|past 2\^53/);
  });

  it('refuses graphs that are nested without end', () => {
    let inner = graph({ node: [relu('x', 'deep')], output: [port('deep')] });
    for (let depth = 0; depth < 80; depth++) {
      const name = `y${String(depth)}`;
      inner = graph({
        node: [
          node('If', ['c'], [name], {
            then_branch: { g: inner },
            else_branch: { g: graph({ node: [relu('x', 'e')], output: [port('e')] }) },
          }),
        ],
        output: [port(name)],
      });
    }
    const bytes = modelBytes({
      input: [x],
      initializer: [stored('c', 'bool', [], [1])],
      node: [node('If', ['c'], ['y'], { then_branch: { g: inner }, else_branch: { g: inner } })],
      output: [port('y')],
    });
    expect(verdict(bytes)).toMatch(/nested deeper than 100/);
  });

  it('reads an unknown operator that makes nothing', () => {
    const sink = node('Sink', ['x'], [], {}, { domain: 'my' });
    const bytes = modelBytes({
      domains: ['my'],
      input: [x],
      node: [relu('x', 'y'), sink],
      output: [port('y')],
    });
    expect(verdict(bytes)).toBe('read');
  });

  it('refuses functions that multiply before any is expanded', () => {
    const depth = 30;
    const imports = [
      { domain: '', version: 17 },
      { domain: 'local', version: 1 },
    ];
    const call = (i: number, input: string, output: string) => ({
      ...node(`f${String(i)}`, [input], [output]),
      domain: 'local',
    });
    const functions = Array.from({ length: depth }, (_, i) =>
      fn({
        name: `f${String(i)}`,
        input: ['x'],
        output: ['y'],
        opsetImport: imports,
        node: i === depth - 1 ? [relu('x', 'y')] : [call(i + 1, 'x', 'm'), call(i + 1, 'm', 'y')],
      }),
    );
    const called = (first: number): string =>
      verdict(
        modelBytes({
          input: [x],
          node: [call(first, 'x', 'y')],
          output: [port('y')],
          functions,
          domains: ['local'],
        }),
      );
    // Two to the power of what is left, less one, and the last function's own node.
    expect(called(depth - 5)).toBe('read');
    const before = process.cpuUsage();
    expect(called(0)).toMatch(/grows past 100000 nodes as functions and loops are expanded/);
    expect(process.cpuUsage(before).user).toBeLessThan(1e6);
  });

  it.each([
    [0, 'imports version 0 of the default operators'],
    [-3, 'imports version -3 of the default operators'],
  ])('refuses operators of version %i, which there is not', (opset, message) => {
    expect(verdict(modelBytes({ opset, input: [x], node: [relu('x', 'y')], output: [port('y')] }))).toContain(
      message,
    );
  });
});

describe('names that would do harm', () => {
  it.each([
    '__proto__',
    'constructor',
    'toString',
    '<script>alert(1)</script>',
    '\u001b[2J\u001b]0;x\u0007',
    '../../etc/passwd',
    '=cmd|x',
    'a\nb',
  ])('reads a graph whose names are %j', (name) => {
    const bytes = modelBytes({
      input: [port(name, 'float32', [1, 2])],
      initializer: [stored(`${name}w`, 'float32', [2, 2])],
      node: [node('MatMul', [name, `${name}w`], [`${name}y`], {}, { name })],
      output: [port(`${name}y`)],
    });
    expect(verdict(bytes)).toBe('read');
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty'])(
    'does not know an operator or attribute called %s',
    (name) => {
      expect(() =>
        fromOnnx(
          bytesSource(modelBytes({ input: [x], node: [node(name, ['x'], ['y'])], output: [port('y')] })),
          { file: 'm.onnx' },
        ),
      ).toThrow(/1 operator is not known/);
      expect(
        verdict(
          modelBytes({ input: [x], node: [node('Relu', ['x'], ['y'], { [name]: 1 })], output: [port('y')] }),
        ),
      ).toBe('read');
      expect(() =>
        fromOnnx(
          bytesSource(
            modelBytes({
              domains: [name],
              input: [x],
              node: [node('Relu', ['x'], ['y'], {}, { domain: name })],
              output: [port('y')],
            }),
          ),
          { file: 'm.onnx' },
        ),
      ).toThrow(/not known/);
    },
  );

  it('puts each refusal on one line', () => {
    const message = verdict(
      modelBytes({ input: [x], node: [relu('a\nb\u001b[31m', 'y')], output: [port('y')] }),
    );
    expect(message).not.toMatch(/[\n\u001b]/);
    expect(message).toContain('a\\u{a}b\\u{1b}[31m');
  });
});

describe('mutated files', () => {
  const models: readonly Uint8Array[] = [
    modelBytes({
      input: [port('x', 'float32', ['N', 3, 8, 8])],
      initializer: [
        stored('w', 'float32', [4, 3, 3, 3]),
        stored('s', 'int64', [2], [0, -1]),
        stored('f', 'float32', [144, 5]),
        stored('b', 'float32', [5]),
      ],
      node: [
        node('Conv', ['x', 'w'], ['c'], { pads: [0, 0, 0, 0], strides: [1, 1], dilations: [1, 1], group: 1 }),
        node('Clip', ['c'], ['r'], {}),
        node('Reshape', ['r', 's'], ['v']),
        node('Gemm', ['v', 'f', 'b'], ['y'], { alpha: { f: 1 } }),
      ],
      valueInfo: [port('c', 'float32', ['N', 4, 6, 6])],
      output: [port('y', 'float32', ['N', 5])],
    }),
    modelBytes({
      domains: ['local'],
      functions: [
        fn({
          name: 'F',
          input: ['a'],
          output: ['b'],
          attribute: ['k'],
          node: [node('Softmax', ['a'], ['b'], { axis: { ref: 'k' } })],
        }),
      ],
      input: [port('x', 'float32', [2, 3, 4])],
      initializer: [
        stored('m', 'int64', [], [4]),
        stored('start', 'int64', [1], [1]),
        stored('end', 'int64', [1], [3]),
        stored('axis', 'int64', [1], [2]),
      ],
      node: [
        node('F', ['x'], ['p'], { k: 1 }, { domain: 'local' }),
        node('Slice', ['p', 'start', 'end', 'axis'], ['q']),
        node('Loop', ['m', '', 'q'], ['l', 'all'], {
          body: {
            g: graph({
              input: [port('i'), port('c'), port('v')],
              node: [node('Identity', ['c'], ['o']), node('Tanh', ['v'], ['t'])],
              output: [port('o'), port('t'), port('t')],
            }),
          },
        }),
        node('Shape', ['all'], ['shape']),
        node('ConstantOfShape', ['shape'], ['zeros']),
        node('Concat', ['all', 'zeros'], ['y'], { axis: 1 }),
      ],
      output: [port('y')],
    }),
  ];

  const mutation = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), at: fc.nat(), value: fc.integer({ min: 0, max: 255 }) }),
    fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), value: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ kind: fc.constant('copy' as const), at: fc.nat(), value: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ kind: fc.constant('truncate' as const), at: fc.nat(), value: fc.constant(0) }),
  );

  it('are read or refused in one line, whatever the mutation', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...models),
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        (model, mutations) => {
          let bytes = [...model];
          for (const { kind, at, value } of mutations) {
            const place = at % Math.max(1, bytes.length);
            if (kind === 'set') bytes[place] = value;
            else if (kind === 'cut') bytes.splice(place, value);
            else if (kind === 'copy') bytes.splice(place, 0, ...bytes.slice(place, place + value));
            else bytes = bytes.slice(0, place);
          }
          const said = verdict(Uint8Array.from(bytes));
          expect(said).not.toContain('\n');
          expect(said).not.toMatch(/^malformed|fault of csp-profile/);
        },
      ),
      { numRuns: 5000 },
    );
  });

  it.each(['Sum', 'Max'])('reads a %s of more operands than a call has arguments', (op) => {
    const operands = Array<string>(200_000).fill('x');
    expect(verdict(modelBytes({ input: [x], node: [node(op, operands, ['y'])], output: [port('y')] }))).toBe(
      'read',
    );
  });

  it('reads a chain of ten thousand nodes', () => {
    expect(verdict(modelBytes({ input: [x], node: chain(10_000), output: [port('r9999')] }))).toBe('read');
  });
});
