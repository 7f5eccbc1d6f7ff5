import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildNetwork, zoo } from '../../../architectures/zoo.ts';
import { profile } from '../../../src/analysis/profile.ts';
import { ProfileError, formatDiagnostic } from '../../../src/diagnostics.ts';
import { readDarknet } from '../../../src/formats/darknet/read.ts';
import { fromOnnx } from '../../../src/formats/onnx/read.ts';
import { bytesSource } from '../../../src/formats/byteSource.ts';
import { layerIndexOf, layerScope } from '../../../src/formats/onnx/writeNames.ts';
import { toBytes, writeOnnx, type ByteStream } from '../../../src/formats/onnx/write.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { foldBatchNorms } from '../../../src/graph/foldBatchNorms.ts';
import { typesOf, withDType, type Graph, type TensorId } from '../../../src/graph/graph.ts';
import { byteLength, type DType } from '../../../src/ops/dtype.ts';
import { graph } from '../../../src/graph/network.ts';
import { validate } from '../../../src/graph/validate.ts';
import { CASE_GRAPHS, networks } from '../graphs.ts';
import { single } from './model.ts';
import { loads, run, withoutRuntime } from './runtime.ts';

const skipped = withoutRuntime ? ` (skipped: ${withoutRuntime})` : '';

const small = (): Graph =>
  graph('small', (g) => {
    const x = g.conv(g.input([1, 3, 8, 8]), { outChannels: 8, kernel: 3, name: 'stem' });
    const y = g.conv(x, { outChannels: 8, kernel: 3, activation: 'linear' });
    g.linear(g.globalPool(g.add([x, y], { activation: 'leaky' })), { outFeatures: 10 });
  });

const read = (stream: ByteStream): Graph =>
  fromOnnx(bytesSource(toBytes(stream)), { file: 'net.onnx' }).graph;

/** What of a profile the round trip keeps: the way of saying an activation may be another one. */
function counts(net: Graph) {
  const { totals, network } = profile(net, { flops: 'standard', cio: 'cspnet' });
  const { macs, weights, params, flops, cio } = totals;
  // Output names may be taken twice in a graph, and only once in a file.
  const outputs = network.outputs.map(({ shape, dtype }) => ({ shape, dtype }));
  return { macs, weights, params, flops, cio, inputs: network.inputs, outputs };
}

describe('names', () => {
  it('lead back to the layer', () => {
    const net = small();
    const { graph: proto } = writeOnnx(net);
    expect(proto.node.map(({ name, opType }) => [name, opType, layerIndexOf(name!)])).toEqual([
      ['L000_stem/Conv', 'Conv', 0],
      ['L000_stem/BatchNormalization', 'BatchNormalization', 0],
      ['L000_stem/Relu', 'Relu', 0],
      ['L001_conv1/Conv', 'Conv', 1],
      ['L001_conv1/BatchNormalization', 'BatchNormalization', 1],
      ['L002_add2/Add', 'Add', 2],
      ['L002_add2/LeakyRelu', 'LeakyRelu', 2],
      ['L003_globalPool3/GlobalAveragePool', 'GlobalAveragePool', 3],
      ['L004_linear4/Flatten', 'Flatten', 4],
      ['L004_linear4/Gemm', 'Gemm', 4],
    ]);
  });

  it('survive any layer name and number', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        (index, name, rest) => {
          expect(layerIndexOf(`${layerScope({ index, name })}/${rest}`)).toBe(index);
          expect(layerScope({ index, name })).toMatch(/^[\w.-]+$/);
        },
      ),
    );
    for (const name of ['Conv_1', 'L12/x', 'L0123', '__proto__', '', 'ReorderInput_token_3']) {
      expect(layerIndexOf(name)).toBeUndefined();
    }
  });

  it('are unique, and ports keep theirs', () => {
    const net = graph('ports', (g) => {
      const x = g.input([1, 4, 2, 2], 'L000_same/Relu');
      for (let i = 0; i < 3; i++) g.activation(x, 'relu', { name: 'same' });
      g.softmax(g.input([1, 4, 2, 2], ''), { name: '__proto__' });
    });
    const { graph: proto } = writeOnnx(net);
    expect(proto.input.map(({ name }) => name)).toEqual(['L000_same/Relu', 'input']);
    expect(proto.output.map(({ name }) => name)).toEqual(['same', 'same_2', 'same_3', '_proto_']);
    const names = proto.node.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('are those of a value that is read twice, or an input, by a copy', async () => {
    const builder = new GraphBuilder({ name: 'ports', source: 'test', format: 'zoo' });
    const x = builder.input('x', { dtype: 'float32', shape: [1, 2] });
    builder.layer({ name: 'relu', origin: { format: 'zoo', architecture: 'ports' } });
    const y = builder.add('activation', [x], { fn: 'relu' });
    builder.output('x again', x);
    builder.output('y', y);
    builder.output('y again', y);
    const { file } = writeOnnx(builder.build());
    if (withoutRuntime) return;
    const results = await run(toBytes(file), new Map([['x', { shape: [1, 2], data: [-1, 2] }]]));
    expect(Array.from(results, ([name, { data }]) => [name, [...Array.from(data)]])).toEqual([
      ['x again', [-1, 2]],
      ['y', [0, 2]],
      ['y again', [0, 2]],
    ]);
  });
});

