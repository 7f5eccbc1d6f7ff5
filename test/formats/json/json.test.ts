import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profile } from '../../../src/analysis/profile.ts';
import { ProfileError } from '../../../src/diagnostics.ts';
import { readJson } from '../../../src/formats/json/read.ts';
import { writeJson } from '../../../src/formats/json/write.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Graph, TensorId } from '../../../src/graph/graph.ts';
import { graph } from '../../../src/graph/network.ts';
import { validate } from '../../../src/graph/validate.ts';
import { CASE_GRAPHS, networks } from '../graphs.ts';

/** Everything that is said of a graph, with tensors by their place rather than by their id. */
function contents(net: Graph): unknown {
  const made = new Map<TensorId, string>(net.inputs.map(({ name, tensor }) => [tensor, `input ${name}`]));
  net.nodes.forEach(({ outputs }, i) => {
    outputs.forEach((id, o) => made.set(id, `node ${i}.${o}`));
  });
  const describeTensor = (id: TensorId) => ({ ...net.tensors[id]!, made: made.get(id) });
  return {
    ...net,
    tensors: net.tensors.length,
    inputs: net.inputs.map(({ name, tensor }) => [name, describeTensor(tensor)]),
    outputs: net.outputs.map(({ name, tensor }) => [name, describeTensor(tensor)]),
    nodes: net.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(describeTensor),
      params: node.params.map(describeTensor),
      outputs: node.outputs.map(describeTensor),
    })),
  };
}

function expectRoundTrip(net: Graph): void {
  const text = writeJson(net);
  const back = readJson(text, 'net.json');
  expect(validate(back)).toEqual([]);
  expect(contents(back)).toEqual(contents(net));
  expect(profile(back)).toEqual(profile(net));
  expect(writeJson(back)).toBe(text);
}

describe('a graph written and read back', () => {
  it.each(CASE_GRAPHS)('is the same for %s', (_, net) => {
    expectRoundTrip(net);
  });

  it('is the same for any network', () => {
    fc.assert(fc.property(networks(), expectRoundTrip), { numRuns: 150 });
  });

  it('keeps parameters that are inputs of the network', () => {
    const builder = new GraphBuilder({ name: 'given', source: 'given.onnx', format: 'onnx' });
    const x = builder.input('x', { dtype: 'float32', shape: [1, 4, 8, 8] });
    const weight = builder.input('w', { dtype: 'float32', shape: [4] });
    builder.layer({ name: 'prelu', origin: { format: 'onnx', file: 'given.onnx' } });
    builder.addAll('activation', [x], { fn: 'prelu' }, { params: [weight] });
    expectRoundTrip(builder.build());
  });

  it('keeps the content of small constants', () => {
    const builder = new GraphBuilder({ name: 'picked', source: 'picked.onnx', format: 'onnx' });
    const x = builder.input('x', { dtype: 'float32', shape: [5, 2] });
    const index = builder.constant('constant', { dtype: 'int64', shape: [2] }, 'i', [4, 0]);
    builder.layer({ name: 'gather', origin: { format: 'onnx', file: 'picked.onnx' } });
    builder.add('gather', [x, index], { axis: 0 });
    const net = builder.build();
    expectRoundTrip(net);
    const wrong = writeJson(net).replace('"values":[4,0]', '"values":[4]');
    expect(() => readJson(wrong, 'net.json')).toThrow(/constants\[0\]\.values.* are 1 for 2/);
  });

  it('keeps shared and named parameters, operands, loop counts and origins', () => {
    const builder = new GraphBuilder({ name: 'all', source: 'all.onnx', format: 'onnx' });
    const x = builder.input('x', { dtype: 'float32', shape: [1, 4, 8, 8] });
    const weight = builder.constant('weight', { dtype: 'float32', shape: [4, 4, 1, 1] }, 'w');
    const scale = builder.constant('constant', { dtype: 'float32', shape: [1, 4, 1, 1] });
    const conv = {
      kernel: [1, 1],
      stride: [1, 1],
      dilation: [1, 1],
      padding: { begin: [0, 0], end: [0, 0] },
      rounding: 'floor',
      outChannels: 4,
      groups: 1,
      bias: false,
    } as const;
    builder.layer({
      name: 'a',
      stage: 'one',
      origin: { format: 'onnx', file: 'all.onnx', node: 'a', op: 'Conv' },
    });
    const a = builder.add('conv', [x], conv, { params: [weight] });
    builder.layer({
      name: 'b',
      origin: { format: 'darknet', file: 'b.cfg', line: 3, section: 'convolutional', index: 1 },
    });
    const b = builder.add('conv', [a], conv, { params: [weight], repeat: 7 });
    const same = builder.constant('scale', { dtype: 'float32', shape: [4] }, 'ones and zeros');
    const c = builder.add('batchNorm', [b], {}, { params: [same, same, same, same], repeat: 'unknown' });
    builder.layer({ name: 'nothing', origin: { format: 'cli' } });
    builder.layer({ name: 'c', origin: { format: 'module', file: 'm.mjs', path: 'net' } });
    builder.add('opaque', [builder.add('mul', [c, scale], {})], {
      op: 'Custom',
      outputs: [
        { dtype: 'int4', shape: [] },
        { dtype: 'bool', shape: [0, 3] },
      ],
    });
    builder.output('copy of x', x);
    builder.output('c', c);
    const net = builder.build();
    expectRoundTrip(net);
    const back = readJson(writeJson(net), 'net.json');
    expect(back.nodes[0]?.params).toEqual(back.nodes[1]?.params);
    expect(back.nodes.map(({ repeat }) => repeat)).toEqual([undefined, 7, 'unknown', undefined, undefined]);
  });
});

