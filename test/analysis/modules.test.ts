import { describe, expect, it } from 'vitest';
import { byModule } from '../../src/analysis/modules.ts';
import { profile, type Profile } from '../../src/analysis/profile.ts';
import { buildNetwork } from '../../architectures/zoo.ts';
import { bytesSource } from '../../src/formats/byteSource.ts';
import { fromOnnx } from '../../src/formats/onnx/read.ts';
import { modelBytes, node, port, stored } from '../formats/onnx/model.ts';

type Step = readonly [op: string, name: string, namespace?: string];

/** A chain of nodes over a map of 3 channels and 8x8 pixels; a convolution is of 3x3 channels: 576 MACs. */
function chain(steps: readonly Step[]): Profile {
  const nodes = steps.map(([op, name, namespace], i) =>
    node(
      op,
      [i === 0 ? 'x' : `v${String(i)}`, ...(op === 'Conv' ? [`w${String(i)}`] : [])],
      [`v${String(i + 1)}`],
      {},
      {
        name,
        ...(op === 'Mystery' ? { domain: 'my' } : {}),
        ...(namespace === undefined
          ? {}
          : {
              metadataProps: [
                { key: 'pkg.torch.onnx.class_hierarchy', value: "['a', 'b']" },
                { key: 'namespace', value: namespace },
              ],
            }),
      },
    ),
  );
  const bytes = modelBytes({
    domains: ['my'],
    input: [port('x', 'float32', [1, 3, 8, 8])],
    initializer: steps.flatMap(([op], i) =>
      op === 'Conv' ? [stored(`w${String(i)}`, 'float32', [3, 3, 1, 1])] : [],
    ),
    node: nodes,
    output: [port(`v${String(steps.length)}`)],
  });
  return profile(
    fromOnnx(bytesSource(bytes), {
      file: 'm.onnx',
      onUnknown: 'opaque',
      assume: new Map(steps.some(([op]) => op === 'Mystery') ? [['my.Mystery', 'same-shape']] : []),
    }).graph,
  );
}

const rows = (of: Profile, depth?: number) =>
  byModule(of, depth).layers.map(({ name, detail, macs }) => [name, detail, macs]);

const SLASHES: readonly Step[] = [
  ['Conv', '/stem/Conv'],
  ['Conv', '/layer1/layer1.0/conv1/Conv'],
  ['Relu', '/layer1/layer1.0/Relu'],
  ['Conv', '/layer1/layer1.1/conv1/Conv'],
  // The stem again, somewhere else.
  ['Conv', '/stem/Conv_1'],
  ['Relu', 'Relu'],
];

describe('modules', () => {
  it('are the paths in names, wherever their layers run', () => {
    expect(rows(chain(SLASHES))).toEqual([
      ['stem', '2 layers', 1152],
      ['layer1/0/conv1', '1 layer', 576],
      ['layer1/0', '1 layer', 0],
      ['layer1/1/conv1', '1 layer', 576],
      ['m', '1 layer', 0],
    ]);
  });

  it('are told apart by as many names as asked for', () => {
    const net = chain(SLASHES);
    expect(rows(net, 2)).toEqual([
      ['stem', '2 layers', 1152],
      ['layer1/0', '2 layers', 576],
      ['layer1/1', '1 layer', 576],
      ['m', '1 layer', 0],
    ]);
    expect(rows(net, 1)).toEqual([
      ['stem', '2 layers', 1152],
      ['layer1', '3 layers', 1152],
      ['m', '1 layer', 0],
    ]);
  });

  it('are what torch.export says, before the path in the name', () => {
    const net = chain([
      ['Conv', 'node_a', ': Net/stem: torch.nn.modules.conv.Conv2d/conv2d: aten.conv2d.default'],
      [
        'Conv',
        '/other/b',
        ': Net/blocks: torch.nn.modules.container.Sequential/blocks.0: Block/blocks.0.fc: Linear/linear: aten.linear.default',
      ],
      ['Relu', 'node_c', ': Net/relu: aten.relu.default'],
    ]);
    expect(rows(net)).toEqual([
      ['stem', '1 layer', 576],
      ['blocks/0/fc', '1 layer', 576],
      ['m', '1 layer', 0],
    ]);
    expect(net.layers[1]?.origin).toEqual({
      format: 'onnx',
      file: 'm.onnx',
      node: '/other/b',
      op: 'Conv',
      module: 'blocks/0/fc',
    });
  });

  it('add up: sums to the totals, maxima to the largest', () => {
    const net = chain(SLASHES);
    const grouped = byModule(net, 1);
    expect(grouped.totals).toEqual(net.totals);
    for (const id of ['macs', 'flops', 'params', 'parameterBytes', 'memoryAccessCost', 'cio'] as const) {
      expect(grouped.layers.reduce((sum, row) => sum + (row[id] ?? Number.NaN), 0) || 0, id).toBe(
        id === 'cio' ? 0 : net.totals[id],
      );
    }
    expect(Math.max(...grouped.layers.map((row) => row.peakActivationBytes ?? Number.NaN))).toBe(
      net.totals.peakActivationBytes,
    );
    // Of a ratio there is no sum.
    expect(grouped.layers.every((row) => row.arithmeticIntensity === undefined)).toBe(true);
  });

  it('say where the bottleneck and the peak are among the rows', () => {
    const grouped = byModule(chain(SLASHES), 1);
    expect(grouped.bottleneck).toMatchObject({ layer: 0, flops: 2304, share: 0.5 });
    expect(grouped.network.modules).toBe(3);
    const largest = grouped.layers.length - 1;
    expect(grouped.peak?.layer).toBeLessThanOrEqual(largest);
    for (const { from = 0, to = 0 } of grouped.peak?.tensors ?? [])
      expect(Math.max(from, to)).toBeLessThanOrEqual(largest);
  });

  it('do not know what is not known of one of their layers', () => {
    const grouped = byModule(
      chain([
        ['Conv', '/a/Conv'],
        ['Mystery', '/a/Mystery'],
        ['Conv', '/b/Conv'],
      ]),
    );
    expect(grouped.layers.map(({ name, macs, flops }) => [name, macs, flops])).toEqual([
      ['a', undefined, undefined],
      ['b', 576, 1152],
    ]);
    expect(grouped.coverage.uncounted).toEqual([{ op: 'my.Mystery', count: 1 }]);
  });

  it('are the stages where a file knows no modules', () => {
    const net = profile(buildNetwork('resnet10'));
    const grouped = byModule(net);
    expect(grouped.layers.map(({ name }) => name)).toEqual([
      ...new Set(net.layers.map(({ stage }) => stage)),
    ]);
    expect(grouped.layers.reduce((sum, { macs = Number.NaN }) => sum + macs, 0)).toBe(net.totals.macs);
  });
});
