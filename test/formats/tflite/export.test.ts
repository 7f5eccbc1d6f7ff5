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
    'a singular value decomposed filter',
    readOne('SVDF', [x(2, 8), w(6, 8), w(6, 10), w(3), state(2, 60)], [x(2, 3)], {
      options: [6, { 0: i32(2), 1: { i8: 1 } }],
    }).graph,
  ],
];

describe.each(GRAPHS)('%s', (_, graph) => {
  const { file } = writeOnnx(graph);
  const bytes = new Uint8Array([...file.chunks()].flatMap((chunk) => [...chunk]));

  it('costs the same as ONNX', () => {
    const back = fromOnnx(bytesSource(bytes), { file: 'back.onnx' }).graph;
    expect(profile(back).totals.macs).toBe(profile(graph).totals.macs);
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