const GOOD = `{"schemaVersion":1,"name":"tiny",
"inputs":[{"name":"x","dtype":"float32","shape":[1,3,8,8]}],
"layers":[
{"name":"up","nodes":[{"kind":"upsample","inputs":[0],"attrs":{"factor":2}}]},
{"name":"relu","nodes":[{"kind":"activation","inputs":[1],"attrs":{"fn":"relu"}}]}
]}`;

describe('a file written by hand', () => {
  it('needs no more than inputs and layers', () => {
    const net = readJson(`\ufeff${GOOD}`, 'hand.json');
    expect(net).toMatchObject({ name: 'tiny', source: 'hand.json', format: 'json' });
    expect(net.layers.map(({ origin }) => origin)).toEqual([
      { format: 'json', file: 'hand.json', path: 'layers[0]' },
      { format: 'json', file: 'hand.json', path: 'layers[1]' },
    ]);
    expect(net.outputs.map(({ name, tensor }) => [name, net.tensors[tensor]?.type.shape])).toEqual([
      ['relu', [1, 3, 16, 16]],
    ]);
  });

  it.each([
    ['no JSON', '{"schemaVersion":1,', /^bad.json: is not JSON: .*CSP351$/],
    ['another thing', '[1,2]', /^bad.json schemaVersion: is missing; .*CSP352$/],
    [
      'a later version',
      GOOD.replace('1', '2'),
      /^bad.json schemaVersion: is 2; .* schema version 1 .*CSP352$/,
    ],
    [
      'an unknown operator',
      GOOD.replace('"upsample"', '"constructor"'),
      /^bad.json layers\[0\]\.nodes\[0\]\.kind: must be .*CSP353$/,
    ],
    [
      'a text for a number',
      GOOD.replace(':2}', ':"2"}'),
      /^bad.json layers\[0\]\.nodes\[0\]\.attrs\.factor: must be a whole number .*CSP353$/,
    ],
    [
      'an unknown function',
      GOOD.replace('"relu"}', '"__proto__"}'),
      /^bad.json layers\[1\]\.nodes\[0\]\.attrs\.fn: must be one of relu, .*CSP353$/,
    ],
    ['a missing attribute', GOOD.replace('{"factor":2}', '{}'), /attrs\.factor: is missing .*CSP353$/],
    [
      'an extra attribute',
      GOOD.replace('{"factor":2', '{"__proto__":{},"factor":2'),
      /attrs\.__proto__: is none of factor .*CSP353$/,
    ],
    [
      'a factor of nothing',
      GOOD.replace(':2}', ':0}'),
      /^bad.json layers\[0\]\.nodes\[0\]: the factor is 0 .*CSP201$/,
    ],
    [
      'a tensor from later on',
      GOOD.replace('[1]', '[2]'),
      /^bad.json layers\[1\]\.nodes\[0\]\.inputs\[0\]: is 2, but only 2 tensors exist before it .*CSP353$/,
    ],
    [
      'a negative extent',
      GOOD.replace('3,8', '-3,8'),
      /^bad.json inputs\[0\]\.shape\[1\]: must be a whole number, 0 or more .*CSP353$/,
    ],
    [
      'half an extent',
      GOOD.replace('3,8', '1.5,8'),
      /^bad.json inputs\[0\]\.shape\[1\]: must be a whole number, 0 or more .*CSP353$/,
    ],
    [
      'a wrong dtype',
      GOOD.replace('float32', 'toString'),
      /^bad.json inputs\[0\]\.dtype: must be one of float64, .*CSP353$/,
    ],
    [
      'a key of another prototype',
      GOOD.replace('"name":"tiny"', '"__proto__":{"name":"tiny"}'),
      /^bad.json __proto__: is none of .*CSP353$/,
    ],
    [
      'an origin of no kind',
      GOOD.replace('"name":"up",', '"name":"up","origin":{"format":"\\u001b[31m"},'),
      /^bad.json layers\[0\]\.origin\.format: must be one of darknet, .*CSP353$/,
    ],
    [
      'a null origin',
      GOOD.replace('"name":"up",', '"name":"up","origin":null,'),
      /^bad.json layers\[0\]\.origin\.format: must be one of darknet, .*CSP353$/,
    ],
    [
      'a loop that runs half a time',
      GOOD.replace('"inputs":[0]', '"inputs":[0],"repeat":0.5'),
      /\.repeat: must be a whole number, 0 or more, or "unknown" .*CSP353$/,
    ],
    [
      'parameters of a node without',
      GOOD.replace('"inputs":[0]', '"inputs":[0],"params":[0]'),
      /^bad.json layers\[0\]\.nodes\[0\]\.params: are 1x3x8x8, the operator has none .*CSP353$/,
    ],
  ])('with %s is refused in one line', (_, text, message) => {
    const read = () => readJson(text, 'bad.json');
    expect(read).toThrow(ProfileError);
    expect(read).toThrow(message);
  });

  it('never fails in another way, whatever is changed', () => {
    const sources = [GOOD, ...CASE_GRAPHS.map(([, net]) => writeJson(net))];
    const mutated = fc
      .tuple(
        fc.constantFrom(...sources),
        fc.nat(),
        fc.constantFrom('', '0', '-1', '2', '1e9', 'null', '"x"', '[]', '{}', ',', '[', '}', 'true'),
      )
      .map(([text, at, by]) => {
        const tokens = text.match(/"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s"[\]{}:,]+/g) ?? [];
        return [...tokens.slice(0, at % tokens.length), by, ...tokens.slice((at % tokens.length) + 1)].join(
          '',
        );
      });
    fc.assert(
      fc.property(mutated, (text) => {
        try {
          expect(validate(readJson(text, 'mutated.json'))).toEqual([]);
        } catch (error) {
          if (!(error instanceof ProfileError)) throw error;
          expect(error.message).toMatch(/^mutated\.json.*CSP\d+$/);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

it('shows names that would act on a terminal as codes', () => {
  const name = 'a\u001b[31m\u009b\u202e\u200b';
  const text = writeJson(
    graph(name, (g) => {
      g.conv(g.input([1, 3, 8, 8]), { outChannels: 4, name });
    }),
  );
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  const { layers } = JSON.parse(text) as { layers: readonly { name: string }[] };
  expect(layers[0]?.name).toBe(name);
});
