import { dense, type Device, type Source, verified } from './device.ts';

const TABLE: Source = {
  source: 'https://hmc-tech.com/gpu/apple-10-core-m4-vs-intel-arc-140v-1950mhz',
  retrieved: '2026-11-24',
};
const NEWS: Source = {
  source: 'https://www.engadget.com/apples-m4-chip-arrives-with-a-big-focus-on-ai-142448428.html',
  retrieved: '2026-11-24',
};

export const appleM4: Device = {
  schemaVersion: 1,

  id: 'apple-m4',
  title: 'Apple M4 (10-core GPU)',
  kind: 'gpu',
  peak: {
    float32: dense(
      verified(3.76e12, 'op/s', TABLE, '1280 shaders, 2 per cycle, 1.47 GHz; 4.3 is quoted elsewhere'),
    ),
    float16: dense(verified(3.76e12, 'op/s', TABLE)),
  },
  memory: [{ name: 'dram', bandwidth: verified(120e9, 'byte/s', NEWS) }],
  clock: verified(1.47e9, 'Hz', TABLE),
  processors: verified(10, '1', TABLE, 'GPU cores'),
};
