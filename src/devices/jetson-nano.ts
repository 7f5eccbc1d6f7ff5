import { dense, type Device, type Source, verified } from './device.ts';

const TABLE: Source = {
  source:
    'https://cpu-gpu.alldbin.com/graphics-card-comparison/Jetson-TX2-GPU-and-Jetson-Nano-comparison.html',
  retrieved: '2026-11-24',
};
const COMPARISON: Source = {
  source: 'https://sysrqmts.com/gpus/compare/nvidia-jetson-agx-xavier-gpu-vs-nvidia-jetson-nano-gpu',
  retrieved: '2026-11-25',
};

export const jetsonNano: Device = {
  schemaVersion: 1,

  id: 'jetson-nano',
  title: 'NVIDIA Jetson Nano 4GB (GPU)',
  kind: 'gpu',
  peak: {
    float32: dense(verified(128 * 2 * 0.921e9, 'op/s', TABLE, '128 cores, 2 per cycle, 921 MHz')),
    float16: dense(verified(128 * 4 * 0.921e9, 'op/s', COMPARISON, 'twice float32')),
  },
  memory: [
    {
      name: 'dram',
      capacity: verified(4 * 2 ** 30, 'byte', TABLE),
      bandwidth: verified(25.6e9, 'byte/s', TABLE),
    },
    { name: 'l2', capacity: verified(256 * 1024, 'byte', COMPARISON) },
  ],
  clock: verified(0.921e9, 'Hz', TABLE),
  power: verified(10, 'W', TABLE),
};
