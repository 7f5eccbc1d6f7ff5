import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profile } from '../../../src/analysis/profile.ts';
import { ProfileError } from '../../../src/diagnostics.ts';
import { bytesSource, fromOnnx } from '../../../src/formats/onnx/index.ts';
import { FORMS } from '../../../src/formats/onnx/ops/registry.write.ts';
import { toBytes, writeOnnx, type OnnxWriteOptions } from '../../../src/formats/onnx/write.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { typesOf, withDType, type Graph, type OpNode, type TensorId } from '../../../src/graph/graph.ts';
import { validate } from '../../../src/graph/validate.ts';
import type { DType } from '../../../src/ops/dtype.ts';
import type { OpAttrs, OpKind } from '../../../src/ops/registry.ts';
import type { Shape } from '../../../src/ops/spec.ts';
import { square } from '../../../src/ops/window.ts';
import { CASE_GRAPHS, KINDS } from '../graphs.ts';
import { graph as body, modelBytes, node, port, single, stored } from './model.ts';
import { outputTypes, withoutRuntime } from './runtime.ts';

const skipped = withoutRuntime ? ` (skipped: ${withoutRuntime})` : '';

/** What nodes compute; the scalars that a form is written with are stored and no parameters of the network. */
function readBack(bytes: Uint8Array): Graph {
  const { graph } = fromOnnx(bytesSource(bytes), { file: 'net.onnx', qdq: 'literal' });
  const isStored = ({ kind }: OpNode): boolean => kind === 'stored';
  return {
    ...graph,
    nodes: graph.nodes.filter((node) => !isStored(node)),
    layers: graph.layers.filter(({ first, last }) => first === last || graph.nodes[first]?.kind !== 'stored'),
  };
}

/** MACs and weights, which no way of saying a thing changes. */
function costs(net: Graph): { readonly macs: unknown; readonly weights: unknown } {
  const { macs, weights } = profile(net, { flops: 'standard', cio: 'cspnet' }).totals;
  return { macs, weights };
}

/** What a file does not keep of a node, because nothing depends on it. */
function essence({ kind, attrs }: OpNode): object {
  if (kind === 'einsum') {
    const letters = [...new Set(attrs.operands.flat())];
    const index = (list: readonly string[]) => list.map((letter) => letters.indexOf(letter));
    return { kind, ...attrs, operands: attrs.operands.map(index), result: index(attrs.result) };
  }
  if (kind === 'pad' && attrs.mode !== 'constant') return { kind, ...attrs, value: 0 };
  return { kind, ...attrs };
}

/** Nodes with everything that they cost: attributes, types of operands, results and parameters, repetition. */
const nodesOf = (net: Graph) =>
  net.nodes.map((each) => ({
    ...essence(each),
    inputs: typesOf(net, each.inputs),
    outputs: typesOf(net, each.outputs),
    params: typesOf(net, each.params),
    roles: each.params.map((id) => net.tensors[id]!.role),
    repeat: each.repeat ?? 1,
  }));

/** Windows that round up are written with the padding that makes them fit, rounding down. */
const isRoundedUp = ({ attrs }: OpNode): boolean => 'rounding' in attrs && attrs.rounding === 'ceil';

/**
 * Kinds that ONNX has no operator for, or not for all of their attributes, and the kinds that they are read back as.
 * What is not named here is read back as it was.
 */
