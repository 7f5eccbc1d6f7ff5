import { quantity } from '../units.ts';
import { elementsOf } from '../graph/layers.ts';
import type { Count } from './metric.ts';

export const cio: Count<'element', 'cio'> = {
  id: 'cio',
  title: 'CIO',
  label: 'CIO',
  unit: 'element',
  definition: 'elements in plus elements out of the layers that the chosen convention names',
  source: 'HarDNet, arXiv 1909.00948, section 3; metrics/conventions/cio.ts',
  total: 'sum',
  column: { places: { table: 20, markdown: 30, page: 40 }, priority: 60 },
  measure: ({ nodes, inputs, outputs }, { graph, cio: convention }) =>
    nodes.some((node) => convention.kinds.includes(node.kind))
      ? quantity(elementsOf(graph, inputs) + elementsOf(graph, outputs))
      : undefined,
};
