import { describe, expect, it } from 'vitest';
import { profile } from '../../../src/analysis/profile.ts';
import { bytesSource } from '../../../src/formats/byteSource.ts';
import { fromOnnx } from '../../../src/formats/onnx/read.ts';
import { writeOnnx } from '../../../src/formats/onnx/write.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import { elements } from '../../../src/units.ts';
import { run, withoutRuntime } from '../onnx/runtime.ts';
import type { Field, Fields, SubgraphDraft, TensorDraft } from './build.ts';
import { read, readOne } from './model.ts';

const i32 = (value: number): Field => ({ i32: value });
const x = (...shape: readonly number[]): TensorDraft => ({ shape });
const w = (...shape: readonly number[]): TensorDraft => ({ name: `w${shape.join('x')}`, shape });
const state = (...shape: readonly number[]): TensorDraft => ({ shape, isVariable: true });
const times = (count: number, draft: TensorDraft): readonly TensorDraft[] =>
  Array.from({ length: count }, () => draft);
const window: Fields = { 0: { i8: 0 }, 1: i32(1), 2: i32(2) };

const maps: SubgraphDraft = {
  tensors: [
    x(1, 9, 8, 3),
    w(8, 3, 3, 3),
    x(1, 5, 8, 8),
    { shape: [4], type: 'int32', values: [1, 5, 32, 2] },
    x(1, 5, 32, 2),
    w(4, 1, 1, 2),
    x(1, 3, 32, 4),
    { shape: [2], type: 'int32', values: [1, -1] },
    x(1, 384),
  ],
  operators: [
    { op: 'CONV_2D', inputs: [0, 1], outputs: [2], options: [1, window] },
    { op: 'RESHAPE', inputs: [2, 3], outputs: [4] },
    { op: 'CONV_2D', inputs: [4, 5], outputs: [6], options: [1, window] },
    { op: 'RESHAPE', inputs: [6, 7], outputs: [8] },
  ],
  inputs: [0],
  outputs: [8],
};

/** 4 x 64 numbers of 4 bits in blocks of 32, with a bias. */
function inBlocks(rank: 2 | 3): Graph {
  const tensors: readonly TensorDraft[] = [
    x(...[1, 2, 64].slice(3 - rank)),
    { shape: [4, 64], type: 'int4', name: 'w', blocks: [3, -1] },
    x(...[1, 2, 4].slice(3 - rank)),
    { shape: [4, 2], type: 'float16', name: 'scales' },
    w(4),
  ];
  const options = [8, { 2: { i8: 1 } }] as const;
  const operators = [{ op: 'FULLY_CONNECTED', inputs: [0, 1, 4], outputs: [2], options }];
  return read([{ tensors, operators, inputs: [0], outputs: [2] }]).graph;
}

const GRAPHS: readonly (readonly [name: string, graph: Graph])[] = [
  ['maps that are reshaped between convolutions', read([maps]).graph],
  [
    'an LSTM with one bias for each gate, batch first',
    readOne(
      'UNIDIRECTIONAL_SEQUENCE_LSTM',
      [
        x(2, 7, 3),
        ...times(4, w(5, 3)),
        ...times(4, w(5, 5)),
        ...times(3, w(5)),
        ...times(4, w(5)),
        undefined,
        undefined,
        state(2, 5),
        state(2, 5),
      ],
      [x(2, 7, 5)],
      { options: [71, {}] },
    ).graph,
  ],
  [
    'weights of 4 bits with one scale',
    read([
      {
        tensors: [
          x(1, 4, 4, 2),
          { ...w(3, 1, 1, 2), type: 'int4' },
          x(1, 4, 4, 3),
          { ...w(5, 48), type: 'int4' },
          x(1, 5),
        ],
        operators: [
          { op: 'CONV_2D', inputs: [0, 1], outputs: [2], options: [1, { ...window, 2: i32(1) }] },
          { op: 'FULLY_CONNECTED', inputs: [2, 3], outputs: [4], options: [8, {}] },
        ],
        inputs: [0],
        outputs: [4],
      },
    ]).graph,
  ],
  ['weights of 4 bits in blocks', inBlocks(2)],
  ['weights of 4 bits in blocks, of which each token of a sequence is a row', inBlocks(3)],
  [
    'a singular value decomposed filter',
    readOne('SVDF', [x(2, 8), w(6, 8), w(6, 10), w(3), state(2, 60)], [x(2, 3)], {
      options: [6, { 0: i32(2), 1: { i8: 1 } }],
    }).graph,
  ],
];

describe.each(GRAPHS)('%s', (name, graph) => {
  const { file } = writeOnnx(graph);
  const bytes = new Uint8Array([...file.chunks()].flatMap((chunk) => [...chunk]));

  it('costs the same as ONNX', () => {
    const back = fromOnnx(bytesSource(bytes), { file: 'back.onnx' }).graph;
    const [{ totals }, own] = [profile(back), profile(graph).totals];
    expect(totals.macs).toBe(own.macs);
    // ONNX has two biases for each gate of an LSTM.
    if (!name.includes('bias')) expect(totals.parameterBytes).toBe(own.parameterBytes);
  });

  it.skipIf(withoutRuntime !== false)('runs', async () => {
    // What a run leaves for the next one is an input of the ONNX model.
    const kept = graph.tensors.flatMap(({ role, name = '', type, values }) =>
      role === 'constant' && values === undefined ? [[name, type.shape] as const] : [],
    );
    const given = graph.inputs.map(({ name, tensor }) => [name, graph.tensors[tensor]!.type.shape] as const);
    const inputs = [...given, ...kept].map(
      ([name, shape]) => [name, { shape, data: new Float32Array(elements(shape)).fill(1) }] as const,
    );
    const [result] = [...(await run(bytes, new Map(inputs))).values()];
    expect(result?.shape).toEqual(graph.tensors[graph.outputs[0]!.tensor]?.type.shape);
    expect([...Array.from(result?.data ?? [])].every(Number.isFinite)).toBe(true);
  });
});

it.skipIf(withoutRuntime !== false)('weights in blocks are what the runtime multiplies by', async () => {
  const graph = inBlocks(2);
  const numbers: Readonly<Record<string, (i: number) => number>> = {
    w: (i) => ((7 * i) % 16) - 8,
    scales: (i) => (i + 1) / 4,
    w4: (i) => 10 * i,
  };
  const { file } = writeOnnx(graph, {
    weights: (_, { name = '', type }) =>
      Float64Array.from({ length: elements(type.shape) }, (_, i) => numbers[name]!(i)),
  });
  const bytes = new Uint8Array([...file.chunks()].flatMap((chunk) => [...chunk]));
  const [{ name }] = graph.inputs as [Graph['inputs'][number]];
  const data = Float32Array.from({ length: 128 }, (_, i) => i % 5);
  const [result] = [...(await run(bytes, new Map([[name, { shape: [2, 64], data }]]))).values()];
  const expected = Array.from({ length: 8 }, (_, at) => {
    const [row, out] = [Math.floor(at / 4), at % 4];
    let sum = 10 * out;
    for (let f = 0; f < 64; f++)
      sum +=
        data[64 * row + f]! * numbers['w']!(64 * out + f) * numbers['scales']!(2 * out + Math.floor(f / 32));
    return sum;
  });
  expect(Array.from(result!.data)).toEqual(expected);
});
