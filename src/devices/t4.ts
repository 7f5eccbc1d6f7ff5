import { dense, type Device, type Source, unverified, verified } from './device.ts';

const NEWS: Source = {
  source:
    'https://heise.de/news/Nvidia-Tesla-P4-K-I-Beschleuniger-mit-8-TFlops-bei-75-Watt-Leistungsaufnahme-4164684.html',
  retrieved: '2026-11-24',
};
const TABLE: Source = {
  source: 'https://networkoutlet.com/blogs/articles/nvidia-tesla-t4-16gb-gpu-specs-performance-use-cases',
  retrieved: '2026-11-24',
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
    { name: 'dram', capacity: verified(16e9, 'byte', NEWS), bandwidth: verified(320e9, 'byte/s', NEWS) },
    { name: 'l2', capacity: unverified(4 * 1024 * 1024, 'byte', 'from memory') },
  ],
  power: verified(70, 'W', TABLE),
};