const READ_AS: { readonly [K in OpKind]?: readonly OpKind[] } = {
  activation: ['activation', 'elementwise', 'add', 'mul', 'reduce'],
  add: ['stridedSlice', 'pad', 'reshape', 'add'],
  blur: ['conv'],
  channelShuffle: ['reshape', 'transpose'],
  elementwise: ['elementwise', 'mul', 'add', 'identity'],
  // What no input changes is stored.
  fill: [],
  gate: ['add', 'activation'],
  // Indices that are no whole numbers are made so.
  gather: ['elementwise', 'gather'],
  gatherND: ['elementwise', 'gatherND'],
  gaussianYolo: ['reshape', 'split', 'activation', 'elementwise', 'concat'],
  // ONNX has one layout.
  layout: ['transpose'],
  // Maps are flattened by a node of their own.
  linear: ['reshape', 'linear'],
  localConv: ['pad', 'stridedSlice', 'concat', 'reshape', 'transpose', 'matMul', 'elementwise'],
  lrn: ['lrn'],
  matMul: ['transpose', 'elementwise', 'matMul'],
  maxPool: ['pad', 'maxPool'],
  maxout: ['pad', 'reshape', 'reduce'],
  mul: ['elementwise'],
  normalize: ['reshape', 'reduce', 'elementwise', 'mul'],
  psRoiAlign: ['reshape', 'transpose', 'gather', 'elementwise', 'expand', 'sample'],
  // Batch first is turned, as runtimes have the steps first only.
  recurrent: ['transpose', 'recurrent'],
  region: ['reshape', 'split', 'activation', 'softmax', 'concat'],
  reorg: ['reshape', 'reorg'],
  slice: ['stridedSlice'],
  // Both results, values and places, whichever are read.
  sort: ['sort'],
  sumPool: ['avgPool', 'elementwise'],
  upsample: ['resize'],
  weightedAdd: ['elementwise', 'stridedSlice', 'pad', 'reshape', 'add'],
  yolo: ['reshape', 'split', 'activation', 'elementwise', 'concat'],
};

/** Kinds whose cost is said by operators that count in another way. */
const COUNTED_OTHERWISE: readonly OpKind[] = ['blur'];

/** Quantised numbers on their way into an operator of real ones, and out of it. */
const isQuantizer = ({ kind, attrs }: OpNode): boolean =>
  kind === 'elementwise' && (attrs.fn === 'quantize' || attrs.fn === 'dequantize');

type Written = { readonly bytes: Uint8Array } | { readonly refusal: string };

/** The model of a graph, its numbers in a file that nobody reads or zero, or why there is none. */
function written(net: Graph, options: OnnxWriteOptions = { dataFile: 'net.data' }): Written {
  try {
    return { bytes: toBytes(writeOnnx(net, options).file) };
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    return { refusal: error.message };
  }
}

/** Files that are written and run in no time. */
const SMALL = 1 << 22;

const smallCases = CASE_GRAPHS.filter(
  ([, net]) =>
    net.tensors.reduce((total, { type }) => total + type.shape.reduce((a, b) => a * b, 1), 0) < SMALL,
);

const REFUSALS: { readonly [K in OpKind]?: RegExp } = {
  attention:
    /"attention" of float32 and float16 has no ONNX form here|operands that are projected, packed together or made ready/,
  conv: /"conv" of float32 and int32 has no ONNX form here/,
  dequantize: /"dequantize" of float32( and float16)? has no ONNX form here/,
  einsum: /"einsum" of float32 and float64 has no ONNX form here/,
  elementwise: /is not written|"(de)?quantize" by computed limits|"elementwise" of .* has no ONNX form here/,
  experts: /a mixture of experts is in no opset: layer 0/,
  fourier: /a graph does not say along which axis a Fourier transform runs: layer 0/,
  linear:
    /"linear" of float32 and int32 has no ONNX form here|weights that are quantised in blocks is not written/,
  linearAttention: /attention by a recurrent state is in no opset that is written: layer 0/,
  opaque: /what the operator "[\w.]+" does is not known: layer 0/,
  recurrent: /an LSTM with coupled gates is not in ONNX: layer 0/,
  rearrange: /what "\w+" moves where is not known: layer 0/,
  sample: /ONNX takes no means of 9 samples at these places: layer 0/,
  stored: /the network has no output/,
  sort: /"(Unique|Sort)" is not written: layer 0/,
  reorg: /passes over the last rows or columns of a map of [0-9x]+, which no operator of ONNX does: layer 0/,
};

