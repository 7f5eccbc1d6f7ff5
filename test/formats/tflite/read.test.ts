import { describe, expect, it } from 'vitest';
import { diff } from '../../../src/analysis/diff.ts';
import { profile } from '../../../src/analysis/profile.ts';
import { bytesSource } from '../../../src/formats/byteSource.ts';
import { readJson } from '../../../src/formats/json/read.ts';
import { writeJson } from '../../../src/formats/json/write.ts';
import { BUILTINS } from '../../../src/formats/tflite/schema.ts';
import { COMMON_RULES } from '../../../src/formats/tflite/ops/common.ts';
import { ALL_RULES, BUILTIN_RULES, WITHOUT_RULE } from '../../../src/formats/tflite/ops/registry.ts';
import { openTflite } from '../../../src/formats/tflite/read.ts';
import type { RuleBook } from '../../../src/formats/tflite/rule.ts';
import { graph } from '../../../src/graph/network.ts';
import { validate } from '../../../src/graph/validate.ts';
import { flatBuffer, modelRoot, type Fields, type OperatorDraft, type SubgraphDraft } from './build.ts';
import { read, readBytes, readOne, type Read } from './model.ts';

const i32 = (value: number) => ({ i32: value });
const shapes = ({ graph }: Read): readonly string[] =>
  profile(graph).layers.map(({ outputs }) => outputs.map((shape) => shape.join('x')).join(' '));
const messages = ({ diagnostics }: Read): readonly string[] => diagnostics.map(({ message }) => message);

const CONV: OperatorDraft = {
  op: 'CONV_2D',
  inputs: [0, 1],
  outputs: [2],
  options: [1, { 0: { i8: 0 }, 1: i32(1), 2: i32(1) }],
};

describe('maps have their channels second here, and last in the file', () => {
  const network: SubgraphDraft = {
    tensors: [
      { shape: [1, 4, 6, 3] },
      { shape: [8, 3, 3, 3] },
      { shape: [1, 4, 6, 8] },
      { shape: [8] },
      { shape: [1, 4, 6, 8] },
      { shape: [1, 4, 6, 8] },
      { shape: [1, 4, 6, 16] },
      { shape: [2], type: 'int32', values: [1, -1] },
      { shape: [1, 384] },
    ],
    operators: [
      CONV,
      { op: 'MUL', inputs: [2, 3], outputs: [4] },
      { op: 'ADD', inputs: [2, 4], outputs: [5] },
      { op: 'CONCATENATION', inputs: [5, 2], outputs: [6], options: [10, { 0: i32(-1) }] },
      { op: 'RESHAPE', inputs: [6, 7], outputs: [8] },
    ],
    inputs: [0],
    outputs: [8],
  };
  const made = read([network]);

  it('gives operators one layout, and people the shapes of the file', () => {
    expect(made.diagnostics).toEqual([]);
    expect(made.graph.nodes.map(({ kind }) => kind)).toEqual([
      'conv',
      'elementwise',
      'add',
      'concat',
      'layout',
      'reshape',
    ]);
    expect(made.graph.tensors[0]?.type.shape).toEqual([1, 3, 4, 6]);
    expect(profile(made.graph).network.inputs).toEqual([
      { name: 't0', shape: [1, 4, 6, 3], dtype: 'float32', channelsLast: true },
    ]);
    expect(shapes(made)).toEqual(['1x4x6x8', '1x4x6x8', '1x4x6x8', '1x4x6x16', '1x384']);
    expect(profile(made.graph).layers[3]?.inputs).toEqual([
      [1, 4, 6, 8],
      [1, 4, 6, 8],
    ]);
    expect(validate(made.graph)).toEqual([]);
  });

  it('makes no other network of it', () => {
    const same = graph('same', (g) => void g.conv(g.input([1, 3, 4, 6]), { outChannels: 8, kernel: 3 }));
    expect(diff(profile(same), profile(made.graph)).unlike).toEqual([]);
  });

  it('costs nothing to see a map in its other order', () => {
    const row = profile(made.graph).layers[4];
    expect(row?.memoryAccessCost).toBeUndefined();
    expect(row?.flops).toBe(0);
  });

  it('survives our own graph file', () => {
    const text = writeJson(made.graph);
    const back = readJson(text, 'm.json');
    expect(profile(back)).toEqual(profile(made.graph));
    expect(writeJson(back)).toBe(text);
  });

  it('keeps the order of the file where no operator needs another', () => {
    const { graph } = readOne(
      'TRANSPOSE',
      [{ shape: [1, 2, 3, 4] }, { shape: [4], type: 'int32', values: [0, 2, 1, 3] }],
      [{ shape: [1, 3, 2, 4] }],
    );
    expect(graph.tensors[0]?.type.shape).toEqual([1, 2, 3, 4]);
    expect(graph.nodes.map(({ kind }) => kind)).toEqual(['transpose']);
  });
});

