import type { HardwareMetric } from '../../../src/metrics/metric.ts';
import { quantity } from '../../../src/units.ts';

/** A metric that nothing else is like: as many bytes as the buffer has, for each layer. */
export const bufferFull: HardwareMetric<'buffer', 'byte', 'bufferFull'> = {
  id: 'bufferFull',
  title: 'Toy',
  label: 'full buffers',
  unit: 'byte',
  definition: 'bytes of the buffer, once for each layer',
  source: 'made up',
  total: 'sum',
  needs: ['buffer'],
  column: { places: { table: 1, markdown: 1, page: 1 }, priority: 1 },
  measure: (_, { buffer }) => quantity(buffer.bufferBytes),
};
