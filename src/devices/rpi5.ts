import { dense, type Device, type Source, unverified, verified } from './device.ts';

const DETAILS: Source = {
  source: 'https://threedots.ovh/blog/2023/09/gathering-some-raspberry-pi-5-details/',
  retrieved: '2026-11-24',
};

export const rpi5: Device = {
  schemaVersion: 1,

  id: 'rpi5',
  title: 'Raspberry Pi 5 8GB (4 Cortex-A76 at 2.4 GHz)',
  kind: 'cpu',
  peak: {
    float32: dense(
      unverified(4 * 16 * 2.4e9, 'op/s', '4 cores at 2.4 GHz (verified); two 128-bit FMA pipes from memory'),
    ),
    int8: dense(
      unverified(4 * 64 * 2.4e9, 'op/s', '4 cores at 2.4 GHz (verified); two 128-bit SDOT pipes from memory'),
    ),
  },
  memory: [
    {
      name: 'dram',
      capacity: verified(8 * 2 ** 30, 'byte', DETAILS),
      bandwidth: verified(17e9, 'byte/s', DETAILS),
    },
    { name: 'l3', capacity: verified(2 * 1024 * 1024, 'byte', DETAILS) },
    { name: 'l2', capacity: verified(512 * 1024, 'byte', DETAILS, 'each core') },
    { name: 'l1', capacity: verified(64 * 1024, 'byte', DETAILS, 'each core, data') },
  ],
  clock: verified(2.4e9, 'Hz', DETAILS),
  processors: verified(4, '1', DETAILS, 'cores'),
};
