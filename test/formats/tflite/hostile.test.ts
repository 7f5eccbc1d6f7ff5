import { describe, expect, it } from 'vitest';
import { ProfileError } from '../../../src/diagnostics.ts';
import { profile } from '../../../src/analysis/profile.ts';
import { bytesSource, type ByteSource } from '../../../src/formats/byteSource.ts';
import { flatBuffer, modelRoot, type Fields, type SubgraphDraft } from './build.ts';
import { readSource } from './model.ts';

const i32 = (value: number) => ({ i32: value });

const GRAPH: SubgraphDraft = {
  tensors: [
    { name: 'x', shape: [1, 8, 8, 3] },
    { name: 'w', shape: [4, 3, 3, 3] },
    { name: 'y', shape: [1, 8, 8, 4] },
    { name: 's', shape: [2], type: 'int32', values: [1, -1] },
    { name: 'z', shape: [1, 256] },
  ],
  operators: [
    { op: 'CONV_2D', inputs: [0, 1], outputs: [2], options: [1, { 0: { i8: 0 }, 1: i32(1), 2: i32(1) }] },
    { op: 'RESHAPE', inputs: [2, 3], outputs: [4] },
  ],
  inputs: [0],
  outputs: [4],
};
const ROOT = modelRoot([GRAPH], [{ key: 'serve', inputs: { a: 0 }, outputs: { b: 4 } }]);
const GOOD = flatBuffer(ROOT);

/** What reading ends with: a message of one line. */
const refusal = (bytes: Uint8Array): string => outcome(bytesSource(bytes));

function outcome(source: ByteSource): string {
  try {
    profile(readSource(source, { onUnknown: 'opaque' }).graph);
  } catch (error) {
    if (error instanceof ProfileError) return error.message;
    throw error;
  }
  return 'read';
}

const changed = (part: Partial<SubgraphDraft>): Uint8Array => flatBuffer(modelRoot([{ ...GRAPH, ...part }]));
const withTensor = (index: number, draft: Partial<SubgraphDraft['tensors'][number]>): Uint8Array =>
  changed({ tensors: GRAPH.tensors.map((tensor, i) => (i === index ? { ...tensor, ...draft } : tensor)) });
const patched = (change: (bytes: DataView) => void): Uint8Array => {
  const bytes = GOOD.slice();
  change(new DataView(bytes.buffer));
  return bytes;
};

it('reads the file that the others are made from', () => {
  expect(refusal(GOOD)).toBe('read');
});

describe('a file', () => {
  it.each([
    ['of nothing', new Uint8Array(0), /is empty: no TensorFlow Lite model .*CSP303$/],
    ['of four bytes', GOOD.slice(0, 4), /does not begin as one .*CSP303$/],
    ['of another kind', flatBuffer(ROOT, 'TFL2'), /does not begin as one \(no "TFL3" at byte 4\): .*CSP303$/],
    ['without subgraphs', flatBuffer({ ...ROOT, 2: { tables: [] } }), /holds no subgraph.*CSP303$/],
    [
      'whose root is outside',
      patched((view) => {
        view.setUint32(0, 0x7fffffff, true);
      }),
      /an offset leads out of the file \(byte \d+\).*CSP301$/,
    ],
    [
      'whose root is itself',
      patched((view) => {
        view.setUint32(0, 0, true);
      }),
      /an offset leads to itself \(byte 0\).*CSP301$/,
    ],
    [
      'with an operator code that there is not',
      flatBuffer({ ...ROOT, 1: { tables: [] } }),
      /there is no operator code 0 .*CSP302$/,
    ],
    [
      'with an unknown element type',
      flatBuffer({
        ...ROOT,
        2: { tables: [{ 0: { tables: [{ 1: { i8: 99 } }] }, 1: { i32s: [0] }, 2: { i32s: [0] } }] },
      }),
      /element type 99, which is not known.*CSP302$/,
    ],
    [
      'with a negative extent',
      withTensor(0, { shape: [1, -8, 8, 3] }),
      /tensor "x" has the shape 1x-8x8x3 .*CSP302$/,
    ],
    [
      'with extents past 2^53',
      withTensor(0, { shape: [2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1, 3] }),
      /CSP20[12]$/,
    ],
    [
      'with a tensor that there is not',
      changed({ inputs: [77] }),
      /there is no tensor 77, but 5 of them .*CSP302$/,
    ],
    [
      'whose operators make a tensor twice',
      changed({ operators: [...GRAPH.operators, ...GRAPH.operators] }),
      /tensor 2 is made twice .*CSP302$/,
    ],
    [
      'whose operators are in no order',
      changed({ operators: [...GRAPH.operators].reverse() }),
      /tensor "y" is read before it is made .*CSP302$/,
    ],
    [
      'with a stride of 0',
      changed({ operators: [{ ...GRAPH.operators[0]!, options: [1, {}] }] }),
      /^m\.tflite CONV_2D "y": has the kernel 3, the stride 0 .*CSP201$/,
    ],
    [
      'with weights of other channels',
      withTensor(1, { shape: [4, 3, 3, 2] }),
      /^m\.tflite CONV_2D "y": has 3 input channels, and weights for 2 .*CSP201$/,
    ],
    ['with a shape of other elements', withTensor(3, { values: [1, 255] }), /256 elements.*CSP201$/],
    [
      'with a fused function that there is not',
      changed({
        operators: [{ ...GRAPH.operators[0]!, options: [1, { 1: i32(1), 2: i32(1), 3: { i8: 17 } }] }],
      }),
      /activation function 17, which is not known.*CSP201$/,
    ],
  ])('%s is refused in one line', (_, bytes, message) => {
    expect(refusal(bytes)).toMatch(message);
    expect(refusal(bytes)).not.toContain('\n');
  });

  it('cut off anywhere is refused in one line, or has lost nothing that is needed', () => {
    for (let length = 0; length < GOOD.length; length++) {
      expect(refusal(GOOD.slice(0, length))).toMatch(/^read$|^[^\n]* CSP\d{3}$/);
    }
  });

  it('with any byte changed is refused in one line, or read', () => {
    for (let at = 0; at < GOOD.length; at++) {
      for (const byte of [0, 0xff]) {
        const bytes = GOOD.slice();
        bytes[at] = byte;
        expect(refusal(bytes)).toMatch(/^read$|^[^\n]* CSP\d{3}$/);
      }
    }
  });
});