describe('the forms of all kinds', () => {
  it('are in one family each', async () => {
    const names = readdirSync('src/formats/onnx/ops').flatMap(
      (file) => /^(?!registry)(\w+)\.write\.ts$/.exec(file)?.[1] ?? [],
    );
    const families = await Promise.all(
      names.map(
        (name) =>
          import(`../../../src/formats/onnx/ops/${name}.write.ts`) as Promise<Record<string, unknown>>,
      ),
    );
    const kinds = families
      .flatMap((exports) => Object.entries(exports).filter(([name]) => name.endsWith('_FORMS')))
      .flatMap(([, forms]) => Object.keys(forms as object));
    expect(kinds.sort()).toEqual([...KINDS].sort());
    expect(Object.keys(FORMS).sort()).toEqual([...KINDS].sort());
  });

  it.each(CASE_GRAPHS)('say %s, which is read back as it was or as is stated', (_, net) => {
    const [first] = net.nodes;
    const { kind } = first!;
    const result = written(net);
    if ('refusal' in result) {
      expect(result.refusal).toMatch(REFUSALS[kind] ?? /^$/);
      return;
    }
    const back = readBack(result.bytes);
    expect(validate(back)).toEqual([]);
    if (!COUNTED_OTHERWISE.includes(kind)) expect(costs(back)).toEqual(costs(net));
    const stated = READ_AS[kind];
    const isSame = stated?.includes(kind) !== true && back.nodes.length === 1 && back.nodes[0]!.kind === kind;
    if (stated === undefined || isSame) {
      const expected = isRoundedUp(first!)
        ? nodesOf(net).map((each) => ({ ...each, rounding: 'floor', padding: expect.anything() as object }))
        : nodesOf(net);
      expect(nodesOf(back)).toEqual(expected);
    } else {
      expect(back.nodes.map((each) => each.kind).filter((each) => !stated.includes(each))).toEqual([]);
    }
  });

  it.each(
    (['int8', 'uint8', 'int16', 'float16'] as const).flatMap((dtype) =>
      CASE_GRAPHS.map(([name, net]) => [dtype, name, net] as const),
    ),
  )('say in %s %s, which costs the same read back', (dtype, _, real) => {
    const net = withDType(real, dtype);
    const { kind } = net.nodes[0]!;
    const result = written(net);
    if ('refusal' in result) {
      expect(result.refusal).toMatch(
        /has no ONNX form here|is not known|is not written|in no opset|is not in ONNX|does not say|packed together|by computed limits|takes no means|passes over the last rows|the network has no output/,
      );
      return;
    }
    const back = readBack(result.bytes);
    expect(validate(back)).toEqual([]);
    if (!COUNTED_OTHERWISE.includes(kind)) expect(costs(back)).toEqual(costs(net));
    const others = back.nodes.filter((each) => !isQuantizer(each)).map((each) => each.kind);
    const stated = [kind, ...(READ_AS[kind] ?? []), ...(kind === 'add' ? (['elementwise'] as const) : [])];
    expect(others.filter((each) => !stated.includes(each))).toEqual([]);
  });
});

describe.skipIf(withoutRuntime)(`what is written runs${skipped}`, () => {
  /** ONNX interpolates volumes with cubics, onnxruntime maps only; it selects no int8. */
  const hasKernel = ({ kind, attrs }: OpNode, dtype: DType): boolean =>
    !(kind === 'sample' && attrs.mode === 'cubic' && attrs.dims > 2) &&
    !(kind === 'elementwise' && attrs.fn === 'select' && dtype === 'int8');

  it.each(
    (['float32', 'int8', 'uint8', 'int16'] as const).flatMap((dtype) =>
      smallCases.map(([name, net]) => [dtype, name, withDType(net, dtype)] as const),
    ),
  )('in %s: %s', async (dtype, _, net) => {
    const result = written(net, { weights: 'zero' });
    if ('refusal' in result || !net.nodes.every((each) => hasKernel(each, dtype))) return;
    await expectRuns(net, result.bytes);
  });
});