describe('what is stored', () => {
  it('is counted in the type that the file has: 8-bit maps and weights, 32-bit biases', () => {
    const { graph } = readOne(
      'CONV_2D',
      [
        { shape: [1, 4, 4, 3], type: 'int8' },
        { name: 'w', shape: [8, 1, 1, 3], type: 'int8' },
        { name: 'wb', shape: [8], type: 'int32' },
      ],
      [{ shape: [1, 4, 4, 8], type: 'int8' }],
      { options: [1, { 0: { i8: 0 }, 1: i32(1), 2: i32(1) }] },
    );
    expect(graph.tensors.map(({ role, type: { dtype } }) => `${role} ${dtype}`)).toEqual([
      'activation int8',
      'weight int8',
      'bias int32',
      'activation int8',
    ]);
    expect(profile(readJson(writeJson(graph), 'm.json'))).toEqual(profile(graph));
  });

  it('counts float16 weights behind DEQUANTIZE once, as they are stored, and gives them no row', () => {
    const made = read([
      {
        tensors: [
          { shape: [1, 4, 4, 3] },
          { shape: [8, 1, 1, 3] },
          { shape: [1, 4, 4, 8] },
          { name: 'half', shape: [8, 1, 1, 3], type: 'float16' },
          { shape: [1, 4, 4, 8] },
        ],
        operators: [
          { op: 'DEQUANTIZE', inputs: [3], outputs: [1] },
          CONV,
          { ...CONV, inputs: [0, 1], outputs: [4] },
        ],
        inputs: [0],
        outputs: [2, 4],
      },
    ]);
    expect(shapes(made)).toEqual(['1x4x4x8', '1x4x4x8']);
    const weights = made.graph.tensors.filter(({ role }) => role === 'weight');
    expect(weights.map(({ name, type: { dtype } }) => [name, dtype])).toEqual([['half', 'float16']]);
    expect(profile(made.graph).totals.weights).toBe(24);
  });

  it('follows shapes that the network computes itself', () => {
    // Keras writes Flatten of an open batch as SHAPE, STRIDED_SLICE, PACK and RESHAPE.
    const made = read(
      [
        {
          tensors: [
            { shape: [1, 2, 3, 4], signature: [-1, 2, 3, 4], name: 'x' },
            { shape: [4], type: 'int32' },
            { shape: [1], type: 'int32', values: [0] },
            { shape: [1], type: 'int32', values: [1] },
            { shape: [], type: 'int32' },
            { shape: [], type: 'int32', values: [24] },
            { shape: [2], type: 'int32' },
            { shape: [1, 24], signature: [-1, 24] },
          ],
          operators: [
            { op: 'SHAPE', inputs: [0], outputs: [1] },
            { op: 'STRIDED_SLICE', inputs: [1, 2, 3, 3], outputs: [4], options: [32, { 4: i32(1) }] },
            { op: 'PACK', inputs: [4, 5], outputs: [6], options: [59, { 0: i32(2) }] },
            { op: 'RESHAPE', inputs: [0, 6], outputs: [7] },
          ],
          inputs: [0],
          outputs: [7],
        },
      ],
      { batch: 5 },
    );
    expect(made.diagnostics).toEqual([]);
    expect(shapes(made)).toEqual(['5x24']);
  });
});

