import { dense, type Device, type Source, unverified, verified } from './device.ts';

const BRIEF: Source = { source: 'http://mzph.cn/web/30785.shtml', retrieved: '2026-11-24' };

export const agxOrin64gbDla: Device = {
  schemaVersion: 1,

  id: 'agx-orin-64gb-dla',
  title: 'NVIDIA Jetson AGX Orin 64GB (both deep learning accelerators)',
  kind: 'npu',
  peak: { int8: dense(verified(52.5e12, 'op/s', BRIEF, 'half of 105 TOPS, which are with sparsity')) },
  memory: [
    {
      name: 'dram',
      capacity: verified(64 * 2 ** 30, 'byte', BRIEF),
      bandwidth: unverified(204.8e9, 'byte/s', 'from memory; shared with the GPU'),
    },
  ],
};
