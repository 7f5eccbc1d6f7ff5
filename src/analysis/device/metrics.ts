import type { Metric } from '../../metrics/metric.ts';

/** A number per layer that needs a buffer or a device, and so is absent from other profiles. */
export type DeviceMetric<Id extends string = string> = Omit<Metric<string, Id>, 'measure'>;

const METRIC = <const Id extends string>(metric: DeviceMetric<Id>): DeviceMetric<Id> => metric;

const ENERGY_SOURCE = 'the energy table that the profile names; never compared across tables';

/** In the order of columns; computed in withDeviceCost.ts. */
export const DEVICE_METRICS = [
  METRIC({
    id: 'dramBytes',
    title: 'DRAM',
    label: 'DRAM traffic',
    unit: 'byte',
    definition:
      'least bytes over DRAM for the buffer, over all tilings and loop orders; layers stand alone, the total counts what fusion keeps on chip',
    source: 'leastDramTraffic',
    total: 'sum',
  }),
  METRIC({
    id: 'dramBytesCompulsory',
    title: 'DRAM min',
    label: 'compulsory DRAM traffic',
    unit: 'byte',
    definition: 'bytes of every operand once: what no buffer avoids, layer by layer',
    source: 'trafficBounds',
    total: 'sum',
  }),
  METRIC({
    id: 'dramBytesNoReuse',
    title: 'DRAM max',
    label: 'DRAM traffic without reuse',
    unit: 'byte',
    definition: 'bytes if every multiply-accumulate fetched its operands: what no schedule exceeds',
    source: 'trafficBounds',
    total: 'sum',
  }),
  METRIC({
    id: 'floorSeconds',
    title: 'floor',
    label: 'floor of the time',
    unit: 's',
    definition: 'max(arithmetic at peak, DRAM bytes at bandwidth) + overhead: a floor, no prediction',
    source: 'roofline model, Williams, Waterman, Patterson, CACM 2009',
    total: 'sum',
  }),
  METRIC({
    id: 'predictedSeconds',
    title: 'time',
    label: 'predicted time',
    unit: 's',
    definition: "seconds by the device's calibration",
    source: 'the calibration that the device states',
    total: 'sum',
  }),
  METRIC({
    id: 'peakShare',
    title: 'of peak',
    label: 'share of peak',
    unit: '1',
    definition: 'FLOPs over what the peak could do in the predicted time, or else in the floor',
    source: 'networkLatency',
    total: 'none',
  }),
  METRIC({
    id: 'cycles',
    title: 'cycles',
    label: 'cycles',
    unit: 'cycle',
    definition: "cycles on the device's array, layer after layer",
    source: 'systolicConv, rowStationaryConv',
    total: 'sum',
  }),
  METRIC({
    id: 'utilization',
    title: 'array use',
    label: 'utilisation of the array',
    unit: '1',
    definition: 'MACs / (cycles * processing elements); the rest idles',
    source: 'systolicConv, rowStationaryConv',
    total: 'none',
  }),
  METRIC({
    id: 'energy',
    title: 'energy',
    label: 'energy',
    unit: 'energy',
    definition: 'energy of one inference in the unit of the table, of the parts that are known',
    source: ENERGY_SOURCE,
    total: 'sum',
  }),
  METRIC({
    id: 'energyArithmetic',
    title: 'arithmetic',
    label: 'energy of arithmetic',
    unit: 'energy',
    definition: 'energy of the multiply-accumulates',
    source: ENERGY_SOURCE,
    total: 'sum',
  }),
  METRIC({
    id: 'energyRegisters',
    title: 'registers',
    label: 'energy of registers',
    unit: 'energy',
    definition: 'energy of the registers next to the multipliers',
    source: ENERGY_SOURCE,
    total: 'sum',
  }),
  METRIC({
    id: 'energyOnChip',
    title: 'on chip',
    label: 'energy of on-chip accesses',
    unit: 'energy',
    definition: 'energy of the accesses of the buffer',
    source: ENERGY_SOURCE,
    total: 'sum',
  }),
  METRIC({
    id: 'energyDram',
    title: 'DRAM energy',
    label: 'energy of DRAM',
    unit: 'energy',
    definition: 'energy of the bytes over DRAM',
    source: ENERGY_SOURCE,
    total: 'sum',
  }),
] as const;

/** Id of a metric on a device. */
export type DeviceMetricId = (typeof DEVICE_METRICS)[number]['id'];