describe('extents that depend on the data', () => {
  const found = [
    'WHERE',
    [{ shape: [4, 6], type: 'bool' }],
    [{ name: 'found', shape: [1, 2], type: 'int64', signature: [-1, 2] }],
  ] as const;

  it('are counted at their upper bound, which is said', () => {
    const made = readOne(...found);
    expect(shapes(made)).toEqual(['24x2']);
    expect(messages(made)).toEqual([
      'extents that depend on the data are counted at their upper bound: found[0] at 24',
    ]);
    expect(profile(made.graph).coverage.bounds).toEqual(['found[0] at 24']);
  });

  it('may be given', () => {
    const made = readOne(...found, {}, { bindings: new Map([['found[0]', 5]]) });
    expect(shapes(made)).toEqual(['5x2']);
    expect(made.diagnostics).toEqual([]);
  });

  it('without a bound leave the cost of what needs them unknown', () => {
    const subgraph: SubgraphDraft = {
      tensors: [
        { shape: [4, 6] },
        { shape: [1], type: 'int32' },
        { name: 'picked', shape: [1, 6], signature: [-1, 6] },
        { shape: [8, 6] },
        { name: 'product', shape: [1, 8], signature: [-1, 8] },
      ],
      operators: [
        { op: 'SLICE', inputs: [0, 1, 1], outputs: [2] },
        { op: 'FULLY_CONNECTED', inputs: [2, 3], outputs: [4] },
      ],
      inputs: [0, 1],
      outputs: [4],
    };
    const made = read([subgraph]);
    expect(profile(made.graph).coverage.uncounted).toEqual([
      { op: 'SLICE', count: 1 },
      { op: 'FULLY_CONNECTED', count: 1 },
    ]);
    expect(messages(made)).toEqual([
      'extents that depend on the data are not known, what needs them is not counted: picked[0], product[0]',
    ]);
    expect(profile(read([subgraph], { bindings: new Map([['picked[0]', 3]]) }).graph).totals.macs).toBe(
      3 * 48,
    );
  });
});

describe('weights that are quantised in blocks', () => {
  /** 4 x 64 numbers of 4 bits, in blocks of 32 along the features: 8 blocks. */
  const withBlocks = (blocks: readonly [number, number]): SubgraphDraft => ({
    tensors: [
      { shape: [2, 64] },
      { shape: [4, 64], type: 'int4', blocks },
      { shape: [2, 4] },
      { shape: [4, 2], type: 'float16', name: 'scales' },
      { shape: [4, 2], type: 'int8', name: 'zeros' },
    ],
    operators: [{ op: 'FULLY_CONNECTED', inputs: [0, 1, -1], outputs: [2] }],
    inputs: [0],
    outputs: [2],
  });

  it('have their scales and zero points among the parameters', () => {
    const { graph } = read([withBlocks([3, 4])]);
    const { totals } = profile(graph);
    expect([totals.weights, totals.params, totals.macs]).toEqual([256, 256 + 8 + 8, 2 * 4 * 64]);
    expect(totals.parameterBytes).toBe(256 / 2 + 8 * 2 + 8);
    expect(profile(read([withBlocks([3, -1])]).graph).totals.parameterBytes).toBe(256 / 2 + 8 * 2);
  });

  it('of tensors that are not there are refused', () => {
    expect(() => read([withBlocks([9, -1])])).toThrow('there is no tensor 9, but 5 of them');
  });
});

