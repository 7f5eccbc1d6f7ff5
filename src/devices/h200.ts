import { dense, type Device, type Source, verified } from './device.ts';

const TABLE: Source = {
  source: 'https://huggingface.co/datasets/devidasmishra/ai-inference-hardware-economics-2026',
  retrieved: '2026-11-24',
};
const NOTES: Source = {
  source: 'https://glennklockwood.com/garden/processors/h100',
  retrieved: '2026-11-24',
};

export const h200: Device = {
  schemaVersion: 1,

  id: 'h200',
  title: 'NVIDIA H200 SXM 141GB',
  kind: 'gpu',
  peak: {
    float32: dense(verified(66.9e12, 'op/s', NOTES, 'the same GPU as H100 SXM5; without tensor cores')),
    float16: dense(verified(989e12, 'op/s', TABLE)),
    bfloat16: dense(verified(989e12, 'op/s', TABLE)),
    float8e4m3fn: dense(verified(1979e12, 'op/s', TABLE)),
    float8e5m2: dense(verified(1979e12, 'op/s', TABLE)),
    int8: dense(verified(1978.9e12, 'op/s', NOTES, 'the same GPU as H100 SXM5')),
  },
  memory: [
    {
      name: 'dram',
      capacity: verified(141 * 2 ** 30, 'byte', TABLE),
      bandwidth: verified(4800e9, 'byte/s', TABLE),
    },
    {
      name: 'l2',
      capacity: verified(
        50 * 2 ** 20,
        'byte',
        { source: 'https://vengineer.hatenablog.com/entry/2022/04/28/100000', retrieved: '2026-11-25' },
        'the same GPU as H100: 100 slices of 512 KiB',
      ),
    },
  ],
  processors: verified(132, '1', NOTES, 'the same GPU as H100 SXM5'),
  power: verified(700, 'W', TABLE),
};
