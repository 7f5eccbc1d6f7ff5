import { outputTypes, specOf } from '../ops/registry.ts';
import { isProblem, formatShape, type TensorType } from '../ops/spec.ts';
import { typesOf, type Graph, type TensorId } from './graph.ts';

const same = (a: TensorType, b: TensorType): boolean =>
  a.dtype === b.dtype &&
  a.shape.length === b.shape.length &&
  a.shape.every((extent, i) => extent === b.shape[i]);

/**
 * Everything that makes a graph malformed, as sentences; empty for a good one.
 * Run in tests and after every rewrite: nodes in execution order, each tensor made once, types as the
 * operators infer them, layers contiguous and complete.
 */
export function validate(graph: Graph): readonly string[] {
  const wrong: string[] = [];
  const made = new Set<TensorId>(graph.inputs.map(({ tensor }) => tensor));
  graph.tensors.forEach((tensor, id) => {
    if (tensor.role !== 'activation') made.add(id as TensorId);
  });
  graph.nodes.forEach((node, i) => {
    const spec = specOf(node.kind);
    const place = `node ${String(i)} (${node.kind})`;
    for (const id of [...node.inputs, ...node.params]) {
      if (!made.has(id)) wrong.push(`${place} reads tensor ${String(id)} before it is made`);
    }
    for (const id of node.outputs) {
      if (made.has(id)) wrong.push(`${place} makes tensor ${String(id)} again`);
      made.add(id);
    }
    const inputs = typesOf(graph, node.inputs);
    const inferred = outputTypes(node.kind, inputs, node.attrs);
    if (isProblem(inferred)) {
      wrong.push(`${place}: ${inferred.problem}`);
      return;
    }
    compare(place, 'outputs', typesOf(graph, node.outputs), inferred);
    const params = typesOf(graph, node.params);
    // Parameters may be stored in another element type than the data (quantised weights).
    const expected = spec
      .params?.(inputs, node.attrs)
      .map(({ type: { shape } }, i) => ({ dtype: params[i]?.dtype ?? 'float32', shape }));
    compare(place, 'parameters', params, expected ?? []);
  });
  let next = 0;
  graph.layers.forEach((layer, i) => {
    if (layer.index !== i) wrong.push(`layer ${String(i)} has the index ${String(layer.index)}`);
    if (layer.first !== next || layer.last < layer.first) wrong.push(`layer ${String(i)} does not follow on`);
    next = layer.last;
  });
  if (next !== graph.nodes.length) wrong.push('some nodes belong to no layer');
  for (const { name, tensor } of graph.outputs) {
    if (!made.has(tensor)) wrong.push(`output ${name} is never made`);
  }
  return wrong;

  function compare(
    place: string,
    what: string,
    actual: readonly TensorType[],
    expected: readonly TensorType[],
  ): void {
    const list = (types: readonly TensorType[]): string =>
      types.map((type) => `${type.dtype} ${formatShape(type.shape)}`).join(', ');
    if (
      actual.length !== expected.length ||
      actual.some((type, i) => !same(type, expected[i] as TensorType))
    ) {
      wrong.push(`${place} has the ${what} ${list(actual)}, its operator infers ${list(expected)}`);
    }
  }
}