it('does not read the same entries over and over', () => {
  // 100,000 operators whose lists of inputs are one and the same list of 4,000 entries.
  const many = flatBuffer({
    ...ROOT,
    2: {
      tables: [{ 0: { tables: [{}] }, 3: { tables: [{ 1: { i32s: new Array<number>(4000).fill(0) } }] } }],
    },
  });
  const count = 100_000;
  const bytes = new Uint8Array(many.length + 4 + 4 * count);
  bytes.set(many);
  const view = new DataView(bytes.buffer);
  const root = view.getUint32(0, true);
  const field = (table: number, index: number): number =>
    table + view.getUint16(table - view.getInt32(table, true) + 4 + 2 * index, true);
  const follow = (at: number): number => at + view.getUint32(at, true);
  const first = follow(follow(field(root, 2)) + 4);
  const operators = field(first, 3);
  const operator = follow(follow(operators) + 4);
  // The vector of operators moves behind the file; offsets lead forward only, so the operator does too.
  const length = bytes.length - many.length;
  const whole = new Uint8Array(bytes.length + many.length);
  whole.set(bytes);
  const moved = new DataView(whole.buffer);
  moved.setUint32(many.length, count, true);
  moved.setUint32(operators, many.length - operators, true);
  const inputs = follow(field(operator, 1));
  const copy = many.length + length;
  whole.set(many, copy);
  expect(view.getUint32(inputs, true)).toBe(4000);
  for (let i = 0; i < count; i++) {
    const at = many.length + 4 + 4 * i;
    moved.setUint32(at, copy + operator - at, true);
  }
  expect(refusal(whole)).toMatch(/more entries than a network has.*CSP301$/);
});

it('refuses subgraphs that multiply', () => {
  const call = (subgraph: number) => ({
    op: 'CALL',
    inputs: [0],
    options: [16, { 0: i32(subgraph) }] as const,
  });
  const twice = (next: number): SubgraphDraft => ({
    tensors: [{ shape: [1] }, { shape: [1] }, { shape: [1] }],
    operators: [
      { ...call(next), outputs: [1] },
      { ...call(next), outputs: [2] },
    ],
    inputs: [0],
    outputs: [2],
  });
  const last: SubgraphDraft = { tensors: [{ shape: [1] }], operators: [], inputs: [0], outputs: [0] };
  const depth = 40;
  const bytes = flatBuffer(modelRoot([...Array.from({ length: depth }, (_, i) => twice(i + 1)), last]));
  expect(refusal(bytes)).toMatch(/subgraphs call each other more than \d+ times.*CSP302$/);
});

it('shows names as text, whatever they are', () => {
  const name = '\u001b[31m\n<script>alert(1)</script>';
  const bytes = withTensor(0, { name, shape: [1, -1, 8, 3] });
  expect(refusal(bytes)).toContain('\\u{1b}[31m\\u{a}<script>');
});

it('reads no weights, however many there are', () => {
  const reads: number[] = [];
  const root: Fields = {
    ...ROOT,
    4: {
      tables: [
        {},
        { 0: { bytes: new Uint8Array(new Int32Array([1, -1]).buffer) } },
        { 0: { bytes: new Uint8Array(1 << 24) } },
      ],
    },
  };
  const bytes = flatBuffer(root);
  const source = {
    size: bytes.length,
    read(offset: number, length: number): Uint8Array {
      reads.push(length);
      return bytes.subarray(offset, offset + length);
    },
  };
  expect(outcome(source)).toBe('read');
  expect(reads.reduce((a, b) => a + b, 0)).toBeLessThan(1 << 16);
});