describe('inputs', () => {
  const open: SubgraphDraft = {
    tensors: [
      { name: 'x', shape: [1, 4, 1, 3], signature: [-1, -1, 1, 3] },
      { shape: [1, 4, 1, 3], signature: [-1, -1, 1, 3] },
    ],
    operators: [{ op: 'RELU', inputs: [0], outputs: [1] }],
    inputs: [0],
    outputs: [1],
  };
  const signature = { key: 'serve', inputs: { image: 0 }, outputs: { score: 1 } };

  it('are counted as stored where the file leaves extents open, which is said', () => {
    const made = read([open]);
    expect(shapes(made)).toEqual(['1x4x1x3']);
    expect(messages(made)).toEqual([
      'an input leaves extents open, which are counted as stored: x at 1x4x1x3',
    ]);
    expect(made.diagnostics[0]?.fix).toBe('give another shape: --input x:1x4x1x3');
  });

  it('take the extents that are asked for', () => {
    expect(shapes(read([open], { batch: 7 }))).toEqual(['7x4x1x3']);
    expect(shapes(read([open], { inputs: new Map([['x', [2, 9, 1, 3]]]) }))).toEqual(['2x9x1x3']);
    expect(shapes(read([open], { bindings: new Map([['x[1]', 6]]) }))).toEqual(['1x6x1x3']);
    expect(messages(read([open], { batch: 7 }))).toEqual([]);
    expect(messages(read([open], { inputs: new Map([['x', [1, 4, 1, 3]]]) }))).toEqual([]);
  });

  it.each([
    [
      'another fixed extent',
      { inputs: new Map([['x', [1, 4, 1, 5]]]) },
      /^m\.tflite: input "x" is \?x\?x1x3, not 1x4x1x5 .*CSP102$/,
    ],
    ['another rank', { inputs: new Map([['x', [1, 4]]]) }, /not 1x4 .*CSP102$/],
    ['a fixed extent by --batch', { extent: [4, 9] as const }, /CSP102$/],
    [
      'an input that there is not',
      { inputs: new Map([['y', [1]]]) },
      /^m\.tflite: has no input "y" \(fix: its inputs: x\) CSP101$/,
    ],
    [
      'a dimension that there is not',
      { bindings: new Map([['y[0]', 3]]) },
      /has no dimension "y\[0\]" \(fix: its dimensions: x\[0\], x\[1\]\) CSP101$/,
    ],
  ])('refuse %s', (_, options, message) => {
    expect(() => read([open], options)).toThrow(message);
  });

  it('that make no sense as stored are asked for', () => {
    const inputs = [
      { name: 'x', shape: [1, 1], signature: [1, -1] },
      { shape: [4], type: 'int32', values: [1, 8, 8, 3] },
    ] as const;
    const read192 = (options = {}): Read =>
      readOne('RESHAPE', inputs, [{ shape: [1, 8, 8, 3] }], {}, options);
    expect(() => read192()).toThrow(
      /^m\.tflite RESHAPE "t2": .*1x1 has 1 elements, 1x8x8x3 192 \(fix: give the input that is left open another shape: --input x:1x16000\) CSP201$/,
    );
    expect(shapes(read192({ inputs: new Map([['x', [1, 192]]]) }))).toEqual(['1x8x8x3']);
  });

  it('and outputs have the names of the signature', () => {
    const { network } = profile(read([open], {}, [signature]).graph);
    expect([network.inputs[0]?.name, network.outputs[0]?.name]).toEqual(['image', 'score']);
  });

  it('of other networks in the file are not read, which is said', () => {
    const made = read([open, open], {}, [signature, { ...signature, key: 'train', subgraph: 1 }]);
    expect(shapes(made)).toEqual(['1x4x1x3']);
    expect(messages(made)).toContain('1 more network is in the file and not counted: train');
  });
});

