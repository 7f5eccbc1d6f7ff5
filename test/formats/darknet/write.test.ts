import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildNetwork, zoo } from '../../../architectures/zoo.ts';
import { profile } from '../../../src/analysis/profile.ts';
import { ProfileError } from '../../../src/diagnostics.ts';
import { readDarknet } from '../../../src/formats/darknet/read.ts';
import { differenceOf } from '../../../src/formats/darknet/same.ts';
import { writeDarknet } from '../../../src/formats/darknet/write.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import { graph as network } from '../../../src/graph/network.ts';

const NONE: ReadonlySet<number> = new Set();
const FIXTURES = new URL('fixtures/', import.meta.url);

/** Writes the graph, reads it, and expects the same nodes, layers and costs. */
function expectSame(graph: Graph): void {
  const copy = readDarknet(writeDarknet(graph)).graph;
  expect(differenceOf(graph, copy, NONE)).toBeUndefined();
  const [before, after] = [profile(graph, { flops: 'full' }), profile(copy, { flops: 'full' })];
  expect(after.totals).toEqual(before.totals);
  expect(after.layers.map(({ outputs }) => outputs)).toEqual(before.layers.map(({ outputs }) => outputs));
}

function complaint(graph: Graph): string {
  try {
    writeDarknet(graph);
  } catch (error) {
    if (error instanceof ProfileError) return error.message;
    throw error;
  }
  return 'none';
}

describe('import(export(graph)) is the graph', () => {
  it.each(readdirSync(FIXTURES))('%s', (name) => {
    expectSame(readDarknet(readFileSync(new URL(name, FIXTURES)), { file: name }).graph);
  });

  it.each([
    'resnet10',
    'resnet50',
    'resnet101',
    'resnet152',
    'resnext50',
    'resnext101',
    'cspresnet50',
    'cspresnext50',
    'darknet-reference',
    'darknet53',
    'cspdarknet53',
    'peleenet',
    'mobilenet-v2',
    'efficientnet-b0',
    'yolov3',
    'yolov3-spp',
    'yolov3-tiny',
    'yolov3-tiny-prn',
    'yolov4',
    'yolov4-tiny',
    'cspresnext50-panet-spp',
  ])('%s of the zoo', (name) => {
    expectSame(buildNetwork(name));
  });

  it.each(zoo().map(({ name }) => name))('of %s, or says which layer no section expresses', (name) => {
    expect(complaint(buildNetwork(name))).toMatch(
      /^none$|^[^\n]+ \(fix: write it as json or onnx\) CSP42[123]$/,
    );
  });

  const option = <T>(key: string, value: fc.Arbitrary<T>): fc.Arbitrary<string> =>
    fc.option(value.map((each) => `${key}=${String(each)}\n`)).map((line) => line ?? '');
  const activation = fc.constantFrom('linear', 'leaky', 'mish', 'relu6', 'normalize_channels_softmax');
  const flag = fc.constant(1);
  const section = fc.oneof(
    fc
      .tuple(
        option('batch_normalize', flag),
        option('filters', fc.constantFrom(4, 8)),
        option('size', fc.integer({ min: 1, max: 4 })),
        option('stride', fc.integer({ min: 1, max: 2 })),
        option('stride_x', fc.integer({ min: 0, max: 3 })),
        option('dilation', fc.integer({ min: 1, max: 3 })),
        option('pad', flag),
        option('padding', fc.integer({ min: 0, max: 5 })),
        option('groups', fc.constantFrom(1, 2, 4)),
        option('antialiasing', fc.integer({ min: 0, max: 2 })),
        option('xnor', flag),
        option('activation', activation),
      )
      .map((lines) => `[convolutional]\n${lines.join('')}`),
    fc
      .tuple(
        fc.constantFrom('maxpool', 'local_avgpool'),
        option('size', fc.integer({ min: 1, max: 4 })),
        option('stride', fc.integer({ min: 1, max: 2 })),
        option('stride_y', fc.integer({ min: 1, max: 3 })),
        option('padding', fc.integer({ min: 0, max: 4 })),
      )
      .map(([name, ...lines]) => `[${name}]\n${lines.join('')}`),
    fc
      .tuple(fc.integer({ min: 1, max: 9 }), activation)
      .map(([back, fn]) => `[shortcut]\nfrom=-${String(back)}\nactivation=${fn}\n`),
    fc
      .tuple(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }),
        fc.constantFrom(1, 2, 4),
      )
      .map(
        ([back, groups]) =>
          `[route]\nlayers=${back.map((each) => -each).join(',')}\ngroups=${String(groups)}\ngroup_id=${String(groups - 1)}\n`,
      ),
    fc.constantFrom(
      '[dropout]\n',
      '[upsample]\n',
      '[upsample]\nstride=-2\n',
      '[reorg]\nstride=2\n',
      '[reorg3d]\nstride=2\nreverse=1\n',
      '[batchnorm]\n',
      '[activation]\nactivation=tanh\n',
      '[avgpool]\n',
      '[connected]\noutput=8\n',
      '[normalization]\n',
      '[crnn]\nhidden=4\noutput=4\npad=1\n',
      '[conv_lstm]\noutput=4\npad=1\npeephole=1\n',
      '[lstm]\noutput=6\n',
      '[history]\nhistory_size=2\n',
    ),
  );

  it('for sections one behind the other, whatever their options', () => {
    let read = 0;
    fc.assert(
      fc.property(fc.array(section, { minLength: 1, maxLength: 12 }), (sections) => {
        let graph: Graph;
        try {
          graph = readDarknet(`[net]\nwidth=24\nheight=20\nchannels=8\n${sections.join('')}`).graph;
        } catch (error) {
          if (error instanceof ProfileError) return;
          throw error;
        }
        read++;
        expectSame(graph);
      }),
      { numRuns: 1000 },
    );
    expect(read).toBeGreaterThan(50);
  });
});

