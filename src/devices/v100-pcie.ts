import { dense, type Device, type Source, unverified, verified } from './device.ts';

const TABLE: Source = {
  source: 'https://sysrqmts.com/it/gpus/compare/nvidia-tesla-t10-processor-vs-nvidia-tesla-v100-pcie-16-gb',
  retrieved: '2026-11-25',
};
const NEWS: Source = {
  source:
    'https://elchapuzasinformatico.com/2017/05/nvidia-tesla-v100-anunciada-5210-cuda-cores-la-arquitectura-volta/',
  retrieved: '2026-11-24',
};

export const v100Pcie: Device = {
  schemaVersion: 1,

  id: 'v100-pcie',
  title: 'NVIDIA Tesla V100 PCIe 16GB',
  kind: 'gpu',
  peak: {
    float32: dense(verified(14.13e12, 'op/s', TABLE, 'without tensor cores; 15 as announced, for 1455 MHz')),
    float16: dense(
      verified(
        640 * 128 * 1.38e9,
        'op/s',
        TABLE,
        '640 tensor cores at 1380 MHz, 128 per cycle each: what makes the 120 Top/s announced for 1455 MHz',
      ),
    ),
  },
  memory: [
    {
      name: 'dram',
      capacity: verified(16 * 2 ** 30, 'byte', TABLE),
      bandwidth: verified(900e9, 'byte/s', NEWS),
    },
    { name: 'l2', capacity: verified(6 * 2 ** 20, 'byte', TABLE) },
  ],
  clock: verified(1.38e9, 'Hz', TABLE, 'boost'),
  processors: verified(80, '1', TABLE, 'streaming multiprocessors'),
  power: unverified(250, 'W', 'from memory; 300 W as announced'),
};
