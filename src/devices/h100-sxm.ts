import { dense, type Device, type Source, verified } from './device.ts';

const NOTES: Source = {
  source: 'https://glennklockwood.com/garden/processors/h100',
  retrieved: '2026-11-24',
};
const TABLE: Source = {
  source: 'https://archive-lib.hpctech.co.jp/gpuproduct/nvidia-h100.html',
  retrieved: '2026-11-24',
};
const CACHE: Source = {
  source: 'https://vengineer.hatenablog.com/entry/2022/04/28/100000',
  retrieved: '2026-11-25',
};

export const h100Sxm: Device = {
  schemaVersion: 1,

  id: 'h100-sxm',
  title: 'NVIDIA H100 SXM5 80GB',
  kind: 'gpu',
  peak: {
    float32: dense(verified(66.9e12, 'op/s', NOTES, 'without tensor cores')),
    float16: dense(verified(989.4e12, 'op/s', NOTES)),
    bfloat16: dense(verified(989.4e12, 'op/s', NOTES)),
    float8e4m3fn: dense(verified(1978.9e12, 'op/s', NOTES)),
    float8e5m2: dense(verified(1978.9e12, 'op/s', NOTES)),
    int8: dense(verified(1978.9e12, 'op/s', NOTES)),
  },
  memory: [
    {
      name: 'dram',
      capacity: verified(80 * 2 ** 30, 'byte', TABLE),
      bandwidth: verified(3350e9, 'byte/s', TABLE),
    },
    { name: 'l2', capacity: verified(50 * 2 ** 20, 'byte', CACHE, '100 slices of 512 KiB') },
  ],
  processors: verified(132, '1', TABLE, 'streaming multiprocessors'),
  power: verified(700, 'W', TABLE),
};
