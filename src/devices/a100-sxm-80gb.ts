import { dense, type Device, type Source, verified } from './device.ts';

const NOTES: Source = {
  source: 'https://glennklockwood.com/garden/processors/A100',
  retrieved: '2026-11-24',
};
const TABLE: Source = {
  source: 'https://www.thundercompute.com/blog/nvidia-a100-specs-full-guide',
  retrieved: '2026-11-24',
};

export const a100Sxm80gb: Device = {
  schemaVersion: 1,

  id: 'a100-sxm-80gb',
  title: 'NVIDIA A100 SXM4 80GB',
  kind: 'gpu',
  peak: {
    float32: dense(verified(19.5e12, 'op/s', NOTES, 'without tensor cores')),
    float16: dense(verified(312e12, 'op/s', NOTES)),
    bfloat16: dense(verified(312e12, 'op/s', NOTES)),
    int8: dense(verified(624e12, 'op/s', NOTES)),
  },
  memory: [
    {
      name: 'dram',
      capacity: verified(80 * 2 ** 30, 'byte', TABLE),
      bandwidth: verified(2039e9, 'byte/s', TABLE),
    },
    { name: 'l2', capacity: verified(40 * 1024 * 1024, 'byte', TABLE) },
  ],
  clock: verified(1.41e9, 'Hz', TABLE, 'boost'),
  processors: verified(108, '1', NOTES, 'streaming multiprocessors'),
  power: verified(400, 'W', NOTES),
};
