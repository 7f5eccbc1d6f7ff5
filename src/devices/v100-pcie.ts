import { dense, type Device, type Source, verified } from './device.ts';

const TABLE: Source = {
  source:
    'https://www.techrival.com/nvidia-volta-tesla-v100-cards-detailed-150w-single-slot-300w-dual-slot-gv100-powered-pcie-accelerators/',
  retrieved: '2026-11-24',
};
const NEWS: Source = {
  source:
    'https://elchapuzasinformatico.com/2017/05/nvidia-tesla-v100-anunciada-5210-cuda-cores-la-arquitectura-volta/',
  retrieved: '2026-11-24',
};

export const v100Pcie: Device = {
  schemaVersion: 1,

  id: 'v100-pcie',
  title: 'NVIDIA Tesla V100 16GB (300 W card, 1455 MHz)',
  kind: 'gpu',
  peak: {
    float32: dense(verified(15e12, 'op/s', TABLE, 'without tensor cores')),
    float16: dense(verified(120e12, 'op/s', TABLE, 'tensor cores')),
  },
  memory: [
    { name: 'dram', capacity: verified(16e9, 'byte', TABLE), bandwidth: verified(900e9, 'byte/s', NEWS) },
    { name: 'l2', capacity: verified(6144 * 1024, 'byte', TABLE) },
  ],
  clock: verified(1.455e9, 'Hz', TABLE, 'boost'),
  processors: verified(80, '1', TABLE, 'streaming multiprocessors'),
  power: verified(300, 'W', TABLE),
};
