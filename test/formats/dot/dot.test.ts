import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeDot } from '../../../src/formats/dot/write.ts';
import { graph } from '../../../src/graph/network.ts';
import { networks } from '../graphs.ts';

describe('writeDot', () => {
  it('draws layers, ports and shapes', () => {
    const net = graph('a "net"', (g) => {
      const x = g.input([1, 3, 8, 8], 'image');
      const y = g.conv(x, { outChannels: 4, kernel: 3, name: 'stem\n\\' });
      g.concat([y, g.maxPool(y, { kernel: 3, stride: 1 }), y], { name: 'both' });
    });
    expect(writeDot(net)).toBe(String.raw`digraph "a \"net\"" {
  node [shape=box];
  input0 [shape=ellipse, label="image"];
  layer0 [label="0 stem\\u{a}\\\nconv + batchNorm + activation"];
  layer1 [label="1 maxPool1\nmaxPool"];
  layer2 [label="2 both\nconcat"];
  output0 [shape=ellipse, label="both"];
  input0 -> layer0 [label="1x3x8x8"];
  layer0 -> layer1 [label="1x4x8x8"];
  layer0 -> layer2 [label="1x4x8x8"];
  layer1 -> layer2 [label="1x4x8x8"];
  layer2 -> output0 [label="1x12x8x8"];
}
`);
  });

  const graphviz = spawnSync('dot', ['-V']).error === undefined;
  it.skipIf(!graphviz)('is read by Graphviz (needs dot), whatever the names', () => {
    const nets = fc.sample(networks(), { numRuns: 5, seed: 1 });
    const names = ['"', '\\', 'a\\', '<b>', '\u0000\u202e', 'x"];y', ''];
    const text = [
      ...nets.map(writeDot),
      ...names.map((name) =>
        writeDot(
          graph(name, (g) => {
            g.identity(g.input([1, 1, 1, 1], name), { name });
          }),
        ),
      ),
    ].join('');
    const drawn = execFileSync('dot', ['-Tplain'], { input: text, encoding: 'utf8' });
    expect(drawn.match(/^graph /gm)).toHaveLength(nets.length + names.length);
  });
});