/** A written model makes what its graph says, in onnxruntime. */
async function expectRuns(net: Graph, bytes: Uint8Array): Promise<void> {
  if (withoutRuntime) return;
  const types = (ports: Graph['inputs']) =>
    typesOf(
      net,
      ports.map(({ tensor }) => tensor),
    );
  expect(await outputTypes(bytes, types(net.inputs))).toEqual(types(net.outputs));
}

describe(`quantised operators of several types${skipped}`, () => {
  type Parts = readonly [from: DType, weight: DType, bias: DType | undefined, to: DType];
  const net = (from: DType, add: (builder: GraphBuilder, x: TensorId) => TensorId): Graph => {
    const builder = new GraphBuilder({ name: 'mixed', source: 'mixed.tflite', format: 'tflite' });
    const x = builder.input('x', { dtype: from, shape: [1, 4, 6, 6] });
    builder.layer({ name: 'mixed', origin: { format: 'tflite', file: 'mixed.tflite', op: 'X' } });
    builder.output('y', add(builder, x));
    return builder.build();
  };
  const params = (builder: GraphBuilder, weight: Shape, [, stored, bias]: Parts): readonly TensorId[] => [
    builder.constant('weight', { dtype: stored, shape: weight }),
    ...(bias === undefined ? [] : [builder.constant('bias', { dtype: bias, shape: [8] })]),
  ];
  const conv = (parts: Parts): Graph =>
    net(parts[0], (builder, x) =>
      builder.add(
        'conv',
        [x],
        {
          ...square(3, 1, 1),
          groups: 1,
          outChannels: 8,
          bias: parts[2] !== undefined,
          dtype: parts[3],
        },
        { params: params(builder, [8, 4, 3, 3], parts) },
      ),
    );
  const linear = (parts: Parts): Graph =>
    net(parts[0], (builder, x) =>
      builder.add(
        'linear',
        [x],
        { outFeatures: 8, bias: parts[2] !== undefined, flatten: true, dtype: parts[3] },
        { params: params(builder, [8, 144], parts) },
      ),
    );
  const quantize = (from: DType, to: DType): Graph =>
    net(from, (builder, x) => builder.add('elementwise', [x], { fn: 'quantize', dtype: to }));

  const wider = net('int16', (builder, x) => {
    const bias = builder.constant('shift', { dtype: 'int64', shape: [4, 1, 1] });
    return builder.add('elementwise', [x, bias], { fn: 'add', dtype: 'int16' });
  });

  const eightBit: Parts = ['int8', 'int8', 'int32', 'int16'];
  const sixteenBit: Parts = ['int16', 'int8', 'int32', 'int16'];
  const real: Parts = ['int8', 'int8', 'float32', 'float32'];
  const hybrid: Parts = ['float32', 'int8', undefined, 'float32'];
  const unlike: Parts = ['uint8', 'int8', undefined, 'int8'];
  it.each<[string, Graph]>([
    ...[eightBit, sixteenBit, real, hybrid, unlike].flatMap((parts): [string, Graph][] => [
      [`conv ${parts.join(' ')}`, conv(parts)],
      [`linear ${parts.join(' ')}`, linear(parts)],
    ]),
    ['requantisation', quantize('int8', 'uint8')],
    ['requantisation to 16 bits', quantize('uint8', 'int16')],
    ['a sum of 16 and 64 bits', wider],
    ['quantisation to int32', quantize('float32', 'int32')],
    ['requantisation to int32', quantize('int8', 'int32')],
  ])('%s: costs the same read back, and runs', async (_, graph) => {
    const { bytes } = written(graph, { weights: 'zero' }) as { readonly bytes: Uint8Array };
    expect(costs(readBack(bytes))).toEqual(costs(graph));
    await expectRuns(graph, bytes);
  });
});

/** Reads a model, writes it, runs it and reads it again. */
async function again(bytes: Uint8Array): Promise<readonly [first: Graph, second: Graph]> {
  const first = readBack(bytes);
  const copy = toBytes(writeOnnx(first, { weights: 'zero' }).file);
  await expectRuns(first, copy);
  const second = readBack(copy);
  expect(validate(second)).toEqual([]);
  expect(costs(second)).toEqual(costs(first));
  return [first, second];
}