describe('subgraphs', () => {
  const matrix = (features: number): SubgraphDraft => ({
    tensors: [
      { shape: [1, 4] },
      { shape: [features, 4] },
      { name: 'product', shape: [1, features] },
      { shape: [4, features] },
      { name: 'back', shape: [1, 4] },
    ],
    operators: [
      { op: 'FULLY_CONNECTED', inputs: [0, 1], outputs: [2] },
      { op: 'FULLY_CONNECTED', inputs: [2, 3], outputs: [4] },
    ],
    inputs: [0],
    outputs: [4],
  });
  const truth: SubgraphDraft = {
    tensors: [
      { shape: [1, 4] },
      { shape: [1], type: 'int32', values: [0] },
      { shape: [1] },
      { shape: [] },
      { shape: [], type: 'bool', name: 'go' },
    ],
    operators: [
      { op: 'REDUCE_MAX', inputs: [0, 1], outputs: [2], options: [27, {}] },
      { op: 'LESS', inputs: [2, 3], outputs: [4] },
    ],
    inputs: [0],
    outputs: [4],
  };
  const main = (op: Omit<OperatorDraft, 'outputs'>): SubgraphDraft => ({
    tensors: [
      { shape: [1, 4] },
      { name: 'y', shape: [1, 4] },
      { shape: [], type: 'bool', name: 'condition' },
    ],
    operators: [{ ...op, outputs: [1] }],
    inputs: op.inputs.length > 1 ? [0, 2] : [0],
    outputs: [1],
  });

  it.each([
    ['CALL', { op: 'CALL', inputs: [0], options: [16, { 0: i32(1) }] as const }],
    [
      'a composite',
      { op: 'STABLEHLO_COMPOSITE', inputs: [0], options2: [21, { 0: { text: 'x.y' }, 1: i32(1) }] as const },
    ],
  ])('of %s are rows of their own', (_, op) => {
    const { layers, totals } = profile(read([main(op), matrix(3)]).graph);
    expect(layers.map(({ name }) => name)).toEqual(['y/product', 'y/back']);
    expect(layers[0]?.origin).toEqual({
      format: 'tflite',
      file: 'm.tflite',
      node: 'y/product',
      op: 'FULLY_CONNECTED',
    });
    expect(totals.macs).toBe(24);
  });

  it('of WHILE run nobody knows how often', () => {
    const { graph } = read([
      main({ op: 'WHILE', inputs: [0], options: [93, { 0: i32(1), 1: i32(2) }] }),
      truth,
      matrix(3),
    ]);
    expect(graph.nodes.every(({ repeat }) => repeat === 'unknown')).toBe(true);
    const { coverage, totals } = profile(graph);
    expect(coverage).toMatchObject({ counted: 0 });
    expect(totals.macs).toBeUndefined();
  });

  /** A loop that multiplies a stored row by a matrix, and counts from a number in steps to a limit. */
  const loop = (test: string, start: number, step: number, limit: number): readonly SubgraphDraft[] => {
    const count = { shape: [], type: 'int32' } as const;
    const row = { shape: [1, 4] };
    return [
      {
        tensors: [{ ...count, values: [start] }, { name: 'w0', ...row }, count, { name: 'y', ...row }, row],
        operators: [
          { op: 'WHILE', inputs: [0, 1], outputs: [2, 3], options: [93, { 0: i32(1), 1: i32(2) }] },
        ],
        inputs: [4],
        outputs: [3],
      },
      {
        tensors: [count, row, { ...count, values: [limit] }, { shape: [], type: 'bool' }],
        operators: [{ op: test, inputs: [0, 2], outputs: [3] }],
        inputs: [0, 1],
        outputs: [3],
      },
      {
        tensors: [count, row, { ...count, values: [step] }, count, { name: 'w', shape: [4, 4] }, row],
        operators: [
          { op: 'ADD', inputs: [0, 2], outputs: [3] },
          { op: 'FULLY_CONNECTED', inputs: [1, 4], outputs: [5] },
        ],
        inputs: [0, 1],
        outputs: [3, 5],
      },
    ];
  };

  it.each([
    ['LESS', 0, 1, 5, 5],
    ['LESS', 1, 2, 6, 3],
    ['LESS', 0, 2, 4, 2],
    ['LESS_EQUAL', 0, 2, 4, 3],
    ['LESS', 5, 1, 5, 0],
  ] as const)('of WHILE: %s, from %i by %i to %i runs %i times', (test, start, step, limit, times) => {
    const { layers, totals } = profile(read(loop(test, start, step, limit)).graph);
    expect(totals.macs).toBe(times * 4 * 4);
    // The condition runs once more, and what a loop leaves for its next run is not stored.
    expect(layers.map(({ kind }) => kind)).toEqual(
      times === 0 ? ['elementwise'] : ['elementwise', 'elementwise', 'linear'],
    );
  });

  it.each([
    ['another comparison', loop('EQUAL', 0, 1, 5)],
    ['a step back', loop('LESS', 0, -1, 5)],
  ])('of WHILE with %s run nobody knows how often', (_, subgraphs) => {
    expect(profile(read(subgraphs).graph).totals.macs).toBeUndefined();
  });

  it.each([
    [3, 5],
    [5, 3],
  ])('of IF: the branch with more MACs is counted, of %i and %i features', (then, otherwise) => {
    const op = { op: 'IF', inputs: [2, 0], options: [92, { 0: i32(1), 1: i32(2) }] } as const;
    const made = read([main(op), matrix(then), matrix(otherwise)]);
    expect(profile(made.graph).totals.macs).toBe(2 * 5 * 4);
    expect(messages(made)).toEqual([
      'branches that the data chooses are counted as the one with the most MACs: y',
    ]);
    expect(made.graph.bounds).toEqual(['y as the branch with the most MACs']);
  });

  it('of IF with an operator that is not known are not counted, which is said', () => {
    const op = { op: 'IF', inputs: [2, 0], options: [92, { 0: i32(1), 1: i32(2) }] } as const;
    const strange: SubgraphDraft = {
      ...matrix(3),
      operators: [{ op: 'Strange', inputs: [0], outputs: [4] }],
    };
    const made = read([main(op), matrix(3), strange], { onUnknown: 'opaque' });
    expect(profile(made.graph).coverage.uncounted).toEqual([{ op: 'IF', count: 1 }]);
  });

  it('that call themselves are refused', () => {
    const op = { op: 'CALL', inputs: [0], options: [16, { 0: i32(0) }] } as const;
    expect(() => read([main(op)])).toThrow(/^m\.tflite: no valid model: subgraph 0 calls itself .*CSP302$/);
  });
});

