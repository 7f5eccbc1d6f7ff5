import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Graph, TensorId } from '../../src/graph/graph.ts';
import { profile } from '../../src/analysis/profile.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { activationTimeline, activationBuffers, peakActivations } from '../../src/graph/liveness.ts';
import { graph, type Network } from '../../src/graph/network.ts';
import { specOf } from '../../src/ops/registry.ts';

const bytes = (net: Graph, id: TensorId): number =>
  4 * (net.tensors[id]?.type.shape ?? []).reduce((product, extent) => product * extent, 1);

/** Executes the graph on an allocator: allocates, aliases and frees as the definition says, and watches the total. */
function simulate(net: Graph): number[] {
  const uses = new Map<TensorId, number>();
  for (const node of net.nodes) for (const id of node.inputs) uses.set(id, (uses.get(id) ?? 0) + 1);
  for (const { tensor } of net.outputs) uses.set(tensor, Number.POSITIVE_INFINITY);
  const memory = new Map<TensorId, { size: number; readers: number }>();
  const block = (id: TensorId) => memory.get(id) as { size: number; readers: number };
  const held = () => [...new Set(memory.values())].reduce((sum, { size }) => sum + size, 0);
  for (const { tensor } of net.inputs)
    memory.set(tensor, { size: bytes(net, tensor), readers: uses.get(tensor) ?? 0 });

  return net.nodes.map((node) => {
    for (const id of node.inputs) block(id).readers--;
    const { memory: kind } = specOf(node.kind);
    for (const id of node.outputs) {
      const readers = uses.get(id) ?? 0;
      const over =
        kind === 'view'
          ? node.inputs[0]
          : kind === 'stream'
            ? node.inputs.find((input) => block(input).readers === 0 && block(input).size === bytes(net, id))
            : undefined;
      if (over === undefined) {
        memory.set(id, { size: bytes(net, id), readers });
      } else {
        block(over).readers += readers;
        memory.set(id, block(over));
      }
    }
    const now = held();
    for (const [id, { readers }] of memory) if (readers === 0) memory.delete(id);
    return now;
  });
}

/** A random network of maps of one size: convs, activations, adds, views and concats over earlier results. */
const randomNetwork = fc
  .array(fc.tuple(fc.nat(5), fc.nat(9), fc.nat(9)), { minLength: 1, maxLength: 14 })
  .map((steps) =>
    graph('random', (g: Network) => {
      const maps = [g.input([1, 4, 6, 6])];
      for (const [kind, a, b] of steps) {
        const x = maps[a % maps.length] as TensorId;
        const y = maps[b % maps.length] as TensorId;
        switch (kind) {
          case 0:
            maps.push(g.conv(x, { outChannels: 4, kernel: 3 }));
            break;
          case 1:
            maps.push(g.activation(x, 'relu'));
            break;
          case 2:
            maps.push(g.add([x, y]));
            break;
          case 3:
            maps.push(g.identity(x));
            break;
          case 4:
            maps.push(g.conv(g.concat([x, y]), { outChannels: 4 }));
            break;
          default:
            g.globalPool(g.slice(x, { start: 1, end: 3 }));
        }
      }
    }),
  );

describe('liveness', () => {
  it('holds what an allocator would hold, at every node', () => {
    fc.assert(
      fc.property(randomNetwork, (net) => {
        expect(activationTimeline(net)).toEqual(simulate(net));
      }),
      { numRuns: 500 },
    );
  });

  it('names the tensors alive at the peak', () => {
    const net = graph('residual', (g) => {
      const x = g.conv(g.input([1, 3, 8, 8]), { outChannels: 16, kernel: 3 });
      const y = g.conv(x, { outChannels: 64 });
      g.add([x, g.conv(y, { outChannels: 16 })]);
    });
    const peak = peakActivations(net);
    // While the third convolution runs: x (kept for the addition), its input y, its output.
    expect(peak?.bytes).toBe(4 * 64 * (16 + 64 + 16));
    expect(net.nodes[peak?.node ?? -1]?.kind).toBe('conv');
    expect(peak?.live.map((buffer) => buffer.bytes)).toEqual([4 * 64 * 16, 4 * 64 * 64, 4 * 64 * 16]);
  });

  it('writes activations in place and keeps views in their operand', () => {
    const net = graph('in place', (g) => {
      g.slice(g.activation(g.input([1, 4, 2, 2]), 'relu'), { start: 0, end: 2 });
    });
    expect(activationBuffers(net)).toHaveLength(1);
    expect(peakActivations(net)?.bytes).toBe(64);
  });

  it('does not guess the size of strings', () => {
    const builder = new GraphBuilder({ name: 'text', source: 'text', format: 'onnx' });
    const words = builder.input('words', { dtype: 'string', shape: [3] });
    builder.layer({ name: 'id', origin: { format: 'cli' } });
    builder.output('same', builder.add('identity', [words], {}));
    const net = builder.build();
    expect(activationTimeline(net)).toEqual([undefined]);
    expect(peakActivations(net)).toBeUndefined();
    expect(profile(net).totals).not.toHaveProperty('peakActivationBytes');
  });
});
