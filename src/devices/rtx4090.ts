import { dense, type Device, type Source, verified } from './device.ts';

const TABLE: Source = {
  source: 'https://waredb.com/processor/nvidia-geforce-rtx-4090',
  retrieved: '2026-11-24',
};
const SPECIFICATIONS: Source = {
  source: 'https://holynerdvana.blogspot.com/2022/10/nvidia-geforce-rtx-4090-specifications.html',
  retrieved: '2026-11-24',
};

export const rtx4090: Device = {
  schemaVersion: 1,

  id: 'rtx4090',
  title: 'NVIDIA GeForce RTX 4090',
  kind: 'gpu',
  peak: {
    float32: dense(verified(82.58e12, 'op/s', TABLE, 'without tensor cores')),
    float16: dense(verified(165.15e12, 'op/s', TABLE)),
    bfloat16: dense(verified(165.15e12, 'op/s', TABLE)),
    float8e4m3fn: dense(verified(330.3e12, 'op/s', TABLE)),
    float8e5m2: dense(verified(330.3e12, 'op/s', TABLE)),
    int8: dense(verified(660.6e12, 'op/s', TABLE)),
  },
  memory: [
    {
      name: 'dram',
      capacity: verified(24 * 2 ** 30, 'byte', TABLE),
      bandwidth: verified(1008e9, 'byte/s', TABLE),
    },
    { name: 'l2', capacity: verified(72 * 1024 * 1024, 'byte', TABLE) },
  ],
  clock: verified(2.52e9, 'Hz', TABLE, 'boost'),
  processors: verified(128, '1', SPECIFICATIONS, 'streaming multiprocessors'),
  power: verified(450, 'W', SPECIFICATIONS),
};