describe(`recurrent layers${skipped}`, () => {
  const layers = fc.record({
    cell: fc.constantFrom('rnn', 'gru', 'lstm'),
    hiddenSize: fc.integer({ min: 1, max: 4 }),
    directions: fc.integer({ min: 1, max: 2 }),
    batchFirst: fc.boolean(),
    bias: fc.boolean(),
    peepholes: fc.boolean(),
    outputs: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()).filter((wanted) => wanted.includes(true)),
    steps: fc.integer({ min: 1, max: 4 }),
    batch: fc.integer({ min: 1, max: 3 }),
  });

  it('of every kind run, and are read back as they are but for the batch', async () => {
    await fc.assert(
      fc.asyncProperty(layers, async ({ steps, batch, ...attrs }) => {
        const lstm = attrs.cell === 'lstm';
        const wanted = lstm ? attrs.outputs : [true, attrs.outputs[1]];
        const layer = { ...attrs, peepholes: attrs.peepholes && lstm, outputs: wanted } as const;
        const builder = new GraphBuilder({ name: 'recurrent', source: 'test', format: 'zoo' });
        const x = builder.input('x', {
          dtype: 'float32',
          shape: attrs.batchFirst ? [batch, steps, 3] : [steps, batch, 3],
        });
        builder.layer({ name: 'layer', origin: { format: 'zoo', architecture: 'test' } });
        builder.addAll('recurrent', [x], layer);
        const net = builder.build();
        const bytes = toBytes(writeOnnx(net).file);
        await expectRuns(net, bytes);
        const back = readBack(bytes);
        expect(costs(back)).toEqual(costs(net));
        const turned = layer.outputs.filter(Boolean).map(() => 'transpose');
        expect(back.nodes.map(({ kind }) => kind)).toEqual(
          layer.batchFirst ? ['transpose', 'recurrent', ...turned] : ['recurrent'],
        );
        if (!layer.batchFirst) expect(nodesOf(back)).toEqual(nodesOf(net));
      }),
      { numRuns: 60 },
    );
  });

  it('of cells that ONNX has not are refused', () => {
    const refused = (attrs: Partial<OpAttrs<'recurrent'>>): string => {
      const builder = new GraphBuilder({ name: 'net', source: 'test', format: 'zoo' });
      const x = builder.input('x', { dtype: 'float32', shape: [2, 1, 3] });
      builder.layer({ name: 'layer', origin: { format: 'zoo', architecture: 'test' } });
      builder.addAll('recurrent', [x], {
        cell: 'gru',
        hiddenSize: 2,
        directions: 1,
        batchFirst: false,
        bias: false,
        peepholes: false,
        outputs: [true],
        ...attrs,
      });
      const result = written(builder.build());
      return 'refusal' in result ? result.refusal : '';
    };
    expect(refused({ peepholes: true })).toMatch(/cell "gru" with peepholes is not in ONNX: layer 0/);
    expect(refused({ outputs: [false, false, true] })).toMatch(/cell "gru" with a cell state is not in ONNX/);
  });
});