describe('weights', () => {
  const bytesOf = (net: Graph, options = {}) => toBytes(writeOnnx(net, options).file);

  it('are the same for the same seed, and others for another', () => {
    expect(bytesOf(small())).toEqual(bytesOf(small()));
    expect(bytesOf(small(), { seed: 2 })).not.toEqual(bytesOf(small()));
  });

  it('have the variance 2 / fan-in, and their neighbours neutral values', () => {
    const net = graph('wide', (g) => {
      g.conv(g.input([1, 64, 4, 4]), { outChannels: 128, kernel: 3 });
    });
    const { file, data } = writeOnnx(net, { dataFile: 'wide.data' });
    const weights = new Float32Array(toBytes(data!).buffer, 0, 128 * 64 * 9);
    const mean = weights.reduce((a, b) => a + b, 0) / weights.length;
    const variance = weights.reduce((a, b) => a + (b - mean) ** 2, 0) / weights.length;
    expect(Math.abs(mean)).toBeLessThan(0.001);
    expect(variance * (64 * 9)).toBeCloseTo(2, 1);
    // 4 vectors of 128 entries are small enough to stay in the model: scale 1, shift 0, mean 0, variance 1.
    const text = Buffer.from(toBytes(file));
    const ones = Buffer.from(Float32Array.from({ length: 128 }, () => 1).buffer);
    expect(text.indexOf(ones)).toBeGreaterThan(0);
    expect(text.lastIndexOf(ones)).toBeGreaterThan(text.indexOf(ones));
  });

  it('may be zero', () => {
    const { data } = writeOnnx(small(), { weights: 'zero', dataFile: 'small.data' });
    expect(toBytes(data!).every((byte) => byte === 0)).toBe(true);
  });

  /** Numbers of the convolution's weights in the file of a graph of this type. */
  function stored(dtype: DType): number[] {
    const net = graph('typed', (g) => {
      g.conv(g.input([1, 16, 4, 4]), { outChannels: 64 });
    });
    const { data } = writeOnnx(withDType(net, dtype), { dataFile: 'typed.data' });
    const view = new DataView(toBytes(data!).buffer);
    expect(view.byteLength).toBe(byteLength(dtype, 1024));
    return Array.from({ length: 1024 }, (_, i) => {
      if (dtype === 'float64') return view.getFloat64(8 * i, true);
      if (dtype === 'float32') return view.getFloat32(4 * i, true);
      const bits = view.getUint16(2 * i, true);
      if (dtype === 'bfloat16') return new Float32Array(Uint32Array.of(bits << 16).buffer)[0]!;
      const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
      const magnitude = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
      return bits >= 0x8000 ? -magnitude : magnitude;
    });
  }

  it.each([
    // Half a step of 10 bits behind the leading one, a step of 7, and half a step of 23.
    ['float16', 2 ** -11],
    ['bfloat16', 2 ** -7],
    ['float32', 2 ** -24],
  ] as const)('have the type of the graph: %s', (dtype, step) => {
    const exact = stored('float64');
    stored(dtype).forEach((value, i) => {
      // Below 2^-14, float16 has fixed steps.
      const error = Math.abs(value - exact[i]!) - (dtype === 'float16' ? 2 ** -25 : 0);
      expect(error).toBeLessThanOrEqual(step * Math.abs(exact[i]!));
    });
  });

  it('come from a source where one is given', () => {
    const net = graph('one', (g) => {
      g.conv(g.input([1, 1, 2, 2]), { outChannels: 1, batchNorm: false, activation: 'linear' });
    });
    const { file } = writeOnnx(net, { weights: (_, { role }) => (role === 'weight' ? [7.5] : undefined) });
    expect(Buffer.from(toBytes(file)).includes(Buffer.from(Float32Array.of(7.5).buffer))).toBe(true);
  });

  it('in a file of their own begin at pages, and the model says where', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'csp-profile-'));
    try {
      const net = graph('apart', (g) => {
        const x = g.conv(g.input([1, 16, 6, 6]), { outChannels: 20, kernel: 3 });
        g.conv(x, { outChannels: 24, kernel: 3 });
      });
      const { file, data } = writeOnnx(net, { dataFile: 'apart.bin' });
      expect(data?.name).toBe('apart.bin');
      expect(data?.length).toBe(Math.ceil((16 * 20 * 9 * 4) / 4096) * 4096 + 20 * 24 * 9 * 4);
      expect(file.length).toBeLessThan(4096);
      if (withoutRuntime) return;
      writeFileSync(join(folder, 'apart.onnx'), toBytes(file));
      writeFileSync(join(folder, 'apart.bin'), toBytes(data!));
      const inputs = new Map([
        ['input', { shape: [1, 16, 6, 6], data: Array.from({ length: 576 }, (_, i) => i % 7) }],
      ]);
      const apart = await run(join(folder, 'apart.onnx'), inputs);
      const inline = await run(toBytes(writeOnnx(net).file), inputs);
      expect([...apart]).toEqual([...inline]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('are made while they are written', () => {
    // 64 GiB of weights: nothing that holds them would survive.
    const net = graph('huge', (g) => {
      g.linear(g.input([1, 1 << 17, 1, 1]), { outFeatures: 1 << 17 });
    });
    const { data, file } = writeOnnx(net, { dataFile: 'huge.data' });
    expect(data?.length).toBeGreaterThanOrEqual(4 * 2 ** 34);
    expect(file.length).toBeLessThan(4096);
    const [first] = data!.chunks();
    expect(first).toBeDefined();
    let taken = 0;
    for (const chunk of data!.chunks()) if ((taken += chunk.length) > 4 << 20) break;
    expect(taken).toBeLessThan(8 << 20);
    expect(() => writeOnnx(net)).toThrow(/^huge: the model takes 687\d+ bytes, .*CSP403$/);
  });
});

describe('batch normalisation', () => {
  it('is folded behind what has a bias, and stays elsewhere', () => {
    const net = graph('fold', (g) => {
      const x = g.conv(g.input([1, 3, 8, 8]), { outChannels: 4, kernel: 3 });
      const y = g.conv(x, { outChannels: 4, batchNorm: false });
      g.concat([x, y]);
    });
    const kinds = ({ nodes }: Graph) => nodes.map(({ kind }) => kind).join(' ');
    const folded = foldBatchNorms(net);
    expect(validate(folded)).toEqual([]);
    expect(kinds(net)).toBe('conv batchNorm activation conv activation concat');
    expect(kinds(folded)).toBe('conv activation conv activation concat');
    expect(folded.layers.map(({ name, first, last }) => [name, last - first])).toEqual([
      ['conv0', 2],
      ['conv1', 2],
      ['concat2', 1],
    ]);
    expect(counts(folded)).toMatchObject({ macs: counts(net).macs, weights: counts(net).weights });
    expect(counts(folded).params).toBe(counts(net).params! - 4 * 4 + 4);
    expect(writeOnnx(net, { batchNorm: 'fold' }).graph.node.map(({ opType }) => opType)).toEqual([
      'Conv',
      'Relu',
      'Conv',
      'Relu',
      'Concat',
    ]);
  });

  it('stays where the convolution is read twice, its weights are shared, or it stands first', () => {
    const builder = new GraphBuilder({ name: 'stay', source: 'test', format: 'zoo' });
    builder.layer({ name: 'all', origin: { format: 'zoo', architecture: 'stay' } });
    const x = builder.input('x', { dtype: 'float32', shape: [1, 2, 4, 4] });
    const window = {
      kernel: [1, 1],
      stride: [1, 1],
      dilation: [1, 1],
      padding: { begin: [0, 0], end: [0, 0] },
    };
    const conv = { ...window, rounding: 'floor', outChannels: 2, groups: 1, bias: false } as const;
    const weight = builder.constant('weight', { dtype: 'float32', shape: [2, 2, 1, 1] });
    const first = builder.add('batchNorm', [x], {});
    const shared = builder.add('conv', [first], conv, { params: [weight] });
    const a = builder.add('batchNorm', [shared], {});
    const again = builder.add('conv', [a], conv, { params: [weight] });
    const b = builder.add('batchNorm', [again], {});
    const twice = builder.add('conv', [b], conv);
    const c = builder.add('batchNorm', [twice], {});
    builder.add('add', [c, twice], { align: 'exact' });
    const net = builder.build();
    expect(foldBatchNorms(net).nodes).toEqual(net.nodes);
  });

  it('folds in any network to a valid one of the same MACs', () => {
    fc.assert(
      fc.property(networks(), (net) => {
        const folded = foldBatchNorms(net);
        expect(validate(folded)).toEqual([]);
        expect(counts(folded).macs).toBe(counts(net).macs);
        expect(folded.layers.map(({ name }) => name)).toEqual(net.layers.map(({ name }) => name));
        expect(foldBatchNorms(folded)).toEqual(folded);
      }),
    );
  });
});

describe('operators at the end that are not known', () => {
  /** A map, what is learned from it in two ways, and the boxes of both; `add` puts more behind the boxes. */
  const detector = (add?: (builder: GraphBuilder, boxes: TensorId) => void): Graph => {
    const builder = new GraphBuilder({ name: 'detector', source: 'd.param', format: 'ncnn' });
    const at = (name: string, line: number) =>
      ({ name, origin: { format: 'ncnn', file: 'd.param', line, op: 'X' } }) as const;
    const x = builder.input('x', { dtype: 'float32', shape: [1, 3, 4, 4] });
    const head = (name: string, line: number, outFeatures: number): TensorId => {
      builder.layer(at(name, line));
      return builder.add('linear', [x], { outFeatures, bias: true, flatten: true });
    };
    const [places, scores] = [head('loc', 3, 8), head('conf', 4, 6)];
    builder.layer(at('detection_out', 5));
    const priors = builder.constant('constant', { dtype: 'float32', shape: [1, 2, 4] });
    const type = { dtype: 'float32', shape: [1, 2, 6] } as const;
    const boxes = builder.add('opaque', [places, scores, priors, x], { op: 'Detect', outputs: [type] });
    add?.(builder, boxes);
    return builder.build();
  };

  it('are left out, what they read is the output, and a warning says so', () => {
    const { file, graph, diagnostics } = writeOnnx(detector());
    expect(graph.output.map(({ name }) => name)).toEqual(['loc', 'conf']);
    expect(diagnostics.map(formatDiagnostic)).toEqual([
      'd.param:5 X: the model ends before #2 detection_out, of which no ONNX form is known; its outputs are what that ' +
        'reads: loc, conf (fix: do in the program that runs the model what is left out) CSP405',
    ]);
    const back = fromOnnx(bytesSource(toBytes(file)), { file: 'd.onnx' }).graph;
    expect(
      typesOf(
        back,
        back.outputs.map(({ tensor }) => tensor),
      ).map(({ shape }) => shape),
    ).toEqual([
      [1, 8],
      [1, 6],
    ]);
    expect(counts(back).macs).toBe(48 * (8 + 6));
  });

  it('are left out together, beside outputs that are known', () => {
    const { graph, diagnostics } = writeOnnx(
      detector((builder, boxes) => {
        builder.add('opaque', [boxes], { op: 'Track', outputs: [builder.typeOf(boxes)] });
        builder.layer({ name: 'side', origin: { format: 'ncnn', file: 'd.param', line: 6, op: 'X' } });
        builder.output(
          'seen',
          builder.add('activation', [builder.input('z', { dtype: 'float32', shape: [2] })], { fn: 'relu' }),
        );
      }),
    );
    expect(graph.output.map(({ name }) => name)).toEqual(['seen', 'loc', 'conf']);
    expect(diagnostics).toHaveLength(1);
  });

  it('are refused where a known one stands behind them', () => {
    expect(() =>
      writeOnnx(detector((builder, boxes) => builder.add('activation', [boxes], { fn: 'relu' }))),
    ).toThrow(/what the operator "Detect" does is not known: layer 2 detection_out .* CSP401$/);
  });

  it('say nothing where there are none', () => {
    expect(writeOnnx(buildNetwork('darknet-reference')).diagnostics).toEqual([]);
  });
});

describe('what cannot be written', () => {
  it('is named all at once', () => {
    const builder = new GraphBuilder({ name: 'bad', source: 'bad.onnx', format: 'onnx' });
    const at = (node: string) =>
      ({ name: node, origin: { format: 'onnx', file: 'bad.onnx', node } }) as const;
    const type = { dtype: 'float32', shape: [1, 2] } as const;
    builder.layer(at('a'));
    const a = builder.add('opaque', [builder.input('x', type)], { op: 'Foo', outputs: [type] });
    builder.layer(at('b'));
    const b = builder.add('activation', [a], { fn: 'relu' }, { repeat: 'unknown' });
    builder.layer(at('c'));
    const c = builder.add('opaque', [builder.add('opaque', [b], { op: 'Foo', outputs: [type] })], {
      op: 'Bar',
      outputs: [type],
    });
    builder.add('activation', [c], { fn: 'relu' });
    const write = () => writeOnnx(builder.build());
    expect(write).toThrow(ProfileError);
    expect(write).toThrow(
      new ProfileError({
        code: 'CSP401',
        severity: 'error',
        message:
          '3 layers have no ONNX form: what the operator "Foo" does is not known: layers 0 a, 2 c; ' +
          'a loop that runs an unknown number of times is not written: layer 1 b; ' +
          'what the operator "Bar" does is not known: layer 2 c',
        fix: 'write a network of known operators only; give the input that decides how often a value: --value NAME=N',
        origin: at('a').origin,
      }).message,
    );
    expect(write).toThrow(/^[^\n]*$/);
  });

  it.each([
    ['int2', undefined, 'constants of type int2 are not written'],
    ['int4', 20, 'numbers of 4 bits'],
  ] as const)('is parameters of a type that cannot be stored: %s in opset %s', (dtype, opset, why) => {
    const builder = new GraphBuilder({ name: 'mixed', source: 'mixed.json', format: 'json' });
    const x = builder.input('x', { dtype: 'float32', shape: [1, 3, 8, 8] });
    const weight = builder.constant('weight', { dtype, shape: [4, 3, 1, 1] });
    builder.layer({ name: 'conv', origin: { format: 'json', file: 'mixed.json', path: 'layers[0]' } });
    const attrs = {
      kernel: [1, 1],
      stride: [1, 1],
      dilation: [1, 1],
      padding: { begin: [0, 0], end: [0, 0] },
      rounding: 'floor',
      outChannels: 4,
      groups: 1,
      bias: false,
    } as const;
    builder.add('conv', [x], attrs, { params: [weight] });
    expect(() => writeOnnx(builder.build(), opset === undefined ? {} : { opset })).toThrow(
      new RegExp(`^mixed.json.*${why}.*: layer 0 conv .*CSP401$`),
    );
  });

  it('is a network without an output', () => {
    const builder = new GraphBuilder({ name: 'empty', source: 'empty.json', format: 'json' });
    builder.input('x', { dtype: 'float32', shape: [1, 3] });
    expect(() => writeOnnx(builder.build())).toThrow(
      /^empty: the network has no output, and an ONNX model needs one \(fix: name a result as output\) CSP401$/,
    );
  });

  it('is integer arithmetic, and an opset that is not known', () => {
    expect(() => writeOnnx(withDType(small(), 'int64'))).toThrow(
      /"conv" of int64 has no ONNX form here: layers 0 stem, 1 conv1; .*CSP401/,
    );
    expect(() => writeOnnx(small(), { opset: 12 })).toThrow(
      /^opset 12 is not written \(fix: use 13 to 26\) CSP402$/,
    );
    expect(() => writeOnnx(small(), { opset: NaN })).toThrow(/CSP402$/);
  });

  it('for an opset is written for a later one where none was asked for', () => {
    const dilated = graph('dilated', (g) => {
      const x = g.input([1, 4, 9, 9]);
      const window = {
        kernel: [3, 3],
        stride: [1, 1],
        dilation: [2, 2],
        padding: { begin: [0, 0], end: [0, 0] },
      };
      g.operator('avgPool', [x], { ...window, rounding: 'floor' });
    });
    expect(() => writeOnnx(dilated, { opset: 18 })).toThrow(/exists from opset 19 on: layer 0 .*CSP401$/);
    expect(toBytes(writeOnnx(dilated).file)).toEqual(toBytes(writeOnnx(dilated, { opset: 19 }).file));
  });
});

describe('a written model read back', () => {
  it.each(zoo().map(({ name }) => name))('has the counts of %s', (name) => {
    const net = buildNetwork(name);
    const { file } = writeOnnx(net, { dataFile: `${name}.data` });
    expect(counts(read(file))).toEqual(counts(net));
  });

  it('has operands of one type where a scale has another than the data', () => {
    const bytes = single(
      'RMSNormalization',
      [
        ['float32', [2, 8]],
        ['float16', [8]],
      ],
      {},
      { opset: 23 },
    );
    const net = fromOnnx(bytesSource(bytes), { file: 'mixed.onnx' }).graph;
    const { file, graph: proto } = writeOnnx(net);
    expect(proto.node.map(({ opType }) => opType)).toContain('Cast');
    expect(counts(read(file))).toEqual(counts(net));
  });

  it('computes what a recurrent layer keeps at every run', () => {
    const text = '[net]\nbatch=1\ninputs=16\n[rnn]\noutput=8\nhidden=12\nactivation=leaky\n';
    const net = readDarknet(new TextEncoder().encode(text), { file: 'rnn.cfg' }).graph;
    const { file, graph: proto } = writeOnnx(net);
    expect(proto.input.map(({ name }) => name)).toEqual(['input', 'state']);
    expect(counts(read(file)).macs).toBe(16 * 12 + 12 * 12 + 12 * 8);
    expect(counts(read(file)).weights).toBe(counts(net).weights);
  });

  it('has the shapes and counts of any network', () => {
    fc.assert(
      fc.property(networks(), (net) => {
        const back = read(writeOnnx(net, { dataFile: 'net.data' }).file);
        expect(counts(back)).toEqual(counts(net));
      }),
    );
  });
});

describe.skipIf(withoutRuntime)(`onnxruntime${skipped}`, () => {
  it.each(['cspresnet10', 'yolov3-tiny-prn', 'efficientnet-b0', 'pelee-ssd', 'thundernet-snet49'])(
    'loads %s',
    async (name) => {
      const net = buildNetwork(name);
      for (const batchNorm of ['keep', 'fold'] as const) {
        expect(await loads(toBytes(writeOnnx(net, { weights: 'zero', batchNorm }).file))).toHaveLength(
          net.outputs.length,
        );
      }
    },
  );
});

const python = ['/usr/bin/python3', 'python3'].find(
  (command) => spawnSync(command, ['-c', 'import onnx']).status === 0,
);

describe.skipIf(python === undefined)(
  `onnx.checker${python === undefined ? ' (skipped: python has no onnx)' : ''}`,
  () => {
    let folder = '';
    beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'csp-profile-'))));
    afterAll(() => rmSync(folder, { recursive: true }));

    it('accepts every operator, with the shapes that we state', () => {
      let written = 0;
      for (const [, net] of CASE_GRAPHS) {
        try {
          const { file } = writeOnnx(net, { opset: 17, weights: 'zero' });
          // What is wrong with a large model is wrong with a small one.
          if (file.length > 1 << 20) continue;
          writeFileSync(join(folder, `${written}.onnx`), toBytes(file));
          written++;
        } catch (error) {
          if (!(error instanceof ProfileError)) throw error;
        }
      }
      const script = `
import glob, onnx, sys
files = glob.glob(sys.argv[1] + '/*.onnx')
for file in files: onnx.checker.check_model(file, full_check=True)
print(len(files))`;
      const checked = execFileSync(python!, ['-c', script, folder], { encoding: 'utf8' });
      expect(Number(checked)).toBe(written);
      expect(written).toBeGreaterThan(40);
    });
  },
);
