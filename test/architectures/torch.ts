import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { tensorOf, typesOf, type Graph } from '../../src/graph/graph.ts';
import { validate } from '../../src/graph/validate.ts';
import { workOf } from '../../src/graph/layers.ts';
import { formatShape } from '../../src/ops/spec.ts';
import { elements } from '../../src/units.ts';

/** A network as PyTorch runs its published definition; test/oracle/torch/README.md says how it was recorded. */
export interface TorchRecord {
  readonly definition: string;
  readonly input: readonly number[];
  readonly macs: number;
  readonly weights: number;
  readonly trainable: number;
  readonly statistics: number;
  readonly layers: Readonly<Record<string, number>>;
}

export const torch = (file: string): TorchRecord =>
  JSON.parse(readFileSync(new URL(`../oracle/torch/${file}.json`, import.meta.url), 'utf8')) as TorchRecord;

/** The same account of a graph of ours. */
export function account(graph: Graph): Omit<TorchRecord, 'definition' | 'input'> {
  const layers: Record<string, number> = {};
  const counted = new Set<number>();
  let macs = 0;
  let weights = 0;
  let trainable = 0;
  let statistics = 0;
  for (const node of graph.nodes) {
    const { mac = 0 } = workOf(graph, node) ?? { mac: Number.NaN };
    macs += mac;
    const constants = [...node.params, ...node.inputs.filter((id) => tensorOf(graph, id).role === 'scale')];
    for (const id of constants) {
      if (counted.has(id)) continue;
      counted.add(id);
      const { role, type } = tensorOf(graph, id);
      const count = elements(type.shape);
      if (role === 'mean' || role === 'variance') statistics += count;
      else trainable += count;
      if (role === 'weight') weights += count;
    }
    if (!['conv', 'convTranspose', 'deformConv', 'linear'].includes(node.kind)) continue;
    const [weight] = typesOf(graph, node.params);
    const [output] = typesOf(graph, node.outputs);
    const row = `${node.kind} ${formatShape(weight?.shape ?? [])} -> ${formatShape(output?.shape ?? [])}`;
    layers[row] = (layers[row] ?? 0) + 1;
  }
  return { macs, weights, trainable, statistics, layers };
}

/** Fails unless the graph does, layer by layer, what PyTorch recorded. */
export function expectRecord(graph: Graph, record: TorchRecord): void {
  expect(validate(graph)).toEqual([]);
  const { layers, ...totals } = account(graph);
  expect(layers).toEqual(record.layers);
  expect(totals).toEqual({
    macs: record.macs,
    weights: record.weights,
    trainable: record.trainable,
    statistics: record.statistics,
  });
}

/** Fails unless the network of the zoo does, layer by layer, what PyTorch recorded. */
export function expectTorch(name: string, file: string): void {
  const record = torch(file);
  const [batch = 1, , height = 0, width = 0] = record.input;
  expectRecord(buildNetwork(name, { input: [height, width], batch }), record);
}
