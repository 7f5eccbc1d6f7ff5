import { arenaReach } from '../graph/arena.ts';
import type { Graph } from '../graph/graph.ts';
import { quantity } from '../units.ts';
import type { Count } from './metric.ts';

export const arenaBytes: Count<'byte', 'arenaBytes'> = {
  id: 'arenaBytes',
  title: 'arena',
  label: 'arena',
  unit: 'byte',
  definition:
    'end of the highest block of activations that the layer needs, where a greedy planner puts one block for each tensor between layers, the largest first, aligned to 16 bytes; no scratch memory of kernels',
  source:
    'TensorFlow Lite Micro, memory_planner/greedy_memory_planner.cc and micro_allocation_info.cc; up to 1,024 tensors',
  total: 'max',
  measure({ layer }, { graph }) {
    let reach = planned.get(graph);
    if (reach === undefined) planned.set(graph, (reach = { layers: arenaReach(graph) }));
    const bytes = reach.layers?.[layer.index];
    return bytes === undefined ? undefined : quantity(bytes);
  },
};

/** The plan is of the whole network, and every layer asks for its part. */
const planned = new WeakMap<Graph, { readonly layers: readonly number[] | undefined }>();
