import { describe, expect, it } from 'vitest';
import { METRIC_INFO, profile } from '../../src/analysis/profile.ts';
import { readDarknet } from '../../src/formats/darknet/read.ts';
import { writeModelExplorer } from '../../src/formats/model-explorer/write.ts';
import { writeNetron } from '../../src/formats/netron/write.ts';
import { fromOnnx } from '../../src/formats/onnx/read.ts';
import { bytesSource } from '../../src/formats/byteSource.ts';
import { toBytes, writeOnnx } from '../../src/formats/onnx/write.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { graph } from '../../src/graph/network.ts';

interface Attachment {
  readonly signature: string;
  readonly metrics: readonly {
    readonly kind: string;
    readonly target: string;
    readonly name: string;
    readonly value: number;
  }[];
}

/** What Netron shows of an attachment: it looks entries up by kind and name. */
function shown(text: string, kind: string, target: string): Record<string, number> {
  const { signature, metrics } = JSON.parse(text) as Attachment;
  expect(signature).toBe('netron:attachment');
  return Object.fromEntries(
    metrics
      .filter((entry) => entry.kind === kind && entry.target === target)
      .map(({ name, value }) => [name, value]),
  );
}

const built = (): Graph =>
  graph('built', (g) => {
    const x = g.conv(g.input([1, 3, 8, 8]), { outChannels: 4, kernel: 3, name: '__proto__' });
    g.concat([x, g.identity(x)]);
  });

const written = (): Graph =>
  fromOnnx(bytesSource(toBytes(writeOnnx(built()).file)), { file: 'built.onnx' }).graph;

const cfg = (): Graph =>
  readDarknet(
    new TextEncoder().encode(
      '[net]\nwidth=8\nheight=8\nchannels=3\n[convolutional]\nfilters=4\nsize=3\npad=1\n[maxpool]\nsize=2\nstride=2\n',
    ),
    { file: 'tiny.cfg' },
  ).graph;

describe('writeNetron', () => {
  it('puts the numbers of a layer on its leading node, and the totals on the model', () => {
    const net = built();
    const result = profile(net);
    const text = writeNetron(net, result, METRIC_INFO);
    expect(shown(text, 'node', 'L000___proto__/Conv')).toMatchObject({ macs: 4 * 64 * 27, weights: 108 });
    expect(shown(text, 'model', '')).toMatchObject({
      macs: 4 * 64 * 27,
      weights: 108,
      flops: result.totals.flops,
    });
  });

  it('leaves out what is not known', () => {
    const measured = { totals: { macs: undefined }, layers: [{ macs: undefined }, { macs: 1 }, {}] };
    const text = writeNetron(built(), measured, [{ id: 'macs', title: 'MACs' }]);
    expect((JSON.parse(text) as Attachment).metrics).toEqual([
      { kind: 'node', target: 'L001_identity1/Identity', name: 'macs', value: 1 },
    ]);
  });

  it('calls nodes as the file does that the viewer opens', () => {
    const onnx = writeNetron(written(), profile(written()), METRIC_INFO);
    expect(shown(onnx, 'node', 'L000___proto__/Conv')).toMatchObject({ macs: 4 * 64 * 27 });
    const darknet = writeNetron(cfg(), profile(cfg()), METRIC_INFO);
    expect(shown(darknet, 'node', '0')).toMatchObject({ macs: 4 * 64 * 27 });
    expect(shown(darknet, 'node', '1')).toMatchObject({ flops: 4 * 4 * 4 * 4 });
  });
});

describe('writeModelExplorer', () => {
  it('gives one number for each node', () => {
    for (const net of [built(), written(), cfg()]) {
      const text = writeModelExplorer(net, profile(net), { id: 'macs', title: 'MACs' });
      const { name, results, gradient } = JSON.parse(text) as {
        readonly name: string;
        readonly results: Readonly<Record<string, { readonly value: number }>>;
        readonly gradient: readonly { readonly stop: number }[];
      };
      expect(name).toBe('MACs');
      expect(gradient.map(({ stop }) => stop)).toEqual([0, 1]);
      const [first] = Object.entries(results);
      expect(first?.[0]).toMatch(/^L000_.*\/Conv$/);
      expect(first?.[1]).toEqual({ value: 4 * 64 * 27 });
    }
  });
});
