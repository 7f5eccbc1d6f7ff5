import { arenaSize } from '../graph/arena.ts';
import { quantity } from '../units.ts';
import type { Count } from './metric.ts';

export const arenaBytes: Count<'byte', 'arenaBytes'> = {
  id: 'arenaBytes',
  title: 'arena',
  label: 'arena',
  unit: 'byte',
  definition:
    'end of the highest block of activations, where a greedy planner puts one block for each tensor between layers, the largest first, aligned to 16 bytes; no scratch memory of kernels',
  source:
    'TensorFlow Lite Micro, memory_planner/greedy_memory_planner.cc and micro_allocation_info.cc; up to 1,024 tensors',
  total: 'max',
  reach: 'network',
  // Where a block lies is the plan's, not the layer's: a change elsewhere moves it.
  measure: () => undefined,
  ofNetwork: ({ graph }) => {
    const bytes = arenaSize(graph);
    return bytes === undefined ? undefined : quantity(bytes);
  },
};
