import { dense, type Device, type Source, unverified, verified } from './device.ts';

const NEWS: Source = {
  source: 'https://droidholic.com/snapdragon-8-gen-3-launched/',
  retrieved: '2026-11-24',
};
const CATALOGUE: Source = {
  source: 'https://runlocalai.co/hardware/snapdragon-8-gen-3',
  retrieved: '2026-11-24',
};

export const sd8gen3Hexagon: Device = {
  schemaVersion: 1,

  id: 'sd8gen3-hexagon',
  title: 'Qualcomm Snapdragon 8 Gen 3 (Hexagon NPU)',
  kind: 'npu',
  peak: {
    int8: dense(
      unverified(
        45e12,
        'op/s',
        'a third party; Qualcomm states only 98 % more than the generation before',
        CATALOGUE,
      ),
    ),
  },
  memory: [
    {
      name: 'dram',
      bandwidth: verified(76.8e9, 'byte/s', NEWS, 'LPDDR5X at 4800 MHz, two transfers per cycle, 8 bytes'),
    },
  ],
};