describe('operators that are not known', () => {
  const strange = (op: string): SubgraphDraft => ({
    tensors: [{ shape: [1, 4] }, { name: 'y', shape: [1, 2], type: 'int8' }],
    operators: [{ op, inputs: [0], outputs: [1] }],
    inputs: [0],
    outputs: [1],
  });

  it('are an error, or counted as not known', () => {
    expect(() => read([strange('MyOperator')])).toThrow(
      /^m\.tflite: 1 operator is not known: MyOperator \(1, first at "y"\) \(fix: pass --on-unknown opaque to go on without their cost\) CSP307$/,
    );
    const made = read([strange('MyOperator')], { onUnknown: 'opaque' });
    expect(profile(made.graph).coverage.uncounted).toEqual([{ op: 'MyOperator', count: 1 }]);
    expect(profile(made.graph).network.outputs[0]).toEqual({ name: 'y', shape: [1, 2], dtype: 'int8' });
  });

  it('that stand for a compiled network say so', () => {
    expect(messages(read([strange('edgetpu-custom-op')], { onUnknown: 'opaque' }))[0]).toContain(
      'a part that was compiled for a device hides a network, and its share is unknown',
    );
  });

  it('say why, where the schema names them', () => {
    expect(() => read([strange('SKIP_GRAM')])).toThrow(
      /1 operator is not known: SKIP_GRAM \(1, first at "y": how many phrases a text has depends on its words\)/,
    );
  });

  it('are the only ones without a rule, but for those that run subgraphs or stand for another name', () => {
    const without = BUILTINS.filter((name) => !Object.hasOwn(BUILTIN_RULES, name));
    const others =
      'CALL CUSTOM IF WHILE PLACEHOLDER_FOR_GREATER_OP_CODES STABLEHLO_WHILE STABLEHLO_COMPOSITE STABLEHLO_CASE';
    expect(without.sort()).toEqual([...others.split(' '), ...Object.keys(WITHOUT_RULE)].sort());
  });
});

