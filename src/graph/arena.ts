import { byteLength } from '../ops/dtype.ts';
import { specOf } from '../ops/registry.ts';
import { elements } from '../units.ts';
import { tensorOf, type Graph, type OpNode, type TensorId } from './graph.ts';

/** A block of memory that is needed from one step to another, both included. */
export interface Allocation {
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
}

/** Blocks begin at multiples of this many bytes. */
export const ARENA_ALIGNMENT = 16;

/**
 * Where each block is put by the planner of TensorFlow Lite Micro: the largest block first, of equal ones the last,
 * each at the lowest offset at which no block that is needed at the same time is in its way.
 *
 * @source tensorflow/tflite-micro, micro/memory_planner/greedy_memory_planner.cc
 */
export function planGreedily(blocks: readonly Allocation[]): readonly number[] {
  const offsets = new Array<number>(blocks.length).fill(0);
  const order = [...blocks.keys()].sort((a, b) => sizeOf(blocks, b) - sizeOf(blocks, a) || b - a);
  const placed = new PlacedBlocks(blocks);
  for (const index of order) {
    const { bytes, from, to } = blocks[index] as Allocation;
    const others = placed.during(from, to).sort((a, b) => (offsets[a] as number) - (offsets[b] as number));
    let offset = 0;
    for (const other of others) {
      const start = offsets[other] as number;
      if (start - offset >= bytes) break;
      offset = Math.max(offset, start + sizeOf(blocks, other));
    }
    offsets[index] = offset;
    placed.add(index);
  }
  return offsets;
}

/** The blocks that have a place, by the steps at which they are needed: most are needed at few. */
class PlacedBlocks {
  readonly #blocks: readonly Allocation[];
  readonly #beginning: number[][] = [];
  readonly #needed: number[][] = [];

  constructor(blocks: readonly Allocation[]) {
    this.#blocks = blocks;
  }

  add(index: number): void {
    const { from, to } = this.#blocks[index] as Allocation;
    (this.#beginning[from] ??= []).push(index);
    for (let step = from; step <= to; step++) (this.#needed[step] ??= []).push(index);
  }

  /** Those that are needed at one of these steps. */
  during(from: number, to: number): number[] {
    const found = this.#needed[from]?.slice() ?? [];
    for (let step = from + 1; step <= to; step++) {
      const beginning = this.#beginning[step];
      if (beginning !== undefined) found.push(...beginning);
    }
    return found;
  }
}

const sizeOf = (blocks: readonly Allocation[], index: number): number => (blocks[index] as Allocation).bytes;

/**
 * What the activations of a graph need of an arena: one block for each tensor that goes from one layer to another, into
 * the network or out of it, from the layer that makes it to the last that reads it. A layer that only sees its data
 * otherwise (a reshape) copies it; inside another layer such a view is no tensor of its own. Undefined where the size of
 * a tensor is not known.
 *
 * @source tensorflow/tflite-micro, micro/micro_allocation_info.cc (MarkAllocationLifetimes)
 */
export function allocationsOf(graph: Graph): readonly Allocation[] | undefined {
  const count = graph.tensors.length;
  const from = new Int32Array(count);
  const to = new Int32Array(count);
  const root = Int32Array.from({ length: count }, (_, id) => id);
  const inside = new Uint8Array(count);
  const outside = new Uint8Array(count);
  graph.layers.forEach((layer, index) => {
    const step = index + 1;
    const nodes = graph.nodes.slice(layer.first, layer.last);
    const isCopy = nodes.every(isView);
    for (const node of nodes) {
      for (const id of node.inputs) {
        const read = root[id] as number;
        to[read] = step;
        if (from[read] === step) inside[read] = 1;
        else outside[read] = 1;
      }
      for (const id of node.outputs) {
        from[id] = to[id] = step;
        if (!isCopy && isView(node)) root[id] = root[node.inputs[0] ?? id] as number;
      }
    }
  });
  for (const { tensor } of graph.outputs) {
    const result = root[tensor] as number;
    to[result] = graph.layers.length;
    outside[result] = 1;
  }
  const given = new Set<number>(graph.inputs.map(({ tensor }) => tensor));
  const blocks: Allocation[] = [];
  for (let id = 0; id < count; id++) {
    // Graphs keep tensors that nothing makes any more, such as what a folded normalisation read.
    if (from[id] === 0 && !given.has(id)) continue;
    const { role, type } = tensorOf(graph, id as TensorId);
    if (role !== 'activation' || root[id] !== id || (inside[id] === 1 && outside[id] === 0)) continue;
    const bytes = byteLength(type.dtype, elements(type.shape));
    if (bytes === undefined) return undefined;
    if (bytes === 0) continue;
    const aligned = Math.ceil(bytes / ARENA_ALIGNMENT) * ARENA_ALIGNMENT;
    blocks.push({ bytes: aligned, from: from[id] as number, to: to[id] as number });
  }
  return blocks;
}

const isView = ({ kind }: OpNode): boolean => specOf(kind).memory === 'view';

/** Networks of more tensors than this are planned by nobody: placing one looks at all others. */
const MOST_BLOCKS = 1024;

/**
 * The end of the highest block: the memory that TensorFlow Lite Micro's planner gives the activations of the network.
 * What kernels need beside them, and state that is kept from one run to the next, comes on top. Undefined where it is
 * not known, or for more than 1,024 tensors.
 *
 * @unit byte
 */
export function arenaSize(graph: Graph): number | undefined {
  const blocks = graph.layers.length > MOST_BLOCKS ? undefined : allocationsOf(graph);
  if (blocks === undefined || blocks.length > MOST_BLOCKS) return undefined;
  const offsets = planGreedily(blocks);
  return blocks.reduce((most, { bytes }, i) => Math.max(most, (offsets[i] as number) + bytes), 0);
}