describe(`quantised models${skipped}`, () => {
  it('of a convolution on quantised maps whose result is real', async () => {
    const builder = new GraphBuilder({ name: 'net', source: 'test', format: 'zoo' });
    const x = builder.input('x', { dtype: 'int8', shape: [1, 4, 6, 7] });
    builder.layer({ name: 'layer', origin: { format: 'zoo', architecture: 'test' } });
    const [y] = builder.addAll('conv', [x], {
      outChannels: 6,
      ...square(3, 1, 1),
      groups: 2,
      bias: true,
      dtype: 'float32',
    });
    if (y !== undefined) builder.output('y', y);
    const net = builder.build();
    const bytes = toBytes(writeOnnx(net, { weights: 'zero' }).file);
    await expectRuns(net, bytes);
    const back = readBack(bytes);
    expect(costs(back)).toEqual({ macs: 6 * 42 * 18, weights: 6 * 18 });
    expect(costs(back)).toEqual(costs(net));
    // The weights stay in 8 bits.
    expect(profile(back).totals.parameterBytes).toBeLessThan(4 * 6 * 18);
  });

  const step = stored('step', 'float32', [], [0.125]);
  const zero = (dtype: 'int8' | 'uint8') => stored(`zero-${dtype}`, dtype, [], [0]);
  const quantized = (dtype: 'int8' | 'uint8' = 'uint8') => ['step', `zero-${dtype}`];
  const constants = [step, zero('uint8'), zero('int8')];

  it.each([
    [
      'QLinearConv with a bias',
      modelBytes({
        input: [port('x', 'uint8', [1, 4, 6, 7])],
        initializer: [...constants, stored('w', 'int8', [6, 2, 3, 3]), stored('b', 'int32', [6])],
        node: [
          node('QLinearConv', ['x', ...quantized(), 'w', ...quantized('int8'), ...quantized(), 'b'], ['y'], {
            group: 2,
            pads: [1, 0, 1, 2],
            strides: [2, 1],
          }),
        ],
        output: [port('y')],
      }),
    ],
    [
      'QLinearMatMul with weights',
      modelBytes({
        input: [port('x', 'uint8', [2, 5, 4])],
        initializer: [...constants, stored('w', 'uint8', [4, 3])],
        node: [node('QLinearMatMul', ['x', ...quantized(), 'w', ...quantized(), ...quantized()], ['y'])],
        output: [port('y')],
      }),
    ],
    [
      'QLinearMatMul of two maps',
      modelBytes({
        input: [port('x', 'uint8', [2, 5, 4]), port('z', 'uint8', [2, 4, 3])],
        initializer: constants,
        node: [node('QLinearMatMul', ['x', ...quantized(), 'z', ...quantized(), ...quantized()], ['y'])],
        output: [port('y')],
      }),
    ],
    [
      'dynamic quantisation around ConvInteger',
      modelBytes({
        input: [port('x', 'float32', [1, 3, 8, 8])],
        initializer: [stored('w', 'uint8', [5, 3, 3, 3]), stored('s', 'float32', [])],
        node: [
          node('DynamicQuantizeLinear', ['x'], ['q', 'scale', 'zero']),
          node('ConvInteger', ['q', 'w', 'zero'], ['sums'], { pads: [1, 1, 1, 1] }),
          node('Cast', ['sums'], ['real'], { to: 1 }),
          node('Mul', ['scale', 's'], ['both']),
          node('Mul', ['real', 'both'], ['y']),
        ],
        output: [port('y')],
      }),
    ],
    [
      'dynamic quantisation around MatMulInteger, without the zero point',
      modelBytes({
        input: [port('x', 'float32', [2, 6])],
        initializer: [stored('w', 'int8', [6, 4])],
        node: [
          node('DynamicQuantizeLinear', ['x'], ['q', 'scale', 'zero']),
          node('MatMulInteger', ['q', 'w', 'zero'], ['sums']),
          node('Cast', ['sums'], ['real'], { to: 1 }),
          node('Mul', ['real', 'scale'], ['y']),
        ],
        output: [port('y')],
      }),
    ],
    [
      'a convolution and a Gemm between quantisers, their weights stored in 8 bits',
      modelBytes({
        input: [port('x', 'float32', [1, 3, 6, 6])],
        initializer: [
          ...constants,
          stored('w', 'int8', [4, 3, 3, 3]),
          stored('b', 'int32', [4]),
          stored('v', 'int8', [5, 4]),
        ],
        node: [
          node('QuantizeLinear', ['x', ...quantized()], ['q']),
          node('DequantizeLinear', ['q', ...quantized()], ['d']),
          node('DequantizeLinear', ['w', ...quantized('int8')], ['dw']),
          node('DequantizeLinear', ['b', 'step'], ['db']),
          node('Conv', ['d', 'dw', 'db'], ['c']),
          node('QuantizeLinear', ['c', ...quantized('int8')], ['qc']),
          node('DequantizeLinear', ['qc', ...quantized('int8')], ['dc']),
          node('GlobalAveragePool', ['dc'], ['p']),
          node('Flatten', ['p'], ['f']),
          node('DequantizeLinear', ['v', ...quantized('int8')], ['dv']),
          node('Gemm', ['f', 'dv'], ['y'], { transB: 1 }),
        ],
        output: [port('y')],
      }),
    ],
    [
      'the sum, the product and functions of quantised maps',
      modelBytes({
        domains: ['com.microsoft'],
        input: [port('x', 'uint8', [1, 3, 4, 4]), port('z', 'uint8', [1, 3, 4, 4])],
        initializer: constants,
        node: (
          [
            ['QLinearAdd', ['x', ...quantized(), 'z', ...quantized(), ...quantized()], 'a'],
            ['QLinearMul', ['a', ...quantized(), 'z', ...quantized(), ...quantized()], 'b'],
            ['QLinearSigmoid', ['b', ...quantized(), ...quantized()], 'c'],
            ['QLinearLeakyRelu', ['c', ...quantized(), ...quantized()], 'y'],
          ] as const
        ).map(([op, inputs, result]) => node(op, inputs, [result], {}, { domain: 'com.microsoft' })),
        output: [port('y')],
      }),
    ],
  ])('%s are written as they are', async (_, bytes) => {
    const [first, second] = await again(bytes);
    expect(nodesOf(second)).toEqual(nodesOf(first));
  });

  it('are written with the operator of dynamic quantisation', () => {
    const net = readBack(single('DynamicQuantizeLinear', [['float32', [2, 3]]], {}, { outputs: 3 }));
    expect(net.nodes.map(({ kind }) => kind)).toEqual(['reduce', 'reduce', 'elementwise', 'elementwise']);
    expect(writeOnnx(net).graph.node.map(({ opType }) => opType)).toEqual(['DynamicQuantizeLinear']);
  });

  it('to 16 bits need a later opset, and limits that are no range have no form', () => {
    const of = (inputs: number, dtype: DType): Graph => {
      const builder = new GraphBuilder({ name: 'net', source: 'test', format: 'zoo' });
      const ids = Array.from({ length: inputs }, (_, i) =>
        builder.input(`x${String(i)}`, { dtype: 'float32', shape: i === 0 ? [2, 3] : [] }),
      );
      builder.layer({ name: 'layer', origin: { format: 'zoo', architecture: 'test' } });
      builder.add('elementwise', ids, { fn: 'quantize', dtype });
      return builder.build();
    };
    expect(() => writeOnnx(of(1, 'uint16'), { opset: 20 })).toThrow(
      /quantisation to uint16 exists from opset 21 on/,
    );
    expect(writeOnnx(of(1, 'uint16')).graph.node.at(-1)?.opType).toBe('QuantizeLinear');
    expect(() => writeOnnx(of(3, 'uint8'))).toThrow(/"quantize" by computed limits is written only as/);
  });
});

