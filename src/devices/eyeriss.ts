import { dense, type Device, type Source, unverified, verified } from './device.ts';

const PAPER: Source = {
  source:
    'https://vdocuments.site/ieee-journal-of-solid-state-circuits-1-eyeriss-an-dejan-markovic-y-h-chen-and.html',
  retrieved: '2026-11-24',
};

export const eyeriss: Device = {
  schemaVersion: 1,

  id: 'eyeriss',
  title: 'Eyeriss v1 (65 nm)',
  kind: 'npu',
  peak: {
    int16: dense(
      unverified(
        168 * 2 * 200e6,
        'op/s',
        '168 processing elements (verified); 200 MHz as nn_dataflow models it',
        PAPER,
      ),
    ),
  },
  memory: [
    { name: 'dram' },
    {
      name: 'buffer',
      capacity: unverified(108 * 1024, 'byte', 'as stanford-mast/nn_dataflow at 198a527 models it'),
    },
  ],
  clock: unverified(200e6, 'Hz', 'as stanford-mast/nn_dataflow at 198a527 models it'),
  processors: verified(168, '1', PAPER, 'processing elements'),
  array: {
    rows: unverified(12, '1', 'as stanford-mast/nn_dataflow at 198a527 models it'),
    columns: unverified(14, '1', 'as stanford-mast/nn_dataflow at 198a527 models it'),
    dataflow: 'rs',
  },
  power: verified(278e-3, 'W', PAPER, 'measured on AlexNet'),
  energy: 'eyeriss-relative',
};
