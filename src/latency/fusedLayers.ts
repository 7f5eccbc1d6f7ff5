import { readBytes, tensorOf, type Graph, type OpNode, type TensorId } from '../graph/graph.ts';
import { specOf } from '../ops/registry.ts';
import { elements } from '../units.ts';
import { at } from './convLayer.ts';
import { ROW_BY_ROW, type FusedChain, type FusedStep, type FusedTensor, type RowMap } from './fusion.ts';
import { appliedOnTheWay, bytesPerElement } from './operators.ts';

/** Layers as a chain whose intermediate maps stay on chip, with the bytes of one element. */
export interface LayerChain {
  readonly chain: FusedChain;
  readonly elementBytes: number;
}

/**
 * Finds the layers from `first` to `last` as a chain; undefined where an operator cannot run row by row, or the
 * tensors differ in batch or element size. Views, concatenations of channels and functions of one element
 * take no step of their own; a slice of channels that are made here keeps them all.
 */
export function chainsOf(graph: Graph): (first: number, last: number) => LayerChain | undefined {
  const applied = appliedOnTheWay(graph);
  /** the node that reads a tensor last; beyond all for a result of the graph */
  const lastRead = new Int32Array(graph.tensors.length);
  graph.nodes.forEach(({ inputs }, i) => {
    for (const id of inputs) lastRead[id] = i;
  });
  for (const { tensor } of graph.outputs) lastRead[tensor] = graph.nodes.length;
  return (first, last) => chainOf(graph, first, last, applied, lastRead);
}

function chainOf(
  graph: Graph,
  first: number,
  last: number,
  applied: readonly boolean[],
  lastRead: Int32Array,
): LayerChain | undefined {
  const from = at(graph.layers, first).first;
  const to = at(graph.layers, last).last;
  const tensors: FusedTensor[] = [];
  const steps: FusedStep[] = [];
  const index = new Map<TensorId, number>();
  const made = new Set<number>();
  /** the tensors that the data of a view, a concatenation or a result in place lie in */
  const parts = new Map<TensorId, readonly TensorId[]>();
  const partsOf = (id: TensorId): readonly TensorId[] => parts.get(id) ?? [id];
  const nodes = graph.nodes.slice(from, to);
  const [output] = nodes.flatMap((node) => node.outputs);
  const batch = output === undefined ? undefined : tensorOf(graph, output).type.shape[0];
  let elementBytes: number | undefined;
  if (batch === undefined) return undefined;

  const isMade = (id: TensorId): boolean => {
    const tensor = index.get(id);
    return tensor !== undefined && made.has(tensor);
  };
  /** The tensor's place in the list; undefined if it does not fit the chain. */
  const place = (id: TensorId): number | undefined => {
    const known = index.get(id);
    if (known !== undefined) return known;
    const { dtype, shape } = tensorOf(graph, id).type;
    const bytes = bytesPerElement(dtype);
    if (bytes === undefined || (elementBytes ?? bytes) !== bytes || shape[0] !== batch) return undefined;
    elementBytes = bytes;
    const rows = shape.length === 4 ? (shape[2] ?? 1) : 1;
    tensors.push({ rows, rowElements: elements(shape) / batch / rows });
    index.set(id, tensors.length - 1);
    return tensors.length - 1;
  };

  for (const [i, node] of nodes.entries()) {
    const operands = node.inputs.filter((id) => tensorOf(graph, id).role === 'activation');
    const [output] = node.outputs;
    if (node.repeat !== undefined || output === undefined) return undefined;
    if (inPlace(node) || applied[from + i] === true) {
      parts.set(output, operands.flatMap(partsOf));
      continue;
    }
    if (node.kind === 'slice' && node.attrs.axis === 1) {
      const bases = operands.flatMap(partsOf);
      if (bases.some((id) => isMade(id))) parts.set(output, bases);
      continue;
    }
    const step: { tensor: number; rows: RowMap }[] = [];
    for (const operand of operands) {
      const map = rowMapOf(graph, node, operand, output);
      if (map === undefined) return undefined;
      for (const part of partsOf(operand)) {
        const tensor = place(part);
        if (tensor === undefined) return undefined;
        step.push({ tensor, rows: map });
      }
    }
    const outputs: number[] = [];
    for (const id of node.outputs) {
      const tensor = place(id);
      if (tensor === undefined) return undefined;
      made.add(tensor);
      outputs.push(tensor);
    }
    const weightBytes = [...node.inputs, ...node.params]
      .filter((id) => tensorOf(graph, id).role === 'weight')
      .reduce((sum, id) => sum + (readBytes(tensorOf(graph, id)) ?? Number.NaN), 0);
    const filters = node.kind === 'conv' ? node.attrs.outChannels : 1;
    steps.push({ operands: step, outputs, weights: weightBytes, filter: weightBytes / filters });
  }
  if (elementBytes === undefined || steps.length === 0) return undefined;
  const inElements = elementBytes;

  const results = new Set<number>();
  const leaves = (id: TensorId): void => {
    for (const part of partsOf(id)) {
      const tensor = index.get(part);
      if (tensor !== undefined && made.has(tensor)) results.add(tensor);
    }
  };
  for (const { outputs } of nodes) for (const id of outputs) if ((lastRead[id] as number) >= to) leaves(id);
  return {
    chain: {
      batch,
      tensors,
      // Weights of other widths take the room of so many elements of the maps.
      steps: steps.map(({ weights, filter, ...step }) => ({
        ...step,
        weights: weights / inElements,
        filter: filter / inElements,
      })),
      results: [...results],
    },
    elementBytes,
  };
}

/** Whether the result lies where the operands lie, all rows of them. */
const inPlace = (node: OpNode): boolean =>
  node.kind === 'identity' || (node.kind === 'concat' && node.attrs.axis === 1);

/** How rows of the result depend on rows of an operand; undefined for operators that mix them otherwise. */
function rowMapOf(graph: Graph, node: OpNode, operand: TensorId, output: TensorId): RowMap | undefined {
  const input = tensorOf(graph, operand).type.shape;
  const result = tensorOf(graph, output).type.shape;
  switch (node.kind) {
    case 'conv':
    case 'maxPool':
    case 'avgPool':
    case 'lpPool':
    case 'blur': {
      if (input.length !== 4) return undefined;
      const { kernel, stride, dilation, padding } = node.attrs;
      const [k, s, d, p] = [kernel[0], stride[0], dilation[0], padding.begin[0]];
      if (k === undefined || s === undefined || d === undefined || p === undefined) return undefined;
      return { kind: 'window', kernel: k, stride: s, dilation: d, padding: p };
    }
    case 'upsample':
      return { kind: 'repeat', factor: node.attrs.factor };
    case 'linear':
    case 'globalPool':
      return { kind: 'whole' };
    default:
      if (specOf(node.kind).memory !== 'stream') return undefined;
      return input.length === result.length && input[2] === result[2] ? ROW_BY_ROW : { kind: 'whole' };
  }
}
