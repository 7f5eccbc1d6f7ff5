import { quantity } from '../units.ts';
import type { Count } from './metric.ts';

export const fileBytes: Count<'byte', 'fileBytes'> = {
  id: 'fileBytes',
  title: 'file',
  label: 'model file',
  unit: 'byte',
  definition: 'bytes of the file that a device stores as it is: a FlatBuffer of TensorFlow Lite',
  source: 'by definition',
  total: 'max',
  reach: 'network',
  measure: () => undefined,
  ofNetwork: ({ graph }) => (graph.fileBytes === undefined ? undefined : quantity(graph.fileBytes)),
};
