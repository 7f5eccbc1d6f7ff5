import type { EnergyPart } from '../latency/energy.ts';
import type { HardwareMetric } from './metric.ts';

type EnergyMetric<Id extends string> = HardwareMetric<'energy', 'energy', Id>;

const shared = {
  unit: 'energy',
  source: 'the energy table that the profile names; never compared across tables',
  total: 'sum',
  needs: ['energy'],
} as const;

export const energy: EnergyMetric<'energy'> = {
  ...shared,
  id: 'energy',
  title: 'energy',
  label: 'energy',
  definition: 'energy of one inference in the unit of the table, of the parts that are known',
  column: { places: { table: 170 }, priority: 130, only: 'device' },
  measure: ({ layer }, { energy: found }) => found.layers[layer.index]?.energy?.total,
  ofNetwork: ({ energy: found }) => found.total,
};

const partOf = (part: EnergyPart) => ({
  ...shared,
  measure: (({ layer }, { energy: found }) =>
    found.layers[layer.index]?.energy?.parts[part]) satisfies EnergyMetric<string>['measure'],
  ofNetwork: (({ energy: found }) => found.parts[part]) satisfies EnergyMetric<string>['ofNetwork'],
});

export const energyArithmetic: EnergyMetric<'energyArithmetic'> = {
  ...partOf('arithmetic'),
  id: 'energyArithmetic',
  title: 'arithmetic',
  label: 'energy of arithmetic',
  definition: 'energy of the multiply-accumulates',
};

export const energyRegisters: EnergyMetric<'energyRegisters'> = {
  ...partOf('registers'),
  id: 'energyRegisters',
  title: 'registers',
  label: 'energy of registers',
  definition: 'energy of the registers next to the multipliers',
};

export const energyOnChip: EnergyMetric<'energyOnChip'> = {
  ...partOf('onChip'),
  id: 'energyOnChip',
  title: 'on chip',
  label: 'energy of on-chip accesses',
  definition: 'energy of the accesses of the buffer',
};

export const energyDram: EnergyMetric<'energyDram'> = {
  ...partOf('dram'),
  id: 'energyDram',
  title: 'DRAM energy',
  label: 'energy of DRAM',
  definition: 'energy of the bytes over DRAM',
};
