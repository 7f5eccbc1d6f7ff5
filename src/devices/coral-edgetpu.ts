import { dense, type Device, type Source, unverified, verified } from './device.ts';

const FAQ: Source = { source: 'https://coral.ai/docs/edgetpu/faq', retrieved: '2026-11-24' };
const TEARDOWN: Source = {
  source:
    'https://medium.com/@ilyakavalerov/whats-inside-the-google-coral-edge-tpu-speed-test-teardown-8673b440141d',
  retrieved: '2026-11-25',
};

export const coralEdgetpu: Device = {
  schemaVersion: 1,

  id: 'coral-edgetpu',
  title: 'Google Coral Edge TPU',
  kind: 'npu',
  peak: { int8: dense(verified(4e12, 'op/s', FAQ)) },
  memory: [
    // Weights and maps lie in the SRAM; only what does not fit crosses the link to the host.
    { name: 'host' },
    { name: 'sram', capacity: verified(8 * 1024 * 1024, 'byte', TEARDOWN) },
  ],
  clock: unverified(480e6, 'Hz', 'from memory'),
  array: {
    rows: unverified(64, '1', 'from memory; 64 x 64 at 480 MHz make 3.93 TOPS'),
    columns: unverified(64, '1', 'from memory'),
    dataflow: 'ws',
  },
  power: verified(2, 'W', FAQ),
};
