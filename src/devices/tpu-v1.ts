import { dense, type Device, unverified } from './device.ts';

export const tpuV1: Device = {
  schemaVersion: 1,

  id: 'tpu-v1',
  title: 'Google TPU v1',
  kind: 'npu',
  peak: { int8: dense(unverified(256 * 256 * 2 * 700e6, 'op/s', 'arXiv 1704.04760 from memory: 92 TOPS')) },
  memory: [
    { name: 'dram', bandwidth: unverified(34e9, 'byte/s', 'weights, arXiv 1704.04760 from memory') },
    { name: 'sram', capacity: unverified(28 * 1024 * 1024, 'byte', 'arXiv 1704.04760 from memory') },
  ],
  clock: unverified(700e6, 'Hz', 'arXiv 1704.04760 from memory'),
  array: {
    rows: unverified(256, '1', 'arXiv 1704.04760 from memory'),
    columns: unverified(256, '1', 'arXiv 1704.04760 from memory'),
    dataflow: 'ws',
  },
};
