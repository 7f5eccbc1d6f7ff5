import { amount, quantity } from '../units.ts';
import type { HardwareMetric } from './metric.ts';

export const cycles: HardwareMetric<'array', 'cycle', 'cycles'> = {
  id: 'cycles',
  title: 'cycles',
  label: 'cycles',
  unit: 'cycle',
  definition: "cycles on the device's array, layer after layer",
  source: 'systolicConv, rowStationaryConv',
  total: 'sum',
  needs: ['array'],
  measure({ layer }, { array }) {
    const found = array.byIndex.get(layer.index);
    return found === undefined ? undefined : quantity(found.cycles);
  },
  ofNetwork: ({ array }) => quantity(array.cycles),
};

export const utilization: HardwareMetric<'array', '1', 'utilization'> = {
  id: 'utilization',
  title: 'array use',
  label: 'utilisation of the array',
  unit: '1',
  definition: 'MACs / (cycles * processing elements); the rest idles',
  source: 'systolicConv, rowStationaryConv',
  total: 'none',
  needs: ['array'],
  column: { places: { table: 150 }, priority: 60 },
  measure({ layer }, { array }) {
    const found = array.byIndex.get(layer.index);
    return found === undefined ? undefined : amount(found.utilization);
  },
};