describe('the boxes of a detector', () => {
  const NET =
    '[net]\nbatch=1\nwidth=32\nheight=32\nchannels=3\n[convolutional]\nfilters=18\nsize=1\nactivation=linear\n';
  const written = (section: string): string =>
    writeDarknet(readDarknet(NET + section).graph).split('activation=linear\n')[1] ?? '';

  it('are what the file said', () => {
    expect(
      written(
        '[yolo]\nmask = 3,4,5\nanchors = 12, 16,  19.5,36,  40,28,  36,75,  76,55,  72,146\nclasses=1\nnum=6\nscale_x_y = 1.05\nnew_coords=1\n',
      ).trim(),
    ).toBe(
      '[yolo]\nmask=3,4,5\nanchors=12,16,19.5,36,40,28,36,75,76,55,72,146\nclasses=1\nnum=6\nscale_x_y=1.05\nnew_coords=1',
    );
    expect(
      written(
        '[region]\nanchors = 0.57273,0.677385, 1.5,2, 3,4\nclasses=1\ncoords=4\nnum=3\nsoftmax=1\n',
      ).trim(),
    ).toBe('[region]\nanchors=0.57273,0.677385,1.5,2,3,4\nclasses=1\nnum=3\ncoords=4\nsoftmax=1');
  });

  // make_yolo_layer and make_region_layer of AlexeyAB/darknet fill biases with .5 before parser.c reads anchors
  it('are those that Darknet takes where the file says none', () => {
    const section = '[yolo]\nmask=0,1,2\nanchors=0.5,0.5,0.5,0.5,0.5,0.5\nclasses=1\nnum=3';
    expect(written('[yolo]\nnum=3\nclasses=1\n').trim()).toBe(section);
    expect(readDarknet(NET + section).graph.nodes.at(-1)?.attrs).toEqual({ classes: 1, anchors: 3 });
    expect(readDarknet(`${NET}[yolo]\nnum=3\nclasses=1\nanchors=1,2\n`).graph.nodes.at(-1)?.attrs).toEqual({
      classes: 1,
      anchors: 3,
      priors: [1, 2, 0.5, 0.5, 0.5, 0.5],
    });
  });

  it('are refused where they are no numbers', () => {
    expect(() => readDarknet(`${NET}[yolo]\nnum=3\nclasses=1\nanchors=1,two\n`)).toThrow(
      /numbers with commas/,
    );
    expect(() => readDarknet(`${NET}[yolo]\nnum=3\nclasses=1\nscale_x_y=wide\n`)).toThrow(/a number/);
  });
});

