import type { Graph } from '../graph/graph.ts';
import { tensorOf } from '../graph/graph.ts';
import { byteLength, type DType } from '../ops/dtype.ts';
import { elements } from '../units.ts';
import type { ModelDescription } from './format.ts';

/** Counts by name, the largest first. */
export function tally(names: Iterable<string>): ModelDescription['operators'] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([op, count]) => ({ op, count })).sort((a, b) => b.count - a.count);
}

/** Bytes of tensors of these types; strings, whose size is not fixed, are left out. */
export function storedBytes(tensors: Iterable<{ readonly dtype: DType; readonly elements: number }>): number {
  let bytes = 0;
  for (const { dtype, elements } of tensors) bytes += byteLength(dtype, elements) ?? 0;
  return bytes;
}

/** What a graph says of the file that it came from. */
export function describeGraph(graph: Graph): ModelDescription {
  const value = ({ name, tensor }: Graph['inputs'][number]): ModelDescription['inputs'][number] => {
    const { dtype, shape } = tensorOf(graph, tensor).type;
    return { name, dtype, shape };
  };
  const parameters = new Set(graph.nodes.flatMap(({ params }) => params));
  const types = [...parameters].map((id) => tensorOf(graph, id).type);
  return {
    facts: [],
    inputs: graph.inputs.map(value),
    outputs: graph.outputs.map(value),
    operators: tally(graph.nodes.map(({ kind }) => kind)),
    parameters: {
      tensors: parameters.size,
      bytes: storedBytes(types.map(({ dtype, shape }) => ({ dtype, elements: elements(shape) }))),
    },
  };
}
