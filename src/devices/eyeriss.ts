import { dense, type Device, type Source, verified } from './device.ts';

const PAPER: Source = {
  source:
    'https://vdocuments.site/ieee-journal-of-solid-state-circuits-1-eyeriss-an-dejan-markovic-y-h-chen-and.html',
  retrieved: '2026-11-24',
};
/** The chip as its published figures are reproduced there. */
const MODEL: Source = {
  source:
    'github.com/stanford-mast/nn_dataflow at 06c1092, nn_dataflow/tests/dataflow_test/test_nn_dataflow.py, test_eyeriss_isscc16',
  retrieved: '2026-11-25',
};

export const eyeriss: Device = {
  schemaVersion: 1,

  id: 'eyeriss',
  title: 'Eyeriss v1 (65 nm)',
  kind: 'npu',
  peak: {
    int16: dense(verified(168 * 2 * 200e6, 'op/s', MODEL, '168 processing elements, 200 MHz')),
  },
  memory: [
    { name: 'dram' },
    {
      name: 'buffer',
      capacity: verified(108 * 1024, 'byte', MODEL),
    },
  ],
  clock: verified(200e6, 'Hz', MODEL),
  processors: verified(168, '1', PAPER, 'processing elements'),
  array: {
    rows: verified(12, '1', MODEL),
    columns: verified(14, '1', MODEL),
    dataflow: 'rs',
  },
  power: verified(278e-3, 'W', PAPER, 'measured on AlexNet'),
  energy: 'eyeriss-relative',
};