describe('what differs between a graph and a file', () => {
  it('a layer that reads another than the one before it gets a route in between', () => {
    const graph = network('branches', (g) => {
      const x = g.conv(g.input([1, 3, 16, 16]), { outChannels: 8 });
      const a = g.conv(x, { outChannels: 4 });
      g.concat([a, g.conv(x, { outChannels: 4 })]);
    });
    expect(writeDarknet(graph)).toContain('[route]\nlayers=-2\n');
    expect(profile(readDarknet(writeDarknet(graph)).graph).totals.flops).toBe(profile(graph).totals.flops);
  });

  it('an input that is read again becomes a layer', () => {
    const graph = network('twice', (g) => {
      const x = g.input([1, 8, 16, 16]);
      g.add([g.conv(x, { outChannels: 8 }), x]);
    });
    expect(writeDarknet(graph)).toContain('[empty]\n');
    expect(readDarknet(writeDarknet(graph)).graph.layers).toHaveLength(3);
  });

  it('a convolution takes the normalisation of the next layer', () => {
    const builder = new GraphBuilder({ name: 'apart', source: 'apart', format: 'onnx' });
    const origin = { format: 'onnx', file: 'apart.onnx' } as const;
    const x = builder.input('x', { dtype: 'float32', shape: [2, 3, 8, 8] });
    builder.layer({ name: 'conv', origin });
    const window = {
      kernel: [3, 3],
      stride: [1, 1],
      dilation: [1, 1],
      padding: { begin: [1, 1], end: [1, 1] },
    };
    const y = builder.add('conv', [x], {
      ...window,
      rounding: 'floor',
      outChannels: 4,
      groups: 1,
      bias: false,
    });
    builder.layer({ name: 'bn', origin });
    const z = builder.add('batchNorm', [y], {});
    builder.layer({ name: 'relu', origin });
    builder.add('activation', [z], { fn: 'relu' });
    const file = writeDarknet(builder.build());
    expect(file).toContain('batch=2\n');
    expect(file.match(/^\[.*$/gm)).toEqual(['[net]', '[convolutional]', '[activation]']);
  });
});

describe('what no section expresses', () => {
  it.each([
    [
      'a kernel that is not square',
      network('n', (g) => void g.conv(g.input([1, 3, 8, 8]), { outChannels: 4, kernel: [1, 3] })),
      /^n: Darknet has no section for conv as it is used here/,
    ],
    [
      'no bias at all',
      network(
        'n',
        (g) =>
          void g.builder.add('conv', [g.conv(g.input([1, 3, 8, 8]), { outChannels: 4 })], {
            kernel: [1, 1],
            stride: [1, 1],
            dilation: [1, 1],
            padding: { begin: [0, 0], end: [0, 0] },
            rounding: 'floor',
            outChannels: 2,
            groups: 1,
            bias: false,
          }),
      ),
      /^n: Darknet has no section for conv/,
    ],
    [
      'rounding up',
      network('n', (g) => void g.maxPool(g.input([1, 3, 7, 7]), { kernel: 2, padding: 0, rounding: 'ceil' })),
      /^n: Darknet has no section for maxPool/,
    ],
    [
      'an activation of its own',
      network('n', (g) => void g.activation(g.input([1, 3, 8, 8]), 'hardSwish')),
      /^n: no section says this exactly: activation would be read with other attributes \(fix: write it as json or onnx\) CSP423$/,
    ],
    [
      'channels that are no group',
      network(
        'n',
        (g) => void g.slice(g.conv(g.input([1, 3, 8, 8]), { outChannels: 8 }), { start: 1, end: 4 }),
      ),
      /^n: Darknet has no section for slice/,
    ],
    [
      'a scale per row',
      network('n', (g) => {
        const x = g.conv(g.input([1, 3, 8, 8]), { outChannels: 4 });
        g.mul(x, g.maxPool(x, { kernel: 1, stride: 1 }));
        const rows = g.builder.add('slice', [x], { axis: 3, start: 0, end: 1 });
        g.mul(x, rows);
      }),
      /^n: Darknet has no section for slice/,
    ],
    [
      'a vector that scales a vector',
      network('n', (g) => {
        const x = g.linear(g.input([1, 3, 8, 8]), { outFeatures: 4 });
        g.mul(x, g.linear(x, { outFeatures: 4 }));
      }),
      /^n: no section says this exactly: mul would be read as reshape \(fix: write it as json or onnx\) CSP423$/,
    ],
    [
      'more filters than an int holds',
      network('n', (g) => void g.conv(g.input([1, 1, 1, 1]), { outChannels: 3e9 })),
      /^n: no section says this exactly: filters is "3000000000" \(fix: write it as json or onnx\) CSP423$/,
    ],
    [
      'two inputs',
      network('n', (g) => void g.concat([g.input([1, 3, 8, 8], 'a'), g.input([1, 3, 8, 8], 'b')])),
      /^n: Darknet reads one map or vector, the network a 1x3x8x8, b 1x3x8x8 \(fix: write it as json or onnx\) CSP422$/,
    ],
  ])('%s', (_, graph, expected) => {
    expect(complaint(graph)).toMatch(expected);
  });

  it('a name does not break out of its comment', () => {
    const file = writeDarknet(
      network('a\n[net]\u001b[31m', (g) => void g.conv(g.input([1, 3, 8, 8]), { outChannels: 4 })),
    );
    expect(file.split('\n')[0]).toBe(
      '# a\\u{a}[net]\\u{1b}[31m, written by csp-profile: its structure, no training options',
    );
  });
});
