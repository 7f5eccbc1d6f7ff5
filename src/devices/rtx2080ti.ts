import { dense, type Device, type Source, unverified, verified } from './device.ts';

const TABLE: Source = {
  source: 'https://gpu.spicedreamphone.com/ru/gpu/nvidia/geforce-rtx-2080-ti',
  retrieved: '2026-11-24',
};
const REVIEW: Source = {
  source: 'https://www.vortez.net/articles_pages/zotac_gaming_rtx_2080_ti_amp_review,3.html',
  retrieved: '2026-11-24',
};

export const rtx2080ti: Device = {
  schemaVersion: 1,

  id: 'rtx2080ti',
  title: 'NVIDIA GeForce RTX 2080 Ti',
  kind: 'gpu',
  peak: {
    float32: dense(verified(13.45e12, 'op/s', TABLE, 'without tensor cores')),
    float16: dense(
      unverified(
        68 * 8 * 64 * 2 * 1.545e9,
        'op/s',
        'tensor cores: 8 in each of 68 multiprocessors at 1.545 GHz (verified), 64 MACs per cycle from memory; 26.9 Top/s without them',
        REVIEW,
      ),
    ),
  },
  memory: [
    {
      name: 'dram',
      capacity: verified(11 * 2 ** 30, 'byte', TABLE),
      bandwidth: verified(616e9, 'byte/s', TABLE),
    },
    { name: 'l2', capacity: unverified(5.5 * 1024 * 1024, 'byte', 'from memory') },
  ],
  processors: verified(68, '1', REVIEW, 'streaming multiprocessors'),
};
