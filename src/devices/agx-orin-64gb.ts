import { dense, type Device, type Source, unverified, verified } from './device.ts';

const BRIEF: Source = { source: 'http://mzph.cn/web/30785.shtml', retrieved: '2026-11-24' };

export const agxOrin64gb: Device = {
  schemaVersion: 1,

  id: 'agx-orin-64gb',
  title: 'NVIDIA Jetson AGX Orin 64GB (GPU)',
  kind: 'gpu',
  peak: {
    float32: dense(verified(5.3e12, 'op/s', BRIEF, 'without tensor cores')),
    int8: dense(verified(85e12, 'op/s', BRIEF, 'half of 170 TOPS, which are with sparsity')),
  },
  memory: [
    {
      name: 'dram',
      capacity: verified(64 * 2 ** 30, 'byte', BRIEF),
      bandwidth: unverified(204.8e9, 'byte/s', 'from memory'),
    },
    { name: 'l2', capacity: verified(4 * 1024 * 1024, 'byte', BRIEF) },
  ],
  clock: unverified(1.3e9, 'Hz', 'from memory'),
  processors: verified(16, '1', BRIEF, 'streaming multiprocessors'),
};
