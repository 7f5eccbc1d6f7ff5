import { dense, type Device, type Source, unverified, verified } from './device.ts';

const NEWS: Source = {
  source: 'https://www.engadget.com/apples-m4-chip-arrives-with-a-big-focus-on-ai-142448428.html',
  retrieved: '2026-11-24',
};

export const appleM4Ane: Device = {
  schemaVersion: 1,

  id: 'apple-m4-ane',
  title: 'Apple M4 (Neural Engine)',
  kind: 'npu',
  peak: {
    int8: dense(
      unverified(38e12, 'op/s', '38 TOPS are stated without an element type; int8 from memory', NEWS),
    ),
  },
  memory: [{ name: 'dram', bandwidth: verified(120e9, 'byte/s', NEWS, 'shared with CPU and GPU') }],
  processors: verified(16, '1', NEWS, 'cores'),
};
