import { inertJson } from '../../inertJson.ts';
import type { Graph, OpNode, Tensor, TensorId } from '../../graph/graph.ts';
import { tensorOf } from '../../graph/graph.ts';
import { specOf, type OpKind } from '../../ops/registry.ts';
import { SCHEMA_VERSION, type ConstantEntry, type LayerEntry, type NodeEntry } from './file.ts';

/** The graph as the text of one of our own graph files, a layer a line; `readJson` reads it back. */
export function writeJson(graph: Graph): string {
  const constants = constantsOf(graph);
  const numbers = new Map<TensorId, number>();
  const number = (id: TensorId): void => void numbers.set(id, numbers.size);
  for (const { tensor } of graph.inputs) number(tensor);
  constants.forEach(number);
  for (const { outputs } of graph.nodes) outputs.forEach(number);

  const isChannelsLast = (id: TensorId): boolean => tensorOf(graph, id).channelsLast === true;
  const numbersOf = (ids: readonly TensorId[]): readonly number[] => ids.map(numberOf);
  const nodeEntry = ({ kind, inputs, params, attrs, repeat, outputs }: OpNode): NodeEntry => ({
    kind,
    inputs: numbersOf(inputs),
    ...(Object.keys(attrs).length === 0 ? {} : { attrs: inOrder(kind, attrs) }),
    ...(params.some((id) => numbers.has(id)) ? { params: numbersOf(params) } : {}),
    ...(repeat === undefined ? {} : { repeat }),
    ...(outputs.some(isChannelsLast) ? { channelsLast: true } : {}),
  });
  const layers = graph.layers.map(({ name, stage, origin, first, last }): LayerEntry => ({
    name,
    stage,
    origin,
    nodes: graph.nodes.slice(first, last).map(nodeEntry),
  }));
  const inputs = graph.inputs.map(({ name, tensor }) => ({
    name,
    ...tensorOf(graph, tensor).type,
    ...(isChannelsLast(tensor) ? { channelsLast: true } : {}),
  }));
  const outputs = graph.outputs.map(({ name, tensor }) => ({ name, tensor: numberOf(tensor) }));
  const head = {
    schemaVersion: SCHEMA_VERSION,
    name: graph.name,
    source: graph.source,
    format: graph.format,
    ...(graph.fileBytes === undefined ? {} : { fileBytes: graph.fileBytes }),
    ...(graph.notes === undefined ? {} : { notes: graph.notes }),
  };
  return [
    `${inertJson(head).slice(0, -1)},`,
    `"inputs":${lines(inputs)},`,
    ...(constants.length === 0
      ? []
      : [`"constants":${lines(constants.map((id) => constantEntry(graph, id)))},`]),
    `"layers":${lines(layers)},`,
    `"outputs":${lines(outputs)}${graph.bounds === undefined ? '' : `,\n"bounds":${lines(graph.bounds)}`}}\n`,
  ].join('\n');

  function numberOf(id: TensorId): number {
    const found = numbers.get(id);
    if (found === undefined) throw new RangeError(`tensor ${String(id)} is made by nothing`);
    return found;
  }
}

const lines = (entries: readonly unknown[]): string =>
  entries.length === 0 ? '[]' : `[\n${entries.map((entry) => inertJson(entry)).join(',\n')}\n]`;

function constantEntry(graph: Graph, id: TensorId): ConstantEntry {
  const { role, type, name, values, stored } = tensorOf(graph, id);
  if (role === 'activation') throw new RangeError(`tensor ${String(id)} is made by nothing`);
  return {
    role,
    ...type,
    ...(name === undefined ? {} : { name }),
    ...(values === undefined ? {} : { values }),
    ...(stored === undefined ? {} : { stored }),
  };
}

/**
 * Tensors that no node makes and that the operators' specs do not imply: operands, named ones, shared ones, those
 * that are stored in another form, and all parameters of a node that has one of these.
 */
function constantsOf(graph: Graph): readonly TensorId[] {
  const made = new Set(graph.inputs.map(({ tensor }) => tensor));
  const uses = new Map<TensorId, number>();
  for (const { outputs, params } of graph.nodes) {
    for (const id of outputs) made.add(id);
    for (const id of params) uses.set(id, (uses.get(id) ?? 0) + 1);
  }
  const stated = new Set<TensorId>();
  const isOperand = (id: TensorId): boolean => !made.has(id);
  for (const { inputs } of graph.nodes) for (const id of inputs) if (isOperand(id)) stated.add(id);
  for (const { tensor } of graph.outputs) if (isOperand(tensor)) stated.add(tensor);
  const stands = (id: TensorId): boolean =>
    stated.has(id) || isParticular(tensorOf(graph, id)) || (uses.get(id) ?? 1) > 1;
  for (const { params } of graph.nodes) {
    if (params.some(stands)) for (const id of params) if (isOperand(id)) stated.add(id);
  }
  return [...stated];
}

const isParticular = ({ name, stored }: Tensor): boolean => name !== undefined || stored !== undefined;

/** Attributes in the order of the operator's own list, so that equal graphs give equal text. */
function inOrder(kind: OpKind, attrs: OpNode['attrs']): Record<string, unknown> {
  const values = new Map<string, unknown>(Object.entries(attrs));
  return Object.fromEntries(
    Object.keys(specOf(kind).attrs).flatMap((name) => (values.has(name) ? [[name, values.get(name)]] : [])),
  );
}