describe(`branches and loops${skipped}`, () => {
  const inner = (op: string, inputs: readonly string[], attributes = {}) => [
    node('Conv', ['carried', 'w'], ['convolved'], { pads: [1, 1, 1, 1] }),
    node(op, inputs, ['next'], attributes),
  ];
  const w = stored('w', 'float32', [2, 2, 3, 3]);

  it('a loop runs as often as before, and its nodes are those of its body', async () => {
    const [first, second] = await again(
      modelBytes({
        input: [port('x', 'float32', [1, 2, 5, 5])],
        initializer: [w, stored('count', 'int64', [], [7])],
        node: [
          node('Relu', ['x'], ['start']),
          node('Loop', ['count', '', 'start'], ['last', 'all'], {
            body: {
              g: body({
                input: [
                  port('i', 'int64', []),
                  port('go', 'bool', []),
                  port('carried', 'float32', [1, 2, 5, 5]),
                ],
                node: [...inner('Tanh', ['convolved']), node('Identity', ['go'], ['on'])],
                output: [port('on'), port('next'), port('convolved')],
              }),
            },
          }),
          node('Sigmoid', ['last'], ['y']),
        ],
        output: [port('y'), port('all')],
      }),
    );
    // What goes in and comes out is moved by operators that say so, in as many iterations, and counted as nothing.
    const moves: readonly OpKind[] = ['rearrange', 'identity', 'reshape', 'expand', 'stridedSlice'];
    const computing = (net: Graph) =>
      net.nodes
        .filter(
          ({ kind, attrs }) =>
            !moves.includes(kind) && !('fn' in attrs && ['cast', 'and'].includes(attrs.fn)),
        )
        .map((each) => [each.kind, each.repeat]);
    expect(computing(first)).toEqual([
      ['activation', undefined],
      ['conv', 7],
      ['activation', 7],
      ['activation', undefined],
    ]);
    expect(computing(second)).toEqual(computing(first));
    expect(costs(first).macs).toBe(7 * 2 * 2 * 9 * 25);
    const loops = writeOnnx(first).graph.node.filter(({ opType }) => opType === 'Loop');
    expect(loops).toHaveLength(1);
  });

  it('a branch that the shapes or the data choose is written in the place of the If', async () => {
    const branch = (name: string, nodes: readonly ReturnType<typeof node>[]) => ({
      g: body({ name, node: nodes, output: [port('next')] }),
    });
    const [first, second] = await again(
      modelBytes({
        input: [port('carried', 'float32', [1, 2, 5, 5]), port('flag', 'bool', [])],
        initializer: [w],
        node: [
          node('If', ['flag'], ['chosen'], {
            then_branch: branch('then', inner('Relu', ['convolved'])),
            else_branch: branch('else', [node('Identity', ['carried'], ['next'])]),
          }),
          node('Tanh', ['chosen'], ['y']),
        ],
        output: [port('y')],
      }),
    );
    const computing = (net: Graph) =>
      net.nodes.map(({ kind }) => kind).filter((kind) => kind !== 'rearrange' && kind !== 'identity');
    expect(computing(first)).toEqual(['conv', 'activation', 'activation']);
    expect(computing(second)).toEqual(computing(first));
  });

  it('a scan, and values of other extents than what they are made of', async () => {
    const [first] = await again(
      modelBytes({
        input: [port('rows', 'float32', [6, 4])],
        initializer: [stored('start', 'float32', [1, 4]), stored('m', 'float32', [4, 4])],
        node: [
          node('Scan', ['start', 'rows'], ['last', 'all'], {
            num_scan_inputs: 1,
            body: {
              g: body({
                input: [port('state', 'float32', [1, 4]), port('row', 'float32', [4])],
                node: [
                  node('Add', ['state', 'row'], ['both']),
                  node('MatMul', ['both', 'm'], ['next']),
                  node('Relu', ['next'], ['seen']),
                ],
                output: [port('next'), port('seen')],
              }),
            },
          }),
        ],
        output: [port('last'), port('all')],
      }),
    );
    expect(costs(first).macs).toBe(6 * 16);
  });

  it('a loop of an unknown number of iterations is refused', () => {
    const bytes = modelBytes({
      input: [port('x', 'float32', [1, 2, 5, 5]), port('count', 'int64', [])],
      initializer: [w],
      node: [
        node('Loop', ['count', '', 'x'], ['y'], {
          body: {
            g: body({
              input: [
                port('i', 'int64', []),
                port('go', 'bool', []),
                port('carried', 'float32', [1, 2, 5, 5]),
              ],
              node: [...inner('Tanh', ['convolved']), node('Identity', ['go'], ['on'])],
              output: [port('on'), port('next')],
            }),
          },
        }),
      ],
      output: [port('y')],
    });
    expect(() => writeOnnx(readBack(bytes))).toThrow(
      /a loop that runs an unknown number of times is not written: layer 0 .*fix: give the input that decides how often a value: --value NAME=N/,
    );
  });
});
