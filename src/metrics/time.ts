import { amount } from '../units.ts';
import type { HardwareMetric } from './metric.ts';

export const floorSeconds: HardwareMetric<'device', 's', 'floorSeconds'> = {
  id: 'floorSeconds',
  title: 'floor',
  label: 'floor of the time',
  unit: 's',
  definition: 'max(arithmetic at peak, DRAM bytes at bandwidth) + overhead: a floor, no prediction',
  source: 'roofline model, Williams, Waterman, Patterson, CACM 2009',
  total: 'sum',
  needs: ['device'],
  column: { places: { table: 180 }, priority: 20 },
  rank: { order: 2, largest: 'with the longest floor' },
  measure: ({ layer }, { device }) => device.layers[layer.index]?.floor?.seconds,
  ofNetwork: ({ device }) => device.floor?.seconds,
};

export const predictedSeconds: HardwareMetric<'device', 's', 'predictedSeconds'> = {
  id: 'predictedSeconds',
  title: 'time',
  label: 'predicted time',
  unit: 's',
  definition: "seconds by the device's calibration",
  source: 'the calibration that the device states',
  total: 'sum',
  needs: ['device'],
  column: { places: { table: 190 }, priority: 10 },
  rank: { order: 3, largest: 'that take the longest' },
  measure: ({ layer }, { device }) => device.layers[layer.index]?.predicted,
  ofNetwork: ({ device }) => device.prediction?.seconds,
};

export const peakShare: HardwareMetric<'device', '1', 'peakShare'> = {
  id: 'peakShare',
  title: 'of peak',
  label: 'share of peak',
  unit: '1',
  definition: 'FLOPs over what the peak could do in the predicted time, or else in the floor',
  source: 'networkLatency',
  total: 'none',
  needs: ['device'],
  column: { places: { table: 160 }, priority: 110 },
  measure({ layer }, { device }) {
    const share = device.layers[layer.index]?.peakShare;
    return share === undefined ? undefined : amount(share);
  },
};
