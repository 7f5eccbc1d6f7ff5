import { dense, type Device, type Source, verified } from './device.ts';

const NEWS: Source = {
  source:
    'https://heise.de/news/Nvidia-Tesla-P4-K-I-Beschleuniger-mit-8-TFlops-bei-75-Watt-Leistungsaufnahme-4164684.html',
  retrieved: '2026-11-24',
};
const TABLE: Source = {
  source: 'https://networkoutlet.com/blogs/articles/nvidia-tesla-t4-16gb-gpu-specs-performance-use-cases',
  retrieved: '2026-11-24',
};
const QUERY: Source = {
  source: 'https://chiemon.github.io/2024/12/25/%E6%98%BE%E5%8D%A1%E4%BF%A1%E6%81%AF.html',
  retrieved: '2026-11-25',
};

export const t4: Device = {
  schemaVersion: 1,

  id: 't4',
  title: 'NVIDIA T4 16GB',
  kind: 'gpu',
  peak: {
    float32: dense(verified(8.1e12, 'op/s', NEWS, 'without tensor cores')),
    float16: dense(verified(65e12, 'op/s', TABLE, 'tensor cores')),
    int8: dense(verified(130e12, 'op/s', NEWS, 'tensor cores')),
  },
  memory: [
    {
      name: 'dram',
      capacity: verified(16 * 2 ** 30, 'byte', NEWS),
      bandwidth: verified(320e9, 'byte/s', NEWS),
    },
    { name: 'l2', capacity: verified(4 * 1024 * 1024, 'byte', QUERY) },
  ],
  clock: verified(1.59e9, 'Hz', QUERY, 'boost'),
  processors: verified(40, '1', QUERY, 'streaming multiprocessors'),
  power: verified(70, 'W', TABLE),
};