describe('the rules of a file', () => {
  const of = (op: string): Promise<{ readonly rules: RuleBook }> =>
    openTflite(
      bytesSource(
        flatBuffer(
          modelRoot([
            {
              tensors: [{ shape: [4] }, { shape: [4] }],
              operators: [{ op, inputs: [0], outputs: [1] }],
              inputs: [0],
              outputs: [1],
            },
          ]),
        ),
      ),
      'm.tflite',
    );

  it('are the common ones, and all of them where it names another operator', async () => {
    expect((await of('RELU')).rules).toBe(COMMON_RULES);
    for (const op of ['ZEROS_LIKE', 'SKIP_GRAM', 'WHILE', 'TFLite_Detection_PostProcess'])
      expect((await of(op)).rules, op).toBe(ALL_RULES);
  });
});

describe('a file', () => {
  const good = modelRoot([
    {
      tensors: [{ shape: [1] }, { shape: [1] }],
      operators: [{ op: 'RELU', inputs: [0], outputs: [1] }],
      inputs: [0],
      outputs: [1],
    },
  ]);
  const code = (fields: Fields): Uint8Array => flatBuffer({ ...good, 1: { tables: [fields] } });

  it('of old converters has the code of an operator in a signed byte, of new ones the larger of two fields', () => {
    const kinds = (bytes: Uint8Array): unknown =>
      readBytes(bytes, { onUnknown: 'opaque' }).graph.layers[0]?.origin;
    expect(kinds(code({ 0: { i8: 19 } }))).toMatchObject({ op: 'RELU' });
    expect(kinds(code({ 0: { i8: 127 }, 3: i32(150) }))).toMatchObject({ op: 'GELU' });
    expect(kinds(code({ 0: { i8: 28 }, 3: i32(0) }))).toMatchObject({ op: 'TANH' });
    expect(kinds(code({ 3: i32(9999) }))).toMatchObject({ op: 'operator 9999' });
  });

  it('has a size, which is what a device stores', () => {
    const bytes = flatBuffer(good);
    const { graph: read } = readBytes(bytes);
    expect(profile(read).totals.fileBytes).toBe(bytes.length);
    expect(profile(readJson(writeJson(read), 'm.json')).totals.fileBytes).toBe(bytes.length);
  });

  it('may have its stored numbers behind the FlatBuffer', () => {
    const root = modelRoot([
      {
        tensors: [{ shape: [2, 6] }, { shape: [2], type: 'int32', values: [0, 0] }, { shape: [3, 4] }],
        operators: [{ op: 'RESHAPE', inputs: [0, 1], outputs: [2] }],
        inputs: [0],
        outputs: [2],
      },
    ]);
    const behind = (offset: number): Fields => ({
      ...root,
      4: { tables: [{}, { 1: { u64: offset }, 2: { u64: 8 } }] },
    });
    const { length } = flatBuffer(behind(2));
    const bytes = new Uint8Array(length + 8);
    bytes.set(flatBuffer(behind(length)));
    bytes.set(new Uint8Array(new Int32Array([3, 4]).buffer), length);
    expect(shapes(readBytes(bytes))).toEqual(['3x4']);
  });
});
