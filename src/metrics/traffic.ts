import type { HardwareMetric } from './metric.ts';

export const dramBytes: HardwareMetric<'buffer', 'byte', 'dramBytes'> = {
  id: 'dramBytes',
  title: 'DRAM',
  label: 'DRAM traffic',
  unit: 'byte',
  definition:
    'least bytes over DRAM for the buffer, over all tilings and loop orders; layers stand alone, the total counts what fusion keeps on chip',
  source: 'leastDramTraffic',
  total: 'sum',
  needs: ['buffer'],
  column: { places: { table: 100 }, priority: 30 },
  rank: { order: 1, largest: 'with the most DRAM traffic' },
  measure: ({ layer }, { buffer }) => buffer.layers[layer.index]?.dramBytes,
  ofNetwork: ({ buffer }) => buffer.total,
};

export const dramBytesCompulsory: HardwareMetric<'buffer', 'byte', 'dramBytesCompulsory'> = {
  id: 'dramBytesCompulsory',
  title: 'DRAM min',
  label: 'compulsory DRAM traffic',
  unit: 'byte',
  definition: 'bytes of every operand once: what no buffer avoids, layer by layer',
  source: 'trafficBounds',
  total: 'sum',
  needs: ['buffer'],
  column: { places: { table: 110 }, priority: 90, only: 'buffer' },
  measure: ({ layer }, { buffer }) => buffer.layers[layer.index]?.bounds?.compulsory,
};

export const dramBytesNoReuse: HardwareMetric<'buffer', 'byte', 'dramBytesNoReuse'> = {
  id: 'dramBytesNoReuse',
  title: 'DRAM max',
  label: 'DRAM traffic without reuse',
  unit: 'byte',
  definition: 'bytes if every multiply-accumulate fetched its operands: what no schedule exceeds',
  source: 'trafficBounds',
  total: 'sum',
  needs: ['buffer'],
  column: { places: { table: 120 }, priority: 100, only: 'buffer' },
  measure: ({ layer }, { buffer }) => buffer.layers[layer.index]?.bounds?.noReuse,
};
