import { dense, type Device, type Source, verified } from './device.ts';

const TABLE: Source = {
  source: 'https://archive-lib.hpctech.co.jp/gpuproduct/nvidia-h100.html',
  retrieved: '2026-11-24',
};
const CACHE: Source = {
  source: 'https://vengineer.hatenablog.com/entry/2022/04/28/100000',
  retrieved: '2026-11-25',
};

export const h100Pcie: Device = {
  schemaVersion: 1,

  id: 'h100-pcie',
  title: 'NVIDIA H100 PCIe 80GB',
  kind: 'gpu',
  peak: {
    float32: dense(verified(51e12, 'op/s', TABLE, 'without tensor cores')),
    float16: dense(verified(756.5e12, 'op/s', TABLE, 'half of the printed number, which is with sparsity')),
    bfloat16: dense(verified(756.5e12, 'op/s', TABLE, 'half of the printed number, which is with sparsity')),
    float8e4m3fn: dense(
      verified(1513e12, 'op/s', TABLE, 'half of the printed number, which is with sparsity'),
    ),
    float8e5m2: dense(verified(1513e12, 'op/s', TABLE, 'half of the printed number, which is with sparsity')),
    int8: dense(verified(1513e12, 'op/s', TABLE, 'half of the printed number, which is with sparsity')),
  },
  memory: [
    {
      name: 'dram',
      capacity: verified(80 * 2 ** 30, 'byte', TABLE),
      bandwidth: verified(2000e9, 'byte/s', TABLE),
    },
    { name: 'l2', capacity: verified(50 * 2 ** 20, 'byte', CACHE, '100 slices of 512 KiB') },
  ],
  processors: verified(114, '1', TABLE, 'streaming multiprocessors'),
  power: verified(350, 'W', TABLE, 'printed as 300 to 350 W'),
};
