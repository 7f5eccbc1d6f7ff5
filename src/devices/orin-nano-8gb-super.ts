import { dense, type Device, type Source, verified } from './device.ts';

const PAGE: Source = {
  source:
    'https://www.brojogopalsapui.com/ai-foundations/sub_contents/AI_hardware/jetson_orin_nano_light.html',
  retrieved: '2026-11-24',
};

export const orinNano8gbSuper: Device = {
  schemaVersion: 1,

  id: 'orin-nano-8gb-super',
  title: 'NVIDIA Jetson Orin Nano 8GB (Super mode, GPU)',
  kind: 'gpu',
  peak: {
    float32: dense(
      verified(1024 * 2 * 1.02e9, 'op/s', PAGE, '1024 cores, 2 per cycle, 1.02 GHz; without tensor cores'),
    ),
    int8: dense(verified(33.5e12, 'op/s', PAGE, 'half of 67 TOPS, which are with sparsity')),
  },
  memory: [
    {
      name: 'dram',
      capacity: verified(8 * 2 ** 30, 'byte', PAGE),
      bandwidth: verified(102e9, 'byte/s', PAGE, '68 GB/s before Super mode'),
    },
  ],
  clock: verified(1.02e9, 'Hz', PAGE, '625 MHz before Super mode'),
  processors: verified(8, '1', PAGE, 'streaming multiprocessors'),
  power: verified(25, 'W', PAGE),
};
